//! Failures of the control socket.

use std::path::PathBuf;

/// Reasons why the socket cannot be served or used.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// A golem serves it already.
    #[error("a golem runs already on {0}; \"golem\" attaches to it, \"golem ctl quit\" ends it")]
    Running(PathBuf),
    /// No golem serves it.
    #[error("no golem runs on {0}; start one with \"golem --daemon\"")]
    Absent(PathBuf),
    /// Something else is there.
    #[error("{0} is no socket; name another place with --socket")]
    Taken(PathBuf),
    /// The path is longer than the system allows.
    #[error("{0} is too long for a socket (107 bytes at most); name a shorter place with --socket")]
    Long(PathBuf),
    /// The folder is open to others.
    #[error("{0} belongs to somebody else or is open to others; name another place with --socket")]
    Open(PathBuf),
    /// The system refuses.
    #[error("cannot use the socket {path}: {source}; name another place with --socket")]
    System {
        /// The socket.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// A running golem does not do what was asked.
    #[error("{0}")]
    Refused(String),
    /// The other side did not answer as a golem does.
    #[error("the golem on {path} does not answer as expected: {reason}; is it of another version?")]
    Garbled {
        /// The socket.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
}
