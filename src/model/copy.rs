//! The copying of files, with their digests taken on the way.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::digest::{CHUNK, Expected, Hasher};
use super::error::{ModelError, OfPath};
use super::stage::make;

/// Copies `from` to `to`, through to the disk; returns its length and sha256. A copy that is not as `expected` is
/// removed again.
pub(super) fn copy(
    from: &Path,
    to: &Path,
    expected: &Expected,
    stop: &AtomicBool,
    mut seen: impl FnMut(u64),
) -> Result<(u64, String), ModelError> {
    if let Some(folder) = to.parent() {
        make(folder)?;
    }
    let mut input = File::open(from).at(from)?;
    let length = input.metadata().at(from)?.len();
    let mut output = File::create(to).at(to)?;
    let mut hasher = Hasher::new(expected, Some(length));
    let mut buffer = vec![0; CHUNK];
    let mut bytes = 0;
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(ModelError::Stopped);
        }
        let count = input.read(&mut buffer).at(from)?;
        if count == 0 {
            break;
        }
        output.write_all(&buffer[..count]).at(to)?;
        hasher.update(&buffer[..count]);
        bytes += count as u64;
        seen(count as u64);
    }
    output.sync_all().at(to)?;
    let digests = hasher.finish();
    if let Some((expected, found)) = digests.differ(expected) {
        std::fs::remove_file(to).at(to)?;
        let file = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Err(ModelError::Digest { file, from: from.display().to_string(), expected, found });
    }
    Ok((bytes, digests.sha256))
}
