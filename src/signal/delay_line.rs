//! A delay line whose delay may be fractional and change at any sample.

/// Taps of the interpolation between samples (`TAPS`), and its tabled phases (`PHASES`).
const TAPS: usize = 16;
const PHASES: usize = 512;
/// Samples by which the interpolation looks ahead.
pub const AHEAD: usize = TAPS / 2 - 1;

/// The newest samples of a stream.
pub struct DelayLine {
    kept: Vec<f32>,
    next: usize,
    phases: Vec<[f32; TAPS]>,
}

impl DelayLine {
    /// A silent line for delays of at most `longest` samples.
    #[must_use]
    pub fn new(longest: usize) -> Self {
        Self { kept: vec![0.0; longest + 2 * TAPS], next: 0, phases: (0..PHASES).map(phase).collect() }
    }

    /// Takes the next sample and returns the one of `delay` samples ago, 0 to the longest. A delay of less than
    /// [`AHEAD`] samples is rounded.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // short and positive
    pub fn next(&mut self, sample: f32, delay: f64) -> f32 {
        let room = self.kept.len();
        self.kept[self.next] = sample;
        let newest = self.next;
        self.next = (self.next + 1) % room;
        let at = |age: usize| self.kept[(newest + room - age % room) % room];
        let delay = delay.clamp(0.0, (room - 2 * TAPS) as f64);
        if delay.fract() == 0.0 || delay < AHEAD as f64 {
            return at(delay.round() as usize);
        }
        let (whole, part) = (delay.floor() as usize - AHEAD, (delay.fract() * PHASES as f64) as usize);
        self.phases[part.min(PHASES - 1)].iter().enumerate().map(|(tap, weight)| weight * at(whole + tap)).sum()
    }
}

/// A windowed sinc that delays by [`AHEAD`] samples and `number` of [`PHASES`] of a sample.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // small numbers
fn phase(number: usize) -> [f32; TAPS] {
    use std::f64::consts::PI;
    let middle = number as f64 / PHASES as f64 + AHEAD as f64;
    std::array::from_fn(|tap| {
        let x = tap as f64 - middle;
        let sinc = if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) };
        let window = (PI * x / TAPS as f64).cos().powi(2);
        (sinc * window) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The output of a line for a tone of 1 kHz at 16 kHz with a fixed delay.
    #[allow(clippy::cast_possible_truncation)]
    fn tone(delay: f64) -> Vec<f32> {
        let mut line = DelayLine::new(100);
        (0..400).map(|n| line.next((f64::from(n) * std::f64::consts::PI / 8.0).sin() as f32, delay)).collect()
    }

    #[test]
    fn a_sample_comes_after_its_delay_also_between_samples() {
        for delay in [0.0, 3.0, 7.0, 7.25, 20.5, 99.99] {
            for (n, sample) in (0..).zip(tone(delay)).skip(130) {
                let right = ((f64::from(n) - delay) * std::f64::consts::PI / 8.0).sin();
                assert!((f64::from(sample) - right).abs() < 0.01, "{sample} for {right} after {delay}");
            }
        }
    }

    #[test]
    fn a_delay_that_the_line_cannot_hold_is_its_longest_or_none() {
        assert_eq!(tone(-5.0), tone(0.0));
        assert_eq!(tone(1e9), tone(100.0));
        assert_eq!(tone(3.4), tone(3.0), "too short to look ahead");
    }
}
