//! Reports to front ends: which parts are ready, what each switchable part uses, and how that changes.

use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Sender, TrySendError};

use crate::control::{Part, Ready, Update};
use crate::worker::switching::PartObserver;
use crate::worker::takeover::EngineReport;

/// Sends to front ends without blocking: one that does not read misses the update, and golem is not delayed.
pub fn tell(updates: &Sender<Update>, update: Update) {
    if let Err(TrySendError::Full(update)) = updates.try_send(update) {
        tracing::warn!("no front end took {update:?}");
    }
}

/// Reports of another engine that takes over a part while its thread works.
pub fn takeover(part: Part, updates: Sender<Update>) -> EngineReport {
    Box::new(move |what, at| {
        tell(&updates, Update::Ready(Ready { part, what: what.into(), why: String::new(), at }));
        tell(&updates, Update::notice(format!("{part}: {what}")));
    })
}

/// A part that is ready, or the reason why it cannot be had.
pub type PartReport = Result<Ready, String>;

/// The channel on which threads report that they are ready. When all senders are dropped, every thread has reported.
#[derive(Clone)]
pub struct Readiness(pub Sender<PartReport>);

impl Readiness {
    /// Reports that the part is ready, and why this one was chosen.
    pub fn ready(&self, part: Part, what: String, why: impl Into<String>) {
        self.at(part, what, why, None);
    }

    /// Reports that the part is ready, and the address `at` of its server, if it works on one.
    pub fn at(&self, part: Part, what: String, why: impl Into<String>, at: Option<String>) {
        let _ = self.0.send(Ok(Ready { part, what, why: why.into(), at }));
    }

    /// Reports that the part cannot be had; its thread ends.
    pub fn failed(self, reason: String) {
        let _ = self.0.send(Err(reason));
    }
}

/// The unmistakable name of what is in use, for each part that can be exchanged.
#[derive(Clone, Debug, Default)]
pub struct InUse(Arc<Mutex<[String; Part::COUNT]>>);

impl InUse {
    pub fn get(&self, part: Part) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[part as usize].clone()
    }

    pub fn set(&self, part: Part, id: &str) {
        id.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)[part as usize]);
    }
}

/// Reports which device or voice a switchable part uses now.
pub struct PartReporter {
    part: Part,
    in_use: InUse,
    updates: Sender<Update>,
    /// The name for people that was reported last.
    last: String,
}

impl PartReporter {
    pub fn new(part: Part, in_use: &InUse, updates: &Sender<Update>) -> Self {
        Self { part, in_use: in_use.clone(), updates: updates.clone(), last: String::new() }
    }

    fn report(&mut self, what: &str) {
        what.clone_into(&mut self.last);
        let ready = Ready { part: self.part, what: what.into(), why: String::new(), at: None };
        tell(&self.updates, Update::Ready(ready));
    }
}

impl PartObserver for PartReporter {
    fn started(&mut self, id: &str, what: &str) {
        self.in_use.set(self.part, id);
        what.clone_into(&mut self.last);
    }

    fn found(&mut self, id: &str, what: &str) {
        self.in_use.set(self.part, id);
        if !id.is_empty() && what != self.last {
            self.report(what);
        }
    }

    fn switched(&mut self, id: &str, what: &str) {
        self.in_use.set(self.part, id);
        self.report(what);
        tell(&self.updates, Update::notice(format!("{}: {what}", self.part)));
    }

    fn refused(&mut self, reason: &str) {
        tell(&self.updates, Update::unchanged(self.part, reason));
    }

    fn notice(&mut self, text: String) {
        let _ = self.updates.try_send(Update::notice(text));
    }
}
