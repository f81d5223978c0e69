//! The latency ledger: the stages of the wait in one turn.

use serde::{Deserialize, Serialize};

use super::Time;

/// The times of one turn's stages, in seconds after the person's last voiced sample; `None` for a stage that was not
/// reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// The reply's turn.
    pub turn: u64,
    /// End of speech, in seconds of audio time.
    pub end_of_speech: f64,
    /// The turn was declared over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<f64>,
    /// The words were known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<f64>,
    /// The first piece of the reply came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token: Option<f64>,
    /// The first clause went to synthesis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_clause: Option<f64>,
    /// The first sample sounded: the wait that a person feels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_sample: Option<f64>,
    /// Seconds of work for the reply that were done in the pause, before the end of the turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<f64>,
    /// Seconds since the last reply that were spent on dropped prepared replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wasted: Option<f64>,
}

impl Ledger {
    /// A ledger for `turn`, whose speech ended at `end`.
    #[must_use]
    pub fn new(turn: u64, end: Time) -> Self {
        Self { turn, end_of_speech: end.as_secs_f64(), ..Self::default() }
    }

    /// Seconds from the end of speech to `now`, to the millisecond.
    #[must_use]
    pub fn since(&self, now: Time) -> f64 {
        ((now.as_secs_f64() - self.end_of_speech) * 1e3).round() / 1e3
    }
}
