//! A simulated loudspeaker: plays clips in real time, and holds, resumes and forgets them as the real one does.

use std::collections::BTreeMap;

use golem::message::Event;

/// How often the loudspeaker tells its position, in milliseconds.
const ROUND: u64 = 10;
/// Samples a millisecond of the simulated voice.
pub const PER_MS: u64 = 16;

/// A clause to be played.
pub struct Clip {
    /// The reply's turn.
    pub turn: u64,
    /// Index of the clause.
    pub clause: usize,
    /// Length in milliseconds.
    pub ms: u64,
}

/// The loudspeaker.
#[derive(Default)]
pub struct Speaker {
    /// When the next report is due.
    pub next: Option<u64>,
    /// Milliseconds heard of each clause (turn, index), at most.
    pub sounded: BTreeMap<(u64, usize), u64>,
    hangs: bool,
    clips: Vec<Clip>,
    cursor: usize,
    position: u64,
    cut: bool,
}

impl Speaker {
    /// A loudspeaker, or one that `hangs`.
    pub fn new(hangs: bool) -> Self {
        Self { hangs, ..Self::default() }
    }

    /// Queues a clip.
    pub fn queue(&mut self, now: u64, clip: Clip) {
        self.clips.push(clip);
        self.play(now);
    }

    /// Falls silent and holds what was not heard.
    pub fn cut(&mut self) {
        (self.cut, self.position, self.next) = (true, 0, None);
    }

    /// Plays on from a clause.
    pub fn resume(&mut self, now: u64, turn: u64, clause: usize) {
        self.cut = false;
        let first = self.clips.iter().position(|clip| (clip.turn, clip.clause) >= (turn, clause));
        self.cursor = first.unwrap_or(self.clips.len());
        self.play(now);
    }

    /// Forgets every turn below.
    pub fn cancel(&mut self, now: u64, turn: u64) {
        if self.clips.first().is_some_and(|clip| clip.turn < turn) {
            (self.position, self.next) = (0, None);
        }
        self.clips.retain(|clip| clip.turn >= turn);
        (self.cursor, self.cut) = (0, false);
        self.play(now);
    }

    fn play(&mut self, now: u64) {
        if !self.cut && self.cursor < self.clips.len() && self.next.is_none() && !self.hangs {
            self.next = Some(now + ROUND);
        }
    }

    /// Plays up to the report that is due; the second value says that a clip has begun.
    pub fn step(&mut self, now: u64) -> Option<(Event, bool)> {
        self.next.take_if(|at| *at <= now)?;
        let clip = self.clips.get(self.cursor)?;
        let begins = self.position == 0;
        self.position = (self.position + ROUND).min(clip.ms);
        let done = self.position == clip.ms;
        let (turn, clause, samples) = (clip.turn, clip.clause, self.position * PER_MS);
        let sounded = self.sounded.entry((turn, clause)).or_default();
        *sounded = self.position.max(*sounded);
        if done {
            (self.cursor, self.position) = (self.cursor + 1, 0);
        }
        self.play(now);
        Some((Event::Played { turn, clause, samples, done }, begins))
    }
}
