//! Pauses between tries.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Longest time until a wait sees `stop`.
const SLICE: Duration = Duration::from_millis(100);

/// A wait between tries.
pub trait Pause: Sync {
    /// Returns after `time`, or a moment after `stop` was set.
    fn wait(&self, time: Duration, stop: &AtomicBool);
}

/// A wait in real time.
#[derive(Clone, Copy, Debug)]
pub struct Wait;

impl Pause for Wait {
    fn wait(&self, mut time: Duration, stop: &AtomicBool) {
        let never = crossbeam_channel::never::<()>();
        while !time.is_zero() && !stop.load(Ordering::Relaxed) {
            let slice = time.min(SLICE);
            // Sleep: nothing is ever sent, so this waits for the whole slice.
            let _ = never.recv_timeout(slice);
            time -= slice;
        }
    }
}
