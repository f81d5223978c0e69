//! Models from a folder instead of the network: a mirror, a USB stick, another machine's models folder.

use std::path::{Path, PathBuf};

use super::super::catalogue::{Archive, Entry, File as Wanted, ModelSource, is_commit};
use super::super::copy;
use super::super::digest::Expected;
use super::super::error::{ModelError, OfPath};
use super::super::record::{FileRecord, ModelRecord, is_inside};
use super::super::stage::{Stage, tree};
use super::archives;
use super::fetcher::Fetcher;

/// A file that was found in the folder.
struct LocalFile {
    path: PathBuf,
    place: String,
    bytes: u64,
    expected: Expected,
}

/// The commit that is recorded for files of a folder, once their digests agree: the one that the catalogue pins.
pub(super) fn revision(entry: &Entry) -> Option<String> {
    entry.commits().next().map(str::to_owned)
}

/// Copies the files of `entry` out of `from` into the stage, and checks them like files of the network. Where all
/// archives of a source lie there, the files are taken out of them.
pub(super) fn copy(
    fetcher: &Fetcher,
    entry: &Entry,
    from: &Path,
    stage: &Stage,
) -> Result<Vec<FileRecord>, ModelError> {
    for source in &entry.sources {
        let ModelSource::Archives { archives } = source else { continue };
        let path = |archive: &Archive| from.join(&archive.archive);
        if archives.iter().all(|archive| path(archive).is_file()) {
            let found: Vec<_> = archives.iter().map(|archive| (archive, path(archive))).collect();
            let packed: u64 = found.iter().filter_map(|(_, path)| path.metadata().ok()).map(|data| data.len()).sum();
            fetcher.check_space(entry.bytes().unwrap_or(packed))?;
            return archives::unpack(fetcher, entry, &found, stage);
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
        let to = stage.files().join(&file.place);
        let (bytes, sha256) = copy::copy(&file.path, &to, &file.expected, fetcher.stop, |count| {
            done += count;
            fetcher.progress.at(&file.place, done, total);
        })?;
        kept.push(FileRecord { path: file.place.clone(), bytes, sha256 });
    }
    Ok(kept)
}

fn find(entry: &Entry, from: &Path) -> Result<Vec<LocalFile>, ModelError> {
    let record = ModelRecord::read(&from.join(entry.folder())).ok().flatten();
    let mut found = Vec::new();
    for file in &entry.files {
        let candidates = candidates(entry, file, from);
        let Some(path) = candidates.iter().find(|path| path.exists()) else {
            let layouts = entry.sources.iter().map(|source| match source {
                ModelSource::Hub { hub, .. } => format!("{hub}/{}", file.path),
                ModelSource::Archives { archives } => {
                    archives.iter().map(|archive| archive.archive.as_str()).collect::<Vec<_>>().join(" and ")
                }
                ModelSource::Url { .. } => file.path.clone(),
            });
            let layout = layouts.chain([entry.folder().display().to_string()]).collect::<Vec<_>>().join(", or ");
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
            found.push(LocalFile { path, place, bytes, expected });
        }
    }
    Ok(found)
}

/// Where a file may be: a models folder, repositories by owner and name, by name, the hub's own cache, or the
/// repository's folder itself.
fn candidates(entry: &Entry, file: &Wanted, from: &Path) -> Vec<PathBuf> {
    let mut places = vec![from.join(entry.folder()).join(file.place())];
    for source in &entry.sources {
        let ModelSource::Hub { hub, revision } = source else { continue };
        places.push(from.join(hub).join(&file.path));
        places.extend(hub.split('/').next_back().map(|name| from.join(name).join(&file.path)));
        let snapshots = from.join(format!("models--{}", hub.replace('/', "--"))).join("snapshots");
        let mut commits: Vec<_> =
            std::fs::read_dir(snapshots).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        commits.sort();
        commits.retain(|path| !is_commit(revision) || path.ends_with(revision));
        places.extend(commits.into_iter().map(|commit| commit.join(&file.path)));
    }
    places.push(from.join(&file.path));
    places.push(from.join(file.place()));
    places
}
