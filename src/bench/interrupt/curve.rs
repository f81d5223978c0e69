//! The detector of barge-in run over judged frames: when it lowers a reply and when it cuts, under any settings. Pure.

use crate::config::{BargeInConfig, VadConfig};
use crate::dialog::barge::{BargeVerdict, Detector};
use crate::dialog::vad::Gate;
use crate::signal::frame::FRAME_MS;

/// Frames until the words of a false cut are judged and the reply goes on: half a second of silence and half a second
/// more.
const JUDGED: usize = 32;

/// The sound that the detector gets; each has a rule of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BargeFeed {
    /// The microphone as it is.
    Microphone,
    /// What an echo canceller leaves of it.
    Cancelled,
}

impl BargeFeed {
    /// All feeds.
    pub const ALL: [Self; 2] = [Self::Microphone, Self::Cancelled];

    /// Milliseconds of voice of the sweep.
    pub fn cut_ms(self) -> [u64; 6] {
        match self {
            Self::Microphone => [96, 128, 160, 200, 256, 320],
            Self::Cancelled => [32, 64, 96, 128, 160, 200],
        }
    }

    /// Where golem has such a feed, in words.
    pub fn place(self) -> &'static str {
        match self {
            Self::Microphone => "without a canceller",
            Self::Cancelled => "behind a canceller",
        }
    }
}

/// What the sweep varies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// The feed whose rule it is for.
    pub feed: BargeFeed,
    /// Probability above which a frame counts towards the cut, 0..=1.
    pub threshold: f32,
    /// Voice that cuts, in milliseconds.
    pub cut_ms: u64,
}

impl Setting {
    /// The setting that a config has for a feed.
    pub fn of(feed: BargeFeed, vad: &VadConfig, barge_in: &BargeInConfig) -> Self {
        match feed {
            BargeFeed::Microphone => Self { feed, threshold: vad.threshold, cut_ms: barge_in.cut_ms },
            BargeFeed::Cancelled => Self { feed, threshold: barge_in.threshold, cut_ms: barge_in.clean_cut_ms },
        }
    }

    /// The config with this setting. Without a canceller the window is 1.5 times the voice, and the hysteresis is in
    /// proportion.
    fn configs(self, vad: &VadConfig, barge_in: &BargeInConfig) -> (VadConfig, BargeInConfig) {
        let Self { feed, threshold, cut_ms } = self;
        match feed {
            BargeFeed::Microphone => {
                let release = vad.release * threshold / vad.threshold.max(0.01);
                let vad = VadConfig { threshold, release, ..vad.clone() };
                (vad, BargeInConfig { cut_ms, window_ms: cut_ms + cut_ms / 2, ..barge_in.clone() })
            }
            BargeFeed::Cancelled => {
                (vad.clone(), BargeInConfig { threshold, clean_cut_ms: cut_ms, ..barge_in.clone() })
            }
        }
    }

    /// It in words, with what `barge_in` says about the lowering of playback.
    pub fn in_words(self, barge_in: &BargeInConfig) -> String {
        let Self { feed, threshold, cut_ms } = self;
        let lowered = match feed {
            BargeFeed::Microphone => format!("after {} frames", barge_in.duck_frames),
            BargeFeed::Cancelled => format!("by one frame above {}", barge_in.duck_threshold),
        };
        format!("{}: threshold {threshold}, lowered {lowered}, cut after {cut_ms} ms of voice", feed.place())
    }
}

/// When a reply was lowered and cut, as numbers of the frames that did it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BargeTrace {
    /// Frames that lowered it, each with the one that restored it or cut it, or the last of all.
    pub ducks: Vec<(usize, usize)>,
    /// Frames that cut it; a second after each the reply goes on.
    pub cuts: Vec<usize>,
}

/// A detector's run over the probabilities of a recording that lies over one endless reply.
pub fn trace(probabilities: &[f32], setting: Setting, vad: &VadConfig, barge_in: &BargeInConfig) -> BargeTrace {
    let (vad, barge_in) = setting.configs(vad, barge_in);
    let (mut gate, mut detector) = (Gate::new(vad.clone()), Detector::new(&barge_in, vad.threshold));
    let mut trace = BargeTrace::default();
    let (mut silenced, mut lowered) = (0, false);
    for (frame, probability) in probabilities.iter().enumerate() {
        let voiced = gate.push(*probability);
        if silenced > 0 {
            silenced -= 1;
            continue;
        }
        let verdict = match setting.feed {
            BargeFeed::Microphone => detector.push(*probability, voiced),
            BargeFeed::Cancelled => detector.push_clean(*probability),
        };
        if let Some((_, end)) = trace.ducks.last_mut().filter(|_| lowered) {
            *end = frame;
        }
        match verdict {
            BargeVerdict::Duck => {
                trace.ducks.push((frame, frame));
                lowered = true;
            }
            BargeVerdict::Unduck => lowered = false,
            BargeVerdict::Cut => {
                trace.cuts.push(frame);
                (silenced, lowered) = (JUDGED, false);
            }
            BargeVerdict::Nothing => {}
        }
    }
    trace
}

/// Milliseconds from a sample at 16 kHz to the end of a frame, when the frame has been judged.
#[allow(clippy::cast_precision_loss)] // a recording has far fewer than 2^52 samples
pub fn after(onset: usize, frame: usize) -> f64 {
    ((frame as u64 + 1) * FRAME_MS) as f64 - onset as f64 / 16.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(probabilities: &[f32], threshold: f32, cut_ms: u64) -> BargeTrace {
        run_on(BargeFeed::Microphone, probabilities, threshold, cut_ms)
    }

    fn run_on(feed: BargeFeed, probabilities: &[f32], threshold: f32, cut_ms: u64) -> BargeTrace {
        let setting = Setting { feed, threshold, cut_ms };
        trace(probabilities, setting, &VadConfig::default(), &BargeInConfig::default())
    }

    #[test]
    fn a_voice_ducks_then_cuts_and_a_longer_time_cuts_later() {
        let voice = [[0.0; 10], [0.9; 10]].concat();
        assert_eq!(run(&voice, 0.5, 200), BargeTrace { ducks: vec![(11, 15)], cuts: vec![15] });
        assert_eq!(run(&voice, 0.5, 96).cuts, [12]);
        assert_eq!(run(&voice, 0.95, 96), BargeTrace::default());
    }

    #[test]
    fn behind_a_canceller_one_frame_ducks_and_a_few_sure_ones_cut() {
        let voice = [[0.0; 10], [0.7; 10]].concat();
        let run = |threshold, cut_ms| run_on(BargeFeed::Cancelled, &voice, threshold, cut_ms);
        assert_eq!(run(0.6, 64), BargeTrace { ducks: vec![(10, 11)], cuts: vec![11] });
        assert_eq!(run(0.6, 128).cuts, [13]);
        assert_eq!(run(0.8, 64), BargeTrace { ducks: vec![(10, 19)], cuts: Vec::new() });
    }

    #[test]
    fn the_config_has_a_setting_for_each_feed() {
        let (vad, barge_in) = (VadConfig::default(), BargeInConfig::default());
        let words = BargeFeed::ALL.map(|feed| Setting::of(feed, &vad, &barge_in).in_words(&barge_in));
        assert_eq!(words[0], "without a canceller: threshold 0.5, lowered after 2 frames, cut after 200 ms of voice");
        assert_eq!(
            words[1],
            "behind a canceller: threshold 0.6, lowered by one frame above 0.1, cut after 64 ms of voice"
        );
    }

    #[test]
    fn a_reply_that_was_lowered_is_restored_after_a_pause() {
        let faint = [[0.2; 5], [0.0; 5], [0.2; 5]].concat();
        assert_eq!(run_on(BargeFeed::Cancelled, &faint, 0.6, 64).ducks, [(0, 8), (10, 14)]);
    }

    #[test]
    fn noise_that_goes_on_cuts_again_once_the_reply_is_back() {
        let cuts = run(&[0.9; 100], 0.5, 200).cuts;
        assert_eq!(cuts, [5, 43, 81]);
    }

    #[test]
    fn a_frame_counts_from_its_end() {
        assert!((after(16_000, 31) - 24.0).abs() < 1e-9);
    }
}
