//! A reply that is prepared before it is known whether the pause ends the turn.

use super::reply::SpokenReply;
use crate::message::{Message, Time};

/// A prepared reply, not announced yet.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The utterance whose words it answers.
    pub(super) utterance: u64,
    /// The messages that the language model got.
    pub(super) conversation: Vec<Message>,
    /// The model only reads the question, and does not generate yet.
    pub(super) held: bool,
    pub(super) reply: SpokenReply,
    /// When it was requested.
    pub(super) since: Time,
    /// When its first clause was synthesised.
    pub(super) sound: Option<Time>,
}
