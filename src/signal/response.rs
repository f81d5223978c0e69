//! The impulse response from played to heard sound, and its delay, loss and reverberation.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use super::frame::RATE;
use super::room::decay_seconds;

/// Power, relative to the mean of the played sound, below which a frequency counts as not played.
const PLAYED: f32 = 1e-3;
/// Ratio of amplitudes, 18 dB, by which the direct sound must exceed the noise. The greatest of 24,000 samples of noise
/// exceeds their root mean square by 13 dB.
const STANDS_OUT: f32 = 8.0;
/// Share of the greatest tap, -14 dB, at which sound counts as arrived.
const ARRIVED: f32 = 0.2;
/// Samples before the arrival that belong to it: 1 ms, since converters ring before a click.
const RINGS: usize = 16;
/// Samples of the echo that count: half a second.
const COUNTS: usize = RATE as usize / 2;
/// Samples of an arrival by which two responses are compared: 50 ms.
const COMPARED: usize = RATE as usize / 20;
/// Length of the blocks whose energy is compared with the noise: 10 ms.
const BLOCK: usize = 160;
/// Least decibels by which a measurable decay exceeds the noise: Schroeder's integral down to -25 dB, and ten below it.
const DECAYS: f32 = 35.0;
/// Least likeness (0..=1) of two responses that count as one shifted response.
const ALIKE: f64 = 0.5;

/// An estimated impulse response, with its noise.
#[derive(Clone, Debug)]
pub struct ImpulseEstimate {
    /// Taps at [`RATE`] as a ring: those from the moment of playing on, and at the end those before it.
    ring: Vec<f32>,
    /// Number of estimated taps from the moment of playing on.
    reach: usize,
    /// Root mean square of taps that hold only noise.
    noise: f32,
}

impl ImpulseEstimate {
    /// The response from `played` to `heard` (both -1..=1 at [`RATE`], with a common beginning), `reach` samples long.
    /// `heard` should go on for `reach` samples after the last played sound. Frequencies that were not played are left
    /// out.
    #[must_use]
    pub fn new(played: &[f32], heard: &[f32], reach: usize) -> Self {
        let size = (played.len().max(heard.len()) + reach.max(1)).next_power_of_two();
        let (own, other) = (transform(played, size), transform(heard, size));
        #[allow(clippy::cast_precision_loss)] // a mean
        let mean = own.iter().map(Complex::norm_sqr).sum::<f32>() / own.len() as f32;
        let least = (PLAYED * mean).max(f32::MIN_POSITIVE);
        let quotient = own.iter().zip(&other).map(|(own, other)| other * own.conj() / (own.norm_sqr() + least));
        let ring = back(quotient.collect(), size);
        // The last quarter holds only noise: the echo has died away.
        let late = &ring[reach - reach / 4..reach];
        let noise = rms(late);
        Self { ring, reach, noise }
    }

    /// The sample at which the sound arrives; `None` if no tap exceeds the noise.
    #[must_use]
    pub fn arrival(&self) -> Option<usize> {
        let taps = &self.ring[..self.reach];
        let greatest = taps.iter().fold(0.0_f32, |greatest, tap| greatest.max(tap.abs()));
        if !greatest.is_finite() || greatest <= STANDS_OUT * self.noise || greatest <= 1e-7 {
            return None;
        }
        taps.iter().position(|tap| tap.abs() >= ARRIVED * greatest)
    }

    /// The loss from the loudspeaker's signal to the microphone's, in decibels, over all frequencies alike.
    #[must_use]
    pub fn loss(&self) -> Option<f32> {
        let energy = self.energy(self.arrival()?, COUNTS);
        (energy > 0.0).then(|| -10.0 * energy.log10())
    }

    /// Seconds in which the echo falls by 60 dB, from its fall by the first 25 dB (T20). `None` if the noise covers it
    /// earlier.
    #[must_use]
    pub fn reverberation(&self) -> Option<f64> {
        let taps = &self.ring[self.arrival()?..self.reach];
        #[allow(clippy::cast_precision_loss)] // a block
        let floor = 4.0 * self.noise * self.noise * BLOCK as f32;
        let energies: Vec<f32> = taps.chunks_exact(BLOCK).map(|block| block.iter().map(|x| x * x).sum()).collect();
        let end = energies.iter().position(|energy| *energy < floor).unwrap_or(energies.len());
        let first = energies.first()?;
        if 10.0 * (first / floor.max(f32::MIN_POSITIVE)).log10() < DECAYS {
            return None;
        }
        let decay: Vec<f64> = taps[..end * BLOCK].iter().copied().map(f64::from).collect();
        decay_seconds(&decay)
    }

    /// Distortion as a share (0..) of the sound, if a sweep was played: it arrives before the sound, by each of `leads`
    /// samples.
    #[must_use]
    pub fn distortion(&self, leads: &[usize]) -> Option<f32> {
        let arrival = self.arrival()?;
        let size = self.ring.len();
        let own = self.energy(arrival, COMPARED);
        let led: f32 = leads.iter().map(|lead| self.energy((arrival + size - lead % size) % size, COMPARED)).sum();
        (own > 0.0).then(|| (led.max(0.0) / own).sqrt())
    }

    /// Samples by which sound arrives later in `other` than here, to a fraction, -`most`..=`most`. `None` if `other` is
    /// another echo.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // a few hundred
    pub fn later(&self, other: &Self, most: usize) -> Option<f64> {
        let begin = self.arrival()?.saturating_sub(RINGS);
        let own = &self.ring[begin..(begin + COMPARED).min(self.reach)];
        let (size, most) = (other.ring.len(), most.max(1));
        let sum = |shift: usize| -> f64 {
            let at = |n: usize| other.ring[(begin + size + shift + n - most) % size];
            own.iter().enumerate().map(|(n, tap)| f64::from(*tap) * f64::from(at(n))).sum()
        };
        let sums: Vec<f64> = (0..=2 * most).map(sum).collect();
        let best = (1..2 * most).max_by(|a, b| sums[*a].total_cmp(&sums[*b]))?;
        let theirs = |n: usize| f64::from(other.ring[(begin + size + best + n - most) % size]).powi(2);
        let powers =
            own.iter().map(|tap| f64::from(*tap).powi(2)).sum::<f64>() * (0..own.len()).map(theirs).sum::<f64>();
        if sums[best] < ALIKE * powers.sqrt() {
            return None;
        }
        let (before, at, after) = (sums[best - 1], sums[best], sums[best + 1]);
        let bend = before - 2.0 * at + after;
        let fraction = if bend < 0.0 { (before - after) / (2.0 * bend) } else { 0.0 };
        Some(best as f64 - most as f64 + fraction.clamp(-0.5, 0.5))
    }

    /// Greatest levels of the taps in decibels below the greatest of all, in `count` steps of `step` samples from
    /// `begin` on.
    #[must_use]
    pub fn envelope(&self, begin: usize, step: usize, count: usize) -> Vec<f32> {
        let taps = &self.ring[..self.reach];
        let greatest = taps.iter().fold(1e-9_f32, |greatest, tap| greatest.max(tap.abs()));
        let level = |number: usize| {
            let from = (begin + number * step).min(taps.len());
            let part = &taps[from..(from + step).min(taps.len())];
            let most = part.iter().fold(1e-9_f32, |most, tap| most.max(tap.abs()));
            20.0 * (most / greatest).log10()
        };
        (0..count).map(level).collect()
    }

    /// The response in each of `count` bands of equal ratio from `low` to `high` hertz, in decibels relative to the
    /// played sound.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // within the band
    pub fn bands(&self, low: f64, high: f64, count: usize) -> Vec<f32> {
        let begin = self.arrival().unwrap_or(0).saturating_sub(RINGS);
        let echo = &self.ring[begin..(begin + COUNTS).min(self.reach)];
        let size = COUNTS.next_power_of_two();
        let spectrum = transform(echo, size);
        let bin = |hertz: f64| ((hertz * size as f64 / f64::from(RATE)) as usize).min(spectrum.len() - 1);
        let edge = |number: usize| low * (high / low).powf(number as f64 / count.max(1) as f64);
        let level = |number: usize| {
            let (from, to) = (bin(edge(number)), bin(edge(number + 1)));
            let part = &spectrum[from..=to.max(from)];
            let power = part.iter().map(Complex::norm_sqr).sum::<f32>() / part.len() as f32;
            10.0 * power.max(1e-12).log10()
        };
        (0..count).map(level).collect()
    }

    /// Energy of `length` taps from just before `begin` on, without the noise.
    #[allow(clippy::cast_precision_loss)] // thousands
    fn energy(&self, begin: usize, length: usize) -> f32 {
        let size = self.ring.len();
        let sum: f32 = (0..length + RINGS).map(|n| self.ring[(begin + size + n - RINGS) % size].powi(2)).sum();
        sum - self.noise * self.noise * (length + RINGS) as f32
    }
}

/// Cross-correlation: for each sample of `long`, the sum of products with `short` laid over it from there on. It is as
/// long as `long`.
#[must_use]
pub fn correlation(long: &[f32], short: &[f32]) -> Vec<f32> {
    let size = (long.len() + short.len()).max(2).next_power_of_two();
    let (long_spectrum, short_spectrum) = (transform(long, size), transform(short, size));
    let product = long_spectrum.iter().zip(&short_spectrum).map(|(long, short)| long * short.conj());
    let mut sums = back(product.collect(), size);
    sums.truncate(long.len());
    sums
}

/// The spectrum of `samples` with zeros up to `size`, which must be even and at least their length.
fn transform(samples: &[f32], size: usize) -> Vec<Complex<f32>> {
    let forward = RealFftPlanner::new().plan_fft_forward(size);
    let mut padded = forward.make_input_vec();
    padded.iter_mut().zip(samples).for_each(|(place, sample)| *place = *sample);
    let mut spectrum = forward.make_output_vec();
    // Ignore errors: they only report wrong lengths, and these are the plan's.
    let _ = forward.process(&mut padded, &mut spectrum);
    spectrum
}

/// The samples of a spectrum.
fn back(mut spectrum: Vec<Complex<f32>>, size: usize) -> Vec<f32> {
    let inverse = RealFftPlanner::new().plan_fft_inverse(size);
    // The inverse requires these two values to be real; rounding may leave an imaginary part.
    for end in [0, spectrum.len() - 1] {
        spectrum[end].im = 0.0;
    }
    let mut samples = inverse.make_output_vec();
    let _ = inverse.process(&mut spectrum, &mut samples);
    #[allow(clippy::cast_precision_loss)] // a scale
    let scale = 1.0 / size as f32;
    for sample in &mut samples {
        *sample *= scale;
    }
    samples
}

#[allow(clippy::cast_precision_loss)] // a mean
fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::echo::EchoPath;
    use crate::signal::sweep::{distortion_lead, sweep};

    /// The response of a room to a sweep, with noise of this root mean square.
    fn of_room(spec: &str, noise: f32) -> ImpulseEstimate {
        let mut played = sweep();
        played.extend(vec![0.0; 24_000]);
        let mut heard = Vec::new();
        EchoPath::new(spec.parse().unwrap()).process(&played, &mut heard);
        let mut random = fastrand::Rng::with_seed(4);
        for sample in &mut heard {
            *sample += (random.f32() - 0.5) * 3.46 * noise;
        }
        ImpulseEstimate::new(&played, &heard, 24_000)
    }

    #[test]
    fn a_room_is_measured_as_it_was_made() {
        // The direct sound takes 1, 2, 4 and 4 ms through the air.
        for (spec, delay, loss, seconds) in [
            ("booth,-6dB,delay=0ms", 1.1, 6.0, 0.2),
            ("bedroom,-12dB,delay=40ms", 41.6, 12.0, 0.3),
            ("kitchen,-20dB,delay=150ms", 153.2, 20.0, 0.6),
            ("hall,-12dB,delay=250ms", 253.1, 12.0, 0.8),
        ] {
            let response = of_room(spec, 1e-4);
            let (arrival, found) = (response.arrival().unwrap(), response.loss().unwrap());
            #[allow(clippy::cast_precision_loss)]
            let ms = arrival as f64 / 16.0;
            assert!((ms - delay).abs() < 0.5, "{spec}: {ms} ms");
            assert!((found - loss).abs() < 1.0, "{spec}: {found} dB");
            let decay = response.reverberation().unwrap();
            assert!((decay / seconds - 1.0).abs() < 0.2, "{spec}: {decay} s");
        }
    }

    #[test]
    fn noise_alone_is_no_echo_and_hides_the_end_of_one() {
        assert_eq!(of_room("office,-100dB", 1e-3).arrival(), None);
        let noisy = of_room("office,-40dB", 0.02);
        assert!(noisy.reverberation().is_none());
        let silent = ImpulseEstimate::new(&sweep(), &vec![0.0; 60_000], 16_000);
        assert!(silent.arrival().is_none() && silent.loss().is_none() && silent.distortion(&[100]).is_none());
        assert!(ImpulseEstimate::new(&[], &[], 4).arrival().is_none());
    }

    #[test]
    fn an_overdriven_loudspeaker_shows_before_the_sound() {
        let leads = [distortion_lead(2), distortion_lead(3)];
        let clean = of_room("bedroom,-12dB", 1e-5).distortion(&leads).unwrap();
        let driven = of_room("bedroom,-12dB,clip", 1e-5).distortion(&leads).unwrap();
        assert!(clean < 0.01 && driven > 0.03, "{clean}, {driven}");
    }

    #[test]
    fn a_later_arrival_is_found_to_a_fraction_of_a_sample() {
        let first = of_room("office,-12dB,delay=40ms", 1e-5);
        assert!(first.later(&first, 100).unwrap().abs() < 0.01);
        let later = of_room("office,-12dB,delay=44ms", 1e-5);
        assert!((first.later(&later, 100).unwrap() - 64.0).abs() < 0.1);
        assert!((later.later(&first, 100).unwrap() + 64.0).abs() < 0.1);
        assert_eq!(first.later(&of_room("hall,-12dB,delay=200ms", 1e-5), 100), None);
    }

    #[test]
    fn bands_and_envelope_show_where_the_echo_is() {
        let response = of_room("booth,-12dB,delay=100ms", 1e-5);
        let envelope = response.envelope(0, 160, 50);
        assert!(envelope[..9].iter().all(|level| *level < -30.0) && envelope[10] > -1.0, "{envelope:?}");
        let bands = response.bands(100.0, 7_000.0, 20);
        assert!(bands.len() == 20 && bands.iter().all(|level| (-35.0..0.0).contains(level)), "{bands:?}");
    }
}
