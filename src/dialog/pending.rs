//! A command that waits for a yes.

use crate::order::Order;

/// A command that waits for a yes.
#[derive(Debug)]
pub(super) struct Pending {
    /// Turn of the question.
    pub(super) turn: u64,
    /// Number of the decision it belongs to.
    pub(super) decision: u64,
    pub(super) order: Order,
}
