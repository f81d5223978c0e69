//! The storage of fitted heads and of the sound they are fitted against, in the data folder.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// First bytes of every file; the last letter changes with the meaning of the numbers.
const MAGIC: &[u8] = b"golem-wake-3";

/// A file of numbers whose name is a hash of all that they depend on.
pub struct StoredNumbers(PathBuf);

impl StoredNumbers {
    /// The file of `kind` in `folder` for these `parts`.
    pub fn new(folder: &Path, kind: &str, parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new_with_prefix(MAGIC);
        for part in parts {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let start = digest.finalize().iter().take(8).fold(0_u64, |start, byte| start << 8 | u64::from(*byte));
        Self(folder.join(format!("{kind}-{start:016x}.f32")))
    }

    /// The numbers, if the file exists and is complete.
    pub fn read(&self) -> Option<Vec<f32>> {
        let bytes = std::fs::read(&self.0).ok()?;
        let (numbers, rest) = bytes.strip_prefix(MAGIC)?.as_chunks::<4>();
        rest.is_empty().then(|| numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    /// Stores `numbers`. If that fails, they are computed again next time.
    pub fn write(&self, numbers: impl Iterator<Item = f32>) {
        let mut bytes = MAGIC.to_vec();
        numbers.for_each(|number| bytes.extend(number.to_le_bytes()));
        let write = || -> std::io::Result<()> {
            let folder = self.0.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&bytes)?;
            file.persist(&self.0).map(drop).map_err(|error| error.error)
        };
        if let Err(error) = write() {
            tracing::warn!("{} cannot be kept: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_again_under_the_same_parts_only() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("wake");
        let of = |parts: &[&[u8]]| StoredNumbers::new(&folder, "head", parts);
        assert_eq!(of(&[b"a", b"b"]).read(), None);
        of(&[b"a", b"b"]).write([1.0, -2.5].into_iter());
        assert_eq!(of(&[b"a", b"b"]).read(), Some(vec![1.0, -2.5]));
        assert_eq!(of(&[b"ab", b""]).read(), None);
        std::fs::write(&of(&[b"a", b"b"]).0, b"golem-wake-2abc").unwrap();
        assert_eq!(of(&[b"a", b"b"]).read(), None);
    }
}
