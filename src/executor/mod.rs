//! The executor of orders (programs, lines in files, requests, golem's own commands), and its journal.

pub mod apps;
mod builtin;
mod done;
mod environment;
mod http;
pub mod journal;
mod level;
mod process;
pub mod speech;
mod write;

use std::process::Child;

pub use environment::on_path;
pub use journal::{Journal, JournalRecord};

use crate::command::builtin::Builtin;
use crate::command::decide::OUTPUT;
use crate::order::{Deed, Order, Outcome};
use crate::phrases::Failure;
use crate::turn::Ticket;
use done::Done;
pub use done::KEPT;

/// Carries out orders one at a time and waits for each. Several performers may work at once.
#[derive(Debug, Default)]
pub struct Performer {
    /// Programs that were left open, kept to be reaped when they end.
    open: Vec<Child>,
}

impl Performer {
    /// A performer without open programs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Carries out an order, and stops it when `ticket` goes stale or its time is up. If it fails, `error` and
    /// `failure` give the reason and `say` is empty.
    pub fn perform(&mut self, order: &Order, ticket: &Ticket) -> Outcome {
        self.open.retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
        let done = if ticket.stale() { Err(Failure::Stopped) } else { Self::carry_out(order, ticket) };
        let mut done = done.unwrap_or_else(|failure| Done { failure: Some(failure), ..Done::default() });
        self.open.extend(done.child.take());
        let say = match (&done.failure, &order.say) {
            (None, Some(say)) => say.replace(&format!("{{{OUTPUT}}}"), &speech::spoken(&done.output)),
            (None, None) if matches!(order.deed, Deed::Builtin(_)) => done.output.clone(),
            _ => String::new(),
        };
        let error = done.failure.as_ref().map(ToString::to_string);
        Outcome {
            status: done.status,
            output: done.output,
            say,
            error,
            failure: done.failure.map(Box::new),
            undo: done.undo,
        }
    }

    fn carry_out(order: &Order, ticket: &Ticket) -> Result<Done, Failure> {
        match &order.deed {
            Deed::Run(argv) => process::run(argv, order.timeout, ticket),
            Deed::Start(argv) => Ok(Done { child: process::start(argv, ticket)?, ..Done::default() }),
            Deed::Write { path, line } => write::append(path, line).map(|()| Done::default()),
            Deed::Http { method, url, body } => http::request(method, url, body.as_deref(), order.timeout),
            Deed::Builtin(name) => match Builtin::named(name) {
                Some(builtin) if !builtin.is_of_the_dialogue() => builtin::perform(builtin, order, ticket),
                Some(_) => Err(Failure::OfDialogue { name: name.clone() }),
                None => Err(Failure::NoBuiltin { name: name.clone() }),
            },
            Deed::Say => Ok(Done::default()),
        }
    }
}

#[cfg(test)]
mod tests;
