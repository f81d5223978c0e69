//! The frame: the unit in which sound that is heard is taken, judged and counted.

use std::time::Duration;

/// Sample rate of everything golem hears, in hertz.
pub const RATE: u32 = 16_000;
/// Samples in a frame: 32 ms, the size Silero was trained on.
pub const FRAME: usize = 512;
/// Length of a frame in milliseconds.
pub const FRAME_MS: u64 = FRAME as u64 * 1_000 / RATE as u64;
/// Length of a frame.
pub const FRAME_TIME: Duration = Duration::from_millis(FRAME_MS);
