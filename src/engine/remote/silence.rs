//! Replies without a word. Pure.

use std::fmt;
use std::time::Duration;

/// Why a reply has no text. Its message says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The model ended without thoughts and without a word.
    Nothing,
    /// The model ended after its thoughts.
    Thoughts,
    /// The model was still thinking after this time.
    Endless(Duration),
}

impl fmt::Display for Silence {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Nothing => write!(out, "the model said nothing: choose another model"),
            Self::Thoughts => write!(
                out,
                "the model only thought: raise llm.context, half of which its thoughts and its reply may fill, or choose a model that thinks less"
            ),
            Self::Endless(time) => write!(
                out,
                "the model has thought for {} s without a word: raise llm.load_ms, or choose a model that thinks less",
                time.as_secs_f32()
            ),
        }
    }
}
