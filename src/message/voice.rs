//! What the sound of an utterance says about whose voice it is.

use serde::{Deserialize, Serialize};

/// How alike the voice of an utterance is to the voices that golem knows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoiceLikeness {
    /// Likeness to the enrolled voice that is nearest, -1..=1.
    pub enrolled: f32,
    /// Likeness to golem's own voice, -1..=1, where golem has spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<f32>,
    /// Seconds of voice that were compared.
    pub seconds: f32,
}
