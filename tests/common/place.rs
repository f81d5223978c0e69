//! Paths of golem's own files and of the files that set-up installed.

#![allow(dead_code)] // each test program uses its part

use std::path::{Path, PathBuf};

/// The checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The data folder with the native libraries, as the environment names it.
pub fn data() -> PathBuf {
    let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = path("GOLEM_DATA").or_else(|| path("XDG_DATA_HOME").map(|folder| folder.join("golem")));
    data.unwrap_or_else(|| path("HOME").unwrap_or_default().join(".local/share/golem"))
}
