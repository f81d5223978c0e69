//! Speech to text: the audio of an utterance becomes words.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::dialog::ghost::{self, Belief};
use crate::engine::{EngineError, Transcriber, memory};
use crate::message::{Event, Mode, Part};
use crate::signal::frame::RATE;
use crate::transcribe::agreement::CaptionWords;
use crate::turn::{Ticket, TurnClock};
use crate::worker::takeover::{EngineReport, TakeoverReporter};
use crate::worker::understander::Understander;

/// Time without a job after which memory goes back to the system. It is longer than most replies, so that the next
/// reading in a conversation still finds its memory.
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
    /// Read the words so far of this utterance, for people to see, unless the ticket is stale.
    Interim(u64, Ticket),
}

/// Turns audio into words, one utterance at a time.
pub struct AsrWorker {
    engine: Box<dyn Transcriber>,
    understander: Option<Understander>,
    utterance: u64,
    /// Samples of that utterance so far.
    samples: u64,
    /// Interim words of that utterance, as shown so far.
    words: CaptionWords,
    /// Clock of utterances: those below its live number are discarded.
    utterances: TurnClock,
    reporter: TakeoverReporter,
}

impl AsrWorker {
    /// A worker with an engine; raising `utterances` to n + 1 makes it drop utterance n. With `understander`, each
    /// transcript carries its meaning as a command.
    pub fn new(engine: Box<dyn Transcriber>, utterances: TurnClock, understander: Option<Understander>) -> Self {
        let reporter = TakeoverReporter::new(engine.describe());
        let words = CaptionWords::default();
        Self { engine, understander, utterance: 0, samples: 0, words, utterances, reporter }
    }

    /// Reports to `report` when another recogniser takes over.
    #[must_use]
    pub fn reporting(self, report: EngineReport) -> Self {
        Self { reporter: self.reporter.to(report), ..self }
    }

    /// Gives the engine and its understander back.
    pub fn into_parts(self) -> (Box<dyn Transcriber>, Option<Understander>) {
        (self.engine, self.understander)
    }

    /// Does one job and returns its event, if any.
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
                (self.samples, self.words) = (0, CaptionWords::default());
                self.engine.start()?;
                Ok(None)
            }
            AsrJob::Audio(_) if ticket.stale() => Ok(None),
            AsrJob::Audio(audio) => {
                self.samples += audio.len() as u64;
                let words = self.engine.accept(&audio)?;
                Ok(words.map(|text| Event::Partial { utterance: self.utterance, text }))
            }
            AsrJob::Interim(utterance, _) if utterance != self.utterance || ticket.stale() => Ok(None),
            AsrJob::Interim(utterance, stop) => Ok(self.interim(&stop).map(|text| Event::Interim { utterance, text })),
            // Answer every request, also one for an utterance that no longer exists.
            AsrJob::Decode(utterance, _) if utterance != self.utterance || ticket.stale() => {
                Ok(Some(Event::Transcript { utterance, transcript: crate::message::Transcript::default() }))
            }
            AsrJob::Decode(utterance, mode) => {
                let heard = self.engine.finish(&ticket);
                self.reporter.look(|| self.engine.describe(), || self.engine.address());
                let mut transcript = heard?;
                if let Some(understander) = self.understander.as_mut().filter(|_| !ticket.stale()) {
                    let understood = understander.understand(&transcript, mode, self.engine.as_mut(), &ticket);
                    // Keep the words if understanding fails: the dialogue judges them by themselves.
                    transcript.understanding =
                        understood.inspect_err(|error| tracing::warn!("{error}")).ok().map(Box::new);
                }
                Ok(Some(Event::Transcript { utterance, transcript }))
            }
        }
    }

    /// The words so far. Nothing if the engine has none, if they are not believed, or if `stop` is stale.
    fn interim(&mut self, stop: &Ticket) -> Option<String> {
        if stop.stale() {
            return None;
        }
        // Log errors of interim words only; the final reading reports them.
        let read = self
            .engine
            .interim(&self.words.beginning(), stop)
            .inspect_err(|error| tracing::debug!("{error}"))
            .ok()??;
        let heard = Duration::from_micros(self.samples * 1_000_000 / u64::from(RATE));
        let believed = ghost::weigh(&read, heard) == Belief::Words && !stop.stale();
        let text = believed.then(|| self.words.read(&read.text).text())?;
        Some(text).filter(|text| !text.is_empty())
    }

    /// Works until the job channel closes. Interim words are read when no other job waits. After a while without work,
    /// and so also after loading, memory goes back to the system.
    pub fn run(mut self, jobs: &Receiver<AsrJob>, events: &Sender<Event>) {
        let (mut worked, mut interim) = (true, None);
        loop {
            let next = match jobs.is_empty().then(|| interim.take()).flatten() {
                Some(job) => Ok(job),
                None if worked => jobs.recv_timeout(IDLE),
                None => jobs.recv().map_err(RecvTimeoutError::from),
            };
            match next {
                Ok(job @ AsrJob::Interim(..)) if !jobs.is_empty() => interim = Some(job),
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

#[cfg(test)]
mod tests {
    use crossbeam_channel::unbounded;

    use super::*;
    use crate::engine::fake::SampleCounter;
    use crate::message::Transcript;

    /// A transcript of the number of samples that were heard.
    fn heard(samples: usize) -> Transcript {
        Transcript { text: format!("heard {samples}"), ..Transcript::default() }
    }

    /// The events of jobs that all wait when the worker begins.
    fn run(waiting: Vec<AsrJob>) -> Vec<String> {
        let ((jobs, work), (events, results)) = (unbounded(), unbounded());
        for job in waiting {
            jobs.send(job).unwrap();
        }
        drop(jobs);
        AsrWorker::new(Box::new(SampleCounter::new(heard)), TurnClock::new(), None).run(&work, &events);
        let text = |event| match event {
            Event::Interim { utterance, text } => format!("interim {utterance}: {text}"),
            Event::Transcript { utterance, transcript } => format!("whole {utterance}: {}", transcript.text),
            other => panic!("{other:?}"),
        };
        results.try_iter().map(text).collect()
    }

    #[test]
    fn words_so_far_are_read_when_nothing_waits_and_only_the_newest() {
        let audio = || AsrJob::Audio(vec![0.1; 16_000]);
        let interim = |number| AsrJob::Interim(number, Ticket::standing());
        let found = run(vec![AsrJob::Begin(2), audio(), interim(2), audio(), interim(2), audio()]);
        assert_eq!(found, ["interim 2: heard 48000"]);
        assert!(run(vec![AsrJob::Begin(2), audio(), interim(1)]).is_empty(), "of an utterance that is over");
    }

    #[test]
    fn words_so_far_never_keep_the_words_waiting() {
        let clock = TurnClock::new();
        let interim = AsrJob::Interim(1, clock.ticket(7));
        clock.raise(8);
        let audio = AsrJob::Audio(vec![0.1; 16_000]);
        let found = run(vec![AsrJob::Begin(1), audio, interim, AsrJob::Decode(1, Mode::Chat)]);
        assert_eq!(found, ["whole 1: heard 16000"]);
    }
}
