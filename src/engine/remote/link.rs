//! The link to the speech servers: their connections, their order, and their pauses after failures.

use std::time::{Duration, Instant};

use super::client::{CallFault, ServerCall, ServerClient};
use super::deadline::{KEPT, Warmth};
use super::local::ClockReader;
use super::relay::Relay;
use super::request::ServerRequest;
use crate::config::speech_server::SpeechServerConfig;

/// Interval between two checks whether an answer is still needed: the longest delay of a barge-in.
pub const LOOK: Duration = Duration::from_millis(5);

/// A server, and what golem knows of it.
struct LinkedServer {
    config: SpeechServerConfig,
    client: ServerClient,
    warmth: Warmth,
}

/// A link to servers, of which the first that answers is asked.
pub struct SpeechLink {
    servers: Vec<LinkedServer>,
    relay: Relay,
    clock: ClockReader,
    began: Instant,
}

impl SpeechLink {
    /// A link to `servers`, each of which must accept a connection within `connect_ms`. They are not contacted yet, so
    /// that golem also starts without them.
    pub fn new(servers: Vec<SpeechServerConfig>, connect_ms: u64, clock: ClockReader) -> Self {
        let connect = Duration::from_millis(connect_ms);
        let linked = |config: SpeechServerConfig| {
            let client = ServerClient::new(connect, &config.key_env);
            LinkedServer { config, client, warmth: Warmth::default() }
        };
        let servers: Vec<_> = servers.into_iter().map(linked).collect();
        Self { relay: Relay::new(servers.len()), servers, clock, began: clock() }
    }

    /// One of the servers.
    pub fn server(&self, at: usize) -> &SpeechServerConfig {
        &self.servers[at].config
    }

    /// The engine that answers, in words for people: server `last`, or `local`, golem's own engine.
    pub fn describe(&self, last: Option<usize>, local: Option<String>) -> String {
        match (last, local, self.servers.first()) {
            (Some(at), ..) => self.server(at).described(),
            (None, Some(local), Some(first)) => format!("{local} instead of {}", first.config.label()),
            (None, Some(local), None) => local,
            (None, None, first) => first.map(|first| first.config.described()).unwrap_or_default(),
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
        self.servers[at].client.send(request).map_err(CallFault::Broken)
    }

    /// Whether a server may have to load its model for the next request.
    pub fn is_cold(&self, at: usize) -> bool {
        self.servers[at].warmth.is_cold(self.timer()())
    }

    /// Records an answer of a server, which shows that its model is loaded.
    pub fn answered(&mut self, at: usize) {
        self.servers[at].warmth = Warmth::answered(self.timer()(), KEPT);
    }

    /// Records a success of a server if its last answer was read to its end.
    pub fn settle(&mut self, at: usize) {
        if self.servers[at].client.ended_well() {
            self.relay.answered(at);
        }
    }

    /// Records a failure of a server: it may be a restarted one when it answers next.
    pub fn failed(&mut self, at: usize, fault: &CallFault) {
        let now = self.timer()();
        let rest = self.relay.failed(at, now);
        let warmth = &mut self.servers[at].warmth;
        *warmth = warmth.failed(matches!(fault, CallFault::Late(_)), now);
        tracing::warn!("{}: {fault}; tried again after {} s", self.server(at).label(), rest.as_secs());
    }
}
