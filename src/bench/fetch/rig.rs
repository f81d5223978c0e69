//! A test rig: a local hub with one model, and a fetcher whose waits take no time; the rig records the messages of
//! both.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::hub::{FakeHub, PATIENCE, content};
use super::state::lock;
use crate::model::catalogue::{Engine, Entry, File, ModelKind, ModelSource};
use crate::model::error::ModelError;
use crate::model::fetch::{FetchOutcome, Fetcher, Options, Pause, Progress, free};
use crate::model::stage::PARTIAL;

/// The model's name.
pub const NAME: &str = "small-ears";
/// The model's repository.
pub const REPO: &str = "someone/small-ears";
/// Its large file.
pub const MODEL: &str = "someone/small-ears/model.bin";
/// Bytes of its large file.
pub const LENGTH: usize = 300_000;
/// Its small file.
pub const CONFIG: &[u8] = b"{\"small\": true}";
/// Bytes of the large file that are sent before the connection stalls or breaks.
pub const PART: usize = 100_000;

/// A hub, an empty models folder, and how to fetch from one into the other.
pub struct Rig {
    /// Where the model comes from.
    pub hub: FakeHub,
    /// A temporary folder; `models` in it is the models folder.
    pub folder: tempfile::TempDir,
    /// The model.
    pub entry: Entry,
    /// How it is fetched.
    pub options: Options,
    /// Set to end the fetch.
    pub stop: AtomicBool,
    /// The messages a user would see.
    pub told: RecordedMessages,
    /// The waits between tries.
    pub waits: Waits,
    /// The space on the disk.
    pub free: fn(&Path) -> io::Result<u64>,
    /// The server's name for the large file, or for the first archive with a piece of it. Faults are set for this name.
    pub key: String,
    /// Bytes that are sent if nothing goes wrong.
    pub whole: usize,
}

/// Records the messages a user would see.
#[derive(Debug, Default)]
pub struct RecordedMessages {
    lines: Mutex<Vec<String>>,
    done: Mutex<u64>,
    moved: Condvar,
}

/// A pause that takes no time and records how long it would have been.
#[derive(Debug, Default)]
pub struct Waits(Mutex<Vec<Duration>>);

impl Progress for RecordedMessages {
    fn at(&self, _: &str, done: u64, _: u64) {
        *lock(&self.done) = done;
        self.moved.notify_all();
    }

    fn say(&self, line: &str) {
        lock(&self.lines).push(line.into());
    }
}

impl RecordedMessages {
    /// All messages, one a line.
    pub fn text(&self) -> String {
        lock(&self.lines).join("\n")
    }

    /// Waits until so many bytes of the model are there.
    pub fn wait_until(&self, bytes: usize) {
        let wait = self.moved.wait_timeout_while(lock(&self.done), PATIENCE, |done| *done < bytes as u64);
        drop(wait.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Pause for Waits {
    fn wait(&self, time: Duration, _: &AtomicBool) {
        lock(&self.0).push(time);
    }
}

impl Waits {
    /// All waits, in order.
    pub fn all(&self) -> Vec<Duration> {
        lock(&self.0).clone()
    }
}

/// A file of which the catalogue knows the name alone.
pub fn file(path: &str) -> File {
    File { path: path.into(), to: None, bytes: None, sha256: None }
}

impl Rig {
    /// A hub with one Whisper model, and an empty models folder.
    ///
    /// # Errors
    /// When this machine has no loopback, or no folder for temporary files.
    pub fn new() -> io::Result<Self> {
        let hub = FakeHub::start()?;
        hub.put(MODEL, &content(1, LENGTH));
        hub.put(&format!("{REPO}/config.json"), CONFIG);
        let mut options = Options::from_env(|_| None);
        options.endpoint = hub.endpoint();
        options.stall = Duration::from_millis(300);
        let entry = Entry {
            name: NAME.into(),
            kind: ModelKind::Asr,
            engine: Engine::Whisper,
            languages: vec!["en".into()],
            parameters_m: None,
            estimated_mb: Some(1),
            memory_mb: 1,
            licence: "MIT".into(),
            note: "hears little".into(),
            unverified: None,
            measuring: false,
            sources: vec![ModelSource::Hub { hub: REPO.into(), revision: "main".into() }],
            files: vec![file("model.bin"), file("config.json")],
        };
        Ok(Self {
            hub,
            folder: tempfile::tempdir()?,
            entry,
            options,
            stop: AtomicBool::new(false),
            told: RecordedMessages::default(),
            waits: Waits::default(),
            free,
            key: MODEL.into(),
            whole: LENGTH + CONFIG.len(),
        })
    }

    /// Fetches the model.
    ///
    /// # Errors
    /// As [`Fetcher::fetch`].
    pub fn fetch(&self) -> Result<FetchOutcome, ModelError> {
        let mut fetcher = Fetcher::new(self.options.clone(), self.models(), &self.stop, &self.told);
        fetcher.pause = &self.waits;
        fetcher.free = self.free;
        fetcher.fetch(&self.entry)
    }

    /// Fetches the model and presses Ctrl-C when [`PART`] of it is there.
    ///
    /// # Errors
    /// As [`Fetcher::fetch`]; [`ModelError::Stopped`] if Ctrl-C is heard.
    pub fn fetch_and_interrupt(&self) -> Result<FetchOutcome, ModelError> {
        let result = std::thread::scope(|scope| {
            let fetch = scope.spawn(|| self.fetch());
            self.told.wait_until(PART);
            self.stop.store(true, Ordering::Relaxed);
            fetch.join().unwrap_or(Err(ModelError::Stopped))
        });
        self.stop.store(false, Ordering::Relaxed);
        result
    }

    /// The models folder.
    pub fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    /// Where the model appears.
    pub fn place(&self) -> PathBuf {
        self.models().join("whisper").join(NAME)
    }

    /// Where its large file is before it is whole, or the first archive with a piece of it.
    pub fn partial(&self) -> PathBuf {
        let stage = self.models().join(PARTIAL).join(NAME);
        match self.key.strip_prefix("index/") {
            Some(archive) => stage.join("archives/files").join(archive),
            None => stage.join("files/model.bin"),
        }
    }

    /// Bytes of that file that are there before it is whole.
    pub fn partial_bytes(&self) -> u64 {
        self.partial().metadata().map_or(0, |data| data.len())
    }
}
