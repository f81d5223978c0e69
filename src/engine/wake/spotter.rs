//! The spotter in a stream of frames: it computes only where there is a voice.

use std::collections::VecDeque;

use super::head::{INPUTS, SPAN, WakeHead};
use crate::engine::embedding::{STRIDE, SpeechEmbedding, WIDTH};
use crate::engine::{EngineError, KeywordSpotter};
use crate::signal::frame::FRAME;

/// Probability of a voice from which on the sound is listened to: the least that a person's voice ever has.
const VOICE: f32 = 0.3;
/// Frames without a voice after which it is not listened to any more: 0.6 s, for the phrase scores best just after its end.
const LINGER: u32 = 19;
/// Samples that are heard again when a voice begins: what one judgement takes.
const BEFORE: usize = (SPAN + 10) * STRIDE;

/// Phrases, listened for.
pub struct Spotter {
    embedding: SpeechEmbedding,
    heads: Vec<WakeHead>,
    /// The newest samples, while no one speaks.
    before: VecDeque<f32>,
    /// The numbers of the newest embeddings.
    window: Vec<f32>,
    /// Frames since the last voice; none while the sound is not listened to.
    listening: Option<u32>,
}

impl Spotter {
    /// Listens for the phrases of `heads`.
    pub fn new(embedding: SpeechEmbedding, heads: Vec<WakeHead>) -> Self {
        Self { embedding, heads, before: VecDeque::new(), window: Vec::new(), listening: None }
    }

    /// As [`KeywordSpotter::hear`], for each phrase by itself.
    ///
    /// # Errors
    /// When the runtime refuses the frame.
    pub fn hear_each(&mut self, frame: &[f32; FRAME], probability: f32) -> Result<Vec<f32>, EngineError> {
        self.listening = match self.listening {
            _ if probability > VOICE => Some(0),
            Some(frames) if frames < LINGER => Some(frames + 1),
            _ => None,
        };
        if self.listening.is_none() {
            self.embedding.reset();
            self.window.clear();
            self.before.extend(frame);
            let spare = self.before.len().saturating_sub(BEFORE);
            self.before.drain(..spare);
            return Ok(vec![0.0; self.heads.len()]);
        }
        let mut samples: Vec<f32> = self.before.drain(..).collect();
        samples.extend(frame);
        self.judge(&samples)
    }

    /// The scores of the windows that `samples` complete.
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
