//! The execution of commands: one order at a time, with an event for each outcome.

use crossbeam_channel::{Receiver, Sender};

use crate::executor::Performer;
use crate::message::Event;
use crate::order::Order;
use crate::turn::TurnClock;

/// An order, its turn and its decision.
#[derive(Clone, Debug)]
pub struct CommandJob {
    /// Turn in which its outcome is reported.
    pub turn: u64,
    /// Number of the decision it follows from.
    pub decision: u64,
    /// The order.
    pub order: Order,
}

/// Carries out orders.
pub struct CommandWorker {
    performer: Performer,
    /// Clock of orders: those of turns below its live number are stopped.
    orders: TurnClock,
}

impl CommandWorker {
    /// A worker whose orders are stopped by raising `orders`.
    pub fn new(performer: Performer, orders: TurnClock) -> Self {
        Self { performer, orders }
    }

    /// Carries out one order.
    pub fn step(&mut self, job: &CommandJob) -> Event {
        let outcome = self.performer.perform(&job.order, &self.orders.ticket(job.turn));
        Event::Performed { turn: job.turn, decision: job.decision, outcome }
    }

    /// Works until the job channel closes.
    pub fn run(mut self, jobs: &Receiver<CommandJob>, events: &Sender<Event>) {
        for job in jobs {
            if events.send(self.step(&job)).is_err() {
                return;
            }
        }
    }
}
