//! What golem arranges for its own process before anything else runs.

use std::fs::File;
use std::os::fd::AsFd;

/// The variable that tells OpenMP's threads to sleep while they wait.
const OMP_WAIT: &str = "OMP_WAIT_POLICY";

/// Starts golem again with OpenMP's threads told to sleep while they wait. By default they spin, which on a machine that
/// does anything else makes llama.cpp and CTranslate2 ten times slower; the library reads the variable before
/// `main`, so it has to be there when the process starts. Where the system refuses, golem goes on as it is.
pub fn let_openmp_sleep() {
    use std::os::unix::process::CommandExt;
    if std::env::var_os(OMP_WAIT).is_some() {
        return;
    }
    if let Ok(golem) = std::env::current_exe() {
        let mut again = std::process::Command::new(golem);
        again.args(std::env::args_os().skip(1)).env(OMP_WAIT, "passive");
        tracing::debug!("cannot start again: {}", again.exec());
    }
}

/// Does `work` while what native libraries write to standard error goes nowhere: JACK's client library, for one,
/// prints several lines about a server that nobody asked for.
pub fn hush<T>(work: impl FnOnce() -> T) -> T {
    let kept = std::io::stderr().as_fd().try_clone_to_owned();
    let quiet = File::options().write(true).open("/dev/null");
    let hushed = kept.is_ok() && quiet.is_ok_and(|quiet| rustix::stdio::dup2_stderr(&quiet).is_ok());
    let result = work();
    if hushed && let Ok(kept) = kept {
        // It was open a moment ago; should it be gone, there is nowhere to say so.
        let _ = rustix::stdio::dup2_stderr(&kept);
    }
    result
}
