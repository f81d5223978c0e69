//! The enrolled voices: a file that only its owner can read.

use std::fs::DirBuilder;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::print::VoicePrint;

/// The version of the file's form.
const VERSION: u32 = 1;
/// Most bytes that are read: a thousand voices.
const BYTES: u64 = 8 << 20;

/// One enrolled voice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnrolledVoice {
    /// The person's name.
    pub name: String,
    /// The encoder that made the print.
    pub encoder: String,
    /// Seconds of voice from which it was made.
    pub seconds: f32,
    /// The print.
    pub print: VoicePrint,
}

/// All enrolled voices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoiceRoll {
    version: u32,
    /// The voices by name, each once.
    pub voices: Vec<EnrolledVoice>,
}

impl Default for VoiceRoll {
    fn default() -> Self {
        Self { version: VERSION, voices: Vec::new() }
    }
}

/// The reason why the voices cannot be read or written. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum RollError {
    /// The file or its folder cannot be used.
    #[error("{path} cannot be used: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's message.
        reason: String,
    },
    /// The file is damaged, or a newer golem wrote it.
    #[error("{path} does not hold voices that this golem knows ({reason}): move it away and type golem enroll again")]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
}

impl VoiceRoll {
    /// The voices in the file at `path`; none if there is no file.
    ///
    /// # Errors
    /// When the file cannot be read or holds something else.
    pub fn open(path: &Path) -> Result<Self, RollError> {
        let length = match std::fs::metadata(path) {
            Ok(data) => data.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(path, &error)),
        };
        let unknown = |reason: String| RollError::Unknown { path: path.into(), reason };
        if length > BYTES {
            return Err(unknown(format!("it has {length} bytes")));
        }
        let text = std::fs::read(path).map_err(|error| failed(path, &error))?;
        let roll: Self = serde_json::from_slice(&text).map_err(|error| unknown(error.to_string()))?;
        if roll.version != VERSION {
            return Err(unknown(format!("it is of version {}", roll.version)));
        }
        Ok(roll)
    }

    /// Writes the voices to the file at `path`, which only its owner can read; a failure leaves the file as it was.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), RollError> {
        let write = || -> std::io::Result<()> {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec(self)?)?;
            file.as_file().sync_all()?;
            file.persist(path).map(drop).map_err(|error| error.error)
        };
        write().map_err(|error| failed(path, &error))
    }

    /// Enrols a voice. It replaces the one of the same name.
    pub fn enroll(&mut self, voice: EnrolledVoice) {
        self.forget(&voice.name);
        self.voices.push(voice);
        self.voices.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Removes the voice of this name; returns `false` if there is none.
    pub fn forget(&mut self, name: &str) -> bool {
        let before = self.voices.len();
        self.voices.retain(|voice| voice.name != name);
        self.voices.len() < before
    }
}

fn failed(path: &Path, error: &std::io::Error) -> RollError {
    RollError::File { path: path.into(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn voice(name: &str, numbers: [f32; 2]) -> EnrolledVoice {
        let print = VoicePrint::new(numbers.to_vec()).unwrap();
        EnrolledVoice { name: name.into(), encoder: "test".into(), seconds: 60.0, print }
    }

    #[test]
    fn voices_are_kept_for_their_owner_alone_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("golem/voices.json");
        let mut roll = VoiceRoll::open(&path).unwrap();
        assert!(roll.voices.is_empty());
        roll.enroll(voice("zoe", [1.0, 0.0]));
        roll.enroll(voice("ann", [0.0, 1.0]));
        roll.enroll(voice("zoe", [0.6, 0.8]));
        roll.save(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let mut kept = VoiceRoll::open(&path).unwrap();
        assert_eq!(kept, roll);
        assert_eq!(kept.voices.iter().map(|voice| &*voice.name).collect::<Vec<_>>(), ["ann", "zoe"]);
        assert!(kept.forget("ann") && !kept.forget("ann"));
        kept.save(&path).unwrap();
        assert_eq!(VoiceRoll::open(&path).unwrap().voices.len(), 1);
    }

    #[test]
    fn damaged_and_newer_files_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("voices.json");
        for text in ["", "{", "{\"version\":1}", "{\"version\":9,\"voices\":[]}"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(VoiceRoll::open(&path), Err(RollError::Unknown { .. })), "{text}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert!(matches!(VoiceRoll::default().save(Path::new("/proc/none/voices.json")), Err(RollError::File { .. })));
    }
}
