//! The inputs and the events of a live session.

use std::sync::Arc;

use super::settings::LiveSettings;
use crate::message::Time;
use crate::transcribe::agreement::LiveCaption;
use crate::transcribe::listen::TranscriptPart;

/// The inputs of a session.
#[derive(Debug)]
pub enum LiveInput {
    /// Mono samples, -1..=1, and their rate in hertz, which may differ from piece to piece.
    Sound(Vec<f32>, u32),
    /// The sound so far is a whole utterance.
    Commit,
    /// The open utterance is forgotten.
    Clear,
    /// From here on these settings hold.
    Set(Box<LiveSettings>),
    /// The session ends; the sound so far is a whole utterance.
    End,
}

/// The events of a session. Those of an utterance come in order: each `Began` has one `Over`, and each `Over` one
/// `Final` or `Failed`. An utterance may begin before the words of the one before have come. Times are those of the
/// session's sound.
#[derive(Clone, Debug)]
pub enum LiveEvent {
    /// An utterance began, with a voice at this time.
    Began(Time),
    /// Words of the utterance that is being said.
    Partial(LiveCaption),
    /// The utterance ended at this time; its sound (16 kHz, mono, -1..=1) is empty where no words can be in it.
    Over(Time, Arc<Vec<f32>>),
    /// The words of an utterance; nothing where it has none.
    Final(Option<Box<TranscriptPart>>),
    /// The words of an utterance are lost, or no utterance is open and the session has failed; why.
    Failed(String),
    /// All that was said before a `Commit` has had its `Final`.
    Committed,
    /// A `Clear` was done; whether an utterance was open, which has no other events.
    Cleared(bool),
    /// The session is over. Nothing follows.
    Ended,
}
