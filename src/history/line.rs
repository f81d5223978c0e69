//! The stored lines of a conversation: from notes of the dialogue, and back to the model's first messages.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Stored;
use crate::dialog::history::INTERRUPTED;
use crate::message::{Message, Note, Role};

/// A message to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    /// Its turn.
    pub turn: u64,
    /// Who said it.
    pub role: Role,
    /// What was said, or heard.
    pub text: String,
    /// Whether the person cut golem short.
    pub interrupted: bool,
    /// When, in milliseconds since 1970 (universal time).
    pub at: i64,
}

impl HistoryLine {
    /// The line that `note`, sent at `at`, adds to the history: words that were not ignored, or what was heard of a
    /// reply. A reply that was silenced before its first word is a line without text.
    pub fn of(note: &Note, at: SystemTime) -> Option<Self> {
        let (turn, role, text, interrupted) = match note {
            Note::Transcript { utterance, text, ignored: None } => (*utterance, Role::User, text, false),
            Note::Typed { turn, text } => (*turn, Role::User, text, false),
            Note::Heard { turn, text, interrupted } => (*turn, Role::Assistant, text, *interrupted),
            _ => return None,
        };
        let text = text.trim();
        (!text.is_empty() || interrupted).then(|| Self { turn, role, text: text.into(), interrupted, at: millis(at) })
    }
}

/// Milliseconds since 1970; 0 before it.
pub fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The last `most` whole exchanges of `stored` (in order) as the dialogue remembers them. Words that were never
/// answered, and what golem said unasked (an alarm, an apology), belong to no exchange.
pub fn exchanges(stored: &[Stored], most: usize) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    for line in stored {
        let last = messages.last().map(|message| message.role);
        match (line.role, last) {
            (Role::User, Some(Role::User)) => {
                // Join words that were said in two breaths: they are one question.
                if let Some(open) = messages.last_mut() {
                    open.text.extend([" ", &line.text]);
                }
            }
            (Role::User, _) => messages.push(Message::new(Role::User, &line.text)),
            // Skip a reply that the person never heard: the words before and after it are one question.
            (Role::Assistant, _) if line.text.is_empty() => {}
            (Role::Assistant, Some(Role::User)) => {
                let mark = if line.interrupted { INTERRUPTED } else { "" };
                messages.push(Message::new(Role::Assistant, format!("{}{mark}", line.text)));
            }
            (Role::Assistant | Role::System, _) => {}
        }
    }
    messages.pop_if(|last| last.role == Role::User);
    let from = messages.len().saturating_sub(most.saturating_mul(2));
    messages.split_off(from)
}
