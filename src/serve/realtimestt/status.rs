//! The status of a recorder, for clients that ask.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::serve::live::event::LiveEvent;
use crate::signal::pcm::pcm;

/// The present state of a recorder, and its last utterance.
#[derive(Clone, Debug, Default)]
pub struct RecorderStatus {
    /// When the recorder began to wait for a voice, in seconds since 1970; 0 for never.
    pub listen_start: f64,
    /// When the last utterance ended, in seconds since 1970; 0 for never.
    pub recording_stop: f64,
    /// Whether an utterance is open.
    pub is_recording: bool,
    /// Sound of the last utterance: 16 kHz, mono, -1..=1.
    pub audio: Arc<Vec<f32>>,
}

impl RecorderStatus {
    /// Updates the status by an event, `now` in seconds since 1970.
    pub fn note(&mut self, event: &LiveEvent, now: f64) {
        match event {
            LiveEvent::Began(_) => self.is_recording = true,
            LiveEvent::Over(_, audio) => {
                (self.is_recording, self.recording_stop, self.listen_start) = (false, now, now);
                self.audio = Arc::clone(audio);
            }
            LiveEvent::Cleared(_) => (self.is_recording, self.listen_start) = (false, now),
            _ => {}
        }
    }
}

/// Samples of 16 bits in Base64.
pub fn base64(audio: &[f32]) -> String {
    STANDARD.encode(pcm(audio))
}

/// Seconds since 1970.
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
