//! Errors of a catalogue.

use std::path::PathBuf;

/// Why a catalogue, or a model of it, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The user's file cannot be read.
    #[error("cannot read the catalogue {path}: {reason}; correct its permissions, or move it away to do without")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file is not TOML.
    #[error("{origin} is not valid TOML: {reason}")]
    Syntax {
        /// The file.
        origin: String,
        /// Line and column, and what was expected.
        reason: String,
    },
    /// A key of an entry is missing or wrong.
    #[error("{origin}: {entry}: {key}: {reason}")]
    Entry {
        /// The file.
        origin: String,
        /// The entry's name, or its place when it has none.
        entry: String,
        /// The key that is wrong.
        key: String,
        /// What is wrong with it, and what is right.
        reason: String,
    },
    /// No model has this name.
    #[error("there is no model \"{name}\"{hint}; `golem models list` names them all")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The nearest names.
        hint: String,
    },
}
