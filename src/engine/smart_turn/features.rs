//! Smart Turn's log-mel spectrogram, equal to that of the model's own package to the last bits.
//!
//! The model computes in 8 bits, so a rounding of its input can move its result by 0.2. So the sound is summed in
//! numpy's order, and everything after that is computed in f64.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use crate::signal::frame::RATE;
use crate::signal::mel::{BINS, Band, HOP, WINDOW as FRAME, hann, reflect, slaney};

/// Samples of the model's input: the last eight seconds.
pub const WINDOW: usize = 8 * RATE as usize;
/// Bands of the spectrogram.
pub const MELS: usize = 80;
/// Frames of the spectrogram.
pub const FRAMES: usize = WINDOW / HOP;
/// Added to the variance, so that digital silence has a finite scale.
const VARIANCE: f32 = 1e-7;
/// Power below which everything is silence.
const FLOOR: f64 = 1e-10;
/// Values that numpy sums with eight accumulators; it halves longer rows.
const BLOCK: usize = 128;

/// Computes the model's input; keeps its plan and buffers between calls.
pub struct TurnMel {
    fft: Arc<dyn RealToComplex<f64>>,
    hann: Vec<f64>,
    bands: Vec<Band<f64>>,
    window: Vec<f32>,
    frame: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    power: Vec<f64>,
}

impl TurnMel {
    /// A spectrogram of [`MELS`] bands.
    pub fn new() -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(FRAME);
        Self {
            hann: hann(),
            bands: slaney(MELS),
            window: vec![0.0; WINDOW],
            frame: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; BINS],
            fft,
        }
    }

    /// The log-mel of the last [`WINDOW`] samples of `audio`, preceded by silence if it is shorter: [`MELS`] rows of
    /// [`FRAMES`] values.
    pub fn compute(&mut self, audio: &[f32]) -> Vec<f32> {
        let audio = &audio[audio.len().saturating_sub(WINDOW)..];
        let silent = WINDOW - audio.len();
        self.window[..silent].fill(0.0);
        self.window[silent..].copy_from_slice(audio);
        standardise(&mut self.window);
        let mut mel = vec![FLOOR.log10(); MELS * FRAMES];
        // Frames that hold only the silence in front are equal: compute one.
        let alike = silent.saturating_sub(FRAME / 2) / HOP;
        for frame in 0..FRAMES {
            if frame == 0 || frame >= alike {
                self.transform(frame);
            }
            for (row, band) in self.bands.iter().enumerate().filter(|_| frame == 0 || frame >= alike) {
                mel[row * FRAMES + frame] = band.energy(&self.power).max(FLOOR).log10();
            }
        }
        for row in mel.chunks_exact_mut(FRAMES) {
            let first = row[0];
            row[..alike].fill(first);
        }
        scale(&mel)
    }

    /// Computes the power of `frame` in each bin.
    fn transform(&mut self, frame: usize) {
        for (offset, (value, weight)) in self.frame.iter_mut().zip(&self.hann).enumerate() {
            let position = reflect(frame * HOP + offset, FRAME / 2, WINDOW);
            *value = f64::from(self.window[position]) * weight;
        }
        self.fft
            .process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch)
            .expect("the buffers were made by this very plan");
        for (power, bin) in self.power.iter_mut().zip(&self.spectrum) {
            *power = bin.norm_sqr();
        }
    }
}

/// Limits values to eight decades below the loudest one and maps them to the range that Whisper expects.
#[expect(clippy::cast_possible_truncation, reason = "the model takes f32")]
fn scale(mel: &[f64]) -> Vec<f32> {
    let floor = mel.iter().copied().fold(f64::NEG_INFINITY, f64::max) - 8.0;
    mel.iter().map(|value| ((value.max(floor) + 4.0) / 4.0) as f32).collect()
}

/// Scales `window` to mean 0 and variance 1.
#[expect(clippy::cast_precision_loss, reason = "the window has few samples")]
fn standardise(window: &mut [f32]) {
    let count = window.len() as f32;
    let mean = sum(window, &|sample| sample) / count;
    let variance = sum(window, &|sample| (sample - mean) * (sample - mean)) / count;
    let scale = (variance + VARIANCE).sqrt();
    for sample in window {
        *sample = (*sample - mean) / scale;
    }
}

/// The sum of `of` over `values` in numpy's order, by halves.
fn sum(values: &[f32], of: &impl Fn(f32) -> f32) -> f32 {
    if values.len() > BLOCK {
        let half = values.len() / 2 / 8 * 8;
        return sum(&values[..half], of) + sum(&values[half..], of);
    }
    let eights = values.chunks_exact(8);
    let rest = eights.remainder();
    let mut sums = [0.0; 8];
    for eight in eights {
        for (sum, value) in sums.iter_mut().zip(eight) {
            *sum += of(*value);
        }
    }
    let four = |at: usize| (sums[at] + sums[at + 1]) + (sums[at + 2] + sums[at + 3]);
    rest.iter().fold(four(0) + four(4), |sum, value| sum + of(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_has_finite_features_and_sound_mean_0_and_variance_1() {
        assert!(TurnMel::new().compute(&[]).iter().all(|value| value.is_finite()));
        let mut window: Vec<f32> = (0..WINDOW).map(|n| if n % 2 == 0 { 0.5 } else { 0.1 }).collect();
        standardise(&mut window);
        assert!((window[0] - 1.0).abs() < 1e-3 && (window[1] + 1.0).abs() < 1e-3, "{:?}", &window[..2]);
    }

    #[test]
    fn silence_in_front_is_what_it_would_be_frame_by_frame() {
        let mut mel = TurnMel::new();
        #[expect(clippy::cast_precision_loss, reason = "test signal")]
        let tone: Vec<f32> = (0..20_000).map(|n| 0.2 + 0.5 * (n as f32 * 0.3).sin()).collect();
        let short = mel.compute(&tone);
        // Silence within the sound is not skipped: every frame is computed.
        let mut whole = vec![0.0; WINDOW - tone.len()];
        whole.extend(&tone);
        let long = mel.compute(&whole);
        assert_eq!(short, long);
        assert!(short.iter().any(|value| *value > 0.5));
    }
}
