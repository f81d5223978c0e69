//! A file of a model, as an entry of the catalogue names it.

use serde::{Deserialize, Serialize};

/// One file of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its path at a hub or plain address, and in archives without `take`. With a slash at the end, it is a whole
    /// folder of an archive.
    pub path: String,
    /// Its path in the model's folder; without it, the last part of `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Bytes; where it is not known, the source is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Its digest in hex; where it is not known, the hub's own digest of the file is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl File {
    /// Its path in the model's folder, with slashes.
    pub fn place(&self) -> &str {
        self.to.as_deref().unwrap_or_else(|| self.path.trim_end_matches('/').rsplit('/').next().unwrap_or(&self.path))
    }
}
