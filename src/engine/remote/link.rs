//! The link to a server that hears or speaks: its connection, and when it is asked again after a failure.

use std::fmt::Display;
use std::time::{Duration, Instant};

use super::client::{CallFault, ServerCall, ServerClient};
use super::local::Clock;
use super::relay::Relay;
use super::request::ServerRequest;
use crate::config::speech::SpeechEndpoint;

/// How often it is looked whether an answer is still wanted: what a barge-in waits for at most.
pub const LOOK: Duration = Duration::from_millis(5);

/// A link to one server.
pub struct SpeechLink {
    server: SpeechEndpoint,
    client: ServerClient,
    relay: Relay,
    clock: Clock,
    began: Instant,
}

impl SpeechLink {
    /// A link to `server`, which has to take a connection within `connect_ms`. Nothing is known of it yet: golem starts
    /// also where it is not there.
    pub fn new(server: SpeechEndpoint, connect_ms: u64, clock: Clock) -> Self {
        let client = ServerClient::new(Duration::from_millis(connect_ms), &server.key_env);
        Self { server, client, relay: Relay::new(1), clock, began: clock() }
    }

    /// The server.
    pub fn server(&self) -> &SpeechEndpoint {
        &self.server
    }

    /// What answers, in words for people: the server, or `local` where golem's own engine took over.
    pub fn describe(&self, local: Option<String>) -> String {
        match local {
            Some(local) => format!("{local} instead of {}", self.server.label()),
            None => self.server.described(),
        }
    }

    /// Reads the time since the link was made.
    pub fn timer(&self) -> impl Fn() -> Duration + Send + 'static + use<> {
        let (clock, began) = (self.clock, self.began);
        move || clock().saturating_duration_since(began)
    }

    /// Whether the server may be asked: it has not failed, or has rested since.
    pub fn rested(&self) -> bool {
        self.relay.next(self.timer()()).is_some()
    }

    /// Sends a request.
    ///
    /// # Errors
    /// When there is no key, or no thread.
    pub fn send(&mut self, request: ServerRequest) -> Result<ServerCall, CallFault> {
        self.client.send(request).map_err(CallFault::Broken)
    }

    /// Takes note if the last answer was read to its end.
    pub fn settle(&mut self) {
        if self.client.ended_well() {
            self.relay.answered(0);
        }
    }

    /// The server has failed.
    pub fn failed(&mut self, reason: &dyn Display) {
        let rest = self.relay.failed(0, self.timer()());
        tracing::warn!("{}: {reason}; tried again after {} s", self.server.label(), rest.as_secs());
    }
}
