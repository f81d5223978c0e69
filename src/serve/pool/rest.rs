//! The wait of an engine's thread for work, and what it does when none comes for a while.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

/// So long without work, an engine is idle: longer than the gaps between a client's requests.
const IDLE: Duration = Duration::from_secs(20);

/// What a wait ended with.
#[derive(Debug, PartialEq, Eq)]
pub enum NextJob<J> {
    /// There is work.
    Job(J),
    /// There was none for a while: reported once after each job.
    Idle,
    /// There will be none any more.
    End,
}

/// How long an engine's thread waits before it counts as idle, and whether the engine then leaves the memory.
#[derive(Clone, Copy, Debug)]
pub struct RestRule {
    keep: Option<Duration>,
}

impl RestRule {
    /// Engines leave the memory after `seconds` without work; 0 keeps them.
    pub fn new(seconds: u64) -> Self {
        Self { keep: (seconds > 0).then(|| Duration::from_secs(seconds)) }
    }

    /// Whether an idle engine leaves the memory.
    pub fn unloads(self) -> bool {
        self.keep.is_some()
    }

    /// The next job. `rested` says that the engine has been idle since its last job; then the wait has no end.
    pub fn next<J>(self, jobs: &Receiver<J>, rested: bool) -> NextJob<J> {
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
}
