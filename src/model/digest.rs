//! Digests of files, taken while they stream by.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::error::{ModelError, OfPath};

/// Bytes read at once.
pub(super) const CHUNK: usize = 1 << 18;

/// The expected digest of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Its sha256, in hex.
    Sha256(String),
    /// Its name as a blob of git, in hex: sha1 of `blob LENGTH\0` and its content.
    Blob(String),
    /// No known digest: any content is accepted.
    Anything,
}

/// Takes the digests of a file of known length.
#[derive(Clone)]
pub(super) struct Hasher {
    sha256: Sha256,
    blob: Option<Sha1>,
}

/// The digests of a file.
pub(super) struct Digests {
    pub sha256: String,
    blob: Option<String>,
}

impl Hasher {
    /// Begins without bytes. `bytes` is needed where a git blob is expected, because git hashes the length too.
    pub fn new(expected: &Expected, bytes: Option<u64>) -> Self {
        let blob = match (expected, bytes) {
            (Expected::Blob(_), Some(bytes)) => Some(Sha1::new_with_prefix(format!("blob {bytes}\0"))),
            _ => None,
        };
        Self { sha256: Sha256::new(), blob }
    }

    /// Adds the next bytes of the file.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some(blob) = &mut self.blob {
            blob.update(bytes);
        }
    }

    /// Adds all bytes of `path`, from its start; returns their number.
    pub fn read(&mut self, path: &Path, stop: &AtomicBool, mut seen: impl FnMut(u64)) -> Result<u64, ModelError> {
        let mut file = File::open(path).at(path)?;
        let mut buffer = vec![0; CHUNK];
        let mut done = 0;
        loop {
            if stop.load(Ordering::Relaxed) {
                return Err(ModelError::Stopped);
            }
            let count = file.read(&mut buffer).at(path)?;
            if count == 0 {
                return Ok(done);
            }
            self.update(&buffer[..count]);
            done += count as u64;
            seen(count as u64);
        }
    }

    /// The digests of what was seen.
    pub fn finish(self) -> Digests {
        Digests { sha256: hex(&self.sha256.finalize()), blob: self.blob.map(|blob| hex(&blob.finalize())) }
    }
}

impl Digests {
    /// The expected and the found digest, where they differ.
    pub fn differ(&self, expected: &Expected) -> Option<(String, String)> {
        let (expected, found) = match expected {
            Expected::Sha256(expected) => (expected, &self.sha256),
            Expected::Blob(expected) => (expected, self.blob.as_ref()?),
            Expected::Anything => return None,
        };
        (!expected.eq_ignore_ascii_case(found)).then(|| (expected.clone(), found.clone()))
    }
}

/// The sha256 of a file, in hex.
///
/// # Errors
/// When it cannot be read, or `stop` was set.
pub fn sha256(path: &Path, stop: &AtomicBool, seen: impl FnMut(u64)) -> Result<String, ModelError> {
    let mut hasher = Hasher::new(&Expected::Anything, None);
    hasher.read(path, stop, seen)?;
    Ok(hasher.finish().sha256)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string can be written to");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_sha256sum_and_git() {
        // printf hello | sha256sum; printf hello | git hash-object --stdin
        let blob = Expected::Blob("b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0".into());
        let mut hasher = Hasher::new(&blob, Some(5));
        hasher.update(b"hel");
        hasher.update(b"lo");
        let digests = hasher.finish();
        assert_eq!(digests.differ(&blob), None);
        let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!(digests.differ(&Expected::Sha256(sha256.to_uppercase())), None);
        assert!(digests.differ(&Expected::Sha256("00".into())).is_some());
    }
}
