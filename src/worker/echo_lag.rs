//! The lag of an echo behind the reference, and its slips: a sound system that misses its time drops or inserts sound,
//! and a canceller that has learnt the room then takes out nothing.
//!
//! The lag is the peak of the correlation of the microphone with the reference, whitened so that a room's reverberation
//! does not widen it (generalised cross-correlation with phase transform: Knapp and Carter, 1976). A person over the
//! echo lowers the peak; a slip moves it.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::engine::echo::BLOCK;
use crate::signal::frame::RATE;
use crate::signal::level::mean_square;
use crate::signal::mel::{hann_of, single};

/// Samples of the microphone in a comparison: 64 ms.
const WINDOW: usize = 1_024;
/// Samples of the reference in a comparison.
const SPECTRUM: usize = 2_048;
/// Lags in a comparison: 64 ms.
const LAGS: usize = SPECTRUM - WINDOW;
/// Longest lag at which those lags may begin: a canceller looks for the echo within half a second.
const LATEST: usize = RATE as usize / 2;
/// Exponent of the magnitude by which each bin is divided: at 1 all bins count alike, also those of mere noise.
const WHITENS: f32 = 0.8;
/// The bins that count: 300 Hz to 6 kHz.
const BINS: std::ops::Range<usize> = 38..768;
/// Mean square of the reference from which on a frame is judged: -45 dB.
const SOUNDS: f32 = 3e-5;
/// Ratio of the peak to the correlation's standard deviation from which on it is the echo's peak. Another peak may be
/// as high in one frame, but not at the same lag in the next.
const CLEAR: f32 = 6.5;
/// If the old peak is below this share of the new one, the echo has slipped. If a microphone is carried about the room,
/// the old peak fades while the new one grows; in a slip it is gone at once.
const LEFT: f32 = 0.35;
/// Difference in samples below which two lags count as equal.
const SAME: f32 = 1.5;
/// Clear frames in a row with one lag until it is the echo's.
const FOUND: u32 = 6;
/// Clear frames in a row with another lag until the echo has slipped there.
const SLIPPED: u32 = 2;
/// Frames in a row without a clear peak after which the lag is unknown again: 3 s.
const LOST: u32 = 100;
/// Weight of a new measurement in the known lag: clocks drift, and microphones are carried.
const FOLLOWS: f32 = 0.5;

/// The change of the echo's lag in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LagSign {
    /// The lag is as before, or not known.
    Same,
    /// The lag may have changed: the echo that is left may sound like a person.
    Doubtful,
    /// The lag has changed by so many samples; positive is later.
    Slipped(f32),
}

/// Measures the lag of an echo.
pub struct EchoLag {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    taper: Vec<f32>,
    /// The newest samples of the reference and of the microphone, newest last.
    played: Vec<f32>,
    heard: Vec<f32>,
    /// The first lag of the correlation.
    first: usize,
    spectra: [Vec<Complex<f32>>; 2],
    input: Vec<f32>,
    lags: Vec<f32>,
    /// Work space of the transforms: they run in the vad thread, which allocates nothing for each frame.
    scratch: [Vec<Complex<f32>>; 2],
    known: Option<f32>,
    /// A lag that frames in a row have shown, and their number.
    candidate: (f32, u32),
    /// Frames in a row without a clear peak.
    unclear: u32,
}

impl Default for EchoLag {
    /// Nothing was heard yet.
    fn default() -> Self {
        let mut planner = RealFftPlanner::new();
        let (forward, inverse) = (planner.plan_fft_forward(SPECTRUM), planner.plan_fft_inverse(SPECTRUM));
        Self {
            taper: hann_of(WINDOW).into_iter().map(single).collect(),
            played: vec![0.0; LATEST + SPECTRUM],
            heard: vec![0.0; WINDOW],
            first: 0,
            spectra: [forward.make_output_vec(), forward.make_output_vec()],
            input: forward.make_input_vec(),
            lags: inverse.make_output_vec(),
            scratch: [forward.make_scratch_vec(), inverse.make_scratch_vec()],
            forward,
            inverse,
            known: None,
            candidate: (0.0, 0),
            unclear: 0,
        }
    }
}

impl EchoLag {
    /// Takes a block of the reference and of the microphone in the same time.
    pub fn block(&mut self, played: &[f32; BLOCK], heard: &[f32; BLOCK]) {
        for (kept, block) in [(&mut self.played, played), (&mut self.heard, heard)] {
            let stays = kept.len() - BLOCK;
            kept.copy_within(BLOCK.., 0);
            kept[stays..].copy_from_slice(block);
        }
    }

    /// Compares the newest blocks. `delay_ms` is the delay of the echo, if a canceller knows it.
    pub fn frame(&mut self, delay_ms: Option<u32>) -> LagSign {
        let around = self.known.map_or(delay_ms.unwrap_or(0) as usize * RATE as usize / 1_000, whole);
        let first = around.saturating_sub(LAGS / 2).min(LATEST);
        if first.abs_diff(self.first) > LAGS / 4 {
            self.first = first;
            self.rest();
        }
        if !self.correlate() {
            return LagSign::Same;
        }
        let (lag, peak) = self.peak();
        if peak < CLEAR * deviation(&self.lags[..=LAGS]) {
            self.unclear += 1;
            if self.unclear >= LOST {
                self.known = None;
            }
            return LagSign::Same;
        }
        self.unclear = 0;
        let together = (lag - self.candidate.0).abs() < SAME;
        self.candidate = (lag, if together { self.candidate.1 + 1 } else { 1 });
        let Some(known) = self.known else {
            self.known = (self.candidate.1 >= FOUND).then_some(lag);
            return LagSign::Same;
        };
        if (lag - known).abs() < SAME {
            self.known = Some(known + FOLLOWS * (lag - known));
            return LagSign::Same;
        }
        if self.at(known) > LEFT * peak {
            if self.candidate.1 >= SLIPPED {
                self.known = Some(lag);
            }
            return LagSign::Same;
        }
        if self.candidate.1 < SLIPPED {
            return LagSign::Doubtful;
        }
        self.known = Some(lag);
        LagSign::Slipped(lag - known)
    }

    /// Forgets the candidate: the sound before does not belong to what comes.
    pub fn rest(&mut self) {
        self.candidate.1 = 0;
    }

    /// The microphone was exchanged: nothing is known.
    pub fn reset(&mut self) {
        self.rest();
        (self.known, self.unclear) = (None, 0);
    }

    /// Correlates the newest frame; false if nothing was played then.
    fn correlate(&mut self) -> bool {
        let end = self.played.len() - self.first;
        let latest = self.played.len() - self.known.map_or(self.first, whole);
        if mean_square(self.played[latest - WINDOW..latest].iter().copied()) < SOUNDS {
            return false;
        }
        let [played, heard] = &mut self.spectra;
        let [forth, back] = &mut self.scratch;
        self.input.copy_from_slice(&self.played[end - SPECTRUM..end]);
        let done = self.forward.process_with_scratch(&mut self.input, played, forth).is_ok();
        self.input.fill(0.0);
        for (place, (sample, weight)) in self.input.iter_mut().zip(self.heard.iter().zip(&self.taper)) {
            *place = sample * weight;
        }
        // Errors cannot occur: the lengths are those of the plans.
        if !done || self.forward.process_with_scratch(&mut self.input, heard, forth).is_err() {
            return false;
        }
        for (bin, (played, heard)) in played.iter_mut().zip(heard.iter()).enumerate() {
            let cross = *played * heard.conj();
            *played =
                if BINS.contains(&bin) { cross / (cross.norm() + 1e-20).powf(WHITENS) } else { Complex::default() };
        }
        self.inverse.process_with_scratch(played, &mut self.lags, back).is_ok()
    }

    /// The lag in samples with the highest correlation, interpolated by a parabola, and that correlation.
    #[allow(clippy::cast_precision_loss)] // 9024
    fn peak(&self) -> (f32, f32) {
        let lags = &self.lags[..=LAGS];
        let (place, peak) = lags
            .iter()
            .enumerate()
            .fold((0, f32::MIN), |(n, most), (m, &next)| if next > most { (m, next) } else { (n, most) });
        let part = match (place.checked_sub(1).map(|n| lags[n]), lags.get(place + 1)) {
            (Some(before), Some(after)) if 2.0 * peak - before - after > 0.0 => {
                0.5 * (after - before) / (2.0 * peak - before - after)
            }
            _ => 0.0,
        };
        ((self.first + LAGS) as f32 - place as f32 - part, peak)
    }

    /// The highest correlation within a sample of a lag.
    fn at(&self, lag: f32) -> f32 {
        let place = (self.first + LAGS).saturating_sub(whole(lag)).min(LAGS);
        self.lags[place.saturating_sub(1)..(place + 2).min(LAGS + 1)].iter().copied().fold(f32::MIN, f32::max)
    }
}

/// A lag in whole samples.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most 9024, and never negative
fn whole(lag: f32) -> usize {
    lag.max(0.0).round() as usize
}

#[allow(clippy::cast_precision_loss)] // 1025
fn deviation(values: &[f32]) -> f32 {
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / values.len() as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::delay_line::DelayLine;
    use crate::signal::echo::EchoPath;
    use crate::signal::frame::FRAME;

    /// A reference of words of a third of a second, and its echo in a hall at -12 dB, delayed by `lag(second)` samples.
    /// From the fourth second on, a person of level `person` speaks over it.
    struct Hall {
        played: Vec<f32>,
        heard: Vec<f32>,
    }

    impl Hall {
        #[allow(clippy::cast_precision_loss)] // seconds
        fn new(seconds: usize, person: f32, lag: impl Fn(usize) -> f64) -> Self {
            let mut random = fastrand::Rng::with_seed(7);
            let mut speech = |n: usize| if n / 5_000 % 3 < 2 { 0.4 * (random.f32() - 0.5) } else { 0.0 };
            let played: Vec<f32> = (0..seconds * 16_000).map(&mut speech).collect();
            let mut echo = Vec::new();
            EchoPath::new("hall,-12dB,delay=0ms".parse().unwrap()).process(&played, &mut echo);
            let mut line = DelayLine::new(4_000);
            let mut other = fastrand::Rng::with_seed(8);
            let heard = echo.into_iter().enumerate().map(|(n, sample)| {
                let voice = if n > 64_000 { person * (other.f32() - 0.5) } else { 0.0 };
                line.next(sample, lag(n / 16_000)) + voice
            });
            Self { heard: heard.collect(), played }
        }

        /// The sign of each frame, with its second.
        fn signs(&self, delay_ms: Option<u32>) -> Vec<(usize, LagSign)> {
            let (mut lag, mut signs, mut framed) = (EchoLag::default(), Vec::new(), 0);
            for (number, (played, heard)) in self.played.chunks(BLOCK).zip(self.heard.chunks(BLOCK)).enumerate() {
                lag.block(played.try_into().unwrap(), heard.try_into().unwrap());
                let end = (number + 1) * BLOCK;
                if end - framed >= FRAME {
                    framed += FRAME;
                    signs.push((end / 16_000, lag.frame(delay_ms)));
                }
            }
            signs
        }

        /// The slips found, with their seconds.
        fn slips(&self, delay_ms: Option<u32>) -> Vec<(usize, f32)> {
            let slip = |(second, sign)| match sign {
                LagSign::Slipped(by) => Some((second, by)),
                LagSign::Same | LagSign::Doubtful => None,
            };
            self.signs(delay_ms).into_iter().filter_map(slip).collect()
        }
    }

    #[test]
    fn a_slip_is_found_to_a_part_of_a_sample_in_a_hall() {
        for (by, delay) in [(9.0, 100.0), (-20.5, 100.0), (160.3, 1_500.0)] {
            let hall = Hall::new(8, 0.0, |second| if second < 4 { delay } else { delay + by });
            let slips = hall.slips(Some(if delay > 1_000.0 { 90 } else { 0 }));
            assert!(slips.len() == 1 && slips[0].0 == 4, "{by}: {slips:?}");
            assert!((f64::from(slips[0].1) - by).abs() < 0.3, "{by}: {slips:?}");
        }
    }

    #[test]
    fn a_person_over_the_echo_is_no_slip() {
        for person in [0.02, 0.1, 0.4] {
            let signs = Hall::new(10, person, |_| 200.0).signs(None);
            let others = signs.iter().filter(|(_, sign)| *sign != LagSign::Same).count();
            assert!(others <= signs.len() / 100, "{person}: {others} of {}", signs.len());
        }
    }

    #[test]
    fn a_lag_is_followed_where_clocks_drift_and_silence_says_nothing() {
        let hall = Hall::new(20, 0.0, |second| 200.0 + 0.8 * f64::from(u32::try_from(second).unwrap()));
        assert_eq!(hall.slips(None), []);
        let silent = Hall { played: vec![0.0; 32_000], heard: vec![0.1; 32_000] };
        assert!(silent.signs(Some(u32::MAX)).iter().all(|(_, sign)| *sign == LagSign::Same));
    }
}
