//! Settings of the speaker check: whose voice counts.

use serde::{Deserialize, Serialize};
use strum::Display;

/// Settings of the speaker check.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpeakerConfig {
    /// `anyone`, `owner` or `not-me`.
    pub policy: SpeakerPolicy,
    /// Whether commands that ask for a yes need an enrolled voice.
    pub consequences: bool,
    /// Likeness (0..=1) halfway between an enrolled voice and others, for two seconds of voice. Golem goes lower for
    /// shorter and higher for longer utterances.
    pub threshold: f32,
}

/// Whose words are answered.
#[derive(Clone, Copy, Debug, Default, Display, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum SpeakerPolicy {
    /// Everybody's.
    #[default]
    Anyone,
    /// Those of enrolled people only.
    Owner,
    /// Those of everybody who is not enrolled.
    NotMe,
}

impl SpeakerConfig {
    /// Whether golem has to know whose voice it hears. Where it does not, nothing is loaded and nothing computed.
    #[must_use]
    pub fn checks(&self) -> bool {
        self.consequences || self.policy != SpeakerPolicy::Anyone
    }
}

impl Default for SpeakerConfig {
    /// The threshold is about where `golem bench speaker` finds as many errors of one kind as of the other.
    fn default() -> Self {
        Self { policy: SpeakerPolicy::Anyone, consequences: false, threshold: 0.7 }
    }
}
