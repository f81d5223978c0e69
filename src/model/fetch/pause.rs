//! Pauses between tries.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How soon a wait sees that it is to stop.
const SLICE: Duration = Duration::from_millis(100);

/// Lets time pass.
pub trait Pause: Sync {
    /// Returns after `time`, or a moment after `stop` was set.
    fn wait(&self, time: Duration, stop: &AtomicBool);
}

/// Lets real time pass.
#[derive(Clone, Copy, Debug)]
pub struct Wait;

impl Pause for Wait {
    fn wait(&self, mut time: Duration, stop: &AtomicBool) {
        let never = crossbeam_channel::never::<()>();
        while !time.is_zero() && !stop.load(Ordering::Relaxed) {
            let slice = time.min(SLICE);
            // Nothing is ever sent: this is the wait itself.
            let _ = never.recv_timeout(slice);
            time -= slice;
        }
    }
}
