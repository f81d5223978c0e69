//! A local hub with one model on it, a fetcher whose waits take no time, and what both saw.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use golem::bench::hub::{COMMIT, Hub, content};
use golem::model::catalogue::{Engine, Entry, File, Kind, Source};
use golem::model::error::ModelError;
use golem::model::fetch::{Fetcher, Options, Outcome, Pause, Progress};
use golem::model::stage::PARTIAL;

/// The model's repository.
pub const REPO: &str = "someone/small-ears";
/// Its large file.
pub const MODEL: &str = "someone/small-ears/model.bin";
/// Bytes of its large file.
pub const LENGTH: usize = 300_000;
/// Its small file.
pub const CONFIG: &[u8] = b"{\"small\": true}";

/// A hub, a models folder, and all that was told and waited for.
pub struct World {
    pub hub: Hub,
    pub folder: tempfile::TempDir,
    pub entry: Entry,
    pub options: Options,
    pub stop: AtomicBool,
    pub told: Told,
    pub waits: Waits,
    pub free: fn(&Path) -> std::io::Result<u64>,
}

/// Writes down what a person would be told.
#[derive(Default)]
pub struct Told {
    pub lines: Mutex<Vec<String>>,
    pub done: AtomicU64,
    pub total: AtomicU64,
}

/// Lets no time pass, and writes down how much would have.
#[derive(Default)]
pub struct Waits(pub Mutex<Vec<Duration>>);

impl Progress for Told {
    fn at(&self, _: &str, done: u64, total: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    fn say(&self, line: &str) {
        self.lines.lock().unwrap().push(line.into());
    }
}

impl Pause for Waits {
    fn wait(&self, time: Duration, _: &AtomicBool) {
        self.0.lock().unwrap().push(time);
    }
}

/// A file of which the catalogue knows the name alone.
pub fn file(path: &str) -> File {
    File { path: path.into(), to: None, bytes: None, sha256: None }
}

/// A Whisper model.
pub fn entry(source: &Source, files: &[File]) -> Entry {
    let entry: Entry = serde_json::from_value(serde_json::json!({
        "name": "small-ears", "kind": "asr", "engine": "whisper", "languages": ["en"], "memory_mb": 1,
        "licence": "MIT", "note": "hears little", "source": source, "files": files, "estimated_mb": 1,
    }))
    .unwrap();
    assert_eq!((entry.kind, entry.engine), (Kind::Asr, Engine::Whisper));
    entry
}

impl World {
    /// A hub with one model and an empty models folder.
    pub fn new() -> Self {
        let hub = Hub::start().unwrap();
        hub.put(MODEL, &content(1, LENGTH));
        hub.put(&format!("{REPO}/config.json"), CONFIG);
        let mut options = Options::from_env(|_| None);
        options.endpoint = hub.endpoint();
        options.stall = Duration::from_millis(300);
        Self {
            hub,
            folder: tempfile::tempdir().unwrap(),
            entry: entry(
                &Source::Hub { hub: REPO.into(), revision: "main".into() },
                &[file("model.bin"), file("config.json")],
            ),
            options,
            stop: AtomicBool::new(false),
            told: Told::default(),
            waits: Waits::default(),
            free: golem::model::fetch::free,
        }
    }

    /// Fetches the model.
    pub fn fetch(&self) -> Result<Outcome, ModelError> {
        let mut fetcher = Fetcher::new(self.options.clone(), self.models(), &self.stop, &self.told);
        fetcher.pause = &self.waits;
        fetcher.free = self.free;
        fetcher.fetch(&self.entry)
    }

    /// Fetches the model, which has to succeed, and to be whole.
    pub fn fetch_well(&self) {
        let outcome = self.fetch().unwrap_or_else(|error| panic!("{error}\n{:?}", self.told.lines));
        assert_eq!(outcome, Outcome::Fetched(self.place()));
        assert_eq!(std::fs::read(self.place().join("model.bin")).unwrap(), content(1, LENGTH));
        assert_eq!(std::fs::read(self.place().join("config.json")).unwrap(), CONFIG);
        let record = golem::model::record::Record::read(&self.place()).unwrap().unwrap();
        assert_eq!(record.revision.as_deref(), Some(COMMIT));
        assert_eq!(record.bytes(), (LENGTH + CONFIG.len()) as u64);
        assert!(!self.models().join(PARTIAL).join("small-ears").exists(), "the stage is left");
    }

    /// Fetches the model, which has to fail and to leave nothing under its name.
    pub fn fetch_badly(&self) -> ModelError {
        let error = self.fetch().unwrap_err();
        assert!(!self.place().exists(), "half a model stands under its name");
        error
    }

    /// The models folder.
    pub fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    /// Where the model appears.
    pub fn place(&self) -> PathBuf {
        self.models().join("whisper/small-ears")
    }

    /// Where its large file is before it is whole.
    pub fn partial(&self) -> PathBuf {
        self.models().join(PARTIAL).join("small-ears/files/model.bin")
    }

    /// Bytes of it that are there.
    pub fn partial_bytes(&self) -> u64 {
        self.partial().metadata().map_or(0, |data| data.len())
    }

    /// What a person was told, in one text.
    pub fn text(&self) -> String {
        self.told.lines.lock().unwrap().join("\n")
    }
}
