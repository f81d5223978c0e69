//! The file in which the mean of a person's own pauses is kept for the next start, and the thread that writes it, so that
//! no disk delays a word.

use std::fs::DirBuilder;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crossbeam_channel::bounded;
use serde::{Deserialize, Serialize};

use super::Handle;
use crate::message::Time;

/// The version of the file's form.
const VERSION: u32 = 1;
/// Means that may wait for the disk.
const WAITING: usize = 16;

/// The form of the file.
#[derive(Serialize, Deserialize)]
struct PauseRecord {
    version: u32,
    /// The mean in seconds.
    mean: f64,
}

/// The file of a mean, which only its owner can read.
#[derive(Clone, Debug)]
pub struct PauseFile(PathBuf);

impl PauseFile {
    /// The file at `path`, whether it is there or not.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The mean; `None` if there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or was written by a newer golem.
    pub fn read(&self) -> io::Result<Option<Time>> {
        let text = match std::fs::read(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let record: PauseRecord = serde_json::from_slice(&text)?;
        if record.version != VERSION {
            return Err(io::Error::other(format!("it is of version {}", record.version)));
        }
        Time::try_from_secs_f64(record.mean).map(Some).map_err(io::Error::other)
    }

    /// Writes the mean; a failure leaves the file as it was.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, mean: Time) -> io::Result<()> {
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(&PauseRecord { version: VERSION, mean: mean.as_secs_f64() })?)?;
        file.as_file().sync_all()?;
        file.persist(&self.0).map(drop).map_err(|error| error.error)
    }
}

/// The mean that golem begins with, and the writer of newer ones.
#[derive(Debug, Default)]
pub struct PauseKeeper {
    /// The mean that golem begins with; `None` if none is known.
    pub known: Option<Time>,
    /// The file that is written; `None` if there is no place for one.
    file: Option<PauseFile>,
    /// The thread that writes, from the first newer mean on.
    thread: Option<Handle<Time>>,
}

impl PauseKeeper {
    /// A keeper that knows a mean, if there is one, and writes newer ones into `file`.
    pub fn new(known: Option<Time>, file: Option<PauseFile>) -> Self {
        Self { known, file, thread: None }
    }

    /// Has `mean` written. Never waits: if the disk is far behind, the mean is lost and a warning is logged.
    pub fn keep(&mut self, mean: Time) {
        let Some(file) = &self.file else { return };
        if self.thread.is_none() {
            let started = start(file.clone());
            self.thread = started.inspect_err(|error| tracing::warn!("pauses are not kept: {error}")).ok();
        }
        if self.thread.as_ref().is_some_and(|thread| !thread.send(mean)) {
            tracing::warn!("the disk cannot keep up: the mean of the pauses is not written down");
        }
    }
}

/// Starts the thread that writes means into `file`. It ends when its channel closes, after the newest one is written.
fn start(file: PauseFile) -> io::Result<Handle<Time>> {
    let (means_in, means) = bounded(WAITING);
    Handle::spawn("golem-pauses", means_in, move || {
        for mean in &means {
            let newest = means.try_iter().last().unwrap_or(mean);
            if let Err(error) = file.write(newest) {
                tracing::warn!("{} cannot be written: {error}", file.path().display());
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_mean_is_kept_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = PauseFile::new(folder.path().join("golem/pauses.json"));
        assert_eq!(file.read().unwrap(), None);
        for mean in [622_080_123, 200_000_000, 3_000_000_000].map(Time::from_nanos) {
            file.write(mean).unwrap();
            assert_eq!(file.read().unwrap(), Some(mean));
        }
        assert_eq!(std::fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path().join("golem")).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn damaged_and_newer_files_are_faults_and_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let file = PauseFile::new(folder.path().join("pauses.json"));
        for text in [
            "",
            "0.6",
            "{\"version\":1",
            "{\"version\":1,\"mean\":null}",
            "{\"version\":1,\"mean\":-0.6}",
            "{\"version\":1,\"mean\":1e300}",
            "{\"version\":2,\"mean\":0.6}",
        ] {
            std::fs::write(file.path(), text).unwrap();
            assert!(file.read().is_err(), "{text}");
            assert_eq!(std::fs::read_to_string(file.path()).unwrap(), text);
        }
        assert!(PauseFile::new("/proc/none/pauses.json".into()).write(Time::from_secs(1)).is_err());
    }

    #[test]
    fn the_newest_mean_is_written_before_the_keeper_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let file = PauseFile::new(folder.path().join("pauses.json"));
        let mut keeper = PauseKeeper::new(None, Some(file.clone()));
        assert!(!file.path().exists(), "nothing was learned yet");
        (1..=10).for_each(|n| keeper.keep(Time::from_millis(500 + n)));
        drop(keeper);
        assert_eq!(file.read().unwrap(), Some(Time::from_millis(510)));
        PauseKeeper::default().keep(Time::from_secs(1));
    }
}
