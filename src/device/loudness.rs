//! The loudness of playback: measured where the samples leave, read where the meters are shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::signal::level::{SILENCE, metered};

/// Samples that are kept if no meter reads. Beyond that the past weighs half, so that no count overflows.
const KEPT: u32 = 1 << 20;
/// Readings without a new sample after which nothing plays: a device may ask for a quarter of a second at once, and the
/// meters are read every 32 ms.
const PATIENCE: u32 = 8;

/// The writing end: the number of samples since the last reading, and the sum of their squares. Both are packed into
/// one atomic, so that neither side waits, and the reader never sees one without the other.
#[derive(Clone, Debug, Default)]
pub struct Loudness(Arc<AtomicU64>);

fn pack(sum: f32, count: u32) -> u64 {
    u64::from(sum.to_bits()) << 32 | u64::from(count)
}

fn unpack(word: u64) -> (f32, u32) {
    #[allow(clippy::cast_possible_truncation)] // each half by itself
    (f32::from_bits((word >> 32) as u32), word as u32)
}

impl Loudness {
    /// Takes what was played; for audio callbacks. The update is repeated, rarely, if the reader comes in between.
    pub fn add(&self, samples: &[f32]) {
        let squares: f32 = samples.iter().map(|sample| sample * sample).sum();
        let samples = u32::try_from(samples.len()).unwrap_or(KEPT);
        let added = |word| {
            let (mut sum, mut count) = unpack(word);
            if count >= KEPT {
                (sum, count) = (sum / 2.0, count / 2);
            }
            Some(pack(sum + squares, count.saturating_add(samples)))
        };
        // Ignore the result: `added` never refuses.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, added);
    }

    /// The reading end. There should be one.
    #[must_use]
    pub fn meter(&self) -> LoudnessMeter {
        LoudnessMeter { loudness: self.clone(), level: SILENCE, empty: 0 }
    }
}

/// The reading end.
#[derive(Debug)]
pub struct LoudnessMeter {
    loudness: Loudness,
    level: f32,
    /// Readings in a row without a sample.
    empty: u32,
}

impl LoudnessMeter {
    /// Root mean square of what was played since the last reading, in decibels below full scale, -100..=0. Between two
    /// requests of a device the last level holds for a while.
    pub fn read(&mut self) -> f32 {
        let (sum, count) = unpack(self.loudness.0.swap(0, Ordering::Relaxed));
        self.empty = if count == 0 { self.empty.saturating_add(1) } else { 0 };
        if count > 0 {
            #[allow(clippy::cast_precision_loss)] // a meter
            let power = sum / count as f32;
            self.level = metered(power);
        } else if self.empty >= PATIENCE {
            self.level = SILENCE;
        }
        self.level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_that_of_what_was_played_since_the_last_reading() {
        let loudness = Loudness::default();
        let mut meter = loudness.meter();
        assert!((meter.read() - SILENCE).abs() < f32::EPSILON);
        loudness.add(&[0.1; 32]);
        loudness.add(&[-0.1; 32]);
        assert!((meter.read() + 20.0).abs() < 1e-3);
        loudness.add(&[1.0; 32]);
        assert!(meter.read().abs() < 1e-3);
        loudness.add(&[0.0; 32]);
        assert!((meter.read() - SILENCE).abs() < f32::EPSILON);
    }

    #[test]
    fn a_pause_between_requests_is_no_silence_but_a_device_that_is_gone_is() {
        let loudness = Loudness::default();
        let mut meter = loudness.meter();
        loudness.add(&[0.1; 512]);
        for _ in 0..PATIENCE {
            assert!((meter.read() + 20.0).abs() < 1e-3);
        }
        assert!((meter.read() - SILENCE).abs() < f32::EPSILON);
    }

    #[test]
    fn what_nobody_reads_does_not_overflow() {
        let loudness = Loudness::default();
        let block = vec![0.5; 1 << 14];
        for _ in 0..1000 {
            loudness.add(&block);
        }
        let (_, count) = unpack(loudness.0.load(Ordering::Relaxed));
        assert!(count < 2 * KEPT, "{count}");
        assert!((loudness.meter().read() + 6.0206).abs() < 0.01);
    }
}
