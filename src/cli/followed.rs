//! The sockets of captions, hints and the prompter as the command line opens them.

use std::path::Path;

use crate::control::beside::FollowedSocket;
use crate::control::followed::Followed;
use crate::control::server::SocketError;
use crate::runtime::stderr::remark;

/// The socket beside that of golem at `golem`; none for a recording, which is not live. If it cannot be opened, prints
/// why: the work goes on without it.
pub fn open(followed: Followed, golem: &Path, recorded: bool) -> Option<FollowedSocket> {
    if recorded {
        return None;
    }
    match FollowedSocket::open(followed, golem) {
        Ok(socket) => Some(socket),
        Err(SocketError::Running(path)) => {
            remark(&format!(
                "another golem {followed} has {}: golem ctl reaches that one; --socket names a place for this one",
                path.display()
            ));
            None
        }
        Err(error) => {
            remark(&format!("other programs cannot follow this golem {followed}: {error}"));
            None
        }
    }
}
