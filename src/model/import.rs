//! The import of models that are on this machine already into a models folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::convert::{self, Precision};
use super::copy::copy;
use super::digest::{Expected, sha256};
use super::error::{ModelError, OfPath};
use super::found::FoundModel;
use super::progress::Progress;
use super::record::{FileRecord, ModelRecord};
use super::stage::{Stage, make, tree};

/// How models are imported.
pub struct Import<'a> {
    /// The models folder.
    pub models: &'a Path,
    /// The name that the model is given.
    pub name: &'a str,
    /// The precision of a converted checkpoint.
    pub precision: Precision,
    /// Whether to link to the files instead of copying them.
    pub link: bool,
    /// Ends the import within a moment when it is set.
    pub stop: &'a AtomicBool,
    /// Receives the progress.
    pub progress: &'a dyn Progress,
    /// Bytes that may be written to the disk with a folder.
    pub free: fn(&Path) -> std::io::Result<u64>,
}

impl Import<'_> {
    /// Copies, or links, the files of `found` into a model of their own.
    ///
    /// # Errors
    /// When the name is taken, there is too little space, or a file cannot be copied; then nothing is installed.
    pub fn take(&self, found: &FoundModel) -> Result<PathBuf, ModelError> {
        if let FoundModel::Checkpoint(path) = found {
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

    /// Converts a checkpoint into a model of CTranslate2.
    fn convert(&self, found: &FoundModel, path: &Path) -> Result<PathBuf, ModelError> {
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

    /// Makes a model of the kind of `found` from the folder that `write` makes at the path it is given. The model
    /// appears under its name when it is complete.
    fn build(
        &self,
        found: &FoundModel,
        write: impl FnOnce(&Path) -> Result<(), ModelError>,
    ) -> Result<PathBuf, ModelError> {
        let source = fs::canonicalize(found.path()).at(found.path())?.display().to_string();
        let (kind, folder) = found.kind();
        let folder = Path::new(folder).join(self.name);
        let place = self.models.join(&folder);
        if place.symlink_metadata().is_ok() {
            return Err(ModelError::Exists { name: self.name.into(), path: place });
        }
        // Use another stage than a fetch of the same name, which may lie there half done.
        let stage = Stage::open(self.models, &format!("{}.import-{}", self.name, std::process::id()))?;
        let made = fs::remove_dir(stage.files()).at(&stage.files());
        let result = made.and_then(|()| write(&stage.files())).and_then(|()| {
            let files = self.hash(&stage.files())?;
            let record = ModelRecord { name: self.name.into(), kind, source, revision: None, files };
            stage.commit(&folder, &record)
        });
        if result.is_err() {
            stage.discard()?;
        }
        result
    }

    fn hash(&self, folder: &Path) -> Result<Vec<FileRecord>, ModelError> {
        let mut kept = Vec::new();
        for path in tree(folder)? {
            let full = folder.join(&path);
            let bytes = full.metadata().at(&full)?.len();
            kept.push(FileRecord { path, bytes, sha256: sha256(&full, self.stop, |_| ())? });
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

#[cfg(test)]
mod tests {
    use super::super::catalogue::ModelKind;
    use super::super::found::detect;
    use super::super::is_whisper;
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
    fn a_model_is_copied_or_linked_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let (models, stop) = (folder.path().join("models"), AtomicBool::new(false));
        write(folder.path(), "mine/model.bin", "weights");
        write(folder.path(), "mine/config.json", "{}");
        let found = detect(&folder.path().join("mine")).unwrap();
        let copied = import(&models, "one", false, &stop).take(&found).unwrap();
        assert!(is_whisper(&copied) && !copied.join("model.bin").is_symlink());
        let record = ModelRecord::read(&copied).unwrap().unwrap();
        assert_eq!((record.kind, record.bytes()), (ModelKind::Asr, 9));
        let linked = import(&models, "two", true, &stop).take(&found).unwrap();
        assert!(is_whisper(&linked) && linked.join("model.bin").is_symlink());
        let again = import(&models, "one", false, &stop).take(&found).unwrap_err();
        assert!(again.to_string().contains("--name"), "{again}");
        let full = Import { free: |_| Ok(8), ..import(&models, "three", false, &stop) };
        assert!(matches!(full.take(&found), Err(ModelError::Space { needed: 9, .. })));
        assert_eq!(fs::read_dir(models.join(".partial")).unwrap().count(), 0);
    }
}
