//! The journal of utterances, decisions and outcomes: one line of JSON each, only ever appended.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::message::Decision;
use crate::order::Outcome;

/// The error of a journal that cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the journal {path}: {reason}; commands go on without it")]
pub struct JournalError {
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub reason: String,
}

/// Size in bytes at which the journal becomes the old one and a new one begins.
const LARGEST: u64 = 10 << 20;

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JournalRecord {
    /// Time in UTC: `2026-11-21T00:30:00.123Z`.
    pub time: String,
    /// Number of the utterance within its session. With `session` it connects an outcome with its decision.
    pub id: u64,
    /// Start of the session, in the same form as `time`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub session: String,
    /// The kind of the line, and its fields.
    #[serde(flatten)]
    pub entry: JournalEntry,
}

/// The content of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JournalEntry {
    /// The decision about an utterance.
    Decision(Box<Decision>),
    /// The answer to the question before a command.
    Confirmation {
        /// `yes`, `no`, `other` or `late`.
        answer: String,
    },
    /// The outcome of a command.
    Outcome(Outcome),
}

impl Default for JournalEntry {
    fn default() -> Self {
        Self::Decision(Box::default())
    }
}

/// Writes the journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    largest: u64,
}

impl Journal {
    /// Opens the journal at `path` for appending. Only its owner can read it.
    ///
    /// # Errors
    /// When the folder or file cannot be created.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        Self::with_limit(path, LARGEST)
    }

    fn with_limit(path: &Path, largest: u64) -> Result<Self, JournalError> {
        let failed = |error: std::io::Error| JournalError { path: path.into(), reason: error.to_string() };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = append_to(path).map_err(failed)?;
        Ok(Self { path: path.into(), file, largest })
    }

    /// Appends a line in one write. A journal that is too large first becomes `NAME.1`, which replaces the previous
    /// one.
    ///
    /// # Errors
    /// When the line cannot be written.
    pub fn append(&mut self, record: &JournalRecord) -> Result<(), JournalError> {
        self.write(record).map_err(|error| JournalError { path: self.path.clone(), reason: error.to_string() })
    }

    fn write(&mut self, record: &JournalRecord) -> std::io::Result<()> {
        let mut line = serde_json::to_string(record)?;
        line.push('\n');
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        let mine = self.file.metadata()?;
        // Another golem may have begun a new journal, or the owner may have deleted this one.
        if std::fs::metadata(&self.path).map_or(true, |there| there.ino() != mine.ino()) {
            self.file = append_to(&self.path)?;
        } else if mine.len() > 0 && mine.len().saturating_add(length) > self.largest {
            std::fs::rename(&self.path, old(&self.path))?;
            self.file = append_to(&self.path)?;
        }
        self.file.write_all(line.as_bytes())
    }
}

/// The file, opened for appending. A line torn by a crash gets its line end, so that the next line is separate.
fn append_to(path: &Path) -> std::io::Result<File> {
    let mut file = File::options().append(true).read(true).create(true).mode(0o600).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    let size = file.metadata()?.len();
    if size > 0 {
        let mut last = [0];
        file.read_exact_at(&mut last, size - 1)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

/// Name of the journal before this one.
fn old(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

/// The records of a journal and of the one before it, oldest first. Unreadable lines are left out: a crash can tear the
/// last one.
///
/// # Errors
/// When a file that is there cannot be read.
pub fn read(path: &Path) -> Result<Vec<JournalRecord>, JournalError> {
    let mut records = Vec::new();
    for path in [old(path), path.to_path_buf()] {
        let failed = |error: std::io::Error| JournalError { path: path.clone(), reason: error.to_string() };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error)),
        };
        for line in BufReader::new(file).split(b'\n') {
            records.extend(record(&line.map_err(failed)?));
        }
    }
    Ok(records)
}

/// The record in a line; `None` if the line is torn.
pub fn record(line: &[u8]) -> Option<JournalRecord> {
    serde_json::from_slice(line).ok()
}

/// `$XDG_STATE_HOME/golem/commands.jsonl`, or under `~/.local/state`; `None` without a home.
pub fn default_path(env: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let folder = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))?;
    Some(state.join("golem/commands.jsonl"))
}

/// A time in the form of records: UTC, to the millisecond.
pub fn stamp(time: SystemTime) -> String {
    let time = jiff::Timestamp::try_from(time).unwrap_or_default();
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::order::Risk;

    fn outcome(id: u64) -> JournalRecord {
        let outcome = Outcome { status: Some(0), output: "fine\n".into(), ..Outcome::default() };
        JournalRecord {
            time: stamp(SystemTime::UNIX_EPOCH),
            id,
            session: String::new(),
            entry: JournalEntry::Outcome(outcome),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/golem/commands.jsonl");
        let decision = Decision {
            audio_seconds: 1.5,
            transcript: "открой \"браузер\"\n".into(),
            intent: Some("Open".into()),
            slots: [("what".to_string(), "x".to_string())].into(),
            score: 0.75,
            accepted: true,
            reason: "exact".into(),
            risk: Some(Risk::Safe),
            argv: Some(vec!["xdg-open".into()]),
            ..Decision::default()
        };
        let records = [
            JournalRecord { id: 1, entry: JournalEntry::Decision(Box::new(decision)), ..outcome(1) },
            JournalRecord { entry: JournalEntry::Confirmation { answer: "yes".into() }, ..outcome(1) },
            outcome(1),
        ];
        let mut journal = Journal::open(&path).unwrap();
        for record in &records {
            journal.append(record).unwrap();
        }
        assert_eq!(read(&path).unwrap(), records);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let lines = std::fs::read_to_string(&path).unwrap();
        assert!(lines.lines().all(|line| line.starts_with(r#"{"time":"1970-01-01T00:00:00.000Z","id":1,"#)), "{lines}");
    }

    #[test]
    fn a_torn_line_is_skipped_and_does_not_spoil_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        Journal::open(&path).unwrap().append(&outcome(1)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..whole.len() {
            std::fs::write(&path, [&whole[..], &whole[..cut]].concat()).unwrap();
            Journal::open(&path).unwrap().append(&outcome(2)).unwrap();
            let ids: Vec<u64> = read(&path).unwrap().iter().map(|record| record.id).collect();
            // The torn line is a whole record if only its line end is missing.
            let torn: &[u64] = if cut == whole.len() - 1 { &[1, 1, 2] } else { &[1, 2] };
            assert_eq!(ids, torn, "cut at {cut}");
        }
    }

    #[test]
    fn a_journal_that_is_too_large_becomes_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let mut journal = Journal::with_limit(&path, 500).unwrap();
        for id in 0..20 {
            journal.append(&outcome(id)).unwrap();
            assert!(path.metadata().unwrap().len() <= 500);
        }
        let ids: Vec<u64> = read(&path).unwrap().iter().map(|record| record.id).collect();
        assert!(ids.len() < 20 && ids.ends_with(&[17, 18, 19]) && ids.is_sorted(), "{ids:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        // A deleted journal begins anew.
        std::fs::remove_file(&path).unwrap();
        journal.append(&outcome(19)).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
        // A journal that is opened again goes on.
        Journal::with_limit(&path, 500).unwrap().append(&outcome(20)).unwrap();
        assert_eq!(read(&path).unwrap().last().unwrap().id, 20);
    }

    #[test]
    fn times_are_universal() {
        assert_eq!(
            stamp(SystemTime::UNIX_EPOCH + Duration::from_millis(1_780_000_000_123)),
            "2026-05-28T20:26:40.123Z"
        );
    }
}
