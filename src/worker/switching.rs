//! The switching of a part while its thread works: requests for another device or voice, and the reports on them.

use crossbeam_channel::Receiver;

use crate::engine::{Synthesizer, voice_name};

/// Requests for one part that may wait for their turn.
pub const REQUESTS: usize = 4;

/// Receives the reports of a switchable part's thread on the device or voice that it uses. `id` is the name in the
/// sound system or among the voices, `what` the name for people.
pub trait PartObserver: Send {
    /// The part starts with this device or voice.
    fn started(&mut self, id: &str, what: &str);
    /// The part uses this one now, without a request; `id` is empty while there is none.
    fn found(&mut self, id: &str, what: &str);
    /// The part uses this one now, as requested.
    fn switched(&mut self, id: &str, what: &str);
    /// A request was refused; the reason is to be put into a sentence.
    fn refused(&mut self, reason: &str);
    /// Something that a person should know.
    fn notice(&mut self, text: String);
}

/// Opens the engine of the named voice; the error is a reason to be put into a sentence.
pub type OpenVoice = Box<dyn FnMut(&str) -> Result<Box<dyn Synthesizer>, String>>;

/// Requests for other voices, granted by the thread of text to speech between two clauses.
pub struct VoiceSwitch {
    requests: Receiver<String>,
    open: OpenVoice,
    observer: Box<dyn PartObserver>,
}

impl VoiceSwitch {
    /// A switch that opens the requested voices with `open`.
    pub fn new(requests: Receiver<String>, open: OpenVoice, observer: Box<dyn PartObserver>) -> Self {
        Self { requests, open, observer }
    }

    /// The engine of the newest requested voice that opens, if there is one. Each request is answered by a report; at
    /// most [`REQUESTS`] are handled at a time.
    pub fn change(&mut self) -> Option<Box<dyn Synthesizer>> {
        let Self { requests, open, observer } = self;
        let grant = |name: String| match open(&name) {
            Ok(engine) => {
                let described = engine.describe();
                observer.switched(voice_name(&described), &described);
                Some(engine)
            }
            Err(reason) => {
                observer.refused(&reason);
                None
            }
        };
        requests.try_iter().take(REQUESTS).filter_map(grant).last()
    }
}
