//! The settings of a live session: voice detection, the pauses that end an utterance, language and names.

use crate::config::VadConfig;
use crate::engine::options::AsrOptions;
use crate::signal::frame::{FRAME, RATE};
use crate::transcribe::segment::PauseLimit;

/// Longest silence in seconds that a client may set: an utterance is cut before a longer one anyway.
pub const LONGEST_SILENCE_S: f64 = 25.0;

/// The settings of a live session.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveSettings {
    /// Voice detection.
    pub vad: VadConfig,
    /// The pauses that end an utterance.
    pub pace: PauseLimit,
    /// Language, task and names.
    pub options: AsrOptions,
}

/// Voice detection with another threshold, 0..=1; the threshold that ends a voice keeps its distance.
pub fn detection(usual: &VadConfig, threshold: f64) -> VadConfig {
    #[expect(clippy::cast_possible_truncation, reason = "a probability")]
    let threshold = (threshold as f32).clamp(0.05, 0.95);
    let release = (threshold - (usual.threshold - usual.release)).max(0.02);
    VadConfig { threshold, release, ..usual.clone() }
}

/// The pause that ends an utterance, of so many seconds.
pub fn pause(seconds: f64) -> PauseLimit {
    #[expect(clippy::cast_precision_loss, reason = "a frame is short")]
    let frames = (seconds.clamp(0.0, LONGEST_SILENCE_S) * f64::from(RATE) / FRAME as f64).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
    PauseLimit::After((frames as usize).max(1))
}
