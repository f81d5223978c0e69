//! A word of a transcript with the time at which it was said.

use serde::{Deserialize, Serialize};

use super::Time;

/// A word with its times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimedWord {
    /// The word with its punctuation. It begins with a blank if the text has one there, so that all words in a row are
    /// the text.
    pub text: String,
    /// When it begins, from the start of the utterance, or of the recording if it belongs to one.
    pub start: Time,
    /// When it ends; never before `start`.
    pub end: Time,
    /// The recogniser's probability of the word, 0..=1: the mean over its tokens.
    pub probability: f32,
}
