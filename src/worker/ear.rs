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

/// Frames that are judged together while no one speaks: 128 ms. A voice is confirmed by the third of its frames, so
/// that its beginning is never known more than one frame later for that.
const GATHERED: u32 = 4;
/// Probability from which on a voice may be beginning: far below the thresholds that count as one.
const FAINT: f32 = 0.1;
/// Frames without any such sign after which no one counts as speaking: 2 s, longer than the pauses within an utterance.
const QUIET: u32 = 62;

/// Judges frames.
pub struct Ear {
    vad: Box<dyn Vad>,
    /// Frames that wait to be judged together.
    #[allow(clippy::vec_box)] // they go on as they came
    waiting: Vec<Box<[f32; FRAME]>>,
    /// Frames in a row without a sign of a voice.
    quiet: u32,
}

impl Ear {
    /// An ear with a voice-activity engine.
    pub fn new(vad: Box<dyn Vad>) -> Self {
        Self { vad, waiting: Vec::with_capacity(GATHERED as usize), quiet: 0 }
    }

    /// Gives the engine back, all audio forgotten.
    pub fn into_engine(mut self) -> Box<dyn Vad> {
        self.vad.reset();
        self.vad
    }

    /// Takes one frame and judges it: at once where `alert` says that something is under way or where there was a sign of
    /// a voice lately, together with its neighbours otherwise, which costs a fraction. The judgements are the same.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn hear(&mut self, frame: Box<[f32; FRAME]>, alert: bool) -> Result<Vec<Heard>, EngineError> {
        self.waiting.push(frame);
        if self.waiting.len() < self.gathers(alert) as usize {
            return Ok(Vec::new());
        }
        let frames = std::mem::take(&mut self.waiting);
        let judged = self.vad.probabilities(&frames)?;
        for probability in &judged {
            self.quiet = if *probability > FAINT { 0 } else { self.quiet.saturating_add(1) };
        }
        let heard = |(frame, probability): (Box<[f32; FRAME]>, f32)| {
            let level = decibels(&frame[..]);
            Heard { frame, probability, level }
        };
        Ok(frames.into_iter().zip(judged).map(heard).collect())
    }

    /// Frames that are judged together as things are.
    pub fn gathers(&self, alert: bool) -> u32 {
        if !alert && self.quiet >= QUIET { GATHERED } else { 1 }
    }

    /// Drops what waits to be judged.
    pub fn forget(&mut self) {
        self.waiting.clear();
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

    /// Takes the first sample of a frame for the probability of a voice, and counts its runs.
    struct First(std::sync::Arc<std::sync::atomic::AtomicUsize>);

    impl Vad for First {
        fn reset(&mut self) {}

        fn probability(&mut self, frame: &[f32; FRAME]) -> Result<f32, EngineError> {
            if frame[0] < 0.0 {
                return Err(EngineError::Failed { engine: "first", reason: "below zero".into() });
            }
            Ok(frame[0])
        }

        fn probabilities(&mut self, frames: &[Box<[f32; FRAME]>]) -> Result<Vec<f32>, EngineError> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            frames.iter().map(|frame| self.probability(frame)).collect()
        }
    }

    fn frame(first: f32) -> Box<[f32; FRAME]> {
        let mut frame = Box::new([0.0; FRAME]);
        frame[0] = first;
        frame
    }

    #[test]
    fn frames_are_gathered_in_silence_and_judged_at_once_when_it_matters() {
        let runs = std::sync::Arc::default();
        let mut ear = Ear::new(Box::new(First(std::sync::Arc::clone(&runs))));
        let mut hear = |first, alert| -> Vec<f32> {
            ear.hear(frame(first), alert).unwrap().into_iter().map(|heard| heard.probability).collect()
        };
        for _ in 0..QUIET {
            assert_eq!(hear(0.05, false), [0.05]);
        }
        assert!((0..3).all(|_| hear(0.01, false).is_empty()));
        assert_eq!(hear(0.02, false), [0.01, 0.01, 0.01, 0.02], "in order, none is lost");
        assert!(hear(0.03, false).is_empty());
        assert_eq!(hear(0.04, true), [0.03, 0.04], "something is under way");
        assert!((0..3).all(|_| hear(0.5, false).is_empty()), "a voice begins");
        assert_eq!(hear(0.6, false), [0.5, 0.5, 0.5, 0.6]);
        assert_eq!(hear(0.7, false), [0.7], "from its first signs on each frame counts");
        assert_eq!(runs.load(std::sync::atomic::Ordering::Relaxed), QUIET as usize + 4);
    }

    #[test]
    fn what_waits_is_forgotten_and_a_failure_does_not_stick() {
        let mut ear = Ear::new(Box::new(First(std::sync::Arc::default())));
        ear.quiet = QUIET;
        assert!(ear.hear(frame(0.5), false).unwrap().is_empty());
        ear.forget();
        assert_eq!(ear.hear(frame(0.2), true).unwrap().len(), 1);
        assert!(ear.hear(frame(-1.0), true).is_err());
        assert_eq!(ear.hear(frame(0.3), true).unwrap().len(), 1);
    }

    #[test]
    fn decibels_of_known_sounds() {
        assert!((decibels(&[1.0, -1.0]) - 0.0).abs() < 1e-5);
        assert!((decibels(&[0.1; 64]) + 20.0).abs() < 1e-3);
        assert!((decibels(&[0.0; 64]) + 100.0).abs() < 1e-3);
        assert!((decibels(&[]) + 100.0).abs() < 1e-3);
    }
}
