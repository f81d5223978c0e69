//! Barge-in: when a voice over the reply lowers it, and when it silences it.

use std::collections::VecDeque;

use super::vad::FRAME_TIME;
use crate::config::BargeIn;

/// What a frame of the person's voice does to playback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing changes.
    Nothing,
    /// Lower playback.
    Duck,
    /// It was not a voice after all: bring playback back.
    Unduck,
    /// Silence playback.
    Cut,
}

/// Unvoiced frames in a row after which a ducked reply comes back: a stop consonant is shorter.
const UNDUCK_FRAMES: usize = 4;

/// Watches the frames while golem speaks.
#[derive(Clone, Debug)]
pub struct Detector {
    recent: VecDeque<bool>,
    window: usize,
    needed: usize,
    duck_frames: usize,
    ducked: bool,
}

impl Detector {
    /// A detector that has heard nothing. Times are rounded to whole frames of 32 ms.
    pub fn new(config: &BargeIn) -> Self {
        let window = frames(config.window_ms);
        Self {
            recent: VecDeque::with_capacity(window),
            window,
            needed: frames(config.cut_ms).min(window),
            duck_frames: config.duck_frames.max(1),
            ducked: false,
        }
    }

    /// Takes one frame.
    pub fn push(&mut self, voiced: bool) -> Verdict {
        if self.recent.len() == self.window {
            self.recent.pop_front();
        }
        self.recent.push_back(voiced);
        let run = |wanted: bool| self.recent.iter().rev().take_while(|v| **v == wanted).count();
        if voiced && self.recent.iter().filter(|v| **v).count() >= self.needed {
            self.reset();
            Verdict::Cut
        } else if !self.ducked && run(true) >= self.duck_frames.min(self.window) {
            self.ducked = true;
            Verdict::Duck
        } else if self.ducked && run(false) >= UNDUCK_FRAMES.min(self.window) {
            self.ducked = false;
            Verdict::Unduck
        } else {
            Verdict::Nothing
        }
    }

    /// Whether playback is lowered.
    pub fn ducked(&self) -> bool {
        self.ducked
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.recent.clear();
        self.ducked = false;
    }
}

/// Milliseconds in whole frames, to the nearest, at least one.
fn frames(ms: u64) -> usize {
    let frame = u64::try_from(FRAME_TIME.as_millis()).unwrap_or(32);
    usize::try_from((ms + frame / 2) / frame).unwrap_or(usize::MAX).clamp(1, 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(voiced: &[u8]) -> Vec<Verdict> {
        let mut detector = Detector::new(&BargeIn::default());
        voiced.iter().map(|v| detector.push(*v == 1)).collect()
    }

    #[test]
    fn two_frames_duck_and_six_of_nine_cut() {
        use Verdict::{Cut, Duck, Nothing};
        assert_eq!(run(&[1, 1, 1, 1, 1, 1]), [Nothing, Duck, Nothing, Nothing, Nothing, Cut]);
        assert_eq!(run(&[1, 1, 0, 1, 0, 1, 1, 1]).last(), Some(&Cut));
    }

    #[test]
    fn a_short_noise_ducks_and_comes_back() {
        use Verdict::{Duck, Nothing, Unduck};
        assert_eq!(run(&[1, 1, 0, 0, 0, 0, 0]), [Nothing, Duck, Nothing, Nothing, Nothing, Unduck, Nothing]);
    }
}
