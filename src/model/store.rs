//! The store of installed models: found under all models folders, with or without a record, and removed again.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::catalogue::{Catalogue, Entry, ModelKind};
use super::error::{ModelError, OfPath};
use super::record::{ModelRecord, RECORD};
use super::stage::{PARTIAL, make, weight};
use super::{DEPTH, Places, is_gguf, is_nli, is_piper, is_starter, is_turn, is_whisper, models_under};

/// A test whether a path is a model of some kind.
type IsModel = fn(&Path) -> bool;

/// How models without a record are recognised.
const SIGNS: [(ModelKind, IsModel); 7] = [
    (ModelKind::Asr, is_whisper),
    (ModelKind::Asr, is_sphinx),
    (ModelKind::Llm, is_gguf),
    (ModelKind::Tts, is_piper),
    (ModelKind::Nli, is_nli),
    (ModelKind::Vad, is_silero),
    (ModelKind::Turn, is_turn),
];

/// A model that is on this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Installed {
    /// Its name in the catalogue, or that of its file or folder.
    pub name: String,
    /// What it is for.
    pub kind: ModelKind,
    /// Its folder, or its file where it has no folder of its own.
    pub path: PathBuf,
    /// The models folder that it is in.
    pub root: PathBuf,
    /// Bytes on disk.
    pub bytes: u64,
    /// Golem's record, if golem put it there.
    pub record: Option<ModelRecord>,
}

/// All models on this machine, those of the first models folder first.
pub fn installed(places: &Places, catalogue: &Catalogue) -> Vec<Installed> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for root in places.roots() {
        // The checkout's folder and the working folder's are often the same.
        if seen.insert(fs::canonicalize(root).unwrap_or_else(|_| root.clone())) {
            recorded(root, &mut found);
            unrecorded(root, catalogue, &mut found);
        }
    }
    found
}

/// Where `entry` is installed: in the first models folder that holds all its files.
pub fn find(places: &Places, entry: &Entry) -> Option<PathBuf> {
    let whole = |folder: &PathBuf| {
        let there = |file: &super::catalogue::File| {
            let data = folder.join(file.place()).metadata();
            data.is_ok_and(|data| data.is_dir() || file.bytes.is_none_or(|bytes| bytes == data.len()))
        };
        !entry.files.is_empty() && entry.files.iter().all(there)
    };
    places.roots().iter().map(|root| root.join(entry.folder())).find(whole)
}

/// The first models folder that can be written to; made if need be.
///
/// # Errors
/// When there is none.
pub fn writable(places: &Places) -> Result<PathBuf, ModelError> {
    let may = |root: &&PathBuf| make(root).is_ok() && access(root.as_path(), Access::WRITE_OK).is_ok();
    places.roots().iter().find(may).cloned().ok_or_else(|| {
        let tried = places.roots().iter().map(|root| root.display().to_string()).collect::<Vec<_>>().join(", ");
        ModelError::ReadOnly { tried }
    })
}

/// Removes a model; returns the bytes freed.
///
/// # Errors
/// When it belongs to the starter pack, golem did not put it there and `force` is not set, or it cannot be removed.
pub fn remove(model: &Installed, force: bool) -> Result<u64, ModelError> {
    let keep = |why| Err(ModelError::Keep { path: model.path.clone(), why });
    if is_starter(&model.path) {
        return keep("belongs to the starter pack, without which golem cannot talk: it stays");
    }
    if model.record.is_none() && !force {
        return keep("was not put there by golem: remove it yourself, or add --force");
    }
    // Hide the model in one rename, so that no half of it is ever found.
    let gone = model.root.join(PARTIAL).join(format!("{}.removed", model.name));
    make(&model.root.join(PARTIAL))?;
    let _ = fs::remove_dir_all(&gone);
    if model.path.is_dir() && !model.path.is_symlink() {
        fs::rename(&model.path, &gone).at(&model.path)?;
        fs::remove_dir_all(&gone).at(&gone)?;
    } else {
        fs::remove_file(&model.path).at(&model.path)?;
        // Remove a voice's settings with it, because they mean nothing alone.
        let settings = model.path.with_extension("onnx.json");
        if model.kind == ModelKind::Tts && settings.is_file() {
            fs::remove_file(&settings).at(&settings)?;
        }
    }
    Ok(model.bytes)
}

/// Removes what an unfinished fetch of `name` left; returns the bytes freed.
///
/// # Errors
/// When it cannot be removed.
pub fn discard(places: &Places, name: &str) -> Result<Option<u64>, ModelError> {
    for root in places.roots() {
        let folder = root.join(PARTIAL).join(name);
        if super::record::is_inside(name) && folder.is_dir() {
            let bytes = weight(&folder);
            fs::remove_dir_all(&folder).at(&folder)?;
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

fn recorded(root: &Path, found: &mut Vec<Installed>) {
    let is_recorded: IsModel = |path| path.join(RECORD).is_file();
    for path in models_under(root, DEPTH, is_recorded) {
        // Treat a model with a damaged record as one without a record.
        if let Ok(Some(record)) = ModelRecord::read(&path) {
            let (name, kind) = (record.name.clone(), record.kind);
            found.push(Installed { name, kind, bytes: weight(&path), path, root: root.into(), record: Some(record) });
        }
    }
}

fn unrecorded(root: &Path, catalogue: &Catalogue, found: &mut Vec<Installed>) {
    for (kind, is_model) in SIGNS {
        for path in models_under(root, DEPTH, is_model) {
            if found.iter().any(|known| path.starts_with(&known.path)) {
                continue;
            }
            let inside = path.strip_prefix(root).unwrap_or(&path);
            let entry = catalogue.entries().iter().find(|entry| inside.starts_with(entry.folder()));
            let end = if path.is_dir() { path.file_name() } else { path.file_stem() };
            let own = || end.unwrap_or_default().to_string_lossy().into_owned();
            let name = entry.map_or_else(own, |entry| entry.name.clone());
            found.push(Installed { name, kind, bytes: weight(&path), path, root: root.into(), record: None });
        }
    }
}

fn is_sphinx(path: &Path) -> bool {
    path.join("en-us/mdef").is_file()
}

fn is_silero(path: &Path) -> bool {
    path.join("silero_vad.onnx").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> (tempfile::TempDir, Places) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("models").display().to_string();
        let places = Places::from_env(|name| (name == "GOLEM_MODELS").then(|| root.clone()));
        (folder, Places { roots: vec![places.roots[0].clone()], ..places })
    }

    fn file(places: &Places, name: &str, text: &str) -> PathBuf {
        let path = places.roots()[0].join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn models_are_found_with_and_without_a_record() {
        let (_folder, places) = world();
        file(&places, "llm/own.gguf", "12345");
        file(&places, "starter/brain.gguf", "1");
        file(&places, "silero/silero_vad.onnx", "12");
        let path = file(&places, "whisper/mine/model.bin", "123");
        file(&places, "whisper/mine/config.json", "{}");
        file(&places, ".partial/whisper-base/files/model.bin", "1");
        file(&places, ".partial/whisper-base/files/config.json", "1");
        let record = ModelRecord {
            name: "mine".into(),
            kind: ModelKind::Asr,
            source: "here".into(),
            revision: None,
            files: vec![],
        };
        record.write(path.parent().unwrap()).unwrap();
        let mut found = installed(&places, &Catalogue::built_in());
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let shown: Vec<_> = found.iter().map(|m| (m.name.as_str(), m.bytes, m.record.is_some())).collect();
        assert_eq!(shown, [("brain", 1, false), ("mine", 5, true), ("own", 5, false), ("silero-vad", 2, false)]);
    }

    #[test]
    fn only_what_golem_installed_is_removed_unasked() {
        let (_folder, places) = world();
        let own = file(&places, "llm/own.gguf", "12345");
        let brain = file(&places, "starter/brain.gguf", "1");
        let voice = file(&places, "piper/v.onnx", "1");
        let settings = file(&places, "piper/v.onnx.json", "1");
        let found = installed(&places, &Catalogue::default());
        let named = |name: &str| found.iter().find(|model| model.name == name).unwrap();
        assert!(remove(named("brain"), true).unwrap_err().to_string().contains("starter pack"));
        assert!(remove(named("own"), false).unwrap_err().to_string().contains("--force"));
        assert!(own.exists() && brain.exists());
        assert_eq!(remove(named("own"), true).unwrap(), 5);
        remove(named("v"), true).unwrap();
        assert!(!own.exists() && !voice.exists() && !settings.exists());
        file(&places, ".partial/x/files/model.bin", "123");
        assert_eq!(discard(&places, "x").unwrap(), Some(3));
        assert_eq!(discard(&places, "x").unwrap(), None);
        assert_eq!(discard(&places, "..").unwrap(), None);
    }
}
