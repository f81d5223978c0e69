//! The link to the speech servers: their connections, their order, and their pauses after failures.

use std::fmt::Display;
use std::time::{Duration, Instant};

use super::client::{CallFault, ServerCall, ServerClient};
use super::local::ClockReader;
use super::relay::Relay;
use super::request::ServerRequest;
use crate::config::speech_server::SpeechServerConfig;

/// Interval between two checks whether an answer is still needed: the longest delay of a barge-in.
pub const LOOK: Duration = Duration::from_millis(5);

/// A link to servers, of which the first that answers is asked.
pub struct SpeechLink {
    servers: Vec<(SpeechServerConfig, ServerClient)>,
    relay: Relay,
    clock: ClockReader,
    began: Instant,
}

impl SpeechLink {
    /// A link to `servers`, each of which must accept a connection within `connect_ms`. They are not contacted yet, so
    /// that golem also starts without them.
    pub fn new(servers: Vec<SpeechServerConfig>, connect_ms: u64, clock: ClockReader) -> Self {
        let connect = Duration::from_millis(connect_ms);
        let linked = |server: SpeechServerConfig| {
            let client = ServerClient::new(connect, &server.key_env);
            (server, client)
        };
        let servers: Vec<_> = servers.into_iter().map(linked).collect();
        Self { relay: Relay::new(servers.len()), servers, clock, began: clock() }
    }

    /// One of the servers.
    pub fn server(&self, at: usize) -> &SpeechServerConfig {
        &self.servers[at].0
    }

    /// The engine that answers, in words for people: server `last`, or `local`, golem's own engine.
    pub fn describe(&self, last: Option<usize>, local: Option<String>) -> String {
        match (last, local, self.servers.first()) {
            (Some(at), ..) => self.server(at).described(),
            (None, Some(local), Some((first, _))) => format!("{local} instead of {}", first.label()),
            (None, Some(local), None) => local,
            (None, None, first) => first.map(|(first, _)| first.described()).unwrap_or_default(),
        }
    }

    /// A timer that gives the time since the link was made.
    pub fn timer(&self) -> impl Fn() -> Duration + Send + 'static + use<> {
        let (clock, began) = (self.clock, self.began);
        move || clock().saturating_duration_since(began)
    }

    /// The first server that may be asked: it has not failed, or its pause after the failure is over. `None` if all
    /// pause.
    pub fn next(&self) -> Option<usize> {
        self.relay.next(self.timer()())
    }

    /// Sends a request to a server.
    ///
    /// # Errors
    /// When the key is missing or no thread can be started.
    pub fn send(&mut self, at: usize, request: ServerRequest) -> Result<ServerCall, CallFault> {
        self.servers[at].1.send(request).map_err(CallFault::Broken)
    }

    /// Records a success of a server if its last answer was read to its end.
    pub fn settle(&mut self, at: usize) {
        if self.servers[at].1.ended_well() {
            self.relay.answered(at);
        }
    }

    /// Records a failure of a server.
    pub fn failed(&mut self, at: usize, reason: &dyn Display) {
        let rest = self.relay.failed(at, self.timer()());
        tracing::warn!("{}: {reason}; tried again after {} s", self.server(at).label(), rest.as_secs());
    }
}
