//! The log-mel spectrogram of Whisper's training.
//!
//! Windows of 25 ms every 10 ms, periodic Hann, reflected at both ends; power in 80 or 128 Slaney mel bands up to
//! 8 kHz; base-10 logarithm floored at 1e-10 and at eight decades under the loudest value; then `(x + 4) / 4`.
//! The constants are those of OpenAI's `whisper/audio.py`.

use std::f64::consts::PI;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::frame::RATE;

/// Samples from one frame to the next: 10 ms at 16 kHz.
pub const HOP: usize = 160;
/// Samples in one window: 25 ms at 16 kHz.
pub const WINDOW: usize = 400;
/// Frequency bins of one window.
pub const BINS: usize = WINDOW / 2 + 1;
/// Power below which everything is silence.
const FLOOR: f32 = 1e-10;

/// A triangular mel filter.
pub struct Band<Number> {
    /// The first bin of the filter.
    pub first: usize,
    /// The weights of that bin and the following ones.
    pub weights: Vec<Number>,
}

/// Computes log-mel spectrograms; keeps its plan and buffers between calls.
pub struct LogMel {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    bands: Vec<Band<f32>>,
    frame: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
}

impl LogMel {
    /// A spectrogram of `mels` bands: 80, or 128 for Whisper large-v3 and its kin.
    #[must_use]
    pub fn new(mels: usize) -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(WINDOW);
        Self {
            window: hann().into_iter().map(single).collect(),
            bands: slaney(mels).into_iter().map(Band::single).collect(),
            frame: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; BINS],
            fft,
        }
    }

    /// Number of mel bands.
    #[must_use]
    pub fn mels(&self) -> usize {
        self.bands.len()
    }

    /// The log-mel of `samples` (16 kHz, -1..=1), padded with silence or cut to `frames` frames of 10 ms:
    /// `mels` rows of `frames` values, about -1.5..=2.
    pub fn compute(&mut self, samples: &[f32], frames: usize) -> Vec<f32> {
        let samples = &samples[..samples.len().min(frames * HOP)];
        let mut mel = vec![FLOOR.log10(); self.mels() * frames];
        for frame in 0..audible(samples.len(), frames) {
            self.load(samples, frame, frames * HOP);
            self.transform();
            for (row, band) in self.bands.iter().enumerate() {
                mel[row * frames + frame] = band.energy(&self.power).max(FLOOR).log10();
            }
        }
        normalise(&mut mel);
        mel
    }

    /// Computes the power in each band around `frame` of `samples` (16 kHz, -1..=1), before any logarithm, into
    /// `bands`, which must hold all bands. The samples are surrounded by silence.
    pub fn power(&mut self, samples: &[f32], frame: usize, bands: &mut [f32]) {
        let begin = frame * HOP;
        for (offset, (value, weight)) in self.frame.iter_mut().zip(&self.window).enumerate() {
            let sample = (begin + offset).checked_sub(WINDOW / 2).and_then(|position| samples.get(position));
            *value = sample.copied().unwrap_or(0.0) * weight;
        }
        self.transform();
        for (value, band) in bands.iter_mut().zip(&self.bands) {
            *value = band.energy(&self.power);
        }
    }

    /// Loads the window of `frame` from a signal of `length` samples that is silent after `samples`.
    fn load(&mut self, samples: &[f32], frame: usize, length: usize) {
        let centre = frame * HOP;
        let inside = centre.checked_sub(WINDOW / 2).and_then(|start| samples.get(start..start + WINDOW));
        if let Some(inside) = inside {
            self.frame.copy_from_slice(inside);
        } else {
            for (offset, value) in self.frame.iter_mut().enumerate() {
                let position = reflect(centre + offset, WINDOW / 2, length);
                *value = samples.get(position).copied().unwrap_or(0.0);
            }
        }
        for (value, weight) in self.frame.iter_mut().zip(&self.window) {
            *value *= weight;
        }
    }

    /// Computes the power spectrum of the loaded window.
    fn transform(&mut self) {
        self.fft
            .process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch)
            .expect("the buffers were made by this very plan");
        for (power, bin) in self.power.iter_mut().zip(&self.spectrum) {
            *power = bin.norm_sqr();
        }
    }
}

impl<Number: Copy + std::ops::Mul<Output = Number> + std::iter::Sum> Band<Number> {
    /// The energy in the band of `power`, which holds one value a bin.
    pub fn energy(&self, power: &[Number]) -> Number {
        self.weights.iter().zip(&power[self.first..]).map(|(weight, power)| *weight * *power).sum()
    }
}

impl Band<f64> {
    fn single(self) -> Band<f32> {
        Band { first: self.first, weights: self.weights.into_iter().map(single).collect() }
    }
}

/// `value` in the precision of the signal.
#[expect(clippy::cast_possible_truncation, reason = "f32 is the signal's own precision")]
pub fn single(value: f64) -> f32 {
    value as f32
}

/// Number of leading frames that can hold sound.
fn audible(samples: usize, frames: usize) -> usize {
    if samples == 0 { 0 } else { frames.min((samples + WINDOW / 2).div_ceil(HOP)) }
}

/// Index of sample `position - pad` in a signal of `length` samples (at least one) that is mirrored at both ends.
pub fn reflect(position: usize, pad: usize, length: usize) -> usize {
    let last = length - 1;
    let distance = position.abs_diff(pad);
    if distance <= last { distance } else { (2 * last).saturating_sub(distance) }
}

/// Limits values to eight decades below the loudest one and maps them to the range that Whisper expects.
fn normalise(mel: &mut [f32]) {
    let floor = mel.iter().copied().fold(f32::NEG_INFINITY, f32::max) - 8.0;
    for value in mel {
        *value = (value.max(floor) + 4.0) / 4.0;
    }
}

/// The periodic Hann window of [`WINDOW`] values.
pub fn hann() -> Vec<f64> {
    hann_of(WINDOW)
}

/// The periodic Hann window of `window` values.
#[expect(clippy::cast_precision_loss, reason = "small counts")]
pub fn hann_of(window: usize) -> Vec<f64> {
    (0..window).map(|n| 0.5 - 0.5 * (2.0 * PI * n as f64 / window as f64).cos()).collect()
}

/// Triangles evenly spaced in mel from 0 to 8 kHz, each of about constant energy, over the bins of [`WINDOW`].
pub fn slaney(mels: usize) -> Vec<Band<f64>> {
    slaney_of(mels, WINDOW)
}

/// As [`slaney`], over the bins of a window of `window` samples.
#[expect(clippy::cast_precision_loss, reason = "small counts")]
pub fn slaney_of(mels: usize, window: usize) -> Vec<Band<f64>> {
    let bins = window / 2 + 1;
    let top = to_mel(f64::from(RATE) / 2.0);
    let edges: Vec<f64> = (0..mels + 2).map(|n| to_hertz(top * n as f64 / (mels + 1) as f64)).collect();
    let band = |edge: &[f64]| {
        let (low, centre, high) = (edge[0], edge[1], edge[2]);
        let weight = |bin: usize| {
            let hertz = bin as f64 * f64::from(RATE) / window as f64;
            let slope = ((hertz - low) / (centre - low)).min((high - hertz) / (high - centre));
            slope.max(0.0) * 2.0 / (high - low)
        };
        let first = (0..bins).find(|&bin| weight(bin) > 0.0).unwrap_or(0);
        let weights = (first..bins).map(weight).take_while(|&weight| weight > 0.0).collect();
        Band { first, weights }
    };
    edges.windows(3).map(band).collect()
}

/// Slaney's mel scale: linear to 1 kHz (15 mel), logarithmic above, 27 steps to 6.4 kHz.
fn to_mel(hertz: f64) -> f64 {
    if hertz < 1000.0 { hertz * 3.0 / 200.0 } else { 15.0 + (hertz / 1000.0).ln() * 27.0 / 6.4_f64.ln() }
}

/// The inverse of [`to_mel`].
fn to_hertz(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1000.0 * (6.4_f64.ln() / 27.0 * (mel - 15.0)).exp() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone of `hertz` lasting `samples`.
    #[expect(clippy::cast_precision_loss, reason = "test signal")]
    fn tone(hertz: f32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| 0.5 * (2.0 * std::f32::consts::PI * hertz * n as f32 / 16_000.0).sin()).collect()
    }

    #[test]
    fn silence_is_the_floor_everywhere() {
        let mel = LogMel::new(80).compute(&[], 100);
        assert_eq!(mel.len(), 8000);
        assert!(mel.iter().all(|&value| (value + 1.5).abs() < 1e-6));
    }

    #[test]
    fn a_tone_peaks_in_the_band_around_it() {
        for (mels, hertz) in [(80, 440.0), (80, 3000.0), (128, 1000.0)] {
            let mel = LogMel::new(mels).compute(&tone(hertz, 16_000), 100);
            let loudest = (0..mels).max_by(|&a, &b| mel[a * 100 + 50].total_cmp(&mel[b * 100 + 50])).unwrap();
            #[expect(clippy::cast_precision_loss, reason = "small counts")]
            let centre = to_hertz(to_mel(8000.0) * (loudest + 1) as f64 / (mels + 1) as f64);
            assert!((centre - f64::from(hertz)).abs() < 70.0, "{hertz} Hz of {mels} mels peaked at {centre}");
        }
    }

    #[test]
    fn a_longer_window_only_adds_silence() {
        let voice = tone(700.0, 20_000);
        let mut log_mel = LogMel::new(80);
        let (short, long) = (log_mel.compute(&voice, 200), log_mel.compute(&voice, 3000));
        for row in 0..80 {
            assert_eq!(short[row * 200..row * 200 + 200], long[row * 3000..row * 3000 + 200]);
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_off() {
        let mut log_mel = LogMel::new(80);
        assert_eq!(log_mel.compute(&tone(700.0, 40_000), 100), log_mel.compute(&tone(700.0, 16_000), 100));
        assert!(log_mel.compute(&tone(700.0, 900), 0).is_empty());
        assert_eq!(log_mel.compute(&tone(700.0, 900), 1).len(), 80);
    }
}
