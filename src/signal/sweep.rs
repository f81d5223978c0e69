//! The exponential sine sweep, which measures the sound path from a loudspeaker to a microphone (Farina 2000).
//!
//! Each octave takes equal time, so low tones get the energy that rooms and noise require. A loudspeaker's distortion
//! arrives before the sound itself in the [response](super::response), and can be separated.

use std::f64::consts::TAU;

use super::frame::RATE;
use super::response::correlation;

/// First and last frequency in hertz: the range of small loudspeakers, up to just below half the rate.
const BAND: (f64, f64) = (80.0, 7_600.0);
/// Length in seconds.
const SECONDS: f64 = 2.5;
/// Greatest sample: as loud as speech, and far from overdriving a loudspeaker.
const LEVEL: f64 = 0.25;
/// Fade at both ends, in samples: 20 ms, against clicks.
const FADE: usize = 320;
/// Likeness (0..=1) from which a stretch counts as the sweep. Conversions of the rate leave 0.97 or more; speech has
/// below 0.2.
const LIKENESS: f64 = 0.8;
/// Mean square below which nothing is compared: -70 dB.
const SILENT: f64 = 1e-7;

/// The sweep, -1..=1 at [`RATE`].
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // a few seconds
pub fn sweep() -> Vec<f32> {
    let length = (SECONDS * f64::from(RATE)) as usize;
    let pace = (BAND.1 / BAND.0).ln() / SECONDS;
    let sample = |at: usize| {
        let time = at as f64 / f64::from(RATE);
        let phase = TAU * BAND.0 / pace * ((pace * time).exp() - 1.0);
        let edge = at.min(length - 1 - at).min(FADE) as f64 / FADE as f64;
        (LEVEL * phase.sin() * (edge * std::f64::consts::FRAC_PI_2).sin().powi(2)) as f32
    };
    (0..length).map(sample).collect()
}

/// Samples by which the distortion of `order` (2, 3 …) arrives before the sound itself in the response.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a few seconds
pub fn distortion_lead(order: u32) -> usize {
    let pace = (BAND.1 / BAND.0).ln() / SECONDS;
    (f64::from(order.max(1)).ln() / pace * f64::from(RATE)) as usize
}

/// The beginnings of sweeps in `played`, at most `most` of them, in order.
#[must_use]
#[allow(clippy::cast_precision_loss)] // a minute of samples
pub fn find(played: &[f32], most: usize) -> Vec<usize> {
    let sweep = sweep();
    if played.len() < sweep.len() {
        return Vec::new();
    }
    let own: f64 = energy(&sweep);
    let mut sums = Vec::with_capacity(played.len() + 1);
    sums.push(0.0);
    let mut sum = 0.0;
    for sample in played {
        sum += f64::from(*sample).powi(2);
        sums.push(sum);
    }
    let alike = correlation(played, &sweep);
    let places = played.len() + 1 - sweep.len();
    let mut likeness: Vec<f64> = (0..places)
        .map(|at| {
            let there = sums[at + sweep.len()] - sums[at];
            if there < SILENT * sweep.len() as f64 { 0.0 } else { f64::from(alike[at]) / (own * there).sqrt() }
        })
        .collect();
    let mut found = Vec::new();
    while found.len() < most {
        let best = likeness.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let Some((at, _)) = best.filter(|(_, alike)| **alike >= LIKENESS) else { break };
        found.push(at);
        let around = at.saturating_sub(sweep.len())..likeness.len().min(at + sweep.len());
        likeness[around].fill(0.0);
    }
    found.sort_unstable();
    found
}

fn energy(samples: &[f32]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::resample::resample;

    #[test]
    fn it_begins_low_ends_high_and_stays_within_its_level() {
        let sweep = sweep();
        let crossings = |part: &[f32]| part.windows(2).filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0)).count();
        assert!(sweep.iter().all(|sample| sample.abs() <= 0.2501));
        // 100 ms at about 87 Hz, and 100 ms at about 7,000 Hz.
        assert!((14..24).contains(&crossings(&sweep[..1_600])), "{}", crossings(&sweep[..1_600]));
        assert!(crossings(&sweep[sweep.len() - 1_600..]) > 1_250);
    }

    #[test]
    fn sweeps_are_found_where_they_were_played_and_nowhere_else() {
        let mut random = fastrand::Rng::with_seed(1);
        let noise = |count: usize, random: &mut fastrand::Rng| -> Vec<f32> {
            (0..count).map(|_| (random.f32() - 0.5) * 0.3).collect()
        };
        // Through a loudspeaker of 44.1 kHz and back, as the reference comes.
        let through = resample(&resample(&sweep(), RATE, 44_100), 44_100, RATE);
        let mut played = vec![0.0; 5_000];
        played.extend(&through);
        played.extend(noise(50_000, &mut random));
        played.extend(through.iter().map(|sample| sample * 0.3));
        played.extend(vec![0.0; 9_000]);
        let found = find(&played, 4);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].abs_diff(5_000) <= 1 && found[1].abs_diff(5_000 + through.len() + 50_000) <= 1, "{found:?}");
        assert!(find(&noise(100_000, &mut random), 4).is_empty());
        assert!(find(&vec![0.0; 100_000], 4).is_empty() && find(&[0.5; 10], 4).is_empty());
    }
}
