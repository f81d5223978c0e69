//! The fetcher: the options, the models folder, and the observers of a fetch.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::options::Options;
use super::pause::{Pause, Wait};
use crate::model::error::ModelError;
use crate::model::progress::Progress;

/// Fetches models into one models folder.
pub struct Fetcher<'a> {
    /// Where from and how.
    pub options: Options,
    /// The models folder.
    pub models: PathBuf,
    /// Ends the fetch within a moment when it is set.
    pub stop: &'a AtomicBool,
    /// Receives the progress.
    pub progress: &'a dyn Progress,
    /// Waits between tries.
    pub pause: &'a dyn Pause,
    /// Bytes that may be written to the disk with a folder.
    pub free: fn(&Path) -> std::io::Result<u64>,
}

/// Bytes that this user may write to the disk with `folder`.
///
/// # Errors
/// When the folder is not there.
pub fn free(folder: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

impl<'a> Fetcher<'a> {
    /// Fetches into `models`, which need not exist yet.
    pub fn new(options: Options, models: PathBuf, stop: &'a AtomicBool, progress: &'a dyn Progress) -> Self {
        Self { options, models, stop, progress, pause: &Wait, free }
    }

    /// Checks that `needed` more bytes fit on the disk, before they are written.
    pub(super) fn check_space(&self, needed: u64) -> Result<(), ModelError> {
        let free = (self.free)(&self.models).map_err(|error| ModelError::io(&self.models, error))?;
        if needed > free {
            return Err(ModelError::Space { needed, free, folder: self.models.clone() });
        }
        Ok(())
    }
}
