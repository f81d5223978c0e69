//! Orders, which are decided commands, and their outcomes.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::intent::Slots;
use crate::phrases::Failure;

/// The trust that a command needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Runs at once.
    Safe,
    /// Runs after a yes.
    #[default]
    Confirm,
    /// Never runs.
    Deny,
}

impl Risk {
    /// The risk of a guessed command: golem asks at least.
    #[must_use]
    pub const fn guessed(self) -> Self {
        match self {
            Self::Safe | Self::Confirm => Self::Confirm,
            Self::Deny => Self::Deny,
        }
    }
}

/// The deed of an order. It never passes through a shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// Starts a program with exactly these arguments.
    Run(Vec<String>),
    /// Starts a program that stays open, such as a browser: golem does not wait for its end, and the program outlives
    /// golem.
    Start(Vec<String>),
    /// Appends a line to a file or FIFO.
    Write {
        /// The file or FIFO.
        path: PathBuf,
        /// The line without its newline.
        line: String,
    },
    /// Sends a request to a service on this machine.
    Http {
        /// `GET`, `POST`, `PUT` or `DELETE`.
        method: String,
        /// The address.
        url: String,
        /// The body, sent unchanged.
        body: Option<String>,
    },
    /// A builtin command by name: `time`, `volume`, `timer`, `alarm`, `repeat` and others.
    Builtin(String),
    /// Only the answer.
    Say,
}

impl Deed {
    /// The program and its arguments, if it starts one.
    pub fn argv(&self) -> Option<&[String]> {
        match self {
            Self::Run(argv) | Self::Start(argv) => Some(argv),
            _ => None,
        }
    }
}

/// A decided command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Name of the intent.
    pub intent: String,
    /// Its slots.
    pub slots: Slots,
    /// The deed.
    pub deed: Deed,
    /// The answer after the deed; `{output}` stands for the program's output.
    pub say: Option<String>,
    /// Longest time it may take.
    pub timeout: Duration,
}

/// The outcome of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Exit status of the program, if one ran to its end.
    pub status: Option<i32>,
    /// First 4 KiB of the program's output.
    pub output: String,
    /// The words that golem says; empty for none.
    pub say: String,
    /// The failure in English, if the order failed.
    pub error: Option<String>,
    /// The failure as data, for the voice; it is not in the journal and not sent to clients.
    #[serde(skip)]
    pub failure: Option<Box<Failure>>,
    /// The deed that undoes it, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Deed>,
}
