//! The control socket of captions, hints or a prompter, on which other programs follow what is shown.

use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};
use serde_json::Value;

use super::Request;
use super::followed::Followed;
use super::hub::Hub;
use super::server::{Server, Socket, SocketError};

/// Requests that may wait.
const REQUESTS: usize = 16;

/// A served socket. Dropping it hangs up on all clients.
#[derive(Debug)]
pub struct FollowedSocket {
    hub: Arc<Hub>,
    requests: Receiver<Request>,
    _server: Server,
}

impl FollowedSocket {
    /// Serves `followed` beside the socket `golem`.
    ///
    /// # Errors
    /// With [`SocketError::Running`] when another process has this socket, and with others when it cannot be made.
    pub fn open(followed: Followed, golem: &Path) -> Result<Self, SocketError> {
        let (asked, requests) = bounded(REQUESTS);
        let hub = Arc::new(Hub::beside(followed, asked));
        let server = Server::start(Socket::take(&followed.socket(golem))?, Arc::clone(&hub))?;
        Ok(Self { hub, requests, _server: server })
    }

    /// Sends an event to all clients. Never waits for any of them.
    pub fn show(&self, event: &Value) {
        self.hub.show(event);
    }

    /// The requests of clients.
    pub fn requests(&self) -> Receiver<Request> {
        self.requests.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::control::client::Client;
    use crate::control::wire::Response;

    #[test]
    fn programs_follow_from_the_newest_event_on_and_turn_pages() {
        let folder = tempfile::tempdir().unwrap();
        let golem = folder.path().join("golem.sock");
        let socket = FollowedSocket::open(Followed::Prompter, &golem).unwrap();
        let path = Followed::Prompter.socket(&golem);
        let again = FollowedSocket::open(Followed::Prompter, &golem);
        assert!(matches!(again, Err(SocketError::Running(_))));
        let mut key = Client::connect(&path).unwrap();
        assert_eq!(key.ask(Request::Next).unwrap(), Response::ok());
        assert_eq!(socket.requests().recv(), Ok(Request::Next));
        assert!(matches!(key.ask(Request::Quit).unwrap(), Response::Refused { .. }));

        socket.show(&json!({ "type": "thesis", "number": 1 }));
        socket.show(&json!({ "type": "thesis", "number": 2 }));
        let mut client = Client::connect(&path).unwrap();
        client.subscribe(false).unwrap();
        let mut event = || client.read_line().unwrap().map(|line| serde_json::from_slice::<Value>(&line).unwrap());
        assert_eq!(event(), Some(json!({ "type": "thesis", "number": 2 })));
        socket.show(&json!({ "type": "end" }));
        assert_eq!(event(), Some(json!({ "type": "end" })));
        drop(socket);
        assert_eq!(event(), None);
    }
}
