//! Levels of sound: mean squares, and decibels below full scale.

/// Level of silence on a meter, in decibels below full scale.
pub const SILENCE: f32 = -100.0;

/// Mean of the squares of `samples` (-1..=1): 0..=1; 0 if there are none.
#[must_use]
pub fn mean_square(samples: impl ExactSizeIterator<Item = f32>) -> f32 {
    #[allow(clippy::cast_precision_loss)] // a mean
    let count = samples.len().max(1) as f32;
    samples.map(|sample| sample * sample).sum::<f32>() / count
}

/// Decibels of a mean square as a meter shows them: [`SILENCE`]`..=0`.
#[must_use]
pub fn metered(mean_square: f32) -> f32 {
    (10.0 * mean_square.max(1e-10).log10()).clamp(SILENCE, 0.0)
}

/// Root mean square of `samples` in decibels below full scale, [`SILENCE`]`..=0`.
#[must_use]
pub fn decibels(samples: &[f32]) -> f32 {
    metered(mean_square(samples.iter().copied()))
}

/// Decibels of a mean square with a mean square `floor` added, so that digital silence has the floor's level.
#[must_use]
pub fn decibels_over(floor: f32, mean_square: f32) -> f32 {
    10.0 * (mean_square + floor).log10()
}

/// The level of a voice (16 kHz) while it speaks, in decibels below full scale: that of the blocks of 10 ms within 20
/// dB of the loudest.
#[must_use]
pub fn speech_level(samples: &[f32]) -> f32 {
    let levels: Vec<f32> = samples.chunks_exact(160).map(decibels).collect();
    let loudest = levels.iter().copied().fold(SILENCE, f32::max);
    let speaking: Vec<f32> =
        levels.into_iter().filter(|level| *level > loudest - 20.0).map(|level| 10.0_f32.powf(level / 10.0)).collect();
    metered(speaking.iter().sum::<f32>() / count(&speaking))
}

#[allow(clippy::cast_precision_loss)] // a mean
fn count(values: &[f32]) -> f32 {
    values.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_of_known_sounds() {
        assert!((decibels(&[1.0, -1.0]) - 0.0).abs() < 1e-5);
        assert!((decibels(&[0.1; 64]) + 20.0).abs() < 1e-3);
        assert!((decibels(&[0.0; 64]) + 100.0).abs() < 1e-3);
        assert!((decibels(&[]) + 100.0).abs() < 1e-3);
    }

    #[test]
    fn silence_has_the_level_of_the_floor() {
        let over = |samples: &[f32]| decibels_over(1e-12, mean_square(samples.iter().copied()));
        assert!((over(&[0.1; 512]) + 20.0).abs() < 0.01);
        assert!((over(&[0.0; 512]) + 120.0).abs() < 0.01);
        assert!((over(&[]) + 120.0).abs() < 0.01);
    }
}
