//! The spotter in a stream of frames, which computes only near voices.

use std::collections::VecDeque;

use super::head::{INPUTS, SPAN, WakeHead};
use crate::engine::embedding::{STRIDE, SpeechEmbedding, WIDTH};
use crate::engine::{EngineError, KeywordSpotter};
use crate::signal::frame::FRAME;

/// Least probability of a voice at which the spotter computes: the lowest that a person's voice has.
const VOICE: f32 = 0.3;
/// Frames without a voice for which the spotter still computes: 0.6 s, since a phrase scores best just after its end.
const LINGER: u32 = 19;
/// Earlier samples that are processed when a voice begins: those of one judgement.
const BEFORE: usize = (SPAN + 10) * STRIDE;

/// A spotter of phrases.
pub struct Spotter {
    embedding: SpeechEmbedding,
    heads: Vec<WakeHead>,
    /// The newest samples.
    before: VecDeque<f32>,
    /// The numbers of the newest embeddings.
    window: Vec<f32>,
    /// Frames since the last voice; `None` while the spotter does not compute.
    listening: Option<u32>,
}

impl Spotter {
    /// A spotter of the phrases of `heads`.
    pub fn new(embedding: SpeechEmbedding, heads: Vec<WakeHead>) -> Self {
        Self { embedding, heads, before: VecDeque::new(), window: Vec::new(), listening: None }
    }

    /// [`KeywordSpotter::hear`] for each phrase separately.
    ///
    /// # Errors
    /// When the runtime refuses the frame.
    pub fn hear_each(&mut self, frame: &[f32; FRAME], probability: f32) -> Result<Vec<f32>, EngineError> {
        let listened = self.listening.is_some();
        self.listening = match self.listening {
            _ if probability > VOICE => Some(0),
            Some(frames) if frames < LINGER => Some(frames + 1),
            _ => None,
        };
        // Keep samples while computing too: the next voice may begin soon after this one.
        self.before.extend(frame);
        let spare = self.before.len().saturating_sub(BEFORE);
        self.before.drain(..spare);
        match (listened, self.listening.is_some()) {
            (true, true) => self.judge(frame),
            (false, true) => {
                let again: Vec<f32> = self.before.iter().copied().collect();
                self.judge(&again)
            }
            (true, false) => {
                self.embedding.reset();
                self.window.clear();
                Ok(vec![0.0; self.heads.len()])
            }
            (false, false) => Ok(vec![0.0; self.heads.len()]),
        }
    }

    /// The best score of each phrase in the windows that `samples` complete.
    fn judge(&mut self, samples: &[f32]) -> Result<Vec<f32>, EngineError> {
        let mut best = vec![0.0_f32; self.heads.len()];
        for embedding in self.embedding.hear(samples)? {
            if self.window.len() == INPUTS {
                self.window.drain(..WIDTH);
            }
            self.window.extend(embedding);
            if self.window.len() == INPUTS {
                for (best, head) in best.iter_mut().zip(&self.heads) {
                    *best = best.max(head.score(&self.window));
                }
            }
        }
        Ok(best)
    }
}

impl KeywordSpotter for Spotter {
    fn hear(&mut self, frame: &[f32; FRAME], probability: f32) -> Result<f32, EngineError> {
        Ok(self.hear_each(frame, probability)?.into_iter().fold(0.0, f32::max))
    }

    fn reset(&mut self) {
        self.embedding.reset();
        self.window.clear();
        self.before.clear();
        self.listening = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::recording;

    #[test]
    fn a_voice_soon_after_another_is_judged_as_well() {
        let Some(library) = recording::installed("runtime/libonnxruntime.so") else { return };
        let Some(folder) = recording::installed("models/wake/openwakeword-features") else { return };
        let head = WakeHead::from_numbers(vec![0.0; INPUTS + 1]).unwrap();
        let mut spotter = Spotter::new(SpeechEmbedding::open(&library, &folder).unwrap(), vec![head]);
        // Each judgement, one in two and a half frames, gives a score above 0; other frames give 0.
        let mut judged = |probability: f32, frames: u32| {
            let scores = (0..frames).map(|_| spotter.hear(&[0.01; FRAME], probability).unwrap());
            scores.filter(|score| *score > 0.0).count()
        };
        assert_eq!(judged(0.0, 100), 0, "no voice");
        assert!(judged(0.9, 31) > 10);
        judged(0.0, 31);
        assert!(judged(0.9, 22) + judged(0.0, LINGER) > 14, "a second after the first voice");
    }
}
