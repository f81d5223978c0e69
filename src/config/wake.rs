//! Settings of the wake phrase.

use serde::{Deserialize, Serialize};

/// The phrase that golem waits for before it listens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WakeConfig {
    /// The phrase, as one says it; empty for none: golem always listens.
    pub phrase: String,
    /// Time after a reply, or after the phrase alone, in which the next words need no phrase, in milliseconds.
    pub follow_up_ms: u64,
    /// Score (0..=1) from which sound is taken for the phrase.
    pub threshold: f32,
    /// Whether asr has to find the phrase in the words as well.
    pub confirm: bool,
}

impl Default for WakeConfig {
    fn default() -> Self {
        Self { phrase: String::new(), follow_up_ms: 8_000, threshold: 0.3, confirm: true }
    }
}
