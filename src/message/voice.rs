//! The likeness of an utterance's voice to known voices.

use serde::{Deserialize, Serialize};

/// The likeness of an utterance's voice to the voices that golem knows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoiceLikeness {
    /// Likeness to the nearest enrolled voice, -1..=1.
    pub enrolled: f32,
    /// Likeness to golem's own voice, -1..=1, if golem has spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<f32>,
    /// Seconds of voice that were compared.
    pub seconds: f32,
}
