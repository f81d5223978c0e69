//! Orders, decided commands that are to be carried out, and their outcomes.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::intent::Slots;
use crate::phrases::Failure;

/// How much trust a command needs.
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
    /// The risk of a command whose meaning was guessed rather than said: never less than asking.
    #[must_use]
    pub const fn guessed(self) -> Self {
        match self {
            Self::Safe | Self::Confirm => Self::Confirm,
            Self::Deny => Self::Deny,
        }
    }
}

/// The deed itself. No shell ever sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// Starts a program with exactly these arguments.
    Run(Vec<String>),
    /// Starts a program that stays open, such as a browser: golem does not wait for its end, and it outlives golem.
    Start(Vec<String>),
    /// Appends a line to a file or FIFO.
    Write {
        /// The file or FIFO.
        path: PathBuf,
        /// Without its newline.
        line: String,
    },
    /// Sends a request to a service on this machine.
    Http {
        /// `GET`, `POST`, `PUT` or `DELETE`.
        method: String,
        /// Where to.
        url: String,
        /// What is sent, as it is.
        body: Option<String>,
    },
    /// What golem itself can do, by its name: `time`, `volume`, `timer`, `alarm`, `repeat` and others.
    Builtin(String),
    /// Nothing but an answer.
    Say,
}

impl Deed {
    /// The program and its arguments, where it starts one.
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
    /// What to do.
    pub deed: Deed,
    /// What to say when it is done; `{output}` stands for what the program printed.
    pub say: Option<String>,
    /// Longest time it may take.
    pub timeout: Duration,
}

/// What came of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Exit status of the program, where one ran to its end.
    pub status: Option<i32>,
    /// First 4 KiB of what it printed.
    pub output: String,
    /// What golem says; empty for nothing.
    pub say: String,
    /// Why it failed, when it did, in English.
    pub error: Option<String>,
    /// The same before it is put into words, for the voice; no journal and no client has it.
    #[serde(skip)]
    pub failure: Option<Box<Failure>>,
    /// What takes it back, where something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Deed>,
}
