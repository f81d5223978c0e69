//! Carries out what was decided: programs, lines in files, requests, and what golem does itself. And the journal of it.

pub mod apps;
mod builtin;
mod environment;
mod http;
pub mod journal;
mod level;
mod process;
pub mod speech;
mod write;

use std::path::PathBuf;
use std::process::Child;

pub use environment::on_path;
pub use journal::{Journal, Record};

use crate::command::builtin::Builtin;
use crate::command::decide::OUTPUT;
use crate::order::{Deed, Order, Outcome};
use crate::turn::Ticket;

/// Bytes kept of what a program prints.
pub const KEPT: usize = 4096;

/// Why a deed was not done. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// The program could not be started.
    #[error("{program} does not start: {reason}; try it in a terminal")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        reason: String,
    },
    /// It ended with an error.
    #[error("{program} ended with {how}{hint}")]
    Failed {
        /// The program.
        program: String,
        /// `status 1`, `signal 11`.
        how: String,
        /// Its last line, when it printed one.
        hint: String,
    },
    /// It took too long.
    #[error("{what} took longer than {seconds} s and was stopped; give the action a longer `timeout`")]
    Late {
        /// The program or service.
        what: String,
        /// The time it had.
        seconds: f64,
    },
    /// It was stopped on the person's word, or with golem.
    #[error("stopped")]
    Stopped,
    /// A line could not be written.
    #[error("cannot write to {path}: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// A service did not do it.
    #[error("{url}: {reason}")]
    Request {
        /// Where to.
        url: String,
        /// Why.
        reason: String,
    },
    /// It is not for this floor, or nothing on this machine can do it.
    #[error("{0}")]
    Unable(String),
    /// The journal cannot be written.
    #[error("cannot write the journal {path}: {reason}; commands go on without it")]
    Journal {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What a deed left: the exit status and the first [`KEPT`] bytes of what was printed.
#[derive(Debug, Default)]
struct Done {
    status: Option<i32>,
    output: String,
    error: Option<ActionError>,
    /// What takes it back.
    undo: Option<Deed>,
    /// A program that was left open.
    child: Option<Child>,
}

/// Carries out orders, one at a time, and waits for each; several of them may work at once.
#[derive(Debug, Default)]
pub struct Performer {
    /// Programs that were left open. Kept so that they can be reaped when they end.
    open: Vec<Child>,
}

impl Performer {
    /// A performer with nothing to do.
    pub fn new() -> Self {
        Self::default()
    }

    /// Carries out an order, and stops it when `ticket` goes stale or its time is up. Where it fails, `error` says why
    /// and there is nothing to say.
    pub fn perform(&mut self, order: &Order, ticket: &Ticket) -> Outcome {
        self.open.retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
        let done = if ticket.stale() { Err(ActionError::Stopped) } else { Self::carry_out(order, ticket) };
        let mut done = done.unwrap_or_else(|error| Done { error: Some(error), ..Done::default() });
        self.open.extend(done.child.take());
        let say = match (&done.error, &order.say) {
            (None, Some(say)) => say.replace(&format!("{{{OUTPUT}}}"), &speech::spoken(&done.output)),
            (None, None) if matches!(order.deed, Deed::Builtin(_)) => done.output.clone(),
            _ => String::new(),
        };
        let error = done.error.map(|error| error.to_string());
        Outcome { status: done.status, output: done.output, say, error, undo: done.undo }
    }

    fn carry_out(order: &Order, ticket: &Ticket) -> Result<Done, ActionError> {
        match &order.deed {
            Deed::Run(argv) => process::run(argv, order.timeout, ticket),
            Deed::Start(argv) => Ok(Done { child: process::start(argv, ticket)?, ..Done::default() }),
            Deed::Write { path, line } => write::append(path, line).map(|()| Done::default()),
            Deed::Http { method, url, body } => http::request(method, url, body.as_deref(), order.timeout),
            Deed::Builtin(name) => match Builtin::named(name) {
                Some(builtin) if !builtin.is_of_the_dialogue() => builtin::perform(builtin, order, ticket),
                Some(_) => Err(ActionError::Unable(format!("{name} is carried out by the dialogue"))),
                None => Err(ActionError::Unable(format!("there is no builtin \"{name}\""))),
            },
            Deed::Say => Ok(Done::default()),
        }
    }
}

#[cfg(test)]
mod tests;
