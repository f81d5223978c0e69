//! Settings of hints to questions that others ask.

use serde::{Deserialize, Serialize};

/// Settings of `golem hints`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HintsConfig {
    /// Whether everybody who is heard knows that golem listens. Otherwise `golem hints` listens to a live conversation
    /// only with `--others-know`.
    pub others_know: bool,
    /// What the conversation is about, and what the hints should know.
    pub about: String,
    /// Longest hint in tokens.
    pub max_tokens: usize,
    /// Hints that are kept for questions which are asked again; 0 for none.
    pub kept: usize,
}

impl Default for HintsConfig {
    fn default() -> Self {
        Self { others_know: false, about: String::new(), max_tokens: 70, kept: 64 }
    }
}
