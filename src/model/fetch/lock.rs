//! The lock of a model: one process at a time fetches it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::error::{ModelError, OfPath};
use super::super::stage::{PARTIAL, make};
use super::fetcher::Fetcher;

/// Time between two tries of a waiting process.
const AGAIN: Duration = Duration::from_millis(500);

/// Held while a model is fetched; the system gives it back when the process ends, however it ends.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of `name`; where another process holds it, waits for it or fails, as the options say.
    pub fn take(fetcher: &Fetcher, name: &str) -> Result<Self, ModelError> {
        let folder = fetcher.models.join(PARTIAL);
        make(&folder)?;
        // The file stays when the fetch is done: removing it could take it from another process that just opened it.
        let path = folder.join(format!("{name}.lock"));
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).at(&path)?;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(ModelError::io(&path, error)),
                Err(TryLockError::WouldBlock) if !fetcher.options.wait => {
                    return Err(ModelError::Busy { name: name.into(), pid: holder(&mut file) });
                }
                Err(TryLockError::WouldBlock) => {
                    if !told {
                        let pid = holder(&mut file);
                        fetcher.progress.say(&format!("{name} is being fetched by process {pid}: waiting for it"));
                        told = true;
                    }
                    fetcher.pause.wait(AGAIN, fetcher.stop);
                    if fetcher.stop.load(Ordering::Relaxed) {
                        return Err(ModelError::Stopped);
                    }
                }
            }
        }
        sign(&mut file, &path)?;
        Ok(Self { _file: file })
    }
}

/// Writes the holder's process id into the lock, for the message of another process.
fn sign(file: &mut File, path: &Path) -> Result<(), ModelError> {
    file.set_len(0).at(path)?;
    file.rewind().at(path)?;
    write!(file, "{}", std::process::id()).at(path)
}

fn holder(file: &mut File) -> String {
    let mut pid = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut pid));
    if read.is_ok() && !pid.is_empty() { pid } else { "unknown".into() }
}
