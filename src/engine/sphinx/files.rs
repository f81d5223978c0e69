//! The paths of PocketSphinx's library and models.

use std::path::{Path, PathBuf};

use super::ffi::SphinxValue;

/// The paths of the library and its models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SphinxFiles {
    /// The shared library.
    pub library: PathBuf,
    /// Folder of the acoustic model.
    pub acoustic: PathBuf,
    /// Pronunciations: a word and its phones on each line.
    pub dictionary: PathBuf,
    /// Language model for dictation: ARPA text or PocketSphinx's binary form.
    pub language_model: Option<PathBuf>,
}

pub(super) fn path_of(path: &Path) -> SphinxValue {
    SphinxValue::Text(path.to_string_lossy().into_owned())
}
