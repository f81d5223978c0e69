//! The live golem: sole owner of channels, threads and the clock.
//!
//! [`Golem::start`] builds every engine inside its own thread. One loop takes events, urgent ones first, hands them to
//! the dialogue, and carries out its actions.

pub mod aloud;
pub mod assembly;
mod boot;
pub mod captions;
pub mod engines;
mod equipment;
mod exchange;
pub mod hints;
mod live;
mod offers;
mod pace;
pub mod past;
pub mod prompter;
mod queues;
pub mod recordings;
mod report;
pub mod service;
pub mod stderr;
mod switch_requests;
mod threads;
pub(crate) mod voices;
pub mod wake;

pub use self::equipment::Equipment;

use std::thread::JoinHandle;

use crossbeam_channel::Sender;

use self::live::Loop;
use crate::config::Config;
use crate::control::Update;
use crate::message::Request;

/// A running golem. Dropping it ends everything it started.
#[derive(Debug)]
pub struct Golem {
    requests: Option<Sender<Request>>,
    settings: Option<Sender<Config>>,
    thread: Option<JoinHandle<()>>,
}

impl Golem {
    /// Starts golem; it reports events on `updates`, beginning with the parts as they become ready.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(config: Config, equipment: Equipment, updates: Sender<Update>) -> std::io::Result<Self> {
        let (requests, inbox) = crossbeam_channel::bounded(64);
        let (settings, changes) = crossbeam_channel::bounded(1);
        let thread = std::thread::Builder::new().name("golem-dialog".into()).spawn(move || {
            let outcome = boot::boot(&config, &equipment, &updates)
                .map(|parts| parts.map(|parts| Loop::new(&config, parts, equipment, &updates)));
            match outcome {
                Ok(Some(mut live)) => live.run(&inbox, &changes, &updates),
                Ok(None) => {}
                Err(error) => {
                    let _ = updates.send(Update::Fatal { reason: format!("the system refused a thread: {error}") });
                }
            }
        })?;
        Ok(Self { requests: Some(requests), settings: Some(settings), thread: Some(thread) })
    }

    /// The channel for requests.
    pub fn requests(&self) -> Option<Sender<Request>> {
        self.requests.clone()
    }

    /// Goes on under other settings. They may change decisions and the language model; other engines and devices stay
    /// as they are. False if golem has ended, or has not taken the previous settings yet.
    pub fn configure(&self, config: Config) -> bool {
        self.settings.as_ref().is_some_and(|settings| settings.try_send(config).is_ok())
    }
}

impl Drop for Golem {
    fn drop(&mut self) {
        // Drop the settings too: others may still hold senders of requests, but of settings this is the only one.
        drop((self.requests.take(), self.settings.take()));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
