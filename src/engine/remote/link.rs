//! The link to the servers that hear or speak: their connections, which is asked, and when again after a failure.

use std::fmt::Display;
use std::time::{Duration, Instant};

use super::client::{CallFault, ServerCall, ServerClient};
use super::local::Clock;
use super::relay::Relay;
use super::request::ServerRequest;
use crate::config::speech::SpeechEndpoint;

/// How often it is looked whether an answer is still wanted: what a barge-in waits for at most.
pub const LOOK: Duration = Duration::from_millis(5);

/// A link to servers, of which the first that answers is asked.
pub struct SpeechLink {
    servers: Vec<(SpeechEndpoint, ServerClient)>,
    relay: Relay,
    clock: Clock,
    began: Instant,
}

impl SpeechLink {
    /// A link to `servers`, each of which has to take a connection within `connect_ms`. Nothing is known of them yet:
    /// golem starts also where none is there.
    pub fn new(servers: Vec<SpeechEndpoint>, connect_ms: u64, clock: Clock) -> Self {
        let connect = Duration::from_millis(connect_ms);
        let linked = |server: SpeechEndpoint| {
            let client = ServerClient::new(connect, &server.key_env);
            (server, client)
        };
        let servers: Vec<_> = servers.into_iter().map(linked).collect();
        Self { relay: Relay::new(servers.len()), servers, clock, began: clock() }
    }

    /// One of the servers.
    pub fn server(&self, at: usize) -> &SpeechEndpoint {
        &self.servers[at].0
    }

    /// What answers, in words for people: the server that was asked last, or `local`, golem's own engine.
    pub fn describe(&self, last: Option<usize>, local: Option<String>) -> String {
        match (last, local, self.servers.first()) {
            (Some(at), ..) => self.server(at).described(),
            (None, Some(local), Some((first, _))) => format!("{local} instead of {}", first.label()),
            (None, Some(local), None) => local,
            (None, None, first) => first.map(|(first, _)| first.described()).unwrap_or_default(),
        }
    }

    /// Reads the time since the link was made.
    pub fn timer(&self) -> impl Fn() -> Duration + Send + 'static + use<> {
        let (clock, began) = (self.clock, self.began);
        move || clock().saturating_duration_since(began)
    }

    /// The first server that may be asked: it has not failed, or has rested since. `None` where all have to rest.
    pub fn next(&self) -> Option<usize> {
        self.relay.next(self.timer()())
    }

    /// Sends a request to a server.
    ///
    /// # Errors
    /// When there is no key, or no thread.
    pub fn send(&mut self, at: usize, request: ServerRequest) -> Result<ServerCall, CallFault> {
        self.servers[at].1.send(request).map_err(CallFault::Broken)
    }

    /// Takes note if the last answer of a server was read to its end.
    pub fn settle(&mut self, at: usize) {
        if self.servers[at].1.ended_well() {
            self.relay.answered(at);
        }
    }

    /// A server has failed.
    pub fn failed(&mut self, at: usize, reason: &dyn Display) {
        let rest = self.relay.failed(at, self.timer()());
        tracing::warn!("{}: {reason}; tried again after {} s", self.server(at).label(), rest.as_secs());
    }
}
