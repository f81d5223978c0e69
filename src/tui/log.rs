//! The conversation as the screen shows it: words said, replies heard, and failures.

use std::cell::Cell;
use std::collections::VecDeque;

use super::reply::ShownReply;
use crate::control::{Note, State, plain_line};
use crate::message::{Ignored, Time};

/// Entries kept for scrolling back: days of talk, a few megabytes.
const KEPT: usize = 10_000;

/// One thing said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScreenEntry {
    /// The person's words, and why they were ignored, if they were.
    You {
        /// The words.
        text: String,
        /// The reason: `ghost`, `backchannel`, `stop`.
        ignored: Option<Ignored>,
    },
    /// Golem's words.
    Golem(ShownReply),
    /// Something a person should know.
    Notice(String),
    /// Something failed.
    Error(String),
}

impl ScreenEntry {
    /// All its words.
    pub fn text(&self) -> String {
        match self {
            Self::You { text, .. } | Self::Notice(text) | Self::Error(text) => text.clone(),
            Self::Golem(reply) => reply.whole(),
        }
    }
}

/// An entry in its place.
#[derive(Clone, Debug)]
pub struct PlacedEntry {
    /// Counted from 1; later entries have larger numbers.
    pub number: u64,
    /// When it began, after golem started.
    pub at: Time,
    /// The entry.
    pub entry: ScreenEntry,
    /// A width and how many lines the entry takes in it, once that was asked for.
    height: Cell<Option<(usize, usize)>>,
}

impl PlacedEntry {
    /// How many lines the entry takes in `width` columns, which `count` finds out when it is not known.
    pub fn height(&self, width: usize, count: impl FnOnce() -> usize) -> usize {
        match self.height.get() {
            Some((known, height)) if known == width => height,
            _ => {
                let height = count();
                self.height.set(Some((width, height)));
                height
            }
        }
    }
}

/// The conversation.
#[derive(Clone, Debug, Default)]
pub struct ConversationLog {
    entries: VecDeque<PlacedEntry>,
    /// Number of the newest entry.
    newest: u64,
    /// The time of the update that is taken now.
    now: Time,
    /// The utterance under way and its words so far.
    partial: Option<(u64, String)>,
}

impl ConversationLog {
    /// The entries, oldest first.
    pub fn entries(&self) -> &VecDeque<PlacedEntry> {
        &self.entries
    }

    /// Words so far of the utterance under way; empty when none are known yet.
    pub fn partial(&self) -> Option<&str> {
        self.partial.as_ref().map(|(_, text)| text.as_str())
    }

    /// Appends an entry; the oldest goes when there are too many. A repeat of the last is dropped, unless it is `You`.
    pub fn push(&mut self, entry: ScreenEntry) {
        let again =
            !matches!(entry, ScreenEntry::You { .. }) && self.entries.back().is_some_and(|last| last.entry == entry);
        if again {
            return;
        }
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        self.newest += 1;
        self.entries.push_back(PlacedEntry { number: self.newest, at: self.now, entry, height: Cell::new(None) });
    }

    /// Takes what the dialogue said at `now`; returns whether it shows.
    pub fn take(&mut self, now: Time, note: &Note) -> bool {
        self.now = now;
        match note {
            Note::SpeechStart { utterance } => self.partial = Some((*utterance, String::new())),
            Note::Partial { utterance, text } => self.partial = Some((*utterance, text.clone())),
            // Drop the partial words: an utterance without a transcript ends with the state.
            Note::State { state: State::Idle | State::Speaking } => self.partial = None,
            Note::Transcript { utterance, text, ignored } => self.transcript(*utterance, text, *ignored),
            Note::Typed { text, .. } => self.push(ScreenEntry::You { text: text.clone(), ignored: None }),
            Note::Reply { turn, text } => self.edit(*turn, |reply| reply.generated(text)),
            Note::Clause { turn, text, .. } => self.edit(*turn, |reply| reply.clause(text)),
            Note::Heard { turn, text, interrupted } => self.heard(*turn, text, *interrupted),
            Note::Decision(_) | Note::Outcome { .. } => match plain_line(note) {
                Some(line) => self.push(ScreenEntry::Notice(line)),
                None => return false,
            },
            Note::Confirm { .. } => self.push(ScreenEntry::Notice("y yes, n no, or say it".into())),
            Note::Error { part, reason } => {
                self.push(ScreenEntry::Error(format!("{}: {reason}", part.stage())));
            }
            _ => return false,
        }
        true
    }

    fn transcript(&mut self, utterance: u64, text: &str, ignored: Option<Ignored>) {
        self.partial.take_if(|(number, _)| *number <= utterance);
        if !text.trim().is_empty() {
            self.push(ScreenEntry::You { text: text.into(), ignored });
        }
    }

    /// Takes the words of a reply that have sounded.
    pub fn spoken(&mut self, turn: u64, heard: &str) {
        if let Some(place) = self.place(turn) {
            self.change(place, |reply| reply.heard(heard));
        }
    }

    /// Ends everything under way: the golem that spoke is gone.
    pub fn close(&mut self) {
        self.partial = None;
        for kept in &mut self.entries {
            if let ScreenEntry::Golem(reply) = &mut kept.entry
                && !reply.over()
            {
                reply.abandon();
                kept.height.set(None);
            }
        }
    }

    fn heard(&mut self, turn: u64, text: &str, interrupted: bool) {
        let Some(place) = self.place(turn) else { return };
        if matches!(&self.entries[place].entry, ScreenEntry::Golem(reply) if reply.is_empty()) {
            self.entries.remove(place);
        } else {
            self.change(place, |reply| reply.end(text, interrupted));
        }
    }

    /// Where the reply of a turn stands, if it goes on: another golem in this one's place counts turns anew.
    fn place(&self, turn: u64) -> Option<usize> {
        let of_turn = |kept: &PlacedEntry| matches!(&kept.entry, ScreenEntry::Golem(reply) if reply.turn() == turn && !reply.over());
        self.entries.iter().rposition(of_turn)
    }

    /// Changes the reply of a turn, which enters the conversation with its first update.
    fn edit(&mut self, turn: u64, change: impl FnOnce(&mut ShownReply)) {
        let place = self.place(turn).unwrap_or_else(|| {
            self.push(ScreenEntry::Golem(ShownReply::new(turn)));
            self.entries.len() - 1
        });
        self.change(place, change);
    }

    fn change(&mut self, place: usize, change: impl FnOnce(&mut ShownReply)) {
        let kept = &mut self.entries[place];
        if let ScreenEntry::Golem(reply) = &mut kept.entry {
            change(reply);
            kept.height.set(None);
        }
    }
}
