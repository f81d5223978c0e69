//! The detection of a model's kind from its files.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::catalogue::ModelKind;
use super::convert::is_checkpoint;
use super::error::ModelError;
use super::stage::tree;
use super::{is_nli, is_piper, is_whisper};

/// First bytes of every GGUF file.
const MAGIC: &[u8] = b"GGUF";

/// A model that was found at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundModel {
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

/// Detects the model at `path`, or in a folder with one model in it.
///
/// # Errors
/// When there is none that golem knows, or several.
pub fn detect(path: &Path) -> Result<FoundModel, ModelError> {
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

fn direct(path: &Path) -> Option<FoundModel> {
    if is_magic(path) {
        Some(FoundModel::Gguf(path.into()))
    } else if is_piper(path) {
        Some(FoundModel::Piper(path.into()))
    } else if is_checkpoint(path) {
        Some(FoundModel::Checkpoint(path.into()))
    } else if is_whisper(path) {
        Some(FoundModel::Whisper(path.into()))
    } else if is_nli(path) {
        Some(FoundModel::Nli(path.into()))
    } else {
        None
    }
}

impl FoundModel {
    /// What it is for, and the folder of its kind.
    pub fn kind(&self) -> (ModelKind, &'static str) {
        match self {
            Self::Gguf(_) => (ModelKind::Llm, "llm"),
            Self::Piper(_) => (ModelKind::Tts, "piper"),
            Self::Whisper(_) | Self::Checkpoint(_) => (ModelKind::Asr, "whisper"),
            Self::Nli(_) => (ModelKind::Nli, "nli"),
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

    /// A name for it: that of its file or folder, in the letters that names may have.
    pub fn name(&self) -> String {
        let path = fs::canonicalize(self.path()).unwrap_or_else(|_| self.path().into());
        let end = if path.is_dir() { path.file_name() } else { path.file_stem() };
        let name = end.unwrap_or_default().to_string_lossy().to_lowercase();
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        name.chars().map(|letter| if plain(letter) { letter } else { '-' }).collect()
    }

    /// Its files with their places in the model's folder.
    pub(super) fn files(&self) -> Result<Vec<(PathBuf, String)>, ModelError> {
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

    #[test]
    fn kinds_are_told_by_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let gguf = write(folder.path(), "a/Chat 1B.Q4.gguf", "GGUF and more");
        assert_eq!(detect(&gguf).unwrap(), FoundModel::Gguf(gguf.clone()));
        assert_eq!(detect(gguf.parent().unwrap()).unwrap().name(), "chat-1b.q4");
        let fake = write(folder.path(), "b/fake.gguf", "text");
        assert!(matches!(detect(&fake), Err(ModelError::UnknownKind { .. })));
        let voice = write(folder.path(), "c/v.onnx", "");
        write(folder.path(), "c/v.onnx.json", "{}");
        assert_eq!(detect(&folder.path().join("c")).unwrap(), FoundModel::Piper(voice));
        write(folder.path(), "d/config.json", "{\"model_type\": \"whisper\"}");
        write(folder.path(), "d/model.safetensors", "");
        assert!(matches!(detect(&folder.path().join("d")).unwrap(), FoundModel::Checkpoint(_)));
        assert!(detect(&folder.path().join("none")).unwrap_err().to_string().contains("none"));
    }
}
