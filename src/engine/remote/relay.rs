//! The relay of servers: the choice of the next one, and the pause of one that failed. Pure: the caller gives the time.

use std::time::Duration;

/// Pause of a server after its first failure; each further failure in a row doubles it.
const FIRST: Duration = Duration::from_secs(2);
/// Longest pause: short enough to find a restarted server soon.
const LONGEST: Duration = Duration::from_mins(2);

/// The state of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Runner {
    /// Failures in a row.
    failures: u32,
    /// Time from which on it may be asked again.
    rested: Duration,
}

/// Servers in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct Relay {
    runners: Vec<Runner>,
}

impl Relay {
    /// A relay of so many servers without failures.
    pub fn new(count: usize) -> Self {
        Self { runners: vec![Runner::default(); count] }
    }

    /// The first server that may be asked at `now`; `None` if all have to pause.
    pub fn next(&self, now: Duration) -> Option<usize> {
        self.runners.iter().position(|runner| runner.rested <= now)
    }

    /// Records a failure of the server at `now`. Returns its pause.
    pub fn failed(&mut self, server: usize, now: Duration) -> Duration {
        let Some(runner) = self.runners.get_mut(server) else { return Duration::ZERO };
        let rest = FIRST.saturating_mul(1 << runner.failures.min(16)).min(LONGEST);
        runner.failures = runner.failures.saturating_add(1);
        runner.rested = now.saturating_add(rest);
        rest
    }

    /// Records an answer of the server.
    pub fn answered(&mut self, server: usize) {
        if let Some(runner) = self.runners.get_mut(server) {
            *runner = Runner::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_next_one_is_asked_at_once_and_the_first_again_after_its_rest() {
        let mut relay = Relay::new(2);
        assert_eq!(relay.next(at(0)), Some(0));
        assert_eq!(relay.failed(0, at(0)), FIRST);
        assert_eq!(relay.next(at(0)), Some(1));
        relay.failed(1, at(1));
        assert_eq!(relay.next(at(1)), None, "the local brain answers");
        assert_eq!(relay.next(at(2)), Some(0));
        relay.answered(0);
        assert_eq!(relay.next(at(2)), Some(0));
        assert_eq!(Relay::new(0).next(at(9)), None);
    }

    #[test]
    fn rests_double_up_to_two_minutes_and_an_answer_ends_them() {
        let mut relay = Relay::new(1);
        let rests: Vec<u64> = (0..9).map(|_| relay.failed(0, at(0)).as_secs()).collect();
        assert_eq!(rests, [2, 4, 8, 16, 32, 64, 120, 120, 120]);
        relay.answered(0);
        assert_eq!(relay.failed(0, at(0)), FIRST);
    }

    proptest! {
        /// After any events a server that failed pauses, no pause is longer than the longest, and of the servers that
        /// may be asked the earliest is chosen.
        #[test]
        fn no_server_rests_longer_than_the_longest_rest(
            events in prop::collection::vec((0_usize..3, any::<bool>(), 0_u64..200), 0..60)
        ) {
            let (mut relay, mut now) = (Relay::new(3), Duration::ZERO);
            for (server, answers, seconds) in events {
                now += at(seconds);
                if answers {
                    relay.answered(server);
                    prop_assert!(relay.next(now).is_some_and(|next| next <= server));
                } else {
                    relay.failed(server, now);
                    prop_assert_ne!(relay.next(now), Some(server));
                }
                prop_assert_eq!(relay.next(now + LONGEST), Some(0));
            }
        }
    }
}
