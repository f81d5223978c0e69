//! What golem arranges for its own process before anything else runs.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

/// What native libraries read from the environment before anything can tell them otherwise, unless the user says it
/// differently. OpenMP's threads are to sleep while they wait: by default they spin, which on a machine that does
/// anything else makes llama.cpp and CTranslate2 ten times slower. ONNX Runtime is not to report to its makers: as it is
/// loaded, it writes the program's path and an identifier of the machine into `~/.cache/Microsoft`, to be sent. The C
/// library is to give memory back rather than to keep some for every thread: 92 MB instead of 101 with commands only.
const LIBRARIES: [(&str, &str); 4] = [
    ("OMP_WAIT_POLICY", "passive"),
    ("ORT_DISABLE_TELEMETRY", "1"),
    ("MALLOC_ARENA_MAX", "2"),
    ("MALLOC_TRIM_THRESHOLD_", "131072"),
];

/// Starts golem again with the environment that its native libraries need: they read it before `main`, so it has to be
/// there when the process starts. Where the system refuses, golem goes on as it is.
pub fn prepare_libraries() {
    use std::os::unix::process::CommandExt;
    let missing: Vec<_> = LIBRARIES.into_iter().filter(|(name, _)| std::env::var_os(name).is_none()).collect();
    if missing.is_empty() {
        return;
    }
    if let Ok(golem) = std::env::current_exe() {
        let mut again = std::process::Command::new(golem);
        again.args(std::env::args_os().skip(1)).envs(missing);
        // Outside of the macro, which leaves out what it does not log.
        let error = again.exec();
        tracing::debug!("cannot start again: {error}");
    }
}

/// Standard error goes elsewhere until this is dropped. Native libraries write there as they please: JACK's client,
/// for one, prints several lines about a server that nobody asked for, into the middle of the screen.
#[derive(Debug)]
pub struct Redirected(OwnedFd);

impl Redirected {
    /// Sends standard error to `file`; `None` where the system refuses, and everything stays as it was.
    pub fn to(file: &File) -> Option<Self> {
        let kept = std::io::stderr().as_fd().try_clone_to_owned().ok()?;
        rustix::stdio::dup2_stderr(file).ok()?;
        Some(Self(kept))
    }
}

impl Drop for Redirected {
    fn drop(&mut self) {
        // It was open a moment ago; should it be gone, there is nowhere to say so.
        let _ = rustix::stdio::dup2_stderr(&self.0);
    }
}

/// Does `work` while what native libraries print goes nowhere.
pub fn hush<T>(work: impl FnOnce() -> T) -> T {
    let nowhere = File::options().write(true).open("/dev/null").ok();
    let _redirected = nowhere.as_ref().and_then(Redirected::to);
    work()
}

/// A file of golem's state: `$XDG_STATE_HOME/golem/NAME`, or under `~/.local/state`.
pub fn state_path(name: &str) -> Option<PathBuf> {
    let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = path("XDG_STATE_HOME").or_else(|| path("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("golem").join(name))
}

/// Opens the log for appending; `None` where it cannot be written, which is no reason not to talk.
pub fn open_log() -> Option<File> {
    let path = state_path("golem.log")?;
    std::fs::create_dir_all(path.parent()?).ok()?;
    File::options().append(true).create(true).open(path).ok()
}

/// Writes the log to standard error, wherever that goes: warnings, golem's own messages from `level` on, or what `$GOLEM_LOG` asks for.
pub fn start_log(level: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("GOLEM_LOG");
    let filter = filter
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(format!("warn,golem::cli={level},pulseaudio=off")));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    if subscriber.try_init().is_err() {
        eprintln!("golem: there is a log already");
    }
}
