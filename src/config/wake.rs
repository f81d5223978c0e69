//! Settings of the wake phrase.

use serde::{Deserialize, Serialize};

use super::wake_language::WakeLanguage;

/// The phrase that golem waits for before it listens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WakeConfig {
    /// The phrase, as one says it; empty for none: golem always listens.
    pub phrase: String,
    /// The language in which one says it.
    pub language: WakeLanguage,
    /// Time after a reply, or after the phrase alone, in which the next words need no phrase, in milliseconds.
    pub follow_up_ms: u64,
    /// Score (0..=1) from which asr is asked whether sound was the phrase.
    pub threshold: f32,
    /// Score (0..=1) from which sound is the phrase where asr is not asked: without `confirm`, as a satellite, and for
    /// Wyoming's clients.
    pub threshold_alone: f32,
    /// Whether asr has to find the phrase in the words as well.
    pub confirm: bool,
}

impl Default for WakeConfig {
    fn default() -> Self {
        Self {
            phrase: String::new(),
            language: WakeLanguage::ByLetters,
            follow_up_ms: 8_000,
            threshold: 0.3,
            threshold_alone: 0.6,
            confirm: true,
        }
    }
}

impl WakeConfig {
    /// The score that counts: the lower one only where asr confirms.
    #[must_use]
    pub fn bar(&self) -> f32 {
        if self.confirm { self.threshold } else { self.threshold_alone }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spotter_that_decides_alone_needs_a_higher_score() {
        let asked = WakeConfig::default();
        let alone = WakeConfig { confirm: false, ..asked.clone() };
        assert_eq!((asked.bar(), alone.bar()), (asked.threshold, alone.threshold_alone));
        assert!(alone.bar() > asked.bar());
    }
}
