//! Conversion between sample rates, in a stream or as a whole.
//!
//! The filter is a windowed sinc. Its initial delay is removed: sample `n` of the output belongs to the time of sample
//! `n * from / to` of the input. A stream gives it up to [`LATENCY_MS`] later.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Async, FixedAsync, Resampler as _, SincInterpolationParameters, SincInterpolationType, WindowFunction};

/// Longest time, in milliseconds, that a stream holds sound back: one block and half the filter at 8 kHz.
pub const LATENCY_MS: u32 = 13;

/// Blocks of the filter per second of input: 5 ms each.
const BLOCKS_PER_SECOND: u32 = 200;
/// Filter length in samples of the slower rate: pass band to 91 % of its Nyquist frequency, 4 ms of delay at 16 kHz.
const TAPS: usize = 128;
/// Filter phases for rates that would need more than [`EXACT`]. Cubic interpolation between 128 of them leaves errors
/// below 16-bit noise.
const PHASES: usize = 128;
/// Most filter phases, if each position of an output sample between two input samples has its own; 441 suffice for all
/// usual rates. Nothing is interpolated then, which is exact and takes a quarter of the time.
const EXACT: u32 = 512;
/// Rates that the filter supports, in hertz: more than any device has, with a filter that fits in memory.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// Converts a mono stream from one rate to another.
pub struct Resampler {
    /// `None` when the rates are equal.
    filter: Option<Filter>,
}

impl Resampler {
    /// A converter from `from` to `to`, in hertz. Rates outside 1 kHz to 768 kHz are replaced by the nearest limit.
    #[must_use]
    pub fn new(from: u32, to: u32) -> Self {
        let nearest = |rate: u32| rate.clamp(*RATES.start(), *RATES.end());
        let (from, to) = (nearest(from), nearest(to));
        Self { filter: (from != to).then(|| Filter::new(from, to)) }
    }

    /// Takes samples and appends to `output` those that can be computed so far.
    pub fn process(&mut self, input: &[f32], output: &mut Vec<f32>) {
        match &mut self.filter {
            None => output.extend_from_slice(input),
            Some(filter) => filter.process(input, output),
        }
    }

    /// Appends the rest of a finished stream and prepares for another one. In all, `n` samples become `n * to / from`,
    /// rounded up.
    pub fn finish(&mut self, output: &mut Vec<f32>) {
        if let Some(filter) = &mut self.filter {
            filter.finish(output);
        }
    }
}

/// `input` at another rate. The length is `input.len() * to / from`, rounded up.
#[must_use]
pub fn resample(input: &[f32], from: u32, to: u32) -> Vec<f32> {
    let mut resampler = Resampler::new(from, to);
    let mut output = Vec::new();
    resampler.process(input, &mut output);
    resampler.finish(&mut output);
    output
}

/// The filter and the samples in it.
struct Filter {
    sinc: Async<f32>,
    from: u64,
    to: u64,
    /// Input samples that do not fill a block yet.
    waiting: Vec<f32>,
    block: Vec<f32>,
    /// The initial delay in output samples (`delay`), and those of it still to be dropped (`skip`).
    delay: usize,
    skip: usize,
    taken: u64,
    given: u64,
}

impl Filter {
    fn new(from: u32, to: u32) -> Self {
        let stretch = from.div_ceil(to).max(1) as usize;
        let places = to / gcd(from, to);
        let (phases, interpolation) = if places <= EXACT {
            // Keep at least 128 phases even if few are needed: the filter's middle lies up to one phase off.
            (places as usize * PHASES.div_ceil(places as usize), SincInterpolationType::Nearest)
        } else {
            (PHASES, SincInterpolationType::Cubic)
        };
        let parameters = SincInterpolationParameters {
            sinc_len: TAPS * stretch,
            f_cutoff: None,
            oversampling_factor: phases,
            interpolation,
            window: WindowFunction::BlackmanHarris2,
        };
        let block = (from / BLOCKS_PER_SECOND) as usize;
        let ratio = f64::from(to) / f64::from(from);
        let sinc = Async::new_sinc(ratio, 1.0, &parameters, block, 1, FixedAsync::Input)
            .expect("rates within RATES give a finite positive ratio and a block that is not empty");
        let room = sinc.output_frames_max();
        let delay = start_delay(parameters.sinc_len, ratio);
        Self {
            sinc,
            from: from.into(),
            to: to.into(),
            waiting: Vec::with_capacity(2 * block),
            block: vec![0.0; room],
            delay,
            skip: delay,
            taken: 0,
            given: 0,
        }
    }

    fn process(&mut self, input: &[f32], output: &mut Vec<f32>) {
        self.taken += input.len() as u64;
        self.waiting.extend_from_slice(input);
        let mut used = 0;
        while self.waiting.len() - used >= self.sinc.input_frames_next() {
            used += self.step(used, output);
        }
        self.waiting.drain(..used);
    }

    fn finish(&mut self, output: &mut Vec<f32>) {
        let (target, start) = ((self.taken * self.to).div_ceil(self.from), self.given);
        let before = output.len();
        while self.given < target {
            self.waiting.resize(self.sinc.input_frames_next(), 0.0);
            self.step(0, output);
            self.waiting.clear();
        }
        let wanted = usize::try_from(target.saturating_sub(start)).unwrap_or(usize::MAX);
        output.truncate(before.saturating_add(wanted));
        self.sinc.reset();
        self.waiting.clear();
        self.skip = self.delay;
        (self.taken, self.given) = (0, 0);
    }

    /// Filters one block that begins at `start` of the waiting input; returns the number of samples used.
    fn step(&mut self, start: usize, output: &mut Vec<f32>) -> usize {
        let (source, room) = (&self.waiting[start..], self.block.len());
        let input = InterleavedSlice::new(source, 1, source.len()).expect("one channel is as long as its slice");
        let mut block =
            InterleavedSlice::new_mut(&mut self.block, 1, room).expect("one channel is as long as its slice");
        let (used, made) = self
            .sinc
            .process_into_buffer(&input, &mut block, None)
            .expect("a whole block goes in and the largest block fits out");
        let skipped = self.skip.min(made);
        self.skip -= skipped;
        self.given += (made - skipped) as u64;
        output.extend_from_slice(&self.block[skipped..made]);
        used
    }
}

fn gcd(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { gcd(other, one % other) }
}

/// Output samples before the one that belongs to the first input sample: one less than half the filter, since the
/// filter advances by one output sample before the first.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)] // small and positive
fn start_delay(taps: usize, ratio: f64) -> usize {
    (taps as f64 / 2.0 * ratio - 1.0).round().max(0.0) as usize
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
mod tests {
    use super::*;

    fn sine(hertz: f64, rate: u32, samples: usize) -> Vec<f32> {
        let step = std::f64::consts::TAU * hertz / f64::from(rate);
        (0..samples).map(|n| (0.5 * (step * n as f64).sin()) as f32).collect()
    }

    /// Largest difference from `wanted`, except at the ends, where the filter meets the silence around the clip.
    fn error(got: &[f32], wanted: &[f32]) -> f32 {
        let margin = got.len() / 8;
        let inner = margin..got.len() - margin;
        got[inner.clone()].iter().zip(&wanted[inner]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn a_sine_keeps_its_pitch_loudness_and_place_at_any_rate() {
        for (from, to) in [
            (8_000, 16_000),
            (11_025, 16_000),
            (22_050, 48_000),
            (44_100, 16_000),
            (48_000, 16_000),
            (192_000, 16_000),
            (16_000, 44_100),
            (16_000, 192_000),
        ] {
            let length = from as usize / 2;
            let got = resample(&sine(440.0, from, length), from, to);
            let off = error(&got, &sine(440.0, to, got.len()));
            // Rounding leaves at most half an output sample of delay: 0.5 * TAU * 440 / 2 / 16000.
            assert!(off < 0.05, "{from} -> {to}: off by {off}");
        }
    }

    #[test]
    fn what_the_slower_rate_cannot_hold_is_removed_rather_than_folded_back() {
        for from in [44_100, 48_000, 192_000] {
            let got = resample(&sine(9_500.0, from, from as usize / 2), from, 16_000);
            let inner = &got[got.len() / 8..got.len() * 7 / 8];
            let peak = inner.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
            assert!(peak < 0.5e-3, "{from}: an alias of {peak} is less than 60 dB down");
        }
    }

    #[test]
    fn lengths_follow_the_ratio_rounded_up() {
        for (from, to, input) in
            [(8_000, 16_000, 1_000), (44_100, 16_000, 4_411), (11_025, 48_000, 1), (192_000, 8_000, 7)]
        {
            let wanted = (input * to as usize).div_ceil(from as usize);
            assert_eq!(resample(&vec![0.1; input], from, to).len(), wanted, "{input} samples {from} -> {to}");
        }
        assert!(resample(&[], 44_100, 16_000).is_empty());
    }

    #[test]
    fn equal_rates_change_nothing() {
        let input = sine(300.0, 16_000, 777);
        assert_eq!(resample(&input, 16_000, 16_000), input);
    }

    #[test]
    fn blocks_of_any_size_give_what_the_whole_gives_and_none_is_held_back_for_long() {
        let input = sine(1_000.0, 44_100, 20_000);
        let whole = resample(&input, 44_100, 16_000);
        let (mut resampler, mut pieces, mut fed) = (Resampler::new(44_100, 16_000), Vec::new(), 0);
        for size in [1, 441, 3, 1_000, 160].into_iter().cycle() {
            let end = (fed + size).min(input.len());
            resampler.process(&input[fed..end], &mut pieces);
            fed = end;
            let late = fed * 1_000 / 44_100 - pieces.len() * 1_000 / 16_000;
            assert!(late <= LATENCY_MS as usize, "{late} ms late");
            if fed == input.len() {
                break;
            }
        }
        resampler.finish(&mut pieces);
        assert_eq!(pieces, whole);
        let mut again = Vec::new();
        resampler.process(&input, &mut again);
        resampler.finish(&mut again);
        assert_eq!(again, whole, "after the end a new stream begins afresh");
    }
}
