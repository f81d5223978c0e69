//! The detector of barge-in run over judged frames: when it lowers a reply and when it cuts, under any settings. Pure.

use crate::config::{BargeInConfig, VadConfig};
use crate::dialog::barge::{BargeVerdict, Detector};
use crate::dialog::vad::Gate;
use crate::signal::frame::FRAME_MS;

/// Frames until the words of a false cut are judged and the reply goes on: half a second of silence and half a second
/// more.
const JUDGED: usize = 32;

/// What the sweep varies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Probability above which a frame is voiced, 0..=1.
    pub threshold: f32,
    /// Voiced frames in a row that lower playback.
    pub duck_frames: usize,
    /// Voice that cuts, in milliseconds.
    pub cut_ms: u64,
}

impl Setting {
    /// The setting that a config has.
    pub fn of(vad: &VadConfig, barge_in: &BargeInConfig) -> Self {
        Self { threshold: vad.threshold, duck_frames: barge_in.duck_frames, cut_ms: barge_in.cut_ms }
    }

    /// The config with this setting: the window is 1.5 times the voice, and the hysteresis is in proportion.
    fn configs(self, vad: &VadConfig, barge_in: &BargeInConfig) -> (VadConfig, BargeInConfig) {
        let release = vad.release * self.threshold / vad.threshold.max(0.01);
        let vad = VadConfig { threshold: self.threshold, release, ..vad.clone() };
        let window_ms = self.cut_ms + self.cut_ms / 2;
        (vad, BargeInConfig { duck_frames: self.duck_frames, cut_ms: self.cut_ms, window_ms, ..barge_in.clone() })
    }
}

/// When a reply was lowered and cut, as numbers of the frames that did it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BargeTrace {
    /// Frames that lowered it.
    pub ducks: Vec<usize>,
    /// Frames that cut it; a second after each the reply goes on.
    pub cuts: Vec<usize>,
}

/// A detector's run over the probabilities of a recording that lies over one endless reply.
pub fn trace(probabilities: &[f32], setting: Setting, vad: &VadConfig, barge_in: &BargeInConfig) -> BargeTrace {
    let (vad, barge_in) = setting.configs(vad, barge_in);
    let (mut gate, mut detector) = (Gate::new(vad.clone()), Detector::new(&barge_in, vad.threshold));
    let mut trace = BargeTrace::default();
    let mut silenced = 0;
    for (frame, probability) in probabilities.iter().enumerate() {
        let voiced = gate.push(*probability);
        if silenced > 0 {
            silenced -= 1;
            continue;
        }
        match detector.push(*probability, voiced) {
            BargeVerdict::Duck => trace.ducks.push(frame),
            BargeVerdict::Cut => {
                trace.cuts.push(frame);
                silenced = JUDGED;
            }
            BargeVerdict::Nothing | BargeVerdict::Unduck => {}
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
        let setting = Setting { threshold, duck_frames: 2, cut_ms };
        trace(probabilities, setting, &VadConfig::default(), &BargeInConfig::default())
    }

    #[test]
    fn a_voice_ducks_then_cuts_and_a_longer_time_cuts_later() {
        let voice = [[0.0; 10], [0.9; 10]].concat();
        assert_eq!(run(&voice, 0.5, 200), BargeTrace { ducks: vec![11], cuts: vec![15] });
        assert_eq!(run(&voice, 0.5, 96).cuts, [12]);
        assert_eq!(run(&voice, 0.95, 96), BargeTrace::default());
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
