//! What is known of golem's own voice in the microphone.

use serde::{Deserialize, Serialize};

/// How much of what the microphone hears may be golem itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EchoState {
    /// Nothing is played, nothing of it comes back, or there is no canceller.
    #[default]
    Absent,
    /// Golem speaks, and the canceller has yet to find the echo: what sounds like a person is as likely golem.
    Learning,
    /// The canceller takes most of the echo out, and is not yet as good as it will be in this room.
    Settling,
    /// The canceller takes the echo out: what is left is hardly golem.
    Cancelled,
    /// The canceller has had time enough and does not take the echo out.
    Leaking,
}

impl EchoState {
    /// Whether a canceller takes golem's own voice out of what is heard, and part of a person's voice over it.
    #[must_use]
    pub fn suppressed(self) -> bool {
        matches!(self, Self::Settling | Self::Cancelled)
    }
}
