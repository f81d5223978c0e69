//! Convolution of a stream with long impulse responses, without delay and sample by sample.
//!
//! The first taps of a response are summed sample by sample. All further taps form uniform partitions, which are
//! multiplied as spectra. Several responses share the spectra of the input, and the stream may glide from one to the
//! next.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// Samples in a partition.
const PART: usize = 256;

/// One impulse response.
struct ImpulseResponse {
    /// The first taps, last first.
    head: Vec<f32>,
    /// Spectra of the further partitions.
    tail: Vec<Vec<Complex<f32>>>,
}

/// The convolution of a stream.
pub struct Convolver {
    responses: Vec<ImpulseResponse>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    /// Spectra of the newest blocks of the input, in a ring.
    spectra: Vec<Vec<Complex<f32>>>,
    newest: usize,
    /// The previous block, and the one that is being filled.
    window: Vec<f32>,
    filled: usize,
    /// The response in use and the next one (`pair`), and the sound of older blocks through each in this block
    /// (`tails`).
    pair: [usize; 2],
    tails: [Vec<f32>; 2],
}

impl Convolver {
    /// A silent stream for `responses`, at least one; an empty response is silence.
    #[must_use]
    pub fn new(responses: &[Vec<f32>]) -> Self {
        let mut planner = RealFftPlanner::new();
        let (forward, inverse) = (planner.plan_fft_forward(2 * PART), planner.plan_fft_inverse(2 * PART));
        let responses: Vec<ImpulseResponse> =
            responses.iter().map(|response| ImpulseResponse::new(response, forward.as_ref())).collect();
        let longest = responses.iter().map(|response| response.tail.len()).max().unwrap_or(0).max(1);
        Self {
            spectra: vec![forward.make_output_vec(); longest],
            responses,
            forward,
            inverse,
            newest: 0,
            window: vec![0.0; 2 * PART],
            filled: 0,
            pair: [0, 0],
            tails: [vec![0.0; PART], vec![0.0; PART]],
        }
    }

    /// Takes the next input sample and returns the next output sample. `place` is the stream's position between the
    /// responses: 1.25 is a quarter of the way from the second to the third. It should glide: a new whole part counts
    /// from the next block on.
    pub fn next(&mut self, sample: f32, place: f32) -> f32 {
        if self.filled == PART {
            self.begin_block(place);
        }
        self.window[PART + self.filled] = sample;
        let [one, other] = self.pair;
        #[allow(clippy::cast_precision_loss)] // a handful of responses
        let share = if one == other { 0.0 } else { (place - one as f32).clamp(0.0, 1.0) };
        let mut output = self.of(one, 0);
        if share > 0.0 {
            output += share * (self.of(other, 1) - output);
        }
        self.filled += 1;
        output
    }

    /// The output of response number `number` for the newest samples.
    fn of(&self, number: usize, tail: usize) -> f32 {
        let Some(response) = self.responses.get(number) else { return 0.0 };
        let until = PART + self.filled + 1;
        let newest = &self.window[until - response.head.len()..until];
        let near: f32 = newest.iter().zip(&response.head).map(|(sample, tap)| sample * tap).sum();
        near + self.tails[tail][self.filled]
    }

    fn begin_block(&mut self, place: f32) {
        self.newest = (self.newest + 1) % self.spectra.len();
        let mut window = self.window.clone();
        // Ignore errors: they only report wrong lengths, and these are the plan's.
        let _ = self.forward.process(&mut window, &mut self.spectra[self.newest]);
        self.window.copy_within(PART.., 0);
        self.filled = 0;
        let last = self.responses.len().saturating_sub(1);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it is not below zero
        let one = (place.max(0.0) as usize).min(last);
        self.pair = [one, (one + 1).min(last)];
        for tail in 0..2 {
            if tail == 0 || self.pair[0] != self.pair[1] {
                self.tails[tail] = self.tail_of(self.pair[tail]);
            }
        }
    }

    /// The sound of older blocks in this block, through response number `number`.
    fn tail_of(&self, number: usize) -> Vec<f32> {
        let mut sum = self.forward.make_output_vec();
        let count = self.spectra.len();
        for (age, part) in self.responses.get(number).iter().flat_map(|response| response.tail.iter().enumerate()) {
            let spectrum = &self.spectra[(self.newest + count - age) % count];
            for ((sum, part), bin) in sum.iter_mut().zip(part).zip(spectrum) {
                *sum += part * bin;
            }
        }
        // The inverse requires these two values to be real; rounding may leave an imaginary part.
        (sum[0].im, sum[PART].im) = (0.0, 0.0);
        let mut samples = self.inverse.make_output_vec();
        let _ = self.inverse.process(&mut sum, &mut samples);
        samples.split_off(PART)
    }
}

impl ImpulseResponse {
    fn new(response: &[f32], forward: &dyn RealToComplex<f32>) -> Self {
        let (head, rest) = response.split_at(response.len().min(PART));
        let part = |taps: &[f32]| {
            let mut padded = forward.make_input_vec();
            #[allow(clippy::cast_precision_loss)]
            let scale = 1.0 / (2 * PART) as f32;
            padded.iter_mut().zip(taps).for_each(|(place, tap)| *place = tap * scale);
            let mut spectrum = forward.make_output_vec();
            let _ = forward.process(&mut padded, &mut spectrum);
            spectrum
        };
        Self { head: head.iter().rev().copied().collect(), tail: rest.chunks(PART).map(part).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize, seed: u64) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..length).map(|_| random.f32() - 0.5).collect()
    }

    #[test]
    fn a_stream_is_what_the_sum_over_all_taps_is() {
        for length in [1, 100, 256, 257, 1_000, 3_000] {
            let (response, input) = (noise(length, 1), noise(2_000, 2));
            let mut convolver = Convolver::new(std::slice::from_ref(&response));
            for now in 0..input.len() {
                let wanted: f32 = response
                    .iter()
                    .enumerate()
                    .filter(|(age, _)| *age <= now)
                    .map(|(age, tap)| tap * input[now - age])
                    .sum();
                let got = convolver.next(input[now], 0.0);
                assert!((got - wanted).abs() < 1e-3, "{length} taps, sample {now}: {got} for {wanted}");
            }
        }
    }

    #[test]
    fn a_glide_ends_at_the_next_response() {
        let mut convolver = Convolver::new(&[vec![1.0], vec![0.0; 300].into_iter().chain([2.0]).collect()]);
        #[allow(clippy::cast_precision_loss)]
        let output: Vec<f32> = (0..4_000).map(|n| convolver.next(1.0, (n as f32 / 2_000.0).min(1.0))).collect();
        assert!((output[0] - 1.0).abs() < 1e-5 && (output[3_999] - 2.0).abs() < 1e-4);
        let steepest = output[400..].windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 2e-3, "a jump of {steepest}");
    }
}
