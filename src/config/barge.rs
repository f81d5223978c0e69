//! Settings of barge-in.

use serde::{Deserialize, Serialize};

/// Settings of barge-in: what happens when the person speaks over the reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BargeInConfig {
    /// `judge`, `instant` or `off`.
    pub mode: BargeMode,
    /// Voiced frames in a row that lower playback.
    pub duck_frames: usize,
    /// Playback level while ducked, 0..=1.
    pub duck_level: f32,
    /// Voiced milliseconds within `window_ms` that silence playback.
    pub cut_ms: u64,
    /// Newest milliseconds in which `cut_ms` is counted.
    pub window_ms: u64,
    /// Probability (0..=1) above which a frame counts as voice for `clean_cut_ms`, where an echo canceller works.
    pub threshold: f32,
    /// Voiced milliseconds within the window that silence playback, where an echo canceller works.
    pub clean_cut_ms: u64,
    /// Probability (0..=1) above which one frame lowers playback, where an echo canceller works.
    pub duck_threshold: f32,
    /// Fade-out at the cut, in milliseconds, at most 10.
    pub fade_ms: u64,
}

/// How an interruption is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BargeMode {
    /// Cut at once, then let the words decide between resuming and cancelling.
    #[default]
    Judge,
    /// Cut and cancel at once.
    Instant,
    /// No voice stops a reply that sounds; keys do. What is said before it sounds joins the question.
    Off,
}

impl Default for BargeInConfig {
    fn default() -> Self {
        Self {
            mode: BargeMode::Judge,
            duck_frames: 2,
            duck_level: 0.2,
            cut_ms: 200,
            window_ms: 300,
            threshold: 0.6,
            clean_cut_ms: 64,
            duck_threshold: 0.1,
            fade_ms: 10,
        }
    }
}
