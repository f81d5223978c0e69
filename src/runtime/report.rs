//! Reports to front ends: which parts are ready, what each switchable part uses, and how that changes.

use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Sender, TrySendError};

use crate::control::{Part, Ready, Update};
use crate::device::cancels_echo;
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

/// The remark on a device with these names in the sound system and for people: of a microphone whose echo the sound
/// system cancels itself. Empty for any other part.
pub fn device_remark(part: Part, id: &str, what: &str) -> &'static str {
    if part == Part::Capture && (cancels_echo(id) || cancels_echo(what)) {
        "the sound system takes echo out of it already; golem's own canceller does no harm beside it"
    } else {
        ""
    }
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
    /// What was reported last.
    last: Option<Ready>,
}

impl PartReporter {
    pub fn new(part: Part, in_use: &InUse, updates: &Sender<Update>) -> Self {
        Self { part, in_use: in_use.clone(), updates: updates.clone(), last: None }
    }

    fn ready(&self, id: &str, what: &str) -> Ready {
        Ready { part: self.part, what: what.into(), why: device_remark(self.part, id, what).into(), at: None }
    }

    fn report(&mut self, ready: &Ready) {
        tell(&self.updates, Update::Ready(ready.clone()));
        self.last = Some(ready.clone());
    }

    /// Sends a notice too: the screen lists the parts only at the start.
    fn announce(&self, ready: &Ready) {
        let Ready { part, what, why, .. } = ready;
        let remark = if why.is_empty() { String::new() } else { format!(" ({why})") };
        tell(&self.updates, Update::notice(format!("{part}: {what}{remark}")));
    }
}

impl PartObserver for PartReporter {
    fn started(&mut self, id: &str, what: &str) {
        self.in_use.set(self.part, id);
        self.last = Some(self.ready(id, what));
    }

    fn found(&mut self, id: &str, what: &str) {
        self.in_use.set(self.part, id);
        let ready = self.ready(id, what);
        if id.is_empty() || self.last.as_ref() == Some(&ready) {
            return;
        }
        self.report(&ready);
        // Another notice has named the device, without the remark.
        if !ready.why.is_empty() {
            self.announce(&ready);
        }
    }

    fn switched(&mut self, id: &str, what: &str) {
        self.in_use.set(self.part, id);
        let ready = self.ready(id, what);
        self.report(&ready);
        self.announce(&ready);
    }

    fn refused(&mut self, reason: &str) {
        tell(&self.updates, Update::unchanged(self.part, reason));
    }

    fn notice(&mut self, text: String) {
        let _ = self.updates.try_send(Update::notice(text));
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::{Receiver, unbounded};

    use super::*;

    /// The words of all updates that wait, those of a part with its remark.
    fn words(updates: &Receiver<Update>) -> Vec<String> {
        let word = |update: Update| match update {
            Update::Ready(Ready { what, why, .. }) => format!("{what}|{why}"),
            Update::Notice { text, .. } => text,
            other => panic!("{other:?}"),
        };
        updates.try_iter().map(word).collect()
    }

    #[test]
    fn a_microphone_without_echo_is_remarked_on_whenever_it_comes() {
        let (updates, told) = unbounded();
        let mut reporter = PartReporter::new(Part::Capture, &InUse::default(), &updates);
        let remark = device_remark(Part::Capture, "mic.echo-cancel", "Headset");
        assert!(remark.contains("takes echo out"));
        reporter.started("mic", "Headset");
        reporter.switched("mic.echo-cancel", "Headset");
        assert_eq!(words(&told), [format!("Headset|{remark}"), format!("microphone: Headset ({remark})")]);
        reporter.found("", "none");
        reporter.found("mic.echo-cancel", "Headset");
        assert!(words(&told).is_empty(), "it is known already");
        reporter.found("usb", "USB");
        assert_eq!(words(&told), ["USB|"]);
        reporter.found("mic.echo-cancel", "Headset");
        assert_eq!(words(&told), [format!("Headset|{remark}"), format!("microphone: Headset ({remark})")]);
    }

    #[test]
    fn a_loudspeaker_has_no_such_remark() {
        let (updates, told) = unbounded();
        let mut reporter = PartReporter::new(Part::Playback, &InUse::default(), &updates);
        reporter.switched("speaker.echo-cancel", "Echo-Cancel Sink");
        assert_eq!(words(&told), ["Echo-Cancel Sink|", "loudspeaker: Echo-Cancel Sink"]);
    }
}
