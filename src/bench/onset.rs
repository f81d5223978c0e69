//! The onset of a voice in a recording: the reference that barge-in is measured against.

use crate::signal::level::decibels;

/// Length of a block: 10 ms at 16 kHz.
const BLOCK: usize = 160;
/// A block is part of the voice when it is at most this much below the loudest one, and above the noise.
const BELOW_LOUDEST_DB: f32 = 30.0;
/// A block is part of the voice when it is this much above the recording's own noise, its quietest twentieth.
const ABOVE_NOISE_DB: f32 = 10.0;
/// So many of the next `SPAN` blocks must be part of the voice too, or the block was a click.
const LASTING: usize = 4;
const SPAN: usize = 6;

/// The first sample of the voice in `samples` (16 kHz), by energy; `None` where nothing lasts.
pub fn onset(samples: &[f32]) -> Option<usize> {
    let levels: Vec<f32> = samples.chunks_exact(BLOCK).map(decibels).collect();
    let loudest = levels.iter().copied().fold(f32::MIN, f32::max);
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    let noise = sorted.get(sorted.len() / 20)?;
    let bar = (loudest - BELOW_LOUDEST_DB).max(noise + ABOVE_NOISE_DB).max(-60.0);
    let loud: Vec<bool> = levels.iter().map(|level| *level > bar).collect();
    let starts = loud.windows(SPAN).position(|span| span[0] && span.iter().filter(|l| **l).count() >= LASTING)?;
    let block = &samples[starts * BLOCK..(starts + 1) * BLOCK];
    let peak = block.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let within = block.iter().position(|sample| sample.abs() >= peak / 2.0).unwrap_or(0);
    Some(starts * BLOCK + within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_is_no_voice_and_a_tone_is() {
        let mut samples = vec![0.0; 16_000];
        samples[1_000] = 1.0;
        assert_eq!(onset(&samples), None);
        for (n, sample) in samples.iter_mut().enumerate().skip(8_000) {
            *sample = if n % 2 == 0 { 0.5 } else { -0.5 };
        }
        assert_eq!(onset(&samples), Some(8_000));
    }
}
