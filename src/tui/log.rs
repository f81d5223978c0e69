//! The conversation as the screen tells it: what was said, what was heard of the replies, what went wrong.

use std::collections::VecDeque;

use crate::control::{Note, State, plain_line};

/// Entries kept for scrolling back.
const KEPT: usize = 500;
/// Most characters shown of what a person cut off: enough to see what it was, short enough not to bury the answer.
const CUT_SHOWN: usize = 160;
/// How far ahead in the reply's text, in characters, a spoken word is looked for: markup lies between the words.
const LOOK_AHEAD: usize = 80;

/// One thing said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The person's words, and why they were ignored, if they were.
    You {
        /// The words.
        text: String,
        /// `ghost`, `backchannel`, `stop`.
        ignored: Option<&'static str>,
    },
    /// Golem's words.
    Golem(Reply),
    /// Something a person should know.
    Notice(String),
    /// Something failed.
    Error(String),
}

/// How a stretch of a reply stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Spoken, or being spoken.
    Spoken,
    /// Still to come.
    Ahead,
    /// Cut off, never to be heard.
    Cut,
}

/// A reply as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    turn: u64,
    /// Clauses sent to the voice, in order.
    clauses: Vec<String>,
    /// The text as generated, once it is whole.
    text: Option<String>,
    /// Its first sample has sounded.
    sounds: bool,
    /// It is over, heard to its end.
    done: bool,
    /// It is over, cut after these words.
    cut: Option<String>,
}

impl Reply {
    /// The reply in stretches, in order.
    pub fn stretches(&self) -> Vec<(Tone, String)> {
        let whole = self.text.clone().unwrap_or_else(|| self.clauses.join(" "));
        let (end, rest) = match &self.cut {
            Some(heard) => (heard_end(&whole, heard), Tone::Cut),
            None if self.done => (whole.len(), Tone::Ahead),
            None if !self.sounds => (0, Tone::Ahead),
            None if self.text.is_none() => (whole.len(), Tone::Ahead),
            None => (reach(&whole, self.clauses.iter().map(String::as_str)), Tone::Ahead),
        };
        let (said, unsaid) = whole.split_at(end);
        let unsaid = if rest == Tone::Cut { shortened(unsaid) } else { unsaid.to_string() };
        vec![(Tone::Spoken, said.to_string()), (rest, unsaid)]
    }

    fn is_empty(&self) -> bool {
        self.clauses.is_empty() && self.text.as_ref().is_none_or(|text| text.trim().is_empty())
    }
}

/// Where the heard words end in the whole reply.
fn heard_end(whole: &str, heard: &str) -> usize {
    let start = whole.len() - whole.trim_start().len();
    if whole[start..].starts_with(heard) { start + heard.len() } else { reach(whole, [heard].into_iter()) }
}

/// Where spoken words end in the text they were cut from, which has markup between them that is not spoken.
fn reach<'a>(text: &str, spoken: impl Iterator<Item = &'a str>) -> usize {
    spoken.flat_map(str::split_whitespace).fold(0, |at, word| {
        let rest = &text[at..];
        let near = rest.char_indices().nth(LOOK_AHEAD).map_or(rest, |(end, _)| &rest[..end]);
        near.find(word).map_or(at, |found| at + found + word.len())
    })
}

fn shortened(text: &str) -> String {
    let text = text.trim_end();
    match text.char_indices().nth(CUT_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

/// The conversation.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    /// The utterance under way and its words so far.
    partial: Option<(u64, String)>,
}

impl Log {
    /// What was said, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Words so far of the utterance under way; empty when none are known yet.
    pub fn partial(&self) -> Option<&str> {
        self.partial.as_ref().map(|(_, text)| text.as_str())
    }

    /// Appends an entry; the oldest goes when there are too many. What is told twice in a row is told once.
    pub fn push(&mut self, entry: Entry) {
        let again = !matches!(entry, Entry::You { .. }) && self.entries.back() == Some(&entry);
        if again {
            return;
        }
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Takes what the dialogue said; tells whether it shows.
    pub fn take(&mut self, note: &Note) -> bool {
        match note {
            Note::SpeechStart { utterance } => self.partial = Some((*utterance, String::new())),
            Note::Partial { utterance, text } => self.partial = Some((*utterance, text.clone())),
            // An utterance that came to nothing has no transcript: it ends with the state.
            Note::State { state: State::Idle | State::Speaking } => self.partial = None,
            Note::Transcript { utterance, text, ignored } => self.transcript(*utterance, text, *ignored),
            Note::Typed { text, .. } => self.push(Entry::You { text: text.clone(), ignored: None }),
            Note::Reply { turn, text } => self.edit(*turn, |reply| reply.text = Some(text.clone())),
            Note::Clause { turn, text, .. } => self.edit(*turn, |reply| reply.clauses.push(text.clone())),
            Note::AudioStart { turn } => self.edit(*turn, |reply| reply.sounds = true),
            Note::Heard { turn, text, interrupted } => self.heard(*turn, text, *interrupted),
            Note::Decision(_) | Note::Outcome { .. } => match plain_line(note) {
                Some(line) => self.push(Entry::Notice(line)),
                None => return false,
            },
            Note::Confirm { .. } => self.push(Entry::Notice("y yes, n no, or say it".into())),
            Note::Error { stage, reason } => {
                self.push(Entry::Error(format!("{}: {reason}", format!("{stage:?}").to_lowercase())));
            }
            _ => return false,
        }
        true
    }

    fn transcript(&mut self, utterance: u64, text: &str, ignored: Option<&'static str>) {
        self.partial.take_if(|(number, _)| *number <= utterance);
        if !text.trim().is_empty() {
            self.push(Entry::You { text: text.into(), ignored });
        }
    }

    fn heard(&mut self, turn: u64, text: &str, interrupted: bool) {
        self.edit(turn, |reply| {
            reply.done = true;
            reply.cut = interrupted.then(|| text.to_string());
        });
        self.entries.retain(|entry| !matches!(entry, Entry::Golem(reply) if reply.turn == turn && reply.is_empty()));
    }

    /// Changes the reply of a turn, which enters the conversation with its first news.
    fn edit(&mut self, turn: u64, change: impl FnOnce(&mut Reply)) {
        let mut replies = self.entries.iter_mut().rev().filter_map(|entry| match entry {
            Entry::Golem(reply) => Some(reply),
            _ => None,
        });
        if let Some(reply) = replies.find(|reply| reply.turn == turn) {
            return change(reply);
        }
        let mut reply = Reply { turn, ..Reply::default() };
        change(&mut reply);
        self.push(Entry::Golem(reply));
    }
}
