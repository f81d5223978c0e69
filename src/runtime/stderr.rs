//! Standard error: golem's remarks on it, and native libraries kept off it.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

/// Standard error, redirected until this is dropped. Native libraries write there as they please: JACK's client, for
/// one, prints several unwanted lines about a server into the middle of the screen.
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
        // Ignore a failure: standard error is gone then, and there is nowhere to report it.
        let _ = rustix::stdio::dup2_stderr(&self.0);
    }
}

/// Held while standard error goes nowhere. Of two threads that redirect it at once, the later one would otherwise
/// restore the redirection of the earlier one.
static HUSHED: Mutex<()> = Mutex::new(());

/// Prints a line on standard error as golem, when no other thread has turned it away.
pub fn remark(text: &str) {
    let _turn = HUSHED.lock().unwrap_or_else(PoisonError::into_inner);
    eprintln!("golem: {text}");
}

/// Does `work` while the output of native libraries goes nowhere.
pub fn hush<T>(work: impl FnOnce() -> T) -> T {
    let _turn = HUSHED.lock().unwrap_or_else(PoisonError::into_inner);
    let nowhere = File::options().write(true).open("/dev/null").ok();
    let _redirected = nowhere.as_ref().and_then(Redirected::to);
    work()
}
