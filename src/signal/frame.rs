//! The frame: the unit in which microphone sound is captured, judged and counted.

use std::time::Duration;

/// Sample rate of all sound that golem hears, in hertz.
pub const RATE: u32 = 16_000;
/// Samples in a frame: 32 ms, the frame of Silero's training.
pub const FRAME: usize = 512;
/// Length of a frame in milliseconds.
pub const FRAME_MS: u64 = FRAME as u64 * 1_000 / RATE as u64;
/// Length of a frame.
pub const FRAME_TIME: Duration = Duration::from_millis(FRAME_MS);
