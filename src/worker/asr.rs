//! Speech to text: the audio of an utterance becomes words.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::engine::{EngineError, Transcriber, memory};
use crate::message::{Event, Mode, Part};
use crate::turn::TurnClock;
use crate::worker::takeover::{EngineReport, TakeoverReporter};
use crate::worker::understander::Understander;

/// So long without a job, golem is idle: longer than most replies, so that the next reading in a conversation finds the
/// memory of the one before.
const IDLE: Duration = Duration::from_secs(20);

/// Work for speech to text.
#[derive(Clone, Debug)]
pub enum AsrJob {
    /// A new utterance begins.
    Begin(u64),
    /// More of its audio: 16 kHz, -1..=1.
    Audio(Vec<f32>),
    /// Decode what was heard of this utterance so far, as words for this mode.
    Decode(u64, Mode),
}

/// Turns audio into words, one utterance at a time.
pub struct AsrWorker {
    engine: Box<dyn Transcriber>,
    understander: Option<Understander>,
    utterance: u64,
    /// Utterances that were discarded are below its live number.
    utterances: TurnClock,
    reporter: TakeoverReporter,
}

impl AsrWorker {
    /// A worker with an engine; raising `utterances` to n + 1 makes it drop utterance n. Where there are commands, it says
    /// with the words what they mean as one.
    pub fn new(engine: Box<dyn Transcriber>, utterances: TurnClock, understander: Option<Understander>) -> Self {
        let reporter = TakeoverReporter::new(engine.describe());
        Self { engine, understander, utterance: 0, utterances, reporter }
    }

    /// The same, which reports when other ears take over.
    #[must_use]
    pub fn reporting(self, report: EngineReport) -> Self {
        Self { reporter: self.reporter.to(report), ..self }
    }

    /// Gives the engine and its understander back.
    pub fn into_parts(self) -> (Box<dyn Transcriber>, Option<Understander>) {
        (self.engine, self.understander)
    }

    /// Does one job; gives what came of it.
    pub fn step(&mut self, job: AsrJob) -> Option<Event> {
        let number = match job {
            AsrJob::Decode(number, _) => number,
            _ => self.utterance,
        };
        match self.work(job) {
            Ok(event) => event,
            Err(error) => Some(Event::Failed { part: Part::Asr, number, reason: error.to_string() }),
        }
    }

    fn work(&mut self, job: AsrJob) -> Result<Option<Event>, EngineError> {
        let ticket = self.utterances.ticket(self.utterance);
        match job {
            AsrJob::Begin(utterance) => {
                self.utterance = utterance;
                self.engine.start()?;
                Ok(None)
            }
            AsrJob::Audio(_) if ticket.stale() => Ok(None),
            AsrJob::Audio(audio) => {
                let words = self.engine.accept(&audio)?;
                Ok(words.map(|text| Event::Partial { utterance: self.utterance, text }))
            }
            // Every request is answered, also one for an utterance that is no longer there.
            AsrJob::Decode(utterance, _) if utterance != self.utterance || ticket.stale() => {
                Ok(Some(Event::Transcript { utterance, transcript: crate::message::Transcript::default() }))
            }
            AsrJob::Decode(utterance, mode) => {
                let heard = self.engine.finish(&ticket);
                self.reporter.look(|| self.engine.describe(), || self.engine.address());
                let mut transcript = heard?;
                if let Some(understander) = self.understander.as_mut().filter(|_| !ticket.stale()) {
                    let understood = understander.understand(&transcript, mode, self.engine.as_mut(), &ticket);
                    // Words that cannot be weighed are still words: the dialogue judges them by themselves.
                    transcript.understanding =
                        understood.inspect_err(|error| tracing::warn!("{error}")).ok().map(Box::new);
                }
                Ok(Some(Event::Transcript { utterance, transcript }))
            }
        }
    }

    /// Works until the job channel closes. After a while without work, and so also after loading, memory goes back to the
    /// system.
    pub fn run(mut self, jobs: &Receiver<AsrJob>, events: &Sender<Event>) {
        let mut worked = true;
        loop {
            let next = if worked { jobs.recv_timeout(IDLE) } else { jobs.recv().map_err(RecvTimeoutError::from) };
            match next {
                Ok(job) => {
                    worked = true;
                    if let Some(event) = self.step(job)
                        && events.send(event).is_err()
                    {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    memory::give_back();
                    worked = false;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}
