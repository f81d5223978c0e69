//! The voice: clauses become sound at the output's own rate.

use std::collections::VecDeque;

use crossbeam_channel::{Receiver, Sender};

use crate::device::deck::Clip;
use crate::engine::{Speech, Synthesizer};
use crate::message::{Event, Stage};
use crate::turn::TurnClock;

/// Work for the voice.
#[derive(Clone, Debug)]
pub enum Job {
    /// Speak a clause.
    Speak {
        /// The reply's turn.
        turn: u64,
        /// Index of the clause.
        clause: usize,
        /// Its words.
        text: String,
    },
    /// Stop synthesising for now.
    Hold,
    /// Go on synthesising.
    Release,
}

/// What a clause became.
#[derive(Debug)]
pub struct Spoken {
    /// Its sound, for the player; nothing when it has none.
    pub clip: Option<Clip>,
    /// The news of it, for the dialogue.
    pub event: Event,
}

/// Speaks.
pub struct Voice {
    engine: Box<dyn Synthesizer>,
    clock: TurnClock,
    rate: u32,
    waiting: VecDeque<(u64, usize, String)>,
    held: bool,
}

impl Voice {
    /// A voice with an engine, for an output of `rate` hertz, whose work goes stale with `clock`.
    pub fn new(engine: Box<dyn Synthesizer>, rate: u32, clock: TurnClock) -> Self {
        Self { engine, clock, rate, waiting: VecDeque::new(), held: false }
    }

    /// Gives the engine back.
    pub fn into_engine(self) -> Box<dyn Synthesizer> {
        self.engine
    }

    /// Takes a job.
    pub fn take(&mut self, job: Job) {
        match job {
            Job::Hold => self.held = true,
            Job::Release => self.held = false,
            Job::Speak { turn, clause, text } => self.waiting.push_back((turn, clause, text)),
        }
    }

    /// Whether [`Voice::step`] has something to do.
    pub fn busy(&self) -> bool {
        !self.held && !self.waiting.is_empty()
    }

    /// Synthesises the next clause that is still wanted.
    pub fn step(&mut self) -> Option<Spoken> {
        let (turn, clause, text) = self.waiting.pop_front()?;
        let ticket = self.clock.ticket(turn);
        if ticket.stale() {
            return None;
        }
        match self.engine.speak(&text, &ticket) {
            Ok(_) if ticket.stale() => None,
            Ok(speech) => Some(self.spoken(turn, clause, speech)),
            Err(error) => {
                let event = Event::Failed { stage: Stage::Tts, number: turn, reason: error.to_string() };
                Some(Spoken { clip: None, event })
            }
        }
    }

    fn spoken(&self, turn: u64, clause: usize, speech: Speech) -> Spoken {
        let Speech { samples, mut timing } = speech;
        timing.samples = samples.len() as u64;
        let clip = (!samples.is_empty()).then(|| Clip::new(turn, clause, &samples, &timing, self.rate));
        Spoken { clip, event: Event::Synthesised { turn, clause, timing } }
    }

    /// Works until the job channel closes. A clip reaches the player before the dialogue hears of it.
    pub fn run(mut self, jobs: &Receiver<Job>, clips: &Sender<Clip>, events: &Sender<Event>) {
        loop {
            while let Ok(job) = jobs.try_recv() {
                self.take(job);
            }
            if !self.busy() {
                let Ok(job) = jobs.recv() else { return };
                self.take(job);
                continue;
            }
            let Some(spoken) = self.step() else { continue };
            let sent = spoken.clip.is_none_or(|clip| clips.send(clip).is_ok());
            if !sent || events.send(spoken.event).is_err() {
                return;
            }
        }
    }
}
