//! The state of the echo canceller, as the dialogue gets it.

use serde::{Deserialize, Serialize};

/// How much of the microphone's sound may be golem's own voice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EchoState {
    /// Golem is silent, its sound does not come back, or there is no canceller.
    #[default]
    Absent,
    /// Golem speaks, and the canceller has not found the echo yet: a voice is as likely golem's as a person's.
    Learning,
    /// The canceller removes most of the echo, but is not yet as good as it will be in this room; or it has not found the
    /// echo yet, but a network tells it from a person.
    Settling,
    /// The canceller removes the echo: the rest is hardly golem's voice.
    Cancelled,
    /// The canceller has had enough time, but does not remove the echo.
    Leaking,
}

impl EchoState {
    /// Whether a canceller removes golem's own voice, and with it a part of a person's voice.
    #[must_use]
    pub fn suppressed(self) -> bool {
        matches!(self, Self::Settling | Self::Cancelled)
    }
}
