//! The files of a recorded session.

use std::fs::{self, DirBuilder, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::device::DeviceError;
use crate::dialog::tape::TapeEntry;
use crate::engine::EngineError;

/// The form of the folder; an incompatible form has another number.
const FORM: u32 = 1;

/// Errors of a recorded session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The folder holds something already.
    #[error("{0} is not empty; name a new folder to record into")]
    NotEmpty(PathBuf),
    /// There is no recording.
    #[error("{path} is no recorded session ({reason}); golem --record FOLDER makes one")]
    NoSession {
        /// The folder.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// A newer or older golem recorded it.
    #[error("{path} was recorded in form {found}, this golem reads form {FORM}; replay it with golem {golem}")]
    OtherForm {
        /// The folder.
        path: PathBuf,
        /// Its form.
        found: u32,
        /// The version that recorded it.
        golem: String,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The sound cannot be read.
    #[error(transparent)]
    Sound(#[from] DeviceError),
    /// The voice detector fails.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A line of the tape is damaged.
    #[error("{path}, line {line}: {reason}")]
    Line {
        /// The tape.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// The reason.
        reason: String,
    },
}

/// The description of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Form of the folder.
    pub form: u32,
    /// Version of the golem that recorded it.
    pub golem: String,
    /// Whether the recogniser gained from decoding ahead of time when golem began.
    pub speculates: bool,
    /// Copies of the commands files, in order; empty where golem took no commands.
    pub commands: Vec<PathBuf>,
}

/// The folder of a recorded session.
#[derive(Clone, Debug)]
pub struct SessionFolder(PathBuf);

impl SessionFolder {
    /// Makes a folder that only its owner can read, or takes an empty one.
    ///
    /// # Errors
    /// When it is not empty or cannot be made.
    pub fn create(path: &Path) -> Result<Self, SessionError> {
        let fails = |source| SessionError::File { path: path.into(), source };
        if path.exists() && fs::read_dir(path).map_err(fails)?.next().is_some() {
            return Err(SessionError::NotEmpty(path.into()));
        }
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fails)?;
        Ok(Self(path.into()))
    }

    /// The folder of a session that was recorded.
    pub fn open(path: &Path) -> Self {
        Self(path.into())
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The sound of the microphone as the dialogue heard it: 16 kHz, mono, 32-bit floats.
    pub fn microphone(&self) -> PathBuf {
        self.0.join("microphone.wav")
    }

    /// Both inputs of the echo canceller, if there was one: the microphone and what was played, 16 kHz, 32-bit floats.
    pub fn echo(&self) -> PathBuf {
        self.0.join("echo.wav")
    }

    /// The tape of the dialogue: one entry of JSON a line.
    pub fn tape(&self) -> PathBuf {
        self.0.join("tape.jsonl")
    }

    fn settings(&self) -> PathBuf {
        self.0.join("settings.toml")
    }

    fn about_file(&self) -> PathBuf {
        self.0.join("session.json")
    }

    /// Writes the settings, and copies of the commands files.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn describe(&self, config: &Config, speculates: bool, commands: &[PathBuf]) -> Result<(), SessionError> {
        let fails = |path: &Path| {
            let path = path.to_path_buf();
            move |source| SessionError::File { path, source }
        };
        let mut copies = Vec::new();
        for (number, path) in commands.iter().enumerate() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let copy = PathBuf::from(format!("commands-{number}-{name}"));
            self.copy(path, &copy).map_err(fails(path))?;
            copies.push(copy);
        }
        let settings = toml::to_string_pretty(config).map_err(std::io::Error::other);
        settings.and_then(|text| fs::write(self.settings(), text)).map_err(fails(&self.settings()))?;
        let about = About { form: FORM, golem: env!("CARGO_PKG_VERSION").into(), speculates, commands: copies };
        let about = serde_json::to_string_pretty(&about).map_err(std::io::Error::other);
        about.and_then(|text| fs::write(self.about_file(), text + "\n")).map_err(fails(&self.about_file()))
    }

    /// Copies a commands file, or a folder of such files.
    fn copy(&self, from: &Path, name: &Path) -> std::io::Result<()> {
        let to = self.0.join(name);
        if !from.is_dir() {
            return fs::copy(from, to).map(drop);
        }
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            self.copy(&entry.path(), &name.join(entry.file_name()))?;
        }
        Ok(())
    }

    /// The description of the recording, and its settings.
    ///
    /// # Errors
    /// When there is no recording, or one in another form.
    pub fn read(&self) -> Result<(About, Config), SessionError> {
        let missing = |reason: String| SessionError::NoSession { path: self.0.clone(), reason };
        let read =
            |path: PathBuf| fs::read_to_string(&path).map_err(|error| missing(format!("{}: {error}", path.display())));
        let about: About =
            serde_json::from_str(&read(self.about_file())?).map_err(|error| missing(error.to_string()))?;
        if about.form != FORM {
            return Err(SessionError::OtherForm { path: self.0.clone(), found: about.form, golem: about.golem });
        }
        let mut config: Config =
            toml::from_str(&read(self.settings())?).map_err(|error| missing(error.message().to_string()))?;
        config.intents.paths = about.commands.iter().map(|name| self.0.join(name)).collect();
        Ok((about, config))
    }

    /// The entries of the tape, in order. An incomplete last line ends it.
    ///
    /// # Errors
    /// When the tape cannot be opened.
    pub fn entries(&self) -> Result<impl Iterator<Item = Result<TapeEntry, SessionError>> + use<>, SessionError> {
        let path = self.tape();
        let file = File::open(&path).map_err(|source| SessionError::File { path: path.clone(), source })?;
        let mut lines = BufReader::new(file).lines().enumerate().peekable();
        Ok(std::iter::from_fn(move || {
            let (number, line) = lines.next()?;
            let damaged =
                |reason: String| Some(Err(SessionError::Line { path: path.clone(), line: number + 1, reason }));
            match line.map(|line| serde_json::from_str(&line)) {
                Ok(Ok(entry)) => Some(Ok(entry)),
                Ok(Err(error)) if error.is_eof() && lines.peek().is_none() => None,
                Ok(Err(error)) => damaged(error.to_string()),
                Err(error) => damaged(error.to_string()),
            }
        }))
    }
}
