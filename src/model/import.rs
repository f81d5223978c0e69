//! Takes models that are on this machine already into a models folder.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::catalogue::Kind;
use super::convert::{self, Precision, is_checkpoint};
use super::copy::copy;
use super::digest::{Expected, sha256};
use super::error::{At, ModelError};
use super::fetch::Progress;
use super::record::{Kept, Record};
use super::stage::{Stage, make, tree};
use super::{is_nli, is_piper, is_whisper};

/// First bytes of every GGUF file.
const MAGIC: &[u8] = b"GGUF";

/// What a path turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A language model, a file.
    Gguf(PathBuf),
    /// A voice, an ONNX file with its settings beside it.
    Piper(PathBuf),
    /// A Whisper model of CTranslate2, a folder.
    Whisper(PathBuf),
    /// A classifier of sequences, a folder.
    Nli(PathBuf),
    /// A Whisper checkpoint of Hugging Face's transformers, a folder; it has to be converted.
    Checkpoint(PathBuf),
}

/// How models are imported.
pub struct Import<'a> {
    /// The models folder.
    pub models: &'a Path,
    /// The name that the model is given.
    pub name: &'a str,
    /// What the weights of a checkpoint become.
    pub precision: Precision,
    /// Links to the files instead of copies of them.
    pub link: bool,
    /// Ends the import within a moment when it is set.
    pub stop: &'a AtomicBool,
    /// Is told how far it is.
    pub progress: &'a dyn Progress,
    /// Bytes that may be written to the disk with a folder.
    pub free: fn(&Path) -> std::io::Result<u64>,
}

/// Tells what model is at `path`, or in a folder with one model in it.
///
/// # Errors
/// When there is none that golem knows, or several.
pub fn detect(path: &Path) -> Result<Found, ModelError> {
    if let Some(found) = direct(path) {
        return Ok(found);
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut inside = entries.filter_map(|entry| direct(&entry.path()).filter(|_| entry.path().is_file()));
    match (inside.next(), inside.next()) {
        (Some(found), None) => Ok(found),
        _ if !path.exists() => Err(ModelError::io(path, std::io::ErrorKind::NotFound.into())),
        _ => Err(ModelError::UnknownKind { path: path.into() }),
    }
}

fn direct(path: &Path) -> Option<Found> {
    if is_magic(path) {
        Some(Found::Gguf(path.into()))
    } else if is_piper(path) {
        Some(Found::Piper(path.into()))
    } else if is_checkpoint(path) {
        Some(Found::Checkpoint(path.into()))
    } else if is_whisper(path) {
        Some(Found::Whisper(path.into()))
    } else if is_nli(path) {
        Some(Found::Nli(path.into()))
    } else {
        None
    }
}

impl Found {
    /// What it is for, and the folder of its kind.
    pub fn kind(&self) -> (Kind, &'static str) {
        match self {
            Self::Gguf(_) => (Kind::Llm, "llm"),
            Self::Piper(_) => (Kind::Tts, "piper"),
            Self::Whisper(_) | Self::Checkpoint(_) => (Kind::Asr, "whisper"),
            Self::Nli(_) => (Kind::Nli, "nli"),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Gguf(path) | Self::Piper(path) | Self::Whisper(path) | Self::Nli(path) | Self::Checkpoint(path) => {
                path
            }
        }
    }

    /// A name for it: that of its file or folder, in the letters that names have.
    pub fn name(&self) -> String {
        let path = fs::canonicalize(self.path()).unwrap_or_else(|_| self.path().into());
        let end = if path.is_dir() { path.file_name() } else { path.file_stem() };
        let name = end.unwrap_or_default().to_string_lossy().to_lowercase();
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        name.chars().map(|letter| if plain(letter) { letter } else { '-' }).collect()
    }

    /// Its files with their places in the model's folder.
    fn files(&self) -> Result<Vec<(PathBuf, String)>, ModelError> {
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match self {
            Self::Gguf(path) if path.extension().is_some_and(|ext| ext == "gguf") => {
                Ok(vec![(path.clone(), name(path))])
            }
            Self::Gguf(path) => Ok(vec![(path.clone(), format!("{}.gguf", name(path)))]),
            Self::Piper(path) => {
                let settings = path.with_extension("onnx.json");
                Ok(vec![(path.clone(), name(path)), (settings.clone(), name(&settings))])
            }
            Self::Whisper(path) | Self::Nli(path) | Self::Checkpoint(path) => {
                let shown = |file: &String| !file.split('/').any(|part| part.starts_with('.'));
                Ok(tree(path)?.into_iter().filter(shown).map(|file| (path.join(&file), file)).collect())
            }
        }
    }
}

impl Import<'_> {
    /// Copies, or links, the files of `found` into a model of their own.
    ///
    /// # Errors
    /// When the name is taken, there is too little space, or a file cannot be copied; nothing is then there.
    pub fn take(&self, found: &Found) -> Result<PathBuf, ModelError> {
        if let Found::Checkpoint(path) = found {
            return self.convert(found, path);
        }
        let files = found.files()?;
        let length = |path: &Path| path.metadata().map(|data| data.len()).at(path);
        let mut total = 0;
        for (path, _) in &files {
            total += length(path)?;
        }
        if !self.link {
            self.check_space(total)?;
        }
        self.build(found, |into| {
            let mut done = 0;
            for (from, place) in &files {
                let to = into.join(place);
                if self.link {
                    link(from, &to)?;
                    continue;
                }
                copy(from, &to, &Expected::Anything, self.stop, |count| {
                    done += count;
                    self.progress.at(place, done, total);
                })?;
            }
            Ok(())
        })
    }

    /// Makes a model of CTranslate2 of a checkpoint.
    fn convert(&self, found: &Found, path: &Path) -> Result<PathBuf, ModelError> {
        self.check_space(convert::bytes(path, self.precision)?)?;
        self.build(found, |into| {
            let told = &mut |done, total| self.progress.at("model.bin", done, total);
            Ok(convert::whisper(path, into, self.precision, told)?)
        })
    }

    fn check_space(&self, needed: u64) -> Result<(), ModelError> {
        let free = (self.free)(self.models).at(self.models)?;
        if needed > free {
            return Err(ModelError::Space { needed, free, folder: self.models.into() });
        }
        Ok(())
    }

    /// Makes a model of the kind of `found` from what `write` puts into the folder that it is given, which is not there
    /// yet. The model appears under its name when it is complete.
    fn build(&self, found: &Found, write: impl FnOnce(&Path) -> Result<(), ModelError>) -> Result<PathBuf, ModelError> {
        let source = fs::canonicalize(found.path()).at(found.path())?.display().to_string();
        let (kind, folder) = found.kind();
        let folder = Path::new(folder).join(self.name);
        let place = self.models.join(&folder);
        if place.symlink_metadata().is_ok() {
            return Err(ModelError::Exists { name: self.name.into(), path: place });
        }
        // Not where a fetch of the same name may lie half done.
        let stage = Stage::open(self.models, &format!("{}.import-{}", self.name, std::process::id()))?;
        let made = fs::remove_dir(stage.files()).at(&stage.files());
        let result = made.and_then(|()| write(&stage.files())).and_then(|()| {
            let files = self.hash(&stage.files())?;
            let record = Record { name: self.name.into(), kind, source, revision: None, files };
            stage.commit(&folder, &record)
        });
        if result.is_err() {
            stage.discard()?;
        }
        result
    }

    fn hash(&self, folder: &Path) -> Result<Vec<Kept>, ModelError> {
        let mut kept = Vec::new();
        for path in tree(folder)? {
            let full = folder.join(&path);
            let bytes = full.metadata().at(&full)?.len();
            kept.push(Kept { path, bytes, sha256: sha256(&full, self.stop, |_| ())? });
        }
        Ok(kept)
    }
}

fn link(from: &Path, to: &Path) -> Result<(), ModelError> {
    if let Some(folder) = to.parent() {
        make(folder)?;
    }
    let from = fs::canonicalize(from).at(from)?;
    std::os::unix::fs::symlink(&from, to).at(to)
}

fn is_magic(path: &Path) -> bool {
    let mut first = [0; MAGIC.len()];
    let read = |mut file: File| file.read_exact(&mut first);
    path.is_file() && File::open(path).and_then(read).is_ok() && first == MAGIC
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn import<'a>(models: &'a Path, name: &'a str, link: bool, stop: &'a AtomicBool) -> Import<'a> {
        fs::create_dir_all(models).unwrap();
        Import { models, name, precision: Precision::Int8, link, stop, progress: &(), free: super::super::fetch::free }
    }

    #[test]
    fn kinds_are_told_by_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let gguf = write(folder.path(), "a/Chat 1B.Q4.gguf", "GGUF and more");
        assert_eq!(detect(&gguf).unwrap(), Found::Gguf(gguf.clone()));
        assert_eq!(detect(gguf.parent().unwrap()).unwrap().name(), "chat-1b.q4");
        let fake = write(folder.path(), "b/fake.gguf", "text");
        assert!(matches!(detect(&fake), Err(ModelError::UnknownKind { .. })));
        let voice = write(folder.path(), "c/v.onnx", "");
        write(folder.path(), "c/v.onnx.json", "{}");
        assert_eq!(detect(&folder.path().join("c")).unwrap(), Found::Piper(voice));
        write(folder.path(), "d/config.json", "{\"model_type\": \"whisper\"}");
        write(folder.path(), "d/model.safetensors", "");
        assert!(matches!(detect(&folder.path().join("d")).unwrap(), Found::Checkpoint(_)));
        assert!(detect(&folder.path().join("none")).unwrap_err().to_string().contains("none"));
    }

    #[test]
    fn a_model_is_copied_or_linked_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let (models, stop) = (folder.path().join("models"), AtomicBool::new(false));
        write(folder.path(), "mine/model.bin", "weights");
        write(folder.path(), "mine/config.json", "{}");
        let found = detect(&folder.path().join("mine")).unwrap();
        let copied = import(&models, "one", false, &stop).take(&found).unwrap();
        assert!(is_whisper(&copied) && !copied.join("model.bin").is_symlink());
        let record = Record::read(&copied).unwrap().unwrap();
        assert_eq!((record.kind, record.bytes()), (Kind::Asr, 9));
        let linked = import(&models, "two", true, &stop).take(&found).unwrap();
        assert!(is_whisper(&linked) && linked.join("model.bin").is_symlink());
        let again = import(&models, "one", false, &stop).take(&found).unwrap_err();
        assert!(again.to_string().contains("--name"), "{again}");
        let full = Import { free: |_| Ok(8), ..import(&models, "three", false, &stop) };
        assert!(matches!(full.take(&found), Err(ModelError::Space { needed: 9, .. })));
        assert_eq!(fs::read_dir(models.join(".partial")).unwrap().count(), 0);
    }
}
