//! The tape of a dialogue: all that went into it and all that it reported, in order.
//!
//! The dialogue is pure, so that the same inputs make another one decide the same. A tape is a bug report that can be
//! run again.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::message::{Event, Message, Note, Time};

/// One entry of a tape; the notes are what came out, all else went in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "tape", rename_all = "snake_case")]
pub enum TapeEntry {
    /// Something happened.
    Event {
        /// When.
        at: Time,
        /// What.
        event: Event,
    },
    /// Time passed.
    Tick {
        /// Until when.
        at: Time,
    },
    /// What the clock on the wall showed.
    Wall {
        /// When.
        at: Time,
        /// Date, time and time zone as RFC 9557 writes them.
        wall: jiff::Zoned,
    },
    /// Whether the recogniser gains from decoding ahead of time, from now on.
    Speculates {
        /// Whether.
        gains: bool,
    },
    /// Other settings, from now on.
    Settings {
        /// All of them.
        config: Box<Config>,
    },
    /// An earlier conversation was taken up.
    Recall {
        /// What was said in it.
        messages: Vec<Message>,
    },
    /// The dialogue reported something.
    Note {
        /// When.
        at: Time,
        /// What.
        note: Note,
    },
}

/// A tape that is being recorded: what has not been taken from it yet. One that does not run keeps nothing.
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

    /// Keeps what `entry` gives, if the tape runs.
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
