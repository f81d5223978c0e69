//! The rules for sources: names without a special meaning on a command line or in an address, and pieces for every file
//! of the model.

use super::fault::KeyFault;
use super::plain::{is_digest, is_part, is_path, is_plain};
use super::{Archive, Entry, ModelSource, Package};

/// The first fault of an entry's sources.
pub(super) fn all(entry: &Entry) -> Result<(), KeyFault> {
    let only = entry.sources.len() == 1;
    for (index, source) in entry.sources.iter().enumerate() {
        let name = if only { "source".to_owned() } else { format!("sources[{index}]") };
        one(source, entry).map_err(|(key, reason)| (format!("{name}.{key}"), reason))?;
    }
    Ok(())
}

fn one(source: &ModelSource, entry: &Entry) -> Result<(), KeyFault> {
    let fault = |key: &str, reason: &str| Err((key.to_owned(), reason.to_owned()));
    match source {
        ModelSource::Hub { hub, revision } => {
            let parts: Vec<_> = hub.split('/').collect();
            if parts.len() != 2 || !parts.iter().all(|part| is_part(part) && is_plain(part)) {
                return fault("hub", "write owner/name");
            }
            if !is_path(revision) || !is_plain(revision) {
                return fault("revision", "write a commit or a branch such as main");
            }
        }
        ModelSource::Archives { archives } => {
            let alone = archives.len() == 1;
            for (index, archive) in archives.iter().enumerate() {
                let of = |key| if alone { key } else { format!("archives[{index}].{key}") };
                self::archive(archive, entry).map_err(|(key, reason)| (of(key), reason))?;
            }
            complete(archives, entry)?;
        }
        ModelSource::Url { url } => {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let host = rest.and_then(|rest| rest.split('/').next()).is_some_and(|host| !host.is_empty());
            if !host || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
                return fault("url", "write an address that begins with https:// or http://");
            }
            if !url.ends_with('/') {
                return fault("url", "end it with a slash: the files' paths are appended");
            }
        }
    }
    Ok(())
}

fn archive(archive: &Archive, entry: &Entry) -> Result<(), KeyFault> {
    let fault = |key: &str, reason: &str| Err((key.to_owned(), reason.to_owned()));
    let both =
        |parts: Option<(&str, &str)>| parts.is_some_and(|(name, version)| is_package(name) && is_version(version));
    match &archive.package {
        Package::Pypi(spec) if !both(spec.split_once("==")) => return fault("pypi", "write name==version"),
        // Split at the last `@`, because a scope begins with one too.
        Package::Npm(spec) if !both(spec.rsplit_once('@')) => return fault("npm", "write name@version"),
        _ => {}
    }
    if !is_part(&archive.archive) || !is_plain(&archive.archive) {
        return fault("archive", "write the archive's file name");
    }
    let pieces = archive.pieces(&entry.files);
    match &archive.sha256 {
        Some(digest) if !is_digest(digest) => return fault("sha256", "write 64 hex digits in lower case"),
        Some(_) => {}
        None => {
            let bare = entry.files.iter().filter(|file| file.sha256.is_none());
            if bare.into_iter().any(|file| pieces.iter().any(|piece| covers(piece.place, file.place()))) {
                return fault("sha256", "it is needed: a file that comes out of it has no digest of its own");
            }
        }
    }
    for (place, take) in &archive.take {
        let folder = place.ends_with('/');
        let member = |name: &String| is_path(name.trim_end_matches('/')) && name.ends_with('/') == folder;
        if !is_path(place.trim_end_matches('/')) || !take.members().iter().all(member) {
            return fault("take", "write relative paths without \"..\", both or neither with a slash at the end");
        }
        if !entry.files.iter().any(|file| covers(place.trim_end_matches('/'), file.place())) {
            return fault("take", &format!("{place} is none of the model's files"));
        }
    }
    Ok(())
}

/// Checks that a piece of every file is in one of the archives.
fn complete(archives: &[Archive], entry: &Entry) -> Result<(), KeyFault> {
    let has = |place: &str| {
        archives.iter().any(|archive| archive.pieces(&entry.files).iter().any(|piece| covers(piece.place, place)))
    };
    match entry.files.iter().find(|file| !has(file.place())) {
        Some(file) => Err(("archives".into(), format!("none of them holds {}", file.place()))),
        None => Ok(()),
    }
}

/// Whether `piece` is the file at `place`, or a folder that it lies in.
fn covers(piece: &str, place: &str) -> bool {
    place.strip_prefix(piece).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A package's name, with its scope where it has one.
fn is_package(name: &str) -> bool {
    let name = name.strip_prefix('@').unwrap_or(name);
    let parts: Vec<_> = name.split('/').collect();
    parts.len() <= 2 && parts.iter().all(|part| is_part(part) && is_plain(part))
}

fn is_version(version: &str) -> bool {
    is_part(version) && is_plain(version)
}
