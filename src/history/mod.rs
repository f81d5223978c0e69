//! The history: conversations across restarts, as the person said and heard them, in one SQLite file of their own.
//!
//! [`Store`] opens, reads and writes it, and moves a damaged file aside; `schema` brings an older file up to date;
//! [`export`] writes conversations for people and programs. Nothing here runs on an audio path: a worker of its own
//! (`worker::historian`) writes.

pub mod export;
mod forget;
pub mod line;
mod open;
mod schema;
mod store;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use line::HistoryLine;
pub use open::OpenHistory;
pub use store::Store;

use crate::message::Role;

/// Reasons why the history cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The folder or a file in it cannot be made, moved or locked.
    #[error("cannot use the history's folder {path}: {reason}; $XDG_STATE_HOME names another place for it")]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// SQLite refused.
    #[error("the history {path} cannot be used: {source}{hint}")]
    Database {
        /// The file.
        path: PathBuf,
        /// The error of SQLite.
        source: rusqlite::Error,
        /// The advice.
        hint: &'static str,
    },
    /// A newer golem wrote it.
    #[error("the history {path} has schema {found}, this golem knows up to {known}: use the newer golem")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that is known.
        known: i64,
    },
    /// There is no such conversation.
    #[error("there is no conversation {0}; `golem history list` shows them")]
    Unknown(i64),
    /// There is no word to search for.
    #[error("there is no word to look for; write one, such as `golem history search timer`")]
    NoWord,
}

impl HistoryError {
    /// The error of SQLite on `path`, with advice if there is any.
    fn database(path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let hint = match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "; another program holds it, try again",
            Some(ErrorCode::DiskFull) => "; the disk is full, what was written before is safe",
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                "; check that its folder is yours and can be written"
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                "; the next start of golem moves it aside and begins a new one"
            }
            _ => "",
        };
        Self::Database { path: path.into(), source, hint }
    }

    /// Whether the file is not a whole database.
    fn damaged(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Self::Database { source, .. } => {
                matches!(source.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
            }
            _ => false,
        }
    }
}

/// A conversation, without its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its number, never given twice.
    pub id: i64,
    /// When it began, in milliseconds since 1970 (universal time).
    pub began: i64,
    /// When its last message was said, in milliseconds since 1970 (universal time).
    pub ended: i64,
    /// Number of its messages.
    pub messages: i64,
    /// The first words of the person in it, or golem's if the person said none.
    pub title: String,
}

/// A message as it stands in the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The conversation it belongs to.
    pub conversation: i64,
    /// Its turn, counted from the start of the golem that heard it.
    pub turn: u64,
    /// Who said it.
    pub role: Role,
    /// What was understood of the person, or what the person heard of golem.
    pub text: String,
    /// Whether the person cut golem short.
    pub interrupted: bool,
    /// When it was said, in milliseconds since 1970 (universal time).
    pub at: i64,
}

/// `$XDG_STATE_HOME/golem/history.db`, or under `~/.local/state`; `None` without a home.
pub fn default_path(env: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let folder = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))?;
    Some(state.join("golem/history.db"))
}
