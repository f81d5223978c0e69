//! The engines of speech to text and of text to speech, as the config names them.

use serde::{Deserialize, Serialize};
use strum::{Display, VariantNames};

/// The engine of speech to text.
#[derive(Clone, Copy, Debug, Default, Display, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum AsrEngine {
    /// Whisper if a model of it is installed, PocketSphinx otherwise.
    #[default]
    Auto,
    /// Whisper.
    Whisper,
    /// PocketSphinx.
    Sphinx,
    /// A server with OpenAI's interface for audio.
    OpenAi,
}

/// The engine of text to speech.
#[derive(Clone, Copy, Debug, Default, Display, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum TtsEngine {
    /// Kokoro if it is installed and the machine is fast enough, else Piper if a voice is installed, else espeak-ng.
    #[default]
    Auto,
    /// Piper.
    Piper,
    /// Kokoro.
    Kokoro,
    /// espeak-ng.
    Espeak,
    /// A server with OpenAI's interface for audio.
    OpenAi,
}
