//! The checkout, and the recordings in it and beside it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The checkout that golem runs in, as its scripts name it.
pub(super) fn checkout() -> PathBuf {
    std::env::var_os("GOLEM_HOME").map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// The folder of recordings beside the checkout, whether it is there or not.
pub(super) fn speech() -> PathBuf {
    checkout().join("../shared/speech")
}

/// Recordings of people beside the checkout, or its own synthesised ones.
pub(super) fn default_voices() -> PathBuf {
    beside("voices").unwrap_or_else(|| checkout().join("fixtures/audio/whisper"))
}

/// A folder of recordings of people beside the checkout, where there is one.
pub(super) fn beside(name: &str) -> Option<PathBuf> {
    Some(speech().join(name)).filter(|folder| folder.is_dir())
}

/// The folder of models that score echo cancellers, where there is one beside the checkout.
pub(super) fn aecmos() -> Option<PathBuf> {
    Some(checkout().join("../shared/aecmos")).filter(|folder| folder.is_dir())
}

/// All recordings under a folder, in order of name.
pub(super) fn recordings(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("no recordings at {}", folder.display()))?;
    let mut paths: Vec<_> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            found.extend(recordings(&path)?);
        } else if path.extension().is_some_and(|ext| ext == "wav" || ext == "flac") {
            found.push(path);
        }
    }
    Ok(found)
}

/// The folder and the leading words of a recording's name: `events/Dog_bark`.
pub(super) fn kind(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = stem.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default().trim_end_matches(['_', '-']);
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    if name.is_empty() { folder.into_owned() } else { format!("{folder}/{name}") }
}
