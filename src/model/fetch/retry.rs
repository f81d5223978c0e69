//! The retrying of requests that may succeed the next time, with ever longer waits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::error::ModelError;
use super::fetcher::Fetcher;
use super::pause::Pause;
use crate::model::progress::Progress;

/// The first wait; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait that golem chooses by itself.
const LONGEST: Duration = Duration::from_mins(1);
/// The longest wait that a server may ask for.
const LONGEST_ASKED: Duration = Duration::from_mins(10);
/// The failure of a try.
pub(super) enum Failed {
    /// The next one may succeed.
    Again {
        /// What happened.
        reason: String,
        /// The wait that the server asked for.
        after: Option<Duration>,
        /// Whether there is more now than before the try.
        moved: bool,
    },
    /// The next try would fail too.
    Final(ModelError),
}

impl From<ModelError> for Failed {
    fn from(error: ModelError) -> Self {
        Self::Final(error)
    }
}

/// How often one model's requests are retried, and where retries are reported.
pub(super) struct Patience<'a> {
    tries: u32,
    pause: &'a dyn Pause,
    progress: &'a dyn Progress,
    stop: &'a AtomicBool,
    /// Failures in a row and reason that were reported last.
    told: Mutex<(u32, String)>,
}

impl<'a> Patience<'a> {
    /// Patience with one model.
    pub fn new(fetcher: &'a Fetcher, stop: &'a AtomicBool) -> Self {
        let Fetcher { options, pause, progress, .. } = fetcher;
        Self { tries: options.tries, pause: *pause, progress: *progress, stop, told: Mutex::default() }
    }

    /// Reports why it waits; only once if several files wait for the same reason.
    fn tell(&self, failed: u32, name: &str, reason: &str, wait: Duration) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.0 != failed || told.1 != reason {
            self.progress.say(&format!("{name}: {reason}; trying again in {:.1} s", wait.as_secs_f64()));
            *told = (failed, reason.to_owned());
        }
    }

    /// Calls `attempt` until it succeeds, fails for good, or failed `tries` times in a row without getting further.
    pub fn persist<T>(&self, url: &str, mut attempt: impl FnMut() -> Result<T, Failed>) -> Result<T, ModelError> {
        let mut failed = 0;
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(ModelError::Stopped);
            }
            let (reason, after, moved) = match attempt() {
                Ok(value) => return Ok(value),
                Err(Failed::Final(error)) => return Err(error),
                Err(Failed::Again { reason, after, moved }) => (reason, after, moved),
            };
            failed = if moved { 1 } else { failed + 1 };
            // Look again, because shutting the connections down looks like an error of the network.
            if self.stop.load(Ordering::Relaxed) {
                return Err(ModelError::Stopped);
            }
            if failed >= self.tries || after.is_some_and(|after| after > LONGEST_ASKED) {
                return Err(ModelError::Unreachable { url: url.into(), tries: failed, reason });
            }
            let wait = after.unwrap_or_else(|| backoff(failed, fastrand::f64()));
            let name = url.rsplit('/').next().unwrap_or(url);
            self.tell(failed, name, &reason, wait);
            self.pause.wait(wait, self.stop);
        }
    }
}

/// The wait after the `failed`-th failure in a row: doubled each time, and shortened by up to a half by `chance` in
/// 0..1, so that clients which one server threw off do not all come back at once.
fn backoff(failed: u32, chance: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << (failed - 1).min(16));
    doubled.min(LONGEST).mul_f64(1.0 - chance / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute() {
        let seconds: Vec<_> = [1, 2, 3, 7, 40].iter().map(|&failed| backoff(failed, 0.0).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 60, 60]);
        assert_eq!(backoff(3, 1.0), Duration::from_secs(2));
    }
}
