//! A command that waits for its confirmation.

use crate::order::Order;

/// A command that waits for its confirmation.
#[derive(Debug)]
pub(super) struct Pending {
    /// Turn of the question.
    pub(super) turn: u64,
    /// Number of its decision.
    pub(super) decision: u64,
    pub(super) order: Order,
}
