//! Settings of the history, and of the metrics for other programs.

use serde::{Deserialize, Serialize};

/// What is remembered of conversations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryConfig {
    /// `off`, `session` or `kept`.
    pub keep: Keep,
    /// Days after which a kept conversation is forgotten; 0 for never.
    pub days: u32,
    /// Words within this many minutes of the last ones continue the same conversation, also after a restart.
    pub resume_minutes: u32,
    /// Exchanges of that conversation that the dialogue gets back when golem starts; 0 for none.
    pub resume_exchanges: usize,
}

/// How long conversations are remembered.
///
/// The default is `session`: a microphone hears everyone in the room, and they did not ask to be written down. A person
/// who wants a diary asks for it with one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// Nothing is remembered, not even from one question to the next.
    Off,
    /// Until golem ends; never on the disk.
    #[default]
    Session,
    /// Across restarts, in a file that only its owner can read.
    Kept,
}

impl Default for HistoryConfig {
    fn default() -> Self {
        Self { keep: Keep::Session, days: 0, resume_minutes: 30, resume_exchanges: 6 }
    }
}

/// Figures for other programs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Port on 127.0.0.1 for Prometheus; 0 for none.
    pub port: u16,
}
