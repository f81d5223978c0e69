//! Errors of commands files.

use std::path::PathBuf;

use crate::intent::error::IntentError;
use crate::intent::template::FilePlace;

/// An error in commands files.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A file or folder cannot be read.
    #[error("cannot read the commands in {path}: {reason}; name a YAML file or a folder of them")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A mistake in a file.
    #[error("{place}: {reason}")]
    Wrong {
        /// Where it stands.
        place: FilePlace,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// Mistakes in the sentences, one per line.
    #[error("{}", lines(.0))]
    Intents(Vec<IntentError>),
}

pub(super) fn lines(errors: &[IntentError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl From<IntentError> for CommandError {
    fn from(error: IntentError) -> Self {
        Self::Intents(vec![error])
    }
}

impl CommandError {
    /// A mistake at a place.
    pub fn at(place: &FilePlace, reason: impl Into<String>) -> Self {
        Self::Wrong { place: place.clone(), reason: reason.into() }
    }
}
