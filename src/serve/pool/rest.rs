//! The wait of an engine's thread for work, and the rest of an idle engine.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

/// Time without work after which an engine is idle: longer than the gaps between a client's requests.
const IDLE: Duration = Duration::from_secs(20);

/// The result of a wait.
#[derive(Debug, PartialEq, Eq)]
pub enum NextJob<J> {
    /// There is work.
    Job(J),
    /// There was none for a while: reported once after each job.
    Idle,
    /// There will be none any more.
    End,
}

/// The rule of rest: how long an engine's thread waits before it is idle, and whether the idle engine leaves the
/// memory. It also counts the engines in memory; copies count together.
#[derive(Clone, Debug)]
pub struct RestRule {
    keep: Option<Duration>,
    loaded: Arc<AtomicUsize>,
}

/// An engine that is in memory.
pub struct Resident<E: ?Sized> {
    engine: Box<E>,
    loaded: Arc<AtomicUsize>,
}

impl<E: ?Sized> Deref for Resident<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.engine
    }
}

impl<E: ?Sized> DerefMut for Resident<E> {
    fn deref_mut(&mut self) -> &mut E {
        &mut self.engine
    }
}

impl<E: ?Sized> Drop for Resident<E> {
    fn drop(&mut self) {
        self.loaded.fetch_sub(1, Ordering::Relaxed);
    }
}

impl RestRule {
    /// Engines leave the memory after `seconds` without work; 0 keeps them.
    pub fn new(seconds: u64) -> Self {
        Self { keep: (seconds > 0).then(|| Duration::from_secs(seconds)), loaded: Arc::default() }
    }

    /// Counts an engine that was loaded, until it is dropped.
    pub fn resident<E: ?Sized>(&self, engine: Box<E>) -> Resident<E> {
        self.loaded.fetch_add(1, Ordering::Relaxed);
        Resident { engine, loaded: Arc::clone(&self.loaded) }
    }

    /// How many engines are in memory.
    pub fn loaded(&self) -> usize {
        self.loaded.load(Ordering::Relaxed)
    }

    /// Whether an idle engine leaves the memory.
    pub fn unloads(&self) -> bool {
        self.keep.is_some()
    }

    /// The next job. If `rested`, the engine has been idle since its last job, and the wait has no end.
    pub fn next<J>(&self, jobs: &Receiver<J>, rested: bool) -> NextJob<J> {
        if rested {
            return jobs.recv().map_or(NextJob::End, NextJob::Job);
        }
        match jobs.recv_timeout(self.keep.unwrap_or(IDLE)) {
            Ok(job) => NextJob::Job(job),
            Err(RecvTimeoutError::Timeout) => NextJob::Idle,
            Err(RecvTimeoutError::Disconnected) => NextJob::End,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_comes_first_and_the_end_is_seen() {
        let (sender, jobs) = crossbeam_channel::unbounded();
        sender.send(7).unwrap();
        let rule = RestRule::new(0);
        assert_eq!(rule.next(&jobs, false), NextJob::Job(7));
        sender.send(8).unwrap();
        drop(sender);
        assert_eq!(rule.next(&jobs, true), NextJob::Job(8));
        assert_eq!(rule.next(&jobs, false), NextJob::End);
        assert_eq!(rule.next(&jobs, true), NextJob::End);
        assert!(!rule.unloads() && RestRule::new(1).unloads());
    }

    #[test]
    fn engines_in_memory_are_counted_together() {
        let rule = RestRule::new(0);
        let one = rule.clone().resident(Box::new(1));
        let mut two: Resident<dyn FnMut() -> u8> = rule.resident(Box::new(|| 7));
        assert_eq!((*one, two(), rule.loaded()), (1, 7, 2));
        drop((one, two));
        assert_eq!(rule.loaded(), 0);
    }
}
