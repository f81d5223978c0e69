//! The meters in visible steps, so that silence draws nothing.

use crate::control::Levels;

/// Steps of the level meters, each [`LEVEL_STEP`] decibels up to 0.
pub const LEVELS: u8 = 12;
/// Decibels of one step of the level meters.
pub const LEVEL_STEP: u8 = 5;
/// Steps of the meter of voice probability.
pub const VOICES: u8 = 10;

/// The meters in steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meters {
    /// The microphone's level, 0..=[`LEVELS`].
    pub microphone: u8,
    /// The level of what golem plays, 0..=[`LEVELS`].
    pub output: u8,
    /// Probability of a voice, 0..=[`VOICES`].
    pub voice: u8,
    /// The step that counts as a voice, 1..=[`VOICES`].
    pub threshold: u8,
}

impl Meters {
    /// The steps of `levels`.
    pub fn new(levels: &Levels) -> Self {
        let level = |decibels: f32| step(f32::from(LEVELS) + decibels / f32::from(LEVEL_STEP), LEVELS);
        let share = |value: f32| value * f32::from(VOICES);
        Self {
            microphone: level(levels.decibels),
            output: level(levels.output),
            voice: step(share(levels.probability), VOICES),
            threshold: step(share(levels.threshold).ceil(), VOICES).max(1),
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn step(value: f32, most: u8) -> u8 {
    // The cast turns NaN into 0.
    (value.round() as u8).min(most)
}
