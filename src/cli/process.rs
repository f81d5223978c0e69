//! The set-up of golem's own process: libraries, the log and signals.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;

use anyhow::{Context, Result};
use clap::ValueEnum;
use crossbeam_channel::{Receiver, bounded};
use signal_hook::consts::{SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

/// Environment variables for native libraries, which read them before golem can set anything in code; the user's own
/// values win.
///
/// OpenMP's threads sleep while they wait. By default they spin, which makes llama.cpp and CTranslate2 ten times slower
/// on a machine that does anything else.
///
/// ONNX Runtime does not report to its makers. By default, when it is loaded, it writes the program's path and an
/// identifier of the machine into `~/.cache/Microsoft`, to be sent.
///
/// The C library keeps no memory for every thread by itself (92 MB instead of 101 with commands only). Memory that is
/// freed in the middle of a reading is kept for the next: blocks of up to 32 MiB, its most, come from the heap rather
/// than from the system, and the heap never shrinks by itself. [`crate::engine::memory::give_back`] shrinks it when
/// golem is idle.
const LIBRARIES: [(&str, &str); 5] = [
    ("OMP_WAIT_POLICY", "passive"),
    ("ORT_DISABLE_TELEMETRY", "1"),
    ("MALLOC_ARENA_MAX", "2"),
    ("MALLOC_MMAP_THRESHOLD_", "33554432"),
    ("MALLOC_TRIM_THRESHOLD_", "4294967296"),
];
/// Size in bytes from which on golem begins a new log when it starts.
const LARGEST: u64 = 4 << 20;
/// Exit status after a second signal: what shells give a program that Ctrl-C ended.
const IMPATIENT: i32 = 130;

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
        // Call `exec` outside of the macro, which does not evaluate a message that is not logged.
        let error = again.exec();
        tracing::debug!("cannot start again: {error}");
    }
}

/// A file of golem's state: `$XDG_STATE_HOME/golem/NAME`, or under `~/.local/state`.
pub fn state_path(name: &str) -> Option<PathBuf> {
    let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = path("XDG_STATE_HOME").or_else(|| path("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("golem").join(name))
}

/// Where golem's log is, unless it goes to standard error.
pub fn log_path() -> Option<PathBuf> {
    state_path("golem.log")
}

/// Opens the log for appending; `None` where it cannot be written: golem talks without a log.
pub fn open_log() -> Option<File> {
    let path = log_path()?;
    std::fs::create_dir_all(path.parent()?).ok()?;
    begin_log(&path, LARGEST).ok()
}

/// Opens the log at `path`, for its owner's eyes. If the old log has grown to `largest` bytes, begins a new one and
/// keeps the old one as `NAME.1`.
fn begin_log(path: &Path, largest: u64) -> std::io::Result<File> {
    if path.metadata().is_ok_and(|old| old.len() >= largest) {
        std::fs::rename(path, before(path))?;
    }
    File::options().append(true).create(true).mode(0o600).open(path)
}

/// Name of the log before the one at `path`.
pub fn before(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

/// How much goes to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Only what golem cannot do
    Error,
    /// And what it does in another way than asked
    Warn,
    /// And what it does at all
    Info,
    /// And how, and what is said to it; libraries log what they do
    Debug,
    /// Everything
    Trace,
}

impl LogLevel {
    /// The filter in the syntax of `$GOLEM_LOG`. PulseAudio's client is off, because it logs every message that passes.
    fn filter(self) -> &'static str {
        match self {
            Self::Error => "error,pulseaudio=off",
            Self::Warn => "warn,pulseaudio=off",
            Self::Info => "warn,golem=info,pulseaudio=off",
            Self::Debug => "info,golem=debug,pulseaudio=off",
            Self::Trace => "debug,golem=trace",
        }
    }
}

/// The reader of the log, if no log level was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogReader {
    /// The person at the terminal, who sees golem's own warnings and errors but no messages of libraries.
    Person,
    /// A person who opens the log file later.
    File,
    /// The administrator of a daemon.
    Keeper,
}

impl LogReader {
    fn filter(self) -> &'static str {
        match self {
            Self::Person => "off,golem=warn",
            Self::File => LogLevel::Warn.filter(),
            Self::Keeper => "warn,golem::cli=info,golem::runtime::service=info,golem::serve=info,pulseaudio=off",
        }
    }
}

/// Writes the log to standard error, wherever that goes: at the levels of `$GOLEM_LOG`, or at `level`; without either,
/// what is of use to `reader`.
pub fn start_log(level: Option<LogLevel>, reader: LogReader) {
    let usual = reader.filter();
    let filter = tracing_subscriber::EnvFilter::try_from_env("GOLEM_LOG");
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level.map_or(usual, LogLevel::filter)));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    if subscriber.try_init().is_err() {
        eprintln!("golem: there is a log already");
    }
}

/// Ends golem quietly when it prints for a reader who has left (`golem doctor | head -1`): for commands that are over
/// then. Sockets are not concerned, since they report it as an error.
pub fn end_with_reader() {
    // Where the system refuses, printing fails with an error.
    let _ = signal_hook::flag::register_conditional_shutdown(SIGPIPE, 0, Arc::new(AtomicBool::new(true)));
}

/// Whether golem is to end. The first signal asks for an orderly end, which is logged; a second one from the keyboard
/// ends golem at once. (A terminal that closes sends its signal several times, and means one end.)
pub fn interrupted() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&flag);
    let watching = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT]).and_then(|mut signals| {
        // The thread ends with the process, as signals do.
        Builder::new().name("golem-signals".into()).spawn(move || {
            for signal in signals.forever() {
                tell(signal);
                if seen.swap(true, Ordering::SeqCst) && matches!(signal, SIGINT | SIGQUIT) {
                    crate::tui::rescue();
                    std::process::exit(IMPATIENT);
                }
            }
        })
    });
    if let Err(error) = watching {
        tracing::warn!("a signal will end golem at once: {error}");
    }
    flag
}

/// Signals that end golem, or reload a daemon, as they come.
pub fn signals() -> Result<Receiver<i32>> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("the system gives golem no signals")?;
    let (sender, receiver) = bounded(8);
    // The thread ends with the process, as signals do.
    Builder::new().name("golem-signals".into()).spawn(move || {
        for signal in signals.forever() {
            if sender.send(signal).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// Says in the log why golem ends. Ctrl-C is not logged: the person pressed it.
pub fn tell(signal: i32) {
    match signal {
        SIGHUP => tracing::warn!("golem ends: its terminal is gone (SIGHUP)"),
        SIGTERM => tracing::warn!("golem ends: it was told to (SIGTERM)"),
        SIGQUIT => tracing::warn!("golem ends: it was told to (SIGQUIT)"),
        _ => tracing::info!("golem ends: Ctrl-C"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_log_that_has_grown_becomes_the_old_one_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("golem.log");
        for (start, wanted) in [("one", 1), ("two", 1), ("three", 2), ("four", 2), ("five", 2)] {
            writeln!(begin_log(&path, 8).unwrap(), "{start}").unwrap();
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), wanted, "{start}");
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "five\n");
        assert_eq!(std::fs::read_to_string(before(&path)).unwrap(), "three\nfour\n");
    }

    #[test]
    fn every_level_is_a_filter() {
        let readers = [LogReader::Person, LogReader::File, LogReader::Keeper].map(LogReader::filter);
        for filter in LogLevel::value_variants().iter().map(|level| level.filter()).chain(readers) {
            assert!(filter.parse::<tracing_subscriber::EnvFilter>().is_ok(), "{filter}");
        }
    }
}
