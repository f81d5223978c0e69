//! The span of sound in a recording, without the quiet at both ends.

use std::ops::Range;

use super::level::{decibels_over, mean_square};

/// Blocks per second.
const BLOCKS: u32 = 100;
/// Decibels above the recording's own noise, its quietest tenth, from which a block sounds.
const ABOVE_NOISE_DB: f32 = 6.0;
/// Least distance in decibels from that level to the loudest block. If they are nearer, noise cannot be separated, and
/// all of the recording may be speech.
const BELOW_LOUDEST_DB: f32 = 20.0;
/// Least number of sounding blocks among [`SPAN`] in a row; fewer are a click.
const LASTING: usize = 4;
const SPAN: usize = 6;
/// Seconds kept before the first and after the last sound: a soft consonant is below the bar.
const MARGIN: f32 = 0.3;
/// Mean square added to each block's, so that digital silence has a level.
const FLOOR: f32 = 1e-10;

/// The samples from just before the first lasting sound to just after the last, at `rate` hertz; all samples if no
/// sound stands out.
pub fn voiced(samples: &[i16], rate: u32) -> Range<usize> {
    let Some(sounds) = sounding(samples, rate) else { return 0..samples.len() };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    // a fraction of a second
    let margin = (MARGIN * rate as f32) as usize;
    sounds.start.saturating_sub(margin)..(sounds.end + margin).min(samples.len())
}

/// The sample at which the last lasting sound ends; the end of all samples if no sound stands out.
pub fn sounds_until(samples: &[i16], rate: u32) -> usize {
    sounding(samples, rate).map_or(samples.len(), |sounds| sounds.end)
}

/// The samples from the first lasting sound to the last; `None` if no sound stands out.
fn sounding(samples: &[i16], rate: u32) -> Option<Range<usize>> {
    let block = (rate / BLOCKS).max(1) as usize;
    let levels: Vec<f32> = samples.chunks_exact(block).map(level).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    let (noise, loudest) = (sorted.get(sorted.len() / 10)?, sorted.last()?);
    let bar = noise + ABOVE_NOISE_DB;
    if bar > loudest - BELOW_LOUDEST_DB {
        return None;
    }
    let sounds: Vec<bool> = levels.iter().map(|level| *level > bar).collect();
    let lasts = |span: &[bool]| span.iter().filter(|sounds| **sounds).count() >= LASTING;
    let (first, last) = (sounds.windows(SPAN).position(lasts)?, sounds.windows(SPAN).rposition(lasts)?);
    Some(first * block..((last + SPAN) * block).min(samples.len()))
}

/// Level of a block in decibels below full scale.
fn level(block: &[i16]) -> f32 {
    decibels_over(FLOOR, mean_square(block.iter().map(|&sample| f32::from(sample) / 32_768.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds of a square wave of this amplitude.
    fn tone(seconds: f32, amplitude: i16) -> Vec<i16> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let count = (seconds * 16_000.0) as usize;
        (0..count).map(|n| if n % 40 < 20 { amplitude } else { -amplitude }).collect()
    }

    #[test]
    fn quiet_ends_are_taken_off_but_for_a_margin() {
        let samples = [tone(2.0, 10), tone(1.0, 8_000), tone(3.0, 10)].concat();
        let range = voiced(&samples, 16_000);
        assert!(range.start.abs_diff(27_200) < 1_000, "{range:?}");
        assert!(range.end.abs_diff(52_800) < 1_000, "{range:?}");
    }

    #[test]
    fn a_click_is_not_sound() {
        let samples = [tone(1.0, 10), tone(0.01, 9_000), tone(2.0, 10), tone(1.0, 8_000), tone(1.0, 10)].concat();
        assert!(voiced(&samples, 16_000).start > 40_000);
    }

    #[test]
    fn what_does_not_stand_out_is_kept_whole() {
        let noisy = [tone(1.0, 2_000), tone(1.0, 6_000), tone(1.0, 2_000)].concat();
        assert_eq!(voiced(&noisy, 16_000), 0..noisy.len());
        assert_eq!(voiced(&[], 16_000), 0..0);
        assert_eq!(voiced(&[5; 70], 16_000), 0..70);
        let silence = vec![0; 16_000];
        assert_eq!(voiced(&silence, 16_000), 0..16_000);
    }
}
