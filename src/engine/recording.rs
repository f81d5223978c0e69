//! Recordings and models for the engines' tests.

use std::path::{Path, PathBuf};

/// The path of a file or folder under `fixtures/`.
pub(super) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// The path of a file that `scripts/golem` installs. If it is missing, reports that the test is skipped.
pub(super) fn installed(name: &str) -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share"));
    let path = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).or(home)?.join("golem").join(name);
    if !path.exists() {
        println!("skipped: {} is not installed", path.display());
        return None;
    }
    Some(path)
}

/// The samples of a 16 kHz recording, -1..=1.
pub(super) fn read(path: &Path) -> Vec<f32> {
    crate::device::wav::read_all(path).unwrap_or_else(|error| panic!("{error}"))
}
