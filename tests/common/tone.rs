//! A tone, and its strength in recorded sound.

#![allow(dead_code)] // each test program uses its part

use std::f32::consts::TAU;

/// Hertz of the tone.
pub const TONE: f32 = 500.0;

/// The tone at half of full scale.
pub fn tone(rate: u32, seconds: f32) -> Vec<f32> {
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // short and exact
    let (rate, samples) = (rate as f32, (rate as f32 * seconds) as u32);
    #[allow(clippy::cast_precision_loss)]
    (0..samples).map(|n| 0.5 * (TAU * TONE * n as f32 / rate).sin()).collect()
}

/// Strength of the tone in 16 kHz sound, as an amplitude.
pub fn strength(samples: &[f32]) -> f32 {
    let parts = samples.chunks_exact(320).map(|period| {
        let turn = |n: u16| TAU * TONE * f32::from(n) / 16_000.0;
        let (sine, cosine) = (0u16..).zip(period).fold((0.0, 0.0), |(sine, cosine), (n, sample)| {
            (sine + sample * turn(n).sin(), cosine + sample * turn(n).cos())
        });
        (sine * sine + cosine * cosine).sqrt() / 160.0
    });
    let parts: Vec<f32> = parts.collect();
    parts.iter().sum::<f32>() / f32::from(u16::try_from(parts.len()).expect("short"))
}
