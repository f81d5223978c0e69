//! The ear: frames from a source become frames with a probability of voice.

use crate::device::loudness;
use crate::engine::{EngineError, FRAME, Vad};

/// One frame as heard.
#[derive(Clone, Debug)]
pub struct Heard {
    /// 512 samples at 16 kHz, -1..=1.
    pub frame: Box<[f32; FRAME]>,
    /// Probability of voice, 0..=1.
    pub probability: f32,
    /// Root mean square of the frame in decibels below full scale, -100..=0.
    pub level: f32,
}

/// Judges frames.
pub struct Ear {
    vad: Box<dyn Vad>,
}

impl Ear {
    /// An ear with a voice-activity engine.
    pub fn new(vad: Box<dyn Vad>) -> Self {
        Self { vad }
    }

    /// Gives the engine back, all audio forgotten.
    pub fn into_engine(mut self) -> Box<dyn Vad> {
        self.vad.reset();
        self.vad
    }

    /// Judges one frame.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn step(&mut self, frame: Box<[f32; FRAME]>) -> Result<Heard, EngineError> {
        let probability = self.vad.probability(&frame)?;
        let level = decibels(&frame[..]);
        Ok(Heard { frame, probability, level })
    }
}

/// Root mean square in decibels below full scale, at least -100.
pub fn decibels(samples: &[f32]) -> f32 {
    #[allow(clippy::cast_precision_loss)]
    let power = samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32;
    loudness::decibels(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_of_known_sounds() {
        assert!((decibels(&[1.0, -1.0]) - 0.0).abs() < 1e-5);
        assert!((decibels(&[0.1; 64]) + 20.0).abs() < 1e-3);
        assert!((decibels(&[0.0; 64]) + 100.0).abs() < 1e-3);
        assert!((decibels(&[]) + 100.0).abs() < 1e-3);
    }
}
