//! The lag of one sound in another: the correlation of both, whitened so that neither their spectra nor a room's
//! reverberation widen its peak (generalised cross-correlation with phase transform: Knapp and Carter, 1976).

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::signal::frame::RATE;
use crate::signal::mel::{hann_of, single};

/// Samples that are compared: 64 ms at 16 kHz.
pub const WINDOW: usize = 1_024;
/// Exponent of the magnitude by which each bin is divided: at 1 all bins count alike, also those of mere noise.
const WHITENS: f32 = 0.8;
/// The frequencies that count, in hertz.
const BAND: (usize, usize) = (300, 6_000);
/// Height from which on the highest peak is clear. Another may be as high once, but not at the same lag again.
const CLEAR: f32 = 6.5;
/// Lags that must count for one of them to stand out: 16 ms.
const FEWEST: usize = 256;

/// Compares [`WINDOW`] samples with as many of another sound, up to a number of lags, and remembers what earlier
/// comparisons have shown.
///
/// Its work space is made once: it runs in a thread that allocates nothing for each frame.
pub struct PhaseCorrelation {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    taper: Vec<f32>,
    spectra: [Vec<Complex<f32>>; 2],
    scratch: [Vec<Complex<f32>>; 2],
    input: Vec<f32>,
    output: Vec<f32>,
    /// The sum of the comparisons, each in its standard deviations, the longest lag first; and its own deviation.
    lags: Vec<f32>,
    unit: f32,
    /// Share of the sum that stays in the next one.
    keeps: f32,
}

impl PhaseCorrelation {
    /// A comparison of lags up to `longest` samples. A share `keeps` (0..1) of what was found stays in the next
    /// comparison: an echo is at its lag again and again, a likeness by chance is not.
    pub fn new(longest: usize, keeps: f32) -> Self {
        let mut planner = RealFftPlanner::new();
        let (forward, inverse) =
            (planner.plan_fft_forward(longest + WINDOW), planner.plan_fft_inverse(longest + WINDOW));
        Self {
            taper: hann_of(WINDOW).into_iter().map(single).collect(),
            spectra: [forward.make_output_vec(), forward.make_output_vec()],
            scratch: [forward.make_scratch_vec(), inverse.make_scratch_vec()],
            input: forward.make_input_vec(),
            output: inverse.make_output_vec(),
            forward,
            inverse,
            lags: vec![0.0; longest + 1],
            unit: 1.0,
            keeps,
        }
    }

    /// Samples of the reference that a comparison takes.
    pub fn takes(&self) -> usize {
        self.input.len()
    }

    /// What earlier comparisons have shown does not count any more.
    pub fn forget(&mut self) {
        self.lags.fill(0.0);
    }

    /// Compares the newest samples of both sides: [`Self::takes`] of `played`, [`WINDOW`] of `heard`. Silence, or a wrong
    /// length, shows nothing.
    pub fn compare(&mut self, played: &[f32], heard: &[f32]) {
        let shown = self.correlate(played, heard).is_some();
        // Lags so long that nothing was played then show nothing. Were they to count, any other lag would stand out.
        let silent = played.iter().take_while(|sample| sample.abs() < f32::MIN_POSITIVE).count();
        let first = silent.saturating_sub(WINDOW / 2).min(self.lags.len());
        let output = &self.output[first..self.lags.len()];
        // The comparison of silence is 0 and stays so.
        let shown = shown && output.len() >= FEWEST;
        let unit = if shown { deviation(output).max(f32::MIN_POSITIVE) } else { f32::INFINITY };
        self.lags[..first].fill(0.0);
        for (lag, output) in self.lags[first..].iter_mut().zip(output) {
            *lag = self.keeps * *lag + output / unit;
        }
        self.unit = deviation(&self.lags[first..]).max(f32::MIN_POSITIVE);
    }

    /// The lag of the highest peak in samples, interpolated by a parabola, with its height in standard deviations; `None`
    /// if it is not clear.
    pub fn highest(&self) -> Option<(f32, f32)> {
        let lags = &self.lags;
        let (place, _) = lags.iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other))?;
        if lags[place] < CLEAR * self.unit {
            return None;
        }
        let peak = lags[place];
        let part = match (place.checked_sub(1).map(|n| lags[n]), lags.get(place + 1)) {
            (Some(before), Some(after)) if 2.0 * peak - before - after > 0.0 => {
                0.5 * (after - before) / (2.0 * peak - before - after)
            }
            _ => 0.0,
        };
        Some((exact(lags.len() - 1 - place) - part, peak / self.unit))
    }

    /// The highest correlation within a sample of a lag, in standard deviations.
    pub fn at(&self, lag: f32) -> f32 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative, and capped
        let place = (self.lags.len() - 1).saturating_sub(lag.max(0.0).round() as usize);
        let near = &self.lags[place.saturating_sub(1)..(place + 2).min(self.lags.len())];
        near.iter().copied().fold(f32::MIN, f32::max) / self.unit
    }

    fn correlate(&mut self, played: &[f32], heard: &[f32]) -> Option<()> {
        let ([both, other], [forth, back]) = (&mut self.spectra, &mut self.scratch);
        let (whole, window) = (self.input.len(), heard.get(..WINDOW)?);
        self.input.copy_from_slice(played.get(..whole)?);
        self.forward.process_with_scratch(&mut self.input, both, forth).ok()?;
        self.input.fill(0.0);
        for (place, (sample, weight)) in self.input.iter_mut().zip(window.iter().zip(&self.taper)) {
            *place = sample * weight;
        }
        self.forward.process_with_scratch(&mut self.input, other, forth).ok()?;
        let band = BAND.0 * whole / RATE as usize..=BAND.1 * whole / RATE as usize;
        for (bin, (both, other)) in both.iter_mut().zip(other.iter()).enumerate() {
            let cross = *both * other.conj();
            *both = if band.contains(&bin) { cross / (cross.norm() + 1e-20).powf(WHITENS) } else { Complex::default() };
        }
        self.inverse.process_with_scratch(both, &mut self.output, back).ok()
    }
}

#[allow(clippy::cast_precision_loss)] // thousands
fn exact(count: usize) -> f32 {
    count as f32
}

fn deviation(values: &[f32]) -> f32 {
    let count = exact(values.len().max(1));
    let mean = values.iter().sum::<f32>() / count;
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_is_found_where_it_was_played_and_silence_nowhere() {
        let mut random = fastrand::Rng::with_seed(3);
        for longest in [1_024, 8_192] {
            let mut both = PhaseCorrelation::new(longest, 0.0);
            let played: Vec<f32> = (0..both.takes()).map(|_| random.f32() - 0.5).collect();
            for lag in [0, 1, 700, longest] {
                both.compare(&played, &played[longest - lag..][..WINDOW]);
                let (found, peak) = both.highest().unwrap();
                assert!((found - exact(lag)).abs() < 0.1 && both.at(found) >= peak, "{lag}: {found}");
            }
            both.compare(&played, &[0.0; WINDOW]);
            assert_eq!(both.highest(), None);
            both.compare(&played[1..], &[0.1; WINDOW]);
            assert_eq!(both.highest(), None);
        }
    }

    #[test]
    fn before_its_echo_comes_a_sound_is_found_nowhere() {
        let mut random = fastrand::Rng::with_seed(9);
        let mut both = PhaseCorrelation::new(8_192, 0.8);
        for begun in (512..4_096).step_by(512) {
            let mut played = vec![0.0; both.takes()];
            let silent = played.len() - begun;
            played[silent..].iter_mut().for_each(|sample| *sample = random.f32() - 0.5);
            let heard: Vec<f32> = (0..WINDOW).map(|_| 0.01 * (random.f32() - 0.5)).collect();
            both.compare(&played, &heard);
            assert_eq!(both.highest(), None, "after {begun} samples");
        }
    }

    #[test]
    fn an_echo_under_other_sounds_is_found_by_many_comparisons_and_forgotten_when_asked() {
        let sound = |seed| {
            let mut random = fastrand::Rng::with_seed(seed);
            (0..40_000).map(|_| random.f32() - 0.5).collect::<Vec<f32>>()
        };
        let (sound, noise) = (sound(6), sound(7));
        let [(found, mut sums), (found_by_one, _)] = [0.8, 0.0].map(|keeps| {
            let mut both = PhaseCorrelation::new(8_192, keeps);
            let mut found = 0;
            for first in (0..30_000).step_by(512) {
                let (played, noise) = (&sound[first..first + both.takes()], &noise[first..]);
                let heard: Vec<f32> = played[8_192 - 900..].iter().zip(noise).map(|(s, n)| 0.15 * s + n).collect();
                both.compare(played, &heard);
                found += u32::from(both.highest().is_some_and(|(lag, _)| (lag - 900.0).abs() < 1.0));
            }
            (found, both)
        });
        assert!(found > 45 && found_by_one < 10, "{found} and {found_by_one} of 59");
        sums.forget();
        sums.compare(&sound[..sums.takes()], &[0.0; WINDOW]);
        assert_eq!(sums.highest(), None);
    }
}
