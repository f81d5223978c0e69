//! A word of a transcript with the time at which it was said.

use serde::{Deserialize, Serialize};

use super::Time;

/// A word and when it was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimedWord {
    /// The word with its punctuation. It begins with a blank where the text has one before it, so that all words in a row
    /// are the text.
    pub text: String,
    /// When it begins: from the start of the utterance, or of the recording where it is a recording's part.
    pub start: Time,
    /// When it ends; never before `start`.
    pub end: Time,
    /// How likely the word was to the ears, 0..=1: the mean over its tokens.
    pub probability: f32,
}
