//! Random variation of clean voices: level, distance, room and noise as at a microphone.

use crate::signal::frame::RATE;
use crate::signal::level::mean_square;

/// Number of echoes that make a room's sound.
const ECHOES: usize = 60;

/// Varies sound at random; equal seeds give equal variations.
pub struct Augment {
    random: fastrand::Rng,
}

impl Augment {
    /// A variation with this `seed`.
    pub fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed) }
    }

    /// A random number between `low` and `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.random.f32()
    }

    /// True with the probability `share`, 0..=1.
    pub fn chance(&mut self, share: f32) -> bool {
        self.random.f32() < share
    }

    /// A random number below `end`, which must not be 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.random.usize(..end)
    }

    /// `sound` (16 kHz) at a random level, in a room and in noise. With `babble`, the noise is often of voices.
    pub fn vary(&mut self, sound: &[f32], babble: &[f32]) -> Vec<f32> {
        let mut varied = if self.chance(0.6) { self.room(sound) } else { sound.to_vec() };
        if self.chance(0.5) {
            let tilt = self.between(-0.6, 0.6);
            let mut before = 0.0;
            for sample in &mut varied {
                let own = *sample;
                *sample += tilt * before;
                before = own;
            }
        }
        let level = 10_f32.powf(self.between(-38.0, -14.0) / 20.0);
        let gain = level / loudness(&varied);
        let kind = self.random.u8(0..3);
        let noise = if self.chance(0.4) && babble.len() > varied.len() {
            let from = self.random.usize(..babble.len() - varied.len());
            babble[from..from + varied.len()].to_vec()
        } else {
            self.noise(varied.len(), kind)
        };
        let quieter = level * 10_f32.powf(-self.between(3.0, 35.0) / 20.0) / loudness(&noise);
        varied.iter().zip(noise).map(|(sample, noise)| (sample * gain + noise * quieter).clamp(-1.0, 1.0)).collect()
    }

    /// Noise of about level 1: white, pink or brown.
    pub fn noise(&mut self, length: usize, kind: u8) -> Vec<f32> {
        let keep = [0.0, 0.7, 0.97][usize::from(kind.min(2))];
        let mut held = 0.0;
        let mut one = || {
            let white = self.random.f32() * 2.0 - 1.0;
            held = keep * held + (1.0 - keep) * white;
            held + 0.1 * white
        };
        (0..length).map(|_| one()).collect()
    }

    /// `sound` with fading echoes.
    fn room(&mut self, sound: &[f32]) -> Vec<f32> {
        let (seconds, share) = (self.between(0.1, 0.6), self.between(0.05, 0.35));
        let mut wet = sound.to_vec();
        for _ in 0..ECHOES {
            let at = self.random.f32();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "at most 0.6 s"
            )]
            let delay = (at * seconds * RATE as f32) as usize + 16;
            let gain = share * self.between(-1.0, 1.0) * (-6.9 * at).exp();
            if delay < wet.len() {
                for (wet, dry) in wet[delay..].iter_mut().zip(sound) {
                    *wet += gain * dry;
                }
            }
        }
        wet
    }
}

/// Root mean square; never zero.
fn loudness(sound: &[f32]) -> f32 {
    mean_square(sound.iter().copied()).sqrt().max(1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_varies_sound_always_the_same_way_and_within_range() {
        let sound: Vec<f32> = Augment::new(9).noise(8_000, 0);
        let varied = Augment::new(1).vary(&sound, &[]);
        assert_eq!(varied, Augment::new(1).vary(&sound, &[]));
        assert_ne!(varied, Augment::new(2).vary(&sound, &[]));
        assert!(varied.len() == sound.len() && varied.iter().all(|sample| sample.abs() <= 1.0));
        let loud = 20.0 * loudness(&varied).log10();
        assert!((-40.0..-10.0).contains(&loud), "{loud} dB");
    }

    #[test]
    fn silence_becomes_noise_and_nothing_becomes_nothing() {
        let varied = Augment::new(3).vary(&[0.0; 4_000], &[]);
        assert!(varied.iter().all(|sample| sample.is_finite()) && varied.iter().any(|sample| *sample != 0.0));
        assert!(Augment::new(3).vary(&[], &[]).is_empty());
    }
}
