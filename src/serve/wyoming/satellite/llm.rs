//! The language model of the satellite: Home Assistant's answer to an utterance is the reply.

use std::sync::Arc;
use std::time::Duration;

use super::link::{SatelliteLink, WaitOutcome};
use super::machine::NAME;
use super::sent::LEAD_IN;
use crate::engine::{Chat, EngineError};
use crate::message::{Message, Role};
use crate::turn::Ticket;

/// Interval at which an empty piece shows that a reply is still on its way.
const SIGN: Duration = Duration::from_secs(1);

/// A part of a reply.
enum ReplyPart {
    /// The lead-in: the sound has come before the text.
    LeadIn,
    /// The text, or why there is none. Nothing follows.
    Rest(Result<String, String>),
}

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
}

impl SatelliteChat {
    /// A language model over `link`.
    pub fn new(link: Arc<SatelliteLink>) -> Self {
        Self { link, work: SatelliteWork::Rest }
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
        let part = self.link.wait(stop, SIGN, |machine| match machine.text(run) {
            Some(text) => Some(ReplyPart::Rest(text)),
            None => machine.leads_in(run).then_some(ReplyPart::LeadIn),
        });
        match part {
            WaitOutcome::Come(ReplyPart::Rest(text)) => text.map(Some).map_err(fault),
            WaitOutcome::Come(ReplyPart::LeadIn) => {
                self.work = SatelliteWork::Run(run);
                Ok(Some(LEAD_IN.into()))
            }
            WaitOutcome::Stale => Ok(None),
            WaitOutcome::Late => {
                self.work = SatelliteWork::Run(run);
                Ok(Some(String::new()))
            }
        }
    }
}
