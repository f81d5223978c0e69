//! The judge of a cut: whether the words end the reply or let it go on.

use anyhow::Result;

use super::material::JudgedClip;
use crate::config::Config;
use crate::dialog::ghost::{Belief, weigh};
use crate::dialog::vad::Gate;
use crate::dialog::wording::TurnLists;
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
    lists: TurnLists,
}

impl<'a> CutJudge<'a> {
    /// A judge with a recogniser.
    pub fn new(config: &'a Config, asr: Box<dyn Transcriber>) -> Self {
        let (backchannel, lists) = (Phrases::new(&config.turn.backchannels), TurnLists::new(&config.turn));
        Self { config, asr, backchannel, lists }
    }

    /// Whether a reply that `cut_ms` of voice cut at `frame` is lost; otherwise it goes on.
    ///
    /// # Errors
    /// When the recogniser fails.
    pub fn loses(&mut self, clip: &JudgedClip, frame: usize, cut_ms: u64) -> Result<bool> {
        let (end, voiced) = self.utterance(clip, frame, cut_ms);
        let pre_roll = usize::try_from(self.config.vad.pre_roll_ms).unwrap_or(800) * RATE as usize / 1_000;
        let begin = (frame * FRAME).saturating_sub(pre_roll);
        self.asr.start()?;
        self.asr.accept(&clip.samples[begin..end.min(clip.samples.len())])?;
        let transcript = self.asr.finish(&TurnClock::default().ticket(1))?;
        let words = normal(&transcript.text);
        let long = voiced >= Time::from_millis(self.config.turn.min_voiced_ms);
        let answered = long && weigh(&transcript, voiced) == Belief::Words && !self.backchannel.cover(&words);
        Ok(answered || self.lists.stops(&words))
    }

    /// The sample at which the utterance of a cut ends, after the silence that ends a turn, and its voiced time.
    fn utterance(&self, clip: &JudgedClip, frame: usize, cut_ms: u64) -> (usize, Time) {
        let silence = usize::try_from(self.config.turn.silence_ms / FRAME_MS).unwrap_or(16).max(1);
        let mut gate = Gate::new(self.config.vad.clone());
        let (mut voiced, mut last) = (Time::from_millis(cut_ms), frame);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::Script;

    /// Whether a voice of so many frames, of which the first two cut a reply, ends it with these words.
    fn ends(words: &str, voiced: usize) -> bool {
        let config = Config::default();
        let probabilities = [vec![0.0; 10], vec![0.9; voiced], vec![0.0; 40]].concat();
        let clip = JudgedClip { samples: vec![0.0; probabilities.len() * FRAME], onset: 10 * FRAME, probabilities };
        CutJudge::new(&config, Box::new(Script::new([words]))).loses(&clip, 11, 64).unwrap()
    }

    #[test]
    fn words_end_a_reply_and_sounds_and_backchannels_do_not() {
        assert!(ends("What time is it?", 20));
        for words in ["", "[laughter]", "Uh-huh.", "Yeah, okay."] {
            assert!(!ends(words, 20), "{words}");
        }
    }

    #[test]
    fn in_a_short_sound_only_stop_words_count() {
        assert!(ends("Stop!", 3) && ends("Стоп.", 3));
        assert!(!ends("What time is it?", 3));
    }
}
