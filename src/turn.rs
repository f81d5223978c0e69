//! Turn numbers: one atomic makes barge-in faster than any queue.
//!
//! Every reply carries the number of its turn. Raising the live number makes every older message, token and sample
//! stale at once. Each thread drops stale work when it meets it, without waiting for a message.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The live turn number, shared by all threads. Only the runtime raises it.
#[derive(Clone, Debug, Default)]
pub struct TurnClock(Arc<AtomicU64>);

impl TurnClock {
    /// A clock at turn 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The live turn.
    #[must_use]
    pub fn live(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Makes all work of turns below `turn` stale. Never goes back.
    pub fn raise(&self, turn: u64) {
        self.0.fetch_max(turn, Ordering::AcqRel);
    }

    /// A ticket for work on behalf of `turn`.
    #[must_use]
    pub fn ticket(&self, turn: u64) -> Ticket {
        Ticket { turn, clock: self.clone() }
    }
}

/// The right to work for one turn, polled by engines once per token, clause or encoder call.
#[derive(Clone, Debug)]
pub struct Ticket {
    turn: u64,
    clock: TurnClock,
}

impl Ticket {
    /// A ticket that never goes stale: for work outside any dialogue, such as `golem transcribe`.
    #[must_use]
    pub fn standing() -> Self {
        TurnClock::new().ticket(u64::MAX)
    }

    /// The turn this work belongs to.
    #[must_use]
    pub fn turn(&self) -> u64 {
        self.turn
    }

    /// Whether the turn has been overtaken, so that the work must stop.
    #[must_use]
    pub fn stale(&self) -> bool {
        self.turn < self.clock.live()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raising_the_clock_makes_older_tickets_stale_and_never_goes_back() {
        let clock = TurnClock::new();
        let old = clock.ticket(1);
        assert!(!old.stale());
        clock.raise(2);
        clock.raise(1);
        assert!(old.stale());
        assert!(!clock.ticket(2).stale());
        assert_eq!(clock.live(), 2);
    }
}
