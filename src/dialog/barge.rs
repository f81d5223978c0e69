//! The detector of barge-in: when a voice over the reply lowers it, and when it silences it.

use std::collections::VecDeque;

use crate::config::BargeInConfig;
use crate::message::EchoState;
use crate::signal::frame::FRAME_MS;

/// What a frame of the person's voice does to playback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BargeVerdict {
    /// Nothing changes.
    Nothing,
    /// Lower playback.
    Duck,
    /// It was not a voice after all: bring playback back.
    Unduck,
    /// Silence playback.
    Cut,
}

/// False cuts of a reply from which on it takes twice the voice to cut it: whatever makes that noise goes on.
const FALSE_CUTS: u32 = 2;

/// How much voice a cut takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum CutBar {
    /// What the config says.
    #[default]
    Usual,
    /// Twice as much, in a window twice as long.
    Doubled,
    /// No voice cuts; it lowers playback.
    Never,
}

/// Unvoiced frames in a row after which a ducked reply comes back: a stop consonant is shorter.
const UNDUCK_FRAMES: usize = 4;

/// A voice creeps up on the probability for one to three frames before it passes the threshold. Frames above this
/// share of the threshold count as its onset …
const ONSET_SHARE: f32 = 0.4;
/// … once so many frames in the window passed the threshold itself. Measured on real voices over replies: the time
/// from voice to silence falls by 40 ms (90th percentile), at one more cut by noise in 135 clips.
const SURE_FRAMES: usize = 4;

/// What one frame was, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FrameSound {
    /// No voice.
    Nothing,
    /// Perhaps the onset of a voice.
    Onset,
    /// A voice by hysteresis, below the threshold.
    Voiced,
    /// A voice above the threshold.
    Sure,
}

/// The bar for frames that golem's own voice was taken out of. It takes fewer of them: a canceller swallows the beginning of
/// what a person says over golem, and what it leaves of golem seldom passes for a voice. A few frames of a sure voice cut
/// sooner than more frames of a doubtful one, and golem itself is taken for a person less often (`golem bench echo`).
#[derive(Clone, Copy, Debug)]
struct CleanBar {
    /// Probability above which a frame counts towards the cut.
    threshold: f32,
    /// Probability above which one frame lowers playback: that lowers the echo too, so that the canceller lets the rest through.
    duck_threshold: f32,
    /// Frames in the window that cut.
    needed: usize,
}

/// Watches the frames while golem speaks.
#[derive(Clone, Debug)]
pub struct Detector {
    recent: VecDeque<FrameSound>,
    /// Whether golem's own voice was taken out of those.
    cleaned: bool,
    clean: CleanBar,
    threshold: f32,
    window: usize,
    needed: usize,
    duck_frames: usize,
    ducked: bool,
    bar: CutBar,
}

impl Detector {
    /// A detector that has heard nothing. Times are rounded to whole frames of 32 ms; `threshold` is the probability
    /// (0..=1) above which a frame is surely voiced.
    pub fn new(config: &BargeInConfig, threshold: f32) -> Self {
        let window = frames(config.window_ms);
        Self {
            recent: VecDeque::with_capacity(window),
            cleaned: false,
            clean: CleanBar {
                threshold: config.threshold,
                duck_threshold: config.duck_threshold,
                needed: frames(config.clean_cut_ms).min(window),
            },
            threshold,
            window,
            needed: frames(config.cut_ms).min(window),
            duck_frames: config.duck_frames.max(1),
            ducked: false,
            bar: CutBar::default(),
        }
    }

    /// Takes one frame as it was heard: its probability of voice (0..=1), whether the gate counts it as voiced, and how much
    /// of it may be golem. `false_cuts` is how often this reply was cut by what was no person.
    pub fn hear(&mut self, probability: f32, voiced: bool, echo: EchoState, false_cuts: u32) -> BargeVerdict {
        self.raise(match echo {
            EchoState::Learning => CutBar::Never,
            EchoState::Leaking => CutBar::Doubled,
            _ if false_cuts >= FALSE_CUTS => CutBar::Doubled,
            EchoState::Absent | EchoState::Settling | EchoState::Cancelled => CutBar::Usual,
        });
        if echo.suppressed() { self.push_clean(probability) } else { self.push(probability, voiced) }
    }

    /// Sets how much voice a cut takes from now on.
    fn raise(&mut self, bar: CutBar) {
        self.bar = bar;
    }

    /// How often the usual times and frames a cut takes now.
    pub fn factor(&self) -> usize {
        if self.bar == CutBar::Doubled { 2 } else { 1 }
    }

    /// Takes one frame of the microphone as it is: its probability of voice (0..=1) and whether the gate counts it as voiced.
    pub fn push(&mut self, probability: f32, voiced: bool) -> BargeVerdict {
        self.heard_as(false);
        let sound = self.sound(probability, voiced);
        self.take(sound);
        let cut = voiced && self.long_enough();
        self.verdict(cut, FrameSound::Voiced, self.duck_frames)
    }

    /// Takes one frame that golem's own voice was taken out of.
    pub fn push_clean(&mut self, probability: f32) -> BargeVerdict {
        self.heard_as(true);
        let sound = match probability {
            sure if sure > self.clean.threshold => FrameSound::Sure,
            faint if faint > self.clean.duck_threshold => FrameSound::Onset,
            _ => FrameSound::Nothing,
        };
        self.take(sound);
        let cut = sound == FrameSound::Sure && self.count(FrameSound::Sure) >= self.clean.needed * self.factor();
        self.verdict(cut, FrameSound::Onset, 1)
    }

    /// What was heard in another way counts no more: an echo that was not yet cancelled is no person where less voice cuts.
    fn heard_as(&mut self, cleaned: bool) {
        if self.cleaned != cleaned {
            self.cleaned = cleaned;
            self.recent.clear();
        }
    }

    fn take(&mut self, sound: FrameSound) {
        while self.recent.len() >= self.window * self.factor() {
            self.recent.pop_front();
        }
        self.recent.push_back(sound);
    }

    /// What follows for playback: frames of `least` or more lower it, so many of them in a row.
    fn verdict(&mut self, cut: bool, least: FrameSound, frames: usize) -> BargeVerdict {
        let run = |wanted: bool| self.recent.iter().rev().take_while(|sound| (**sound >= least) == wanted).count();
        if cut && self.bar != CutBar::Never {
            self.reset();
            BargeVerdict::Cut
        } else if !self.ducked && run(true) >= frames.min(self.window) {
            self.ducked = true;
            BargeVerdict::Duck
        } else if self.ducked && run(false) >= UNDUCK_FRAMES.min(self.window) {
            self.ducked = false;
            BargeVerdict::Unduck
        } else {
            BargeVerdict::Nothing
        }
    }

    fn sound(&self, probability: f32, voiced: bool) -> FrameSound {
        match voiced {
            true if probability > self.threshold => FrameSound::Sure,
            true => FrameSound::Voiced,
            false if probability > self.threshold * ONSET_SHARE => FrameSound::Onset,
            false => FrameSound::Nothing,
        }
    }

    /// Whether there was voice enough in the window to silence the reply.
    fn long_enough(&self) -> bool {
        let needed = self.needed * self.factor();
        self.count(FrameSound::Voiced) >= needed
            || (self.count(FrameSound::Sure) >= SURE_FRAMES * self.factor() && self.count(FrameSound::Onset) >= needed)
    }

    /// Frames of the window that are `least` or more.
    fn count(&self, least: FrameSound) -> usize {
        self.recent.iter().filter(|sound| **sound >= least).count()
    }

    /// Whether the voice that is heard lowers playback.
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
    usize::try_from(ms.saturating_add(FRAME_MS / 2) / FRAME_MS).unwrap_or(usize::MAX).clamp(1, 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(probabilities: &[f32]) -> Vec<BargeVerdict> {
        let mut detector = Detector::new(&BargeInConfig::default(), 0.5);
        probabilities.iter().map(|p| detector.push(*p, *p > 0.5)).collect()
    }

    #[test]
    fn two_frames_duck_and_six_of_nine_cut() {
        use BargeVerdict::{Cut, Duck, Nothing};
        assert_eq!(run(&[0.9; 6]), [Nothing, Duck, Nothing, Nothing, Nothing, Cut]);
        assert_eq!(run(&[0.9, 0.9, 0.0, 0.9, 0.0, 0.9, 0.9, 0.9]).last(), Some(&Cut));
    }

    #[test]
    fn a_guarded_reply_takes_twice_the_voice() {
        let mut detector = Detector::new(&BargeInConfig::default(), 0.5);
        detector.raise(CutBar::Doubled);
        let verdicts: Vec<_> = (0..12).map(|_| detector.push(0.9, true)).collect();
        assert_eq!(verdicts.iter().position(|verdict| *verdict == BargeVerdict::Cut), Some(11));
        detector.raise(CutBar::Usual);
        let verdicts: Vec<_> = (0..6).map(|_| detector.push(0.9, true)).collect();
        assert_eq!(verdicts.last(), Some(&BargeVerdict::Cut), "and no longer than that");
    }

    #[test]
    fn a_short_noise_ducks_and_comes_back() {
        use BargeVerdict::{Duck, Nothing, Unduck};
        let noise = [0.9, 0.9, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(run(&noise), [Nothing, Duck, Nothing, Nothing, Nothing, Unduck, Nothing]);
    }

    #[test]
    fn a_creeping_onset_counts_once_the_voice_is_sure() {
        use BargeVerdict::{Cut, Duck, Nothing};
        assert_eq!(run(&[0.25, 0.4, 0.9, 0.9, 0.9, 0.9]), [Nothing, Nothing, Nothing, Duck, Nothing, Cut]);
        assert!(!run(&[0.25, 0.4, 0.3, 0.9, 0.9, 0.9, 0.2]).contains(&Cut), "three sure frames are not enough");
        assert!(!run(&[0.15, 0.15, 0.9, 0.9, 0.9, 0.9]).contains(&Cut), "too faint for an onset");
        assert!(!run(&[0.9, 0.9, 0.9, 0.9, 0.3, 0.3, 0.3]).contains(&Cut), "a voice that ends does not cut");
    }

    #[test]
    fn an_echo_from_before_the_canceller_worked_is_no_voice_after_it() {
        let mut detector = Detector::new(&BargeInConfig::default(), 0.5);
        detector.raise(CutBar::Never);
        (0..9).for_each(|_| {
            detector.push(0.9, true);
        });
        detector.raise(CutBar::Usual);
        assert_ne!(detector.push_clean(0.9), BargeVerdict::Cut, "one frame is no voice");
        assert!(detector.ducked(), "playback stays low meanwhile");
        assert_eq!(detector.push_clean(0.9), BargeVerdict::Cut);
    }

    #[test]
    fn where_the_echo_is_cancelled_a_faint_frame_ducks_and_a_few_cut() {
        use BargeVerdict::{Cut, Duck, Nothing, Unduck};
        let run = |probabilities: &[f32]| -> Vec<BargeVerdict> {
            let mut detector = Detector::new(&BargeInConfig::default(), 0.5);
            probabilities.iter().map(|p| detector.push_clean(*p)).collect()
        };
        assert_eq!(run(&[0.05, 0.15, 0.0, 0.0, 0.0, 0.0]), [Nothing, Duck, Nothing, Nothing, Nothing, Unduck]);
        let needed = frames(BargeInConfig::default().clean_cut_ms);
        let verdicts = run(&vec![BargeInConfig::default().threshold + 0.1; needed]);
        assert_eq!(
            (verdicts.iter().position(|v| *v == Duck), verdicts.last()),
            ((needed > 1).then_some(0), Some(&Cut))
        );
        assert!(!run(&[0.15; 20]).contains(&Cut), "faint frames alone never cut");
        assert!(!run(&[0.5; 20]).contains(&Cut), "nor do doubtful ones");
    }
}
