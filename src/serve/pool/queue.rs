//! The order of the recognisers' jobs: whole utterances in order of arrival, and open ones only while no whole one
//! waits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::task::TaskGuard;

/// Jobs that wait for a recogniser.
pub struct ReadQueue<J> {
    waiting: Mutex<WaitingReads<J>>,
}

struct WaitingReads<J> {
    whole: VecDeque<J>,
    partial: VecDeque<(J, Weak<TaskGuard>)>,
    /// Running readings of open utterances.
    running: Vec<Weak<TaskGuard>>,
}

impl<J> Default for ReadQueue<J> {
    fn default() -> Self {
        let waiting = WaitingReads { whole: VecDeque::new(), partial: VecDeque::new(), running: Vec::new() };
        Self { waiting: Mutex::new(waiting) }
    }
}

impl<J> ReadQueue<J> {
    /// Adds the reading of a whole utterance. Readings of open utterances make way: waiting ones are dropped, running
    /// ones are revoked. The next ones will be of more words anyway.
    pub fn add_whole(&self, job: J) {
        let mut waiting = self.lock();
        waiting.partial.clear();
        for running in waiting.running.drain(..) {
            if let Some(wanted) = running.upgrade() {
                wanted.revoke();
            }
        }
        waiting.whole.push_back(job);
    }

    /// Adds the reading of an open utterance, which its client wants as long as `wanted` lives. It is dropped at once
    /// if a whole utterance waits.
    pub fn add_partial(&self, job: J, wanted: &Arc<TaskGuard>) {
        let mut waiting = self.lock();
        if waiting.whole.is_empty() {
            waiting.partial.push_back((job, Arc::downgrade(wanted)));
        }
    }

    /// The next job; `None` where none waits.
    pub fn take(&self) -> Option<J> {
        let mut waiting = self.lock();
        if let Some(job) = waiting.whole.pop_front() {
            return Some(job);
        }
        let (job, wanted) = waiting.partial.pop_front()?;
        waiting.running.retain(|running| running.strong_count() > 0);
        waiting.running.push(wanted);
        Some(job)
    }

    /// Whether no job waits.
    pub fn is_empty(&self) -> bool {
        let waiting = self.lock();
        waiting.whole.is_empty() && waiting.partial.is_empty()
    }

    /// Drops all jobs.
    pub fn clear(&self) {
        let mut waiting = self.lock();
        waiting.whole.clear();
        waiting.partial.clear();
    }

    fn lock(&self) -> MutexGuard<'_, WaitingReads<J>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_utterances_come_in_order_and_before_what_is_being_said() {
        let (queue, wanted) = (ReadQueue::default(), Arc::default());
        queue.add_partial("partial", &wanted);
        assert!(!queue.is_empty());
        queue.add_whole("first");
        queue.add_whole("second");
        queue.add_partial("another", &wanted);
        assert_eq!([queue.take(), queue.take(), queue.take()], [Some("first"), Some("second"), None]);
        queue.add_partial("partial", &wanted);
        assert_eq!((queue.take(), queue.is_empty()), (Some("partial"), true));
        queue.add_whole("third");
        queue.clear();
        assert_eq!(queue.take(), None);
    }

    #[test]
    fn a_reading_of_what_is_being_said_stops_when_a_whole_utterance_comes() {
        let queue = ReadQueue::default();
        let (running, waits) = (Arc::new(TaskGuard::default()), Arc::new(TaskGuard::default()));
        queue.add_partial(1, &running);
        assert_eq!(queue.take(), Some(1));
        queue.add_partial(2, &waits);
        assert!(!running.ticket().stale());
        queue.add_whole(3);
        assert!(running.ticket().stale() && !waits.ticket().stale());
        assert_eq!((queue.take(), queue.take()), (Some(3), None));
    }
}
