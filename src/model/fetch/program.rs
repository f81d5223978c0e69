//! The run of a registry's own client, so that Ctrl-C ends it and all that it started.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::super::error::{ModelError, OfPath};
use super::fetcher::Fetcher;
use super::pause::{Pause as _, Wait};

/// Time between two looks at the program.
const LOOK: Duration = Duration::from_millis(100);
/// Beginnings of lines in which npm and pip report an error.
const MARKS: [&str; 3] = ["ERROR: ", "npm error ", "npm ERR! "];

/// How a program ended.
pub(super) enum Ended {
    /// Well.
    Well,
    /// With an error: its last message about it.
    Badly(String),
}

/// Runs `command` in a process group of its own; its two outputs go to the files `output` and `errors`.
///
/// # Errors
/// [`ModelError::Stopped`] when the fetch is to stop, or when a file cannot be written.
pub(super) fn run(fetcher: &Fetcher, command: &mut Command, output: &Path, errors: &Path) -> Result<Ended, ModelError> {
    command.stdin(Stdio::null()).stdout(File::create(output).at(output)?);
    command.stderr(File::create(errors).at(errors)?).process_group(0);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ok(Ended::Badly(error.to_string())),
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(Ended::Well),
            Ok(Some(_)) => return Ok(Ended::Badly(last_error(errors))),
            Ok(None) => {}
            Err(error) => return Ok(Ended::Badly(error.to_string())),
        }
        if fetcher.stop.load(Ordering::Relaxed) {
            if let Ok(id) = i32::try_from(child.id())
                && let Some(group) = Pid::from_raw(id)
            {
                // Ignore errors: the program may have ended by itself just now.
                let _ = kill_process_group(group, Signal::TERM);
            }
            let _ = child.wait();
            return Err(ModelError::Stopped);
        }
        Wait.wait(LOOK, fetcher.stop);
    }
}

/// Whether `command` can be run and succeeds; its output is hidden.
pub(super) fn works(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The last error in the log of a program.
fn last_error(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    // npm ends with the path of its log, which explains nothing.
    let lines: Vec<_> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains("log of this")).collect();
    let error = lines.iter().rev().find_map(|line| MARKS.iter().find_map(|mark| line.strip_prefix(mark)));
    error.or(lines.last().copied()).unwrap_or("it says nothing").into()
}
