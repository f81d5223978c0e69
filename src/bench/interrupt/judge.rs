//! The judge of a cut: whether the words end the reply or let it go on.

use anyhow::Result;

use super::material::JudgedClip;
use crate::config::Config;
use crate::dialog::ghost::{Belief, weigh};
use crate::dialog::vad::Gate;
use crate::dialog::words::{Phrases, normal};
use crate::engine::Transcriber;
use crate::message::Time;
use crate::signal::frame::{FRAME, FRAME_MS, FRAME_TIME, RATE};
use crate::turn::TurnClock;

/// Judges cuts as the dialogue does, by the installed recogniser.
pub struct CutJudge<'a> {
    config: &'a Config,
    asr: Box<dyn Transcriber>,
    backchannel: Phrases,
}

impl<'a> CutJudge<'a> {
    /// A judge with a recogniser.
    pub fn new(config: &'a Config, asr: Box<dyn Transcriber>) -> Self {
        Self { config, asr, backchannel: Phrases::new(&config.turn.backchannels) }
    }

    /// Whether a reply that was cut at `frame` is lost; otherwise it goes on.
    ///
    /// # Errors
    /// When the recogniser fails.
    pub fn loses(&mut self, clip: &JudgedClip, frame: usize) -> Result<bool> {
        let (end, voiced) = self.utterance(clip, frame);
        if voiced < Time::from_millis(self.config.turn.min_voiced_ms) {
            return Ok(false);
        }
        let pre_roll = usize::try_from(self.config.vad.pre_roll_ms).unwrap_or(800) * RATE as usize / 1_000;
        let begin = (frame * FRAME).saturating_sub(pre_roll);
        self.asr.start()?;
        self.asr.accept(&clip.samples[begin..end.min(clip.samples.len())])?;
        let transcript = self.asr.finish(&TurnClock::default().ticket(1))?;
        let words = normal(&transcript.text);
        Ok(weigh(&transcript, voiced) == Belief::Words && !self.backchannel.cover(&words))
    }

    /// The sample at which the utterance of a cut ends, after the silence that ends a turn, and its voiced time.
    fn utterance(&self, clip: &JudgedClip, frame: usize) -> (usize, Time) {
        let silence = usize::try_from(self.config.turn.silence_ms / FRAME_MS).unwrap_or(16).max(1);
        let mut gate = Gate::new(self.config.vad.clone());
        let (mut voiced, mut last) = (Time::from_millis(self.config.barge_in.cut_ms), frame);
        for (at, probability) in clip.probabilities.iter().enumerate() {
            let voice = gate.push(*probability);
            if at <= frame {
                continue;
            }
            if voice {
                voiced = voiced.saturating_add(FRAME_TIME);
                last = at;
            } else if at - last >= silence {
                return ((at + 1) * FRAME, voiced);
            }
        }
        (clip.samples.len(), voiced)
    }
}
