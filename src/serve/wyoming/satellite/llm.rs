//! The language model of the satellite: Home Assistant's answer to an utterance is the reply.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::link::{SatelliteLink, WaitOutcome};
use super::machine::NAME;
use crate::engine::{Chat, EngineError};
use crate::message::{Message, Role};
use crate::turn::Ticket;

/// Interval at which an empty piece shows that a reply is still on its way.
const SIGN: Duration = Duration::from_secs(1);
/// Longest wait for a reply: Home Assistant sends nothing for a silent action, and a model that calls tools takes long.
const PATIENCE: Duration = Duration::from_secs(30);

/// The work under way.
enum SatelliteWork {
    /// Nothing.
    Rest,
    /// A question that Home Assistant has not heard, because it was typed.
    Unasked,
    /// A run of its pipeline.
    Run(u64),
}

/// The language model of the satellite.
pub struct SatelliteChat {
    link: Arc<SatelliteLink>,
    work: SatelliteWork,
    since: Instant,
}

impl SatelliteChat {
    /// A language model over `link`.
    pub fn new(link: Arc<SatelliteLink>) -> Self {
        Self { link, work: SatelliteWork::Rest, since: Instant::now() }
    }
}

fn fault(reason: String) -> EngineError {
    EngineError::Failed { engine: "brain", reason }
}

impl Chat for SatelliteChat {
    fn describe(&self) -> String {
        NAME.into()
    }

    /// Finds the run by the question alone: Home Assistant keeps the conversation itself.
    fn begin(&mut self, conversation: &[Message], _: &Ticket) -> Result<(), EngineError> {
        let question = conversation.iter().rfind(|message| message.role == Role::User);
        let run = question.and_then(|question| self.link.with(|machine| machine.answering(&question.text)));
        self.work = run.map_or(SatelliteWork::Unasked, SatelliteWork::Run);
        self.since = Instant::now();
        Ok(())
    }

    fn next(&mut self, stop: &Ticket) -> Result<Option<String>, EngineError> {
        let run = match std::mem::replace(&mut self.work, SatelliteWork::Rest) {
            SatelliteWork::Run(run) if !stop.stale() => run,
            SatelliteWork::Unasked if !stop.stale() => {
                let reason = "a satellite of Home Assistant passes on what is said, not what is typed: type it there";
                return Err(EngineError::Refused(reason.into()));
            }
            _ => return Ok(None),
        };
        match self.link.wait(stop, SIGN, |machine| machine.text(run)) {
            WaitOutcome::Come(Ok(text)) => Ok(Some(text)),
            WaitOutcome::Come(Err(reason)) => Err(fault(reason)),
            WaitOutcome::Stale => Ok(None),
            WaitOutcome::Late if self.since.elapsed() < PATIENCE => {
                self.work = SatelliteWork::Run(run);
                Ok(Some(String::new()))
            }
            WaitOutcome::Late => {
                self.link.with(|machine| machine.give_up(run));
                Err(fault(format!("no reply came from Home Assistant for {} s", PATIENCE.as_secs())))
            }
        }
    }
}
