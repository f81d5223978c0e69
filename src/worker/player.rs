//! The player: clips become sound, and sound becomes news of what was heard.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, select_biased};

use crate::device::deck::{Clip, Deck};
use crate::message::Event;

/// How often a sounding deck is fed and asked for its position.
pub const ROUND: Duration = Duration::from_millis(10);
/// How often a silent loudspeaker is looked after: a lost one has to come back within two seconds.
const CARE: Duration = Duration::from_millis(250);
/// Rounds of a sounding deck between two looks at the loudspeaker.
const CARE_ROUNDS: u32 = 25;

/// Work for the player. It is looked at before any clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Lower playback, or bring it back.
    Duck(bool),
    /// Fade out and hold.
    Cut,
    /// Play on from the beginning of a clause.
    Resume {
        /// The reply's turn.
        turn: u64,
        /// Index of the clause.
        clause: usize,
    },
    /// Fade out and forget every turn below.
    Cancel(u64),
}

/// Plays.
pub struct Player {
    deck: Deck,
    ducked: f32,
}

impl Player {
    /// A player on a deck; `ducked` is the level (0..=1) of lowered playback.
    pub fn new(deck: Deck, ducked: f32) -> Self {
        Self { deck, ducked }
    }

    /// Does one job.
    pub fn take(&mut self, job: Job) {
        match job {
            Job::Duck(on) => self.deck.duck(if on { self.ducked } else { 1.0 }),
            Job::Cut => self.deck.cut(),
            Job::Resume { turn, clause } => self.deck.resume(turn, clause),
            Job::Cancel(turn) => self.deck.cancel(turn),
        }
    }

    /// Queues a clip.
    pub fn queue(&mut self, clip: Clip) {
        self.deck.queue(clip);
    }

    /// Feeds the line and tells what was heard since the last round.
    pub fn round(&mut self) -> Vec<Event> {
        self.deck.pump();
        let heard = self.deck.progress().into_iter();
        heard.map(|p| Event::Played { turn: p.turn, clause: p.clause, samples: p.samples, done: p.done }).collect()
    }

    /// Whether nothing sounds or will sound without a further job or clip.
    pub fn idle(&self) -> bool {
        self.deck.idle()
    }

    /// Times the line ran dry within a reply.
    pub fn underruns(&self) -> u64 {
        self.deck.underruns()
    }

    /// Works until the job channel closes. `tend` is called a few times a second to look after the loudspeaker.
    pub fn run(mut self, jobs: &Receiver<Job>, clips: &Receiver<Clip>, events: &Sender<Event>, tend: &mut dyn FnMut()) {
        let mut rounds = 0;
        loop {
            let idle = self.idle();
            select_biased! {
                recv(jobs) -> job => match job {
                    Ok(job) => self.take(job),
                    Err(_) => return,
                },
                recv(clips) -> clip => match clip {
                    Ok(clip) => self.queue(clip),
                    Err(_) => return,
                },
                default(if idle { CARE } else { ROUND }) => rounds += if idle { CARE_ROUNDS } else { 1 },
            }
            if rounds >= CARE_ROUNDS {
                rounds = 0;
                tend();
            }
            for event in self.round() {
                if events.send(event).is_err() {
                    return;
                }
            }
        }
    }
}
