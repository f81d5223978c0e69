//! The stage where a model is put together, and the one rename that makes it appear under its name.
//!
//! `MODELS/.partial/NAME/files` becomes `MODELS/FOLDER`; beside it lies what is needed to go on after a break.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::error::{ModelError, OfPath};
use super::record::{ModelRecord, RECORD};

/// Folder of models that are not complete, in a models folder.
pub const PARTIAL: &str = ".partial";

/// A model that is being put together.
#[derive(Clone, Debug)]
pub struct Stage {
    models: PathBuf,
    folder: PathBuf,
}

impl Stage {
    /// The stage of the model called `name` under the models folder `models`; made if need be.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub fn open(models: &Path, name: &str) -> Result<Self, ModelError> {
        let stage = Self { models: models.into(), folder: models.join(PARTIAL).join(name) };
        make(&stage.files())?;
        Ok(stage)
    }

    /// The folder that will be the model's.
    pub fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// A stage in this one, for the parts that the model is made of.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub(super) fn within(&self, name: &str) -> Result<Self, ModelError> {
        let stage = Self { models: self.models.clone(), folder: self.folder.join(name) };
        make(&stage.files())?;
        Ok(stage)
    }

    /// A path beside the files, for what is needed only until the model is complete.
    pub(super) fn aside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Makes the model appear as `folder` under the models folder with `record` in it, in one rename; what was there
    /// before is removed after it.
    ///
    /// # Errors
    /// When the disk does not take it; the model is then not there.
    pub fn commit(&self, folder: &Path, record: &ModelRecord) -> Result<PathBuf, ModelError> {
        let files = self.files();
        record.write(&files)?;
        sync_tree(&files)?;
        let place = self.models.join(folder);
        let parent = place.parent().unwrap_or(&self.models);
        make(parent)?;
        self.swap(&place)?;
        sync(parent)?;
        self.discard()?;
        Ok(place)
    }

    /// Removes the stage.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn discard(&self) -> Result<(), ModelError> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(ModelError::io(&self.folder, error)),
            _ => Ok(()),
        }
    }

    /// Renames the files to `place`. A model that is there changes places with them, so that there is one at all times.
    fn swap(&self, place: &Path) -> Result<(), ModelError> {
        let files = self.files();
        if !place.exists() {
            return fs::rename(&files, place).at(place);
        }
        if renameat_with(CWD, &files, CWD, place, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
        // Some file systems cannot exchange.
        let old = self.aside("old");
        fs::rename(place, &old).at(place)?;
        fs::rename(&files, place).or_else(|error| fs::rename(&old, place).and(Err(error))).at(place)
    }
}

/// Makes a folder and those above it.
pub(super) fn make(folder: &Path) -> Result<(), ModelError> {
    fs::create_dir_all(folder).at(folder)
}

/// All files under `folder` with their paths from it, in order; the record is not among them.
pub(super) fn tree(folder: &Path) -> Result<Vec<String>, ModelError> {
    fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) -> Result<(), ModelError> {
        for entry in fs::read_dir(folder).at(folder)? {
            let path = entry.at(folder)?.path();
            let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
            if path.is_dir() {
                walk(&path, &format!("{name}/"), found)?;
            } else if name != RECORD {
                found.push(name);
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(folder, "", &mut found)?;
    found.sort();
    Ok(found)
}

/// Bytes of a file, of a voice and its settings, or of all files in a folder; 0 where there is none.
pub fn weight(path: &Path) -> u64 {
    let length = |path: &Path| path.metadata().map_or(0, |data| data.len());
    if path.is_dir() {
        return tree(path).unwrap_or_default().iter().map(|file| length(&path.join(file))).sum();
    }
    length(path) + length(&path.with_extension("onnx.json"))
}

/// Writes a folder's list of names through to the disk.
fn sync(folder: &Path) -> Result<(), ModelError> {
    File::open(folder).and_then(|folder| folder.sync_all()).at(folder)
}

/// Writes the lists of names of `folder` and of all folders in it through to the disk. The files are written through by
/// those who write them.
fn sync_tree(folder: &Path) -> Result<(), ModelError> {
    for entry in fs::read_dir(folder).at(folder)? {
        let entry = entry.at(folder)?;
        if entry.file_type().at(folder)?.is_dir() {
            sync_tree(&entry.path())?;
        }
    }
    sync(folder)
}
