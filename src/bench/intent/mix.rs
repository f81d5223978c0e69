//! The mixture of a voice and noise at a given signal-to-noise ratio.

use crate::signal::frame::RATE;

/// Samples of one window: 128 ms.
const WINDOW: usize = 2048;

/// Adds `noise`, looped from sample `from` on, to `voice`: its loudest 128 ms are `snr` decibels below the voice's
/// loudest 128 ms. This is the ratio of Picovoice's speech-to-intent benchmark, whose figures stand beside golem's.
pub fn mix(voice: &[f32], noise: &[f32], from: usize, snr: f32) -> Vec<f32> {
    if noise.is_empty() {
        return voice.to_vec();
    }
    let looped: Vec<f32> = (0..voice.len()).map(|n| noise[(from + n) % noise.len()]).collect();
    let (signal, rest) = (loudest(voice), loudest(&looped));
    if rest <= 0.0 {
        return voice.to_vec();
    }
    let gain = (signal / rest / 10.0_f32.powf(snr / 10.0)).sqrt();
    let mixed: Vec<f32> = voice.iter().zip(&looped).map(|(voice, noise)| voice + gain * noise).collect();
    let peak = mixed.iter().fold(0.99_f32, |peak, sample| peak.max(sample.abs()));
    mixed.iter().map(|sample| sample * 0.99 / peak).collect()
}

/// Mean power of the loudest window.
fn loudest(samples: &[f32]) -> f32 {
    #[allow(clippy::cast_precision_loss)]
    let power = |window: &[f32]| window.iter().map(|s| s * s).sum::<f32>() / window.len() as f32;
    let windows = samples.chunks(WINDOW).filter(|window| window.len() == WINDOW || samples.len() < WINDOW);
    windows.map(power).fold(0.0, f32::max)
}

/// Seconds of so many samples.
#[allow(clippy::cast_precision_loss)]
pub fn seconds(samples: usize) -> f64 {
    samples as f64 / f64::from(RATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_lies_as_far_below_as_asked() {
        let voice: Vec<f32> = (0..16_000).map(|n| if n % 2 == 0 { 0.5 } else { -0.5 }).collect();
        let noise: Vec<f32> = (0..3_000).map(|n| if n % 4 < 2 { 0.01 } else { -0.01 }).collect();
        let mixed = mix(&voice, &noise, 100, 6.0);
        let rest: Vec<f32> = mixed.iter().zip(&voice).map(|(mixed, voice)| mixed - voice).collect();
        let ratio = 10.0 * (loudest(&voice) / loudest(&rest)).log10();
        assert!((ratio - 6.0).abs() < 0.1, "{ratio}");
    }

    #[test]
    fn without_noise_the_voice_is_as_it_was() {
        assert_eq!(mix(&[0.1, 0.2], &[], 0, 6.0), [0.1, 0.2]);
        assert_eq!(mix(&[0.1, 0.2], &[0.0; 8], 3, 6.0), [0.1, 0.2]);
    }
}
