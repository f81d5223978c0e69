//! The record in a model's folder: the files that golem put there, and their digests.

use std::fs::File;
use std::io::Write;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use super::catalogue::ModelKind;
use super::error::{ModelError, OfPath};

/// Name of the record in a model's folder.
pub const RECORD: &str = "golem.json";

/// The record of what golem put into a model's folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Its name in the catalogue, or as it was imported.
    pub name: String,
    /// What it is for.
    pub kind: ModelKind,
    /// Where it came from: `hub owner/name`, `pypi name==version`, an address, or a path.
    pub source: String,
    /// The commit that was fetched, where the source has commits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Its files, in order of path.
    pub files: Vec<FileRecord>,
}

/// One file, as golem put it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Path in the model's folder, with slashes.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// Its digest in hex.
    pub sha256: String,
}

impl ModelRecord {
    /// The record in `folder`; `None` where golem did not put anything there.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, ModelError> {
        let path = folder.join(RECORD);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.at(&path)?,
        };
        let damaged = |reason: String| ModelError::Record { path: path.clone(), reason };
        let record: Self = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        match record.files.iter().find(|file| !is_inside(&file.path)) {
            Some(file) => Err(damaged(format!("{:?} leads out of the folder", file.path))),
            None => Ok(Some(record)),
        }
    }

    /// Writes it into `folder`, through to the disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), ModelError> {
        let path = folder.join(RECORD);
        let mut text = serde_json::to_string_pretty(self).map_err(std::io::Error::from).at(&path)?;
        text.push('\n');
        let mut file = File::create(&path).at(&path)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).at(&path)
    }

    /// Bytes of its files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Whether a relative path stays in its folder and names something in it.
pub fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_a_way_out_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ModelRecord::read(folder.path()).unwrap(), None);
        let file = |path: &str| FileRecord { path: path.into(), bytes: 3, sha256: "ab".into() };
        let record = |path: &str| ModelRecord {
            name: "tiny".into(),
            kind: ModelKind::Asr,
            source: "hub owner/name".into(),
            revision: None,
            files: vec![file(path)],
        };
        record("model.bin").write(folder.path()).unwrap();
        assert_eq!(ModelRecord::read(folder.path()).unwrap(), Some(record("model.bin")));
        record("../../.bashrc").write(folder.path()).unwrap();
        assert!(ModelRecord::read(folder.path()).unwrap_err().to_string().contains("fetch the model again"));
    }

    #[test]
    fn paths_that_lead_out_are_told() {
        assert!(is_inside("a/b.bin") && is_inside("a..b"));
        assert!(!["", "..", "../a", "a/../../b", "/a", "./a"].into_iter().any(is_inside));
    }
}
