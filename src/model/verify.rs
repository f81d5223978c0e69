//! The verification of models against their records and the catalogue.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::catalogue::Entry;
use super::digest::sha256;
use super::error::ModelError;
use super::progress::Progress;
use super::record::ModelRecord;

/// The state of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// As golem put it there.
    Sound,
    /// Not as golem put it there.
    Changed,
    /// Not there.
    Missing,
    /// There, but its right content is not known.
    Unknown,
}

/// A file that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Path in the model's folder.
    pub path: String,
    /// Its state.
    pub state: FileState,
}

/// The expected length and digest of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedFile {
    /// Path in the model's folder.
    pub path: String,
    /// Its length.
    pub bytes: Option<u64>,
    /// Its digest in hex.
    pub sha256: Option<String>,
}

impl ExpectedFile {
    /// The files that a record lists.
    pub fn of_record(record: &ModelRecord) -> Vec<Self> {
        let one = |file: &super::record::FileRecord| Self {
            path: file.path.clone(),
            bytes: Some(file.bytes),
            sha256: Some(file.sha256.clone()),
        };
        record.files.iter().map(one).collect()
    }

    /// The files that the catalogue lists.
    pub fn of_entry(entry: &Entry) -> Vec<Self> {
        let one = |file: &super::catalogue::File| Self {
            path: file.place().into(),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
        };
        entry.files.iter().map(one).collect()
    }
}

/// Checks every file of a model in `folder`.
///
/// # Errors
/// When a file that is there cannot be read, or `stop` was set.
pub fn check(
    folder: &Path,
    files: &[ExpectedFile],
    stop: &AtomicBool,
    progress: &dyn Progress,
) -> Result<Vec<Checked>, ModelError> {
    let there = |file: &ExpectedFile| folder.join(&file.path).metadata().map_or(0, |data| data.len());
    let total = files.iter().map(there).sum();
    let mut done = 0;
    let mut checked = Vec::with_capacity(files.len());
    for file in files {
        let state = state(&folder.join(&file.path), file, stop, |count| {
            done += count;
            progress.at(&file.path, done, total);
        })?;
        checked.push(Checked { path: file.path.clone(), state });
    }
    Ok(checked)
}

fn state(path: &Path, file: &ExpectedFile, stop: &AtomicBool, seen: impl FnMut(u64)) -> Result<FileState, ModelError> {
    let Ok(data) = path.metadata() else { return Ok(FileState::Missing) };
    if file.bytes.is_some_and(|bytes| data.is_file() && bytes != data.len()) {
        return Ok(FileState::Changed);
    }
    let Some(expected) = file.sha256.as_ref().filter(|_| data.is_file()) else { return Ok(FileState::Unknown) };
    let found = sha256(path, stop, seen)?;
    Ok(if found.eq_ignore_ascii_case(expected) { FileState::Sound } else { FileState::Changed })
}

/// Whether `entry` is in `folder`, complete and as it should be, so that it need not be fetched.
///
/// # Errors
/// When `stop` was set, or a file cannot be read.
pub fn is_sound(folder: &Path, entry: &Entry, stop: &AtomicBool, progress: &dyn Progress) -> Result<bool, ModelError> {
    let mut files = ExpectedFile::of_entry(entry);
    // A damaged record is written anew by a fetch. A model without one is judged by the catalogue.
    let Ok(record) = ModelRecord::read(folder) else { return Ok(false) };
    if let Some(record) = record {
        if record.name != entry.name || is_outdated(&record, entry) || !holds(&record, &files) {
            return Ok(false);
        }
        files = ExpectedFile::of_record(&record);
    }
    let sizes_fit = |file: &ExpectedFile| {
        folder.join(&file.path).metadata().is_ok_and(|data| file.bytes.is_none_or(|bytes| bytes == data.len()))
    };
    if files.is_empty() || !files.iter().all(sizes_fit) {
        return Ok(false);
    }
    Ok(check(folder, &files, stop, progress)?.iter().all(|file| file.state == FileState::Sound))
}

/// Whether the catalogue pins another commit than the one that was fetched.
fn is_outdated(record: &ModelRecord, entry: &Entry) -> bool {
    let Some(fetched) = &record.revision else { return false };
    let mut pinned = entry.commits().peekable();
    pinned.peek().is_some() && !pinned.any(|commit| commit == fetched)
}

/// Whether a record names every file, with the digests that are known of them.
fn holds(record: &ModelRecord, files: &[ExpectedFile]) -> bool {
    files.iter().all(|file| {
        record.files.iter().any(|kept| {
            let inside =
                kept.path.strip_prefix(&file.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            inside && file.sha256.as_ref().is_none_or(|sha256| sha256.eq_ignore_ascii_case(&kept.sha256))
        })
    })
}
