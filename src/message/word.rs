//! Words from a closed list: written like any string, read back as the very word of the list.

use serde::{Deserialize, Deserializer};

/// A word of those that events are written with.
pub type Word = &'static str;

/// What stands for a word that is not on the list, as a newer golem may send.
const OTHER: Word = "other";
/// Every word that notes and parts of golem bear.
const WORDS: &[Word] = &[
    "empty",
    "ghost",
    "backchannel",
    "stop",
    "words",
    "key",
    "deadline",
    "instant",
    "yes",
    "no",
    "other",
    "late",
    "microphone",
    "vad",
    "ears",
    "commands",
    "brain",
    "voice",
    "loudspeaker",
];

/// Reads a word.
///
/// # Errors
/// When there is no string.
pub fn word<'de, D: Deserializer<'de>>(input: D) -> Result<Word, D::Error> {
    let read = String::deserialize(input)?;
    Ok(WORDS.iter().copied().find(|word| *word == read).unwrap_or(OTHER))
}

/// Reads a word or nothing.
///
/// # Errors
/// When there is something else than a string.
pub fn maybe_word<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Word>, D::Error> {
    let read = Option::<String>::deserialize(input)?;
    Ok(read.map(|read| WORDS.iter().copied().find(|word| *word == read).unwrap_or(OTHER)))
}
