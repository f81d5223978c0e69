//! The live session that gives its place to a new client when all places are taken. Pure.
//!
//! Clients of live protocols are silent for hours and rightly so: many send sound only while they want words. A session
//! is therefore never closed because it is idle, but because another client needs its place.

use std::time::{Duration, Instant};

/// The activity of a live session.
///
/// An utterance that is open is none by itself: it goes on only with sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionActivity {
    /// When the client last sent something, or the last work for it was done.
    last: Instant,
    /// Inputs of the client that are not heard yet.
    inputs: usize,
    /// Whether sound is transcribed, or waits to be.
    transcribes: bool,
}

impl SessionActivity {
    /// The activity of a session that begins.
    pub fn new(now: Instant) -> Self {
        Self { last: now, inputs: 0, transcribes: false }
    }

    /// Notes that the client did something that needs no work.
    pub fn touch(&mut self, now: Instant) {
        self.last = now;
    }

    /// Notes that an input came.
    pub fn queue(&mut self, now: Instant) {
        self.inputs += 1;
        self.last = now;
    }

    /// Notes that so many inputs were heard, and whether sound is transcribed from now on, or waits to be.
    pub fn work(&mut self, inputs: usize, transcribes: bool, now: Instant) {
        self.inputs = self.inputs.saturating_sub(inputs);
        self.transcribes = transcribes;
        self.last = now;
    }

    /// How long the session has been idle; `None` while golem works for it.
    pub fn idle(&self, now: Instant) -> Option<Duration> {
        let works = self.inputs > 0 || self.transcribes;
        (!works).then(|| now.saturating_duration_since(self.last))
    }
}

/// The one of `sessions` (key and activity) that has been idle the longest, if that is at least `least`.
pub fn longest_idle<K>(
    sessions: impl Iterator<Item = (K, SessionActivity)>,
    least: Duration,
    now: Instant,
) -> Option<K> {
    let idle = sessions.filter_map(|(key, activity)| Some((key, activity.idle(now)?)));
    idle.filter(|(_, time)| *time >= least).max_by_key(|(_, time)| *time).map(|(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: Duration = Duration::from_mins(5);

    /// The number of the session that gives way, by its place in the list.
    fn chosen(sessions: &[SessionActivity], now: Instant) -> Option<usize> {
        longest_idle(sessions.iter().copied().enumerate(), LEAST, now)
    }

    #[test]
    fn the_session_that_has_been_idle_the_longest_gives_way_and_not_before_its_time() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let sessions = [20, 10, 30].map(|seconds| SessionActivity::new(at(seconds)));
        assert_eq!(chosen(&sessions, at(309)), None);
        assert_eq!(chosen(&sessions, at(310)), Some(1));
        assert_eq!(chosen(&sessions, at(1_000)), Some(1));
        assert_eq!(chosen(&[], at(1_000)), None);
    }

    #[test]
    fn what_a_client_sends_begins_its_time_anew() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut sessions = [SessionActivity::new(at(0)), SessionActivity::new(at(0))];
        sessions[0].touch(at(100));
        sessions[1].queue(at(150));
        sessions[1].work(1, false, at(151));
        assert_eq!(chosen(&sessions, at(399)), None);
        assert_eq!(chosen(&sessions, at(400)), Some(0));
        sessions[0].touch(at(400));
        assert_eq!(chosen(&sessions, at(450)), None);
        assert_eq!(chosen(&sessions, at(451)), Some(1));
    }

    #[test]
    fn a_session_that_golem_works_for_never_gives_way() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut session = SessionActivity::new(at(0));
        session.queue(at(0));
        session.queue(at(0));
        session.work(1, false, at(1));
        assert_eq!(chosen(&[session], at(10_000)), None, "an input waits to be heard");
        session.work(1, true, at(10_000));
        assert_eq!(chosen(&[session], at(20_000)), None, "its words are still due");
        session.work(0, false, at(20_000));
        assert_eq!(chosen(&[session], at(20_299)), None);
        assert_eq!(chosen(&[session], at(20_300)), Some(0));
    }
}
