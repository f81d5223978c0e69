//! The recogniser of the satellite: an utterance is sent to Home Assistant while it is said, and the words come back.

use std::sync::Arc;
use std::time::Duration;

use super::link::{SatelliteLink, WaitOutcome};
use super::machine::NAME;
use super::server::ServerState;
use crate::engine::options::AsrOptions;
use crate::engine::{EngineError, Transcriber};
use crate::message::Transcript;
use crate::turn::Ticket;

/// The recogniser of the satellite.
pub struct SatelliteTranscriber {
    link: Arc<SatelliteLink>,
    /// Time for the words of an utterance.
    patience: Duration,
    run: Option<u64>,
}

impl SatelliteTranscriber {
    /// A recogniser over `link`, with `patience` for the words after the end of an utterance.
    pub fn new(link: Arc<SatelliteLink>, patience: Duration) -> Self {
        Self { link, patience, run: None }
    }
}

fn fault(reason: String) -> EngineError {
    EngineError::Failed { engine: "ears", reason }
}

impl Transcriber for SatelliteTranscriber {
    fn describe(&self) -> String {
        NAME.into()
    }

    /// Home Assistant acts on the words, so it is asked once only, when the person has finished.
    fn streams(&self) -> bool {
        true
    }

    /// Does nothing: Home Assistant has its own languages.
    fn follow(&mut self, _: &AsrOptions) -> Result<(), EngineError> {
        Ok(())
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.run = self.link.begin();
        Ok(())
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        if let Some(run) = self.run {
            self.link.hear(run, audio);
        }
        Ok(None)
    }

    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError> {
        let Some(run) = self.run.take() else {
            return match self.link.server() {
                ServerState::Absent => Err(fault(
                    "Home Assistant is not connected: add golem there with Settings, Devices & services, Add integration, \
                     Wyoming Protocol, and the address that golem's log names"
                        .into(),
                )),
                // Return no words: Home Assistant is muted, or has only just connected.
                ServerState::Paused | ServerState::Ready => Ok(Transcript::default()),
            };
        };
        self.link.end(run);
        match self.link.wait(stop, self.patience, |machine| machine.words(run)) {
            WaitOutcome::Come(Ok(text)) => Ok(Transcript { text, ..Transcript::default() }),
            WaitOutcome::Come(Err(reason)) => Err(fault(reason)),
            WaitOutcome::Stale => Ok(Transcript::default()),
            WaitOutcome::Late => {
                let seconds = self.patience.as_secs_f32();
                Err(fault(format!("no words came from Home Assistant for {seconds} s (asr.whole_ms)")))
            }
        }
    }
}
