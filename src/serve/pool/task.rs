//! The cancellation of work whose client has gone.

use crate::turn::{Ticket, TurnClock};

/// Work counts as wanted until this is dropped, when the client has its answer or has gone.
#[derive(Debug, Default)]
pub struct TaskGuard(TurnClock);

impl TaskGuard {
    /// A ticket that goes stale when this is dropped or revoked.
    pub fn ticket(&self) -> Ticket {
        self.0.ticket(0)
    }

    /// Revokes the work, though the client is there.
    pub fn revoke(&self) {
        self.0.raise(1);
    }
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        self.revoke();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_for_a_client_that_has_gone_is_stale() {
        let wanted = TaskGuard::default();
        let ticket = wanted.ticket();
        assert!(!ticket.stale());
        drop(wanted);
        assert!(ticket.stale());
        let revoked = TaskGuard::default();
        revoked.revoke();
        assert!(revoked.ticket().stale());
    }
}
