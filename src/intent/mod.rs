//! Intents: the owner's sentence templates, and the meanings of words by them. Pure.
//!
//! The format is that of hassil, Home Assistant's own: <https://github.com/home-assistant/hassil>.

pub mod error;
pub mod file;
pub mod grammar;
pub mod graph;
pub mod language;
pub mod matching;
pub mod template;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Values that a sentence gave to its slots, by slot name.
pub type Slots = BTreeMap<String, String>;

/// One way to understand a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Name of the intent.
    pub intent: String,
    /// Its slots, with those that the template fixes.
    pub slots: Slots,
    /// The sentence by the templates: the utterance as if every word had been exact.
    pub sentence: String,
    /// The similarity of the utterance to `sentence`: 1 for an exact match, 0 for none.
    pub score: f32,
    /// The template's name for its answer, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
}

/// The meaning of an utterance as a command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Understanding {
    /// The best reading, accepted or not.
    pub best: Option<Reading>,
    /// The best reading with another intent or other slots.
    pub runner_up: Option<Reading>,
    /// Whether `best` is sure enough to be carried out.
    pub accepted: bool,
    /// Whether `best` was guessed from the sense of the words, without a matching sentence.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guessed: bool,
    /// Why it is accepted or not: `exact`, `tolerant`, `no match`, `low score`, `ambiguous`, `not a command` …
    pub reason: String,
}

#[cfg(test)]
mod tests;
