//! AECMOS on ONNX Runtime: an estimate of how people would rate the echo and the other damage in a canceller's output.
//! For benches only.
//!
//! Models and input features are those of Microsoft's AEC Challenge (MIT). Scores are mean opinion scores from 1 to 5.

use std::path::Path;
use std::sync::Arc;

use ort::session::Session;
use ort::value::Tensor;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use serde::Serialize;

use super::{EngineError, onnx};
use crate::signal::frame::RATE;
use crate::signal::mel::{Band, hann_of, slaney_of};

/// Name of the model in messages.
const WHAT: &str = "AECMOS model";
/// Samples of a window (`WINDOW`) and from one window to the next (`HOP`).
const WINDOW: usize = 513;
const HOP: usize = 256;
/// Bands of the spectrogram.
const MELS: usize = 160;
/// Power below which everything is silence (`FLOOR`), and the range in decibels below the loudest value (`RANGE`).
const FLOOR: f64 = 1e-10;
const RANGE: f64 = 80.0;
/// Most samples that are scored: 20 s.
const LONGEST: usize = 20 * RATE as usize;
/// Rows of each half of the marker for who speaks.
const MARKER: usize = 20;
/// Shape of the model's recurrent state.
const STATE: [usize; 3] = [4, 1, 64];

/// The people and devices that sound in a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TalkScenario {
    /// Only the loudspeaker sounds.
    FarEnd,
    /// Only a person speaks.
    NearEnd,
    /// Both sound.
    Double,
}

/// A mean opinion score: 1 (very annoying) to 5 (inaudible).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct AecScore {
    /// The rating of the echo.
    pub echo: f64,
    /// The rating of all other damage.
    pub degradation: f64,
}

/// The loudspeaker's, the microphone's and the canceller's sound at 16 kHz. All are cut to the length of the shortest.
#[derive(Clone, Copy, Debug)]
pub struct AecClip<'a> {
    /// The loudspeaker's signal.
    pub played: &'a [f32],
    /// The microphone's signal.
    pub heard: &'a [f32],
    /// The canceller's output.
    pub left: &'a [f32],
}

/// One of the two models.
pub struct AecMos {
    session: Session,
    mel: ScoreMel,
    /// Whether the model's input says who speaks.
    marked: bool,
}

impl AecMos {
    /// Opens the model in the file `path` with the ONNX Runtime at `library`. The input of a `marked` model says who
    /// speaks.
    ///
    /// # Errors
    /// [`EngineError::Missing`] or [`EngineError::Unusable`] for either file.
    pub fn open(library: &Path, path: &Path, marked: bool) -> Result<Self, EngineError> {
        onnx::init_runtime(library)?;
        Ok(Self { session: onnx::open_small(WHAT, path)?, mel: ScoreMel::new(), marked })
    }

    /// Scores the output of a canceller.
    ///
    /// # Errors
    /// When the model does not take the sound or answers in another shape.
    pub fn score(&mut self, clip: AecClip, scenario: TalkScenario) -> Result<AecScore, EngineError> {
        self.run(clip, scenario).map_err(|error| EngineError::Failed { engine: "AECMOS", reason: error.to_string() })
    }

    fn run(&mut self, clip: AecClip, scenario: TalkScenario) -> ort::Result<AecScore> {
        let sounds = [clip.played, clip.heard, clip.left];
        let length = sounds.iter().map(|sound| sound.len()).min().unwrap_or(0).min(LONGEST);
        let silent = [scenario == TalkScenario::NearEnd, scenario == TalkScenario::FarEnd, false];
        let mut features = Vec::new();
        for (sound, silent) in sounds.into_iter().zip(silent) {
            self.mel.append(&sound[..length], &mut features);
            if self.marked {
                features.extend(std::iter::repeat_n(if silent { 0.0 } else { 1.0 }, MARKER * MELS));
                features.extend(std::iter::repeat_n(0.0, MARKER * MELS));
            }
        }
        let input = Tensor::from_array(([1, 3, features.len() / 3 / MELS, MELS], features))?;
        let state = Tensor::from_array((STATE, vec![0.0_f32; STATE.iter().product()]))?;
        let outputs = self.session.run(ort::inputs!["input" => input, "h0" => state])?;
        match outputs["output"].try_extract_tensor::<f32>()?.1 {
            [echo, degradation, ..] => Ok(AecScore { echo: f64::from(*echo), degradation: f64::from(*degradation) }),
            _ => Err(ort::Error::new("the model answered in an unknown shape")),
        }
    }
}

/// librosa's mel spectrogram in decibels below its loudest value, on which the models were trained.
struct ScoreMel {
    fft: Arc<dyn RealToComplex<f64>>,
    window: Vec<f64>,
    bands: Vec<Band<f64>>,
    frame: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl ScoreMel {
    fn new() -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(WINDOW);
        Self {
            window: hann_of(WINDOW),
            bands: slaney_of(MELS, WINDOW),
            frame: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
        }
    }

    /// Appends the rows of `sound`: [`MELS`] values each, -1..=1.
    #[allow(clippy::cast_possible_truncation)] // the model takes f32
    fn append(&mut self, sound: &[f32], features: &mut Vec<f32>) {
        let mut powers = Vec::with_capacity((1 + sound.len() / HOP) * MELS);
        for centre in (0..=sound.len()).step_by(HOP) {
            for (offset, (value, weight)) in self.frame.iter_mut().zip(&self.window).enumerate() {
                let sample = (centre + offset).checked_sub(WINDOW / 2).and_then(|at| sound.get(at));
                *value = f64::from(sample.copied().unwrap_or(0.0)) * weight;
            }
            self.fft
                .process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch)
                .expect("the buffers were made by this very plan");
            let power: Vec<f64> = self.spectrum.iter().map(Complex::norm_sqr).collect();
            powers.extend(self.bands.iter().map(|band| band.energy(&power)));
        }
        let decibels = |power: f64| 10.0 * power.max(FLOOR).log10();
        let loudest = decibels(powers.iter().copied().fold(0.0, f64::max));
        features.extend(powers.into_iter().map(|power| ((decibels(power) - loudest).max(-RANGE) / 40.0 + 1.0) as f32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_band_of_a_tone_is_one_and_silence_around_it_is_minus_one() {
        let mut features = Vec::new();
        let tone: Vec<f32> = (0..8_000_u16).map(|n| if n < 4_000 { (f32::from(n) * 0.4).sin() } else { 0.0 }).collect();
        ScoreMel::new().append(&tone, &mut features);
        assert_eq!(features.len(), 32 * MELS);
        let loudest = features.iter().copied().fold(f32::MIN, f32::max);
        assert!((loudest - 1.0).abs() < 1e-6, "{loudest}");
        assert!(features[31 * MELS..].iter().all(|value| (value + 1.0).abs() < 1e-6));
        features.clear();
        ScoreMel::new().append(&[], &mut features);
        assert!(features.iter().all(|value| (value - 1.0).abs() < 1e-6), "silence alone is its own loudest");
    }
}
