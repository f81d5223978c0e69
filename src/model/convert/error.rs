//! Errors of a checkpoint, and what to do about them.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a checkpoint was not converted. Nothing is left behind under the final name.
#[derive(Debug, Error)]
pub enum ConvertError {
    /// A file could not be read or written.
    #[error("{path}: {source}; check that it is readable, that the folder is writable and that the disk is not full")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the checkpoint is not there.
    #[error("{path} is missing: {hint}")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
        /// What to do next.
        hint: String,
    },
    /// A file is cut short, of another kind, or contradicts another.
    #[error("{path} cannot be converted: {reason}")]
    Unusable {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it, and what to do next.
        reason: String,
    },
    /// A tensor is missing, or not what `config.json` says.
    #[error("tensor {name} of {path} cannot be converted: {reason}")]
    Tensor {
        /// Its name in the checkpoint.
        name: String,
        /// The file it is in, or the checkpoint's folder.
        path: PathBuf,
        /// What is wrong with it, and what to do next.
        reason: String,
    },
    /// The place for the converted model is taken.
    #[error("{0} is there already: remove it, or import under another name")]
    Taken(PathBuf),
}

impl ConvertError {
    /// An [`ConvertError::Unusable`] about `path`.
    pub(super) fn unusable(path: &Path, reason: impl Into<String>) -> Self {
        Self::Unusable { path: path.into(), reason: reason.into() }
    }

    /// An [`ConvertError::Tensor`] about the tensor `name` in `path`.
    pub(super) fn tensor(name: &str, path: &Path, reason: impl Into<String>) -> Self {
        Self::Tensor { name: name.into(), path: path.into(), reason: reason.into() }
    }
}

/// Names the file in an error of the system.
pub(super) trait OfFile<T> {
    /// Turns the error into a [`ConvertError::Io`] about `path`.
    fn at(self, path: &Path) -> Result<T, ConvertError>;
}

impl<T> OfFile<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, ConvertError> {
        self.map_err(|source| ConvertError::Io { path: path.into(), source })
    }
}
