//! The tape of a dialogue: its input and its notes, in order.
//!
//! The dialogue is pure: the same input leads to the same decisions. A tape is a bug report that can be run again.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::message::{Event, Message, Note, Time};

/// One entry of a tape. Notes are output, all others are input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "tape", rename_all = "snake_case")]
pub enum TapeEntry {
    /// An event.
    Event {
        /// Its time.
        at: Time,
        /// The event.
        event: Event,
    },
    /// Time passed.
    Tick {
        /// The time that was reached.
        at: Time,
    },
    /// The wall clock's time.
    Wall {
        /// The dialogue's time.
        at: Time,
        /// Date, time and time zone as RFC 9557 writes them.
        wall: jiff::Zoned,
    },
    /// Whether decoding ahead of time pays off with the recogniser from now on.
    Speculates {
        /// Whether it does.
        gains: bool,
    },
    /// New settings.
    Settings {
        /// All settings.
        config: Box<Config>,
    },
    /// An earlier conversation that is continued.
    Recall {
        /// Its messages.
        messages: Vec<Message>,
    },
    /// The mean of the person's own pauses that an earlier golem kept.
    Pauses {
        /// The mean.
        mean: Time,
    },
    /// A note of the dialogue.
    Note {
        /// Its time.
        at: Time,
        /// The note.
        note: Note,
    },
}

/// A tape with the entries that were not taken yet. Until it is started, it keeps nothing.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    running: bool,
    entries: VecDeque<TapeEntry>,
}

impl Tape {
    /// Keeps entries from now on.
    pub fn start(&mut self) {
        self.running = true;
    }

    /// Keeps `entry`, if the tape is started.
    pub fn keep(&mut self, entry: impl FnOnce() -> TapeEntry) {
        if self.running {
            self.entries.push_back(entry());
        }
    }

    /// Takes the oldest entry.
    pub fn take(&mut self) -> Option<TapeEntry> {
        self.entries.pop_front()
    }
}
