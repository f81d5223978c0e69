//! A reply in the making, before it is known whether the pause ends the turn.

use super::reply::SpokenReply;
use crate::message::{Message, Time};

/// A reply in the making, not announced yet.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The utterance whose words it answers.
    pub(super) utterance: u64,
    /// What the language model was asked.
    pub(super) conversation: Vec<Message>,
    /// Only the question is read; nothing is generated yet.
    pub(super) held: bool,
    pub(super) reply: SpokenReply,
    /// When it was begun.
    pub(super) since: Time,
    /// When its first clause had become sound.
    pub(super) sound: Option<Time>,
}
