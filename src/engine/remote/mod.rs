//! Language models, recognisers and voices on servers that speak OpenAI's or Ollama's interface, with golem's own
//! engines as the fallback.
//!
//! The `client` sends a `request`; `stream` splits its answer, and `reply` turns it into text to be said. `relay`
//! chooses the server, `fit` cuts the conversation, and `opening` finds the beginning of a reply in the server's
//! template. `thinker` is what a model's name says about its thoughts, and `silence` a reply without a word. [`asr`]
//! sends utterances (`transcription`, `form`), and [`tts`] plays the sound that comes back (`sound`). Each of these two
//! has a `link` to its server. `deadline` is how long any of them waits for the beginning of an answer.

pub mod asr;
mod client;
mod deadline;
mod fit;
mod form;
mod link;
pub mod local;
mod opening;
mod relay;
mod reply;
mod request;
mod server;
mod silence;
mod sound;
mod stream;
mod thinker;
mod transcription;
pub mod tts;

use std::time::{Duration, Instant};

use self::client::{CallFault, ServerClient};
use self::local::{ClockReader, LocalEngine, LocalMaker};
use self::relay::Relay;
use self::reply::{ReplyUpdate, ServerReply};
use self::server::LlmServer;
use self::silence::Silence;
use super::{Chat, EngineError};
use crate::config::LlmConfig;
use crate::config::llm_source::LlmSource;
use crate::config::speech_server::SpeechServerConfig;
use crate::message::Message;
use crate::turn::Ticket;

/// Wait for a model that loads or thinks after which its reply is late.
const LATE: Duration = Duration::from_secs(2);

/// A chat with the first of several servers that answers, or else with golem's own language model.
pub struct RemoteChat {
    servers: Vec<LlmServer>,
    relay: Relay,
    local: LocalEngine<dyn Chat>,
    clock: ClockReader,
    began: Instant,
    conversation: Vec<Message>,
    work: RemoteWork,
    /// The time at which the wait for this reply began.
    since: Duration,
    /// The server that was asked last; `None` for golem's own language model.
    last: Option<usize>,
    /// Why the last server that replied to this conversation without a word did so.
    silence: Option<EngineError>,
}

/// The present work on a reply.
enum RemoteWork {
    /// No reply is running.
    Rest,
    /// The next server has to be asked.
    Ask,
    /// A server replies.
    Server(usize, Box<ServerReply>),
    /// Golem's own language model replies.
    Local,
}

impl RemoteChat {
    /// A chat with the servers of the settings. The first of them begins to load its model. None needs to answer yet,
    /// so that golem also starts without them.
    pub fn open(settings: &LlmConfig, local: LocalMaker<dyn Chat>, clock: ClockReader) -> Self {
        let mut servers: Vec<LlmServer> =
            settings.servers().into_iter().map(|server| LlmServer::new(server, settings)).collect();
        if let Some(first) = servers.first_mut() {
            first.preload(Duration::ZERO);
        }
        Self {
            relay: Relay::new(servers.len()),
            last: (!servers.is_empty()).then_some(0),
            servers,
            local: LocalEngine::new(local),
            clock,
            began: clock(),
            conversation: Vec::new(),
            work: RemoteWork::Rest,
            since: Duration::ZERO,
            silence: None,
        }
    }

    fn now(&self) -> Duration {
        (self.clock)().saturating_duration_since(self.began)
    }

    /// Handles the events of loading.
    fn look(&mut self) {
        let now = self.now();
        for at in 0..self.servers.len() {
            // The pause begins with the request: its failure may be noticed much later, when the server is back.
            let since = self.servers[at].loading_since().unwrap_or(now);
            if let Err(fault) = self.servers[at].look(now) {
                self.failed(at, &fault, since);
            }
        }
    }

    /// Asks the next server, or else golem's own language model.
    fn ask(&mut self, stop: &Ticket) -> Result<(), EngineError> {
        self.look();
        let now = self.now();
        while let Some(at) = self.relay.next(now) {
            match self.servers[at].ask(&self.conversation, now) {
                Ok(reply) => {
                    (self.work, self.last) = (RemoteWork::Server(at, Box::new(reply)), Some(at));
                    return Ok(());
                }
                Err(fault) => self.failed(at, &fault, now),
            }
        }
        self.last = None;
        match self.local.open() {
            Ok(local) => local.begin(&self.conversation, stop)?,
            // A server that works but says nothing is what the person has to know of.
            Err(error) => return Err(self.silence.take().unwrap_or(error)),
        }
        self.work = RemoteWork::Local;
        Ok(())
    }

    /// Records a failure of a server, which pauses from `since` on.
    fn failed(&mut self, at: usize, fault: &CallFault, since: Duration) {
        let (rest, now) = (self.relay.failed(at, since), self.now());
        self.servers[at].failed(matches!(fault, CallFault::Late(_)), now);
        tracing::warn!("{}: {fault}; tried again after {} s", self.servers[at].label(), rest.as_secs());
    }

    /// Handles an event of a server's reply. `Some` is the return value of [`Chat::next`].
    fn take(
        &mut self,
        at: usize,
        reply: Box<ServerReply>,
        news: ReplyUpdate,
    ) -> Option<Result<Option<String>, EngineError>> {
        let now = self.now();
        match news {
            ReplyUpdate::Stale => Some(Ok(None)),
            ReplyUpdate::Waiting => {
                self.work = RemoteWork::Server(at, reply);
                Some(Ok(Some(String::new())))
            }
            ReplyUpdate::Text(text) => {
                self.relay.answered(at);
                self.servers[at].answered(now);
                self.work = RemoteWork::Server(at, reply);
                Some(Ok(Some(text)))
            }
            ReplyUpdate::End(text) => {
                self.relay.answered(at);
                self.servers[at].answered(now);
                self.servers[at].ended(&reply);
                Some(Ok(Some(text).filter(|text| !text.is_empty())))
            }
            ReplyUpdate::Silent(silence) => {
                // Thoughts that only lacked room get it at once.
                if silence == Silence::Thoughts && self.servers[at].make_room() {
                    self.servers[at].answered(now);
                } else {
                    self.failed(at, &CallFault::Broken(silence.to_string()), now);
                    let reason = format!("{}: {silence}", self.servers[at].label());
                    self.silence = Some(EngineError::Failed { engine: "brain", reason });
                }
                self.work = RemoteWork::Ask;
                None
            }
            ReplyUpdate::Failed(fault) if !reply.said() => {
                if !self.servers[at].simplify(&fault) {
                    self.failed(at, &fault, now);
                }
                self.work = RemoteWork::Ask;
                None
            }
            ReplyUpdate::Failed(fault) => {
                self.failed(at, &fault, now);
                let reason = format!("{}: {fault}", self.servers[at].label());
                Some(Err(EngineError::Failed { engine: "brain", reason }))
            }
        }
    }
}

impl Chat for RemoteChat {
    fn describe(&self) -> String {
        let first = self.servers.first().map(LlmServer::label).unwrap_or_default();
        match (self.last, self.local.opened()) {
            (Some(at), _) => {
                let server = &self.servers[at];
                let elsewhere = if server.is_elsewhere() { ", elsewhere" } else { "" };
                format!("{}{elsewhere}", server.label())
            }
            (None, Some(local)) => format!("{} instead of {first}", local.describe()),
            (None, None) => format!("no brain instead of {first}"),
        }
    }

    fn address(&self) -> Option<String> {
        self.last.map(|at| self.servers[at].address())
    }

    /// Stores the conversation. Nothing of it is sent before a reply is requested. But this is called as soon as a
    /// person begins to speak, so that a server that may have dropped the model has it loaded by the end of the
    /// question.
    fn begin(&mut self, conversation: &[Message], _: &Ticket) -> Result<(), EngineError> {
        self.conversation = conversation.to_vec();
        self.work = RemoteWork::Ask;
        (self.since, self.silence) = (self.now(), None);
        self.look();
        if let Some(at) = self.relay.next(self.since) {
            self.servers[at].preload(self.since);
        }
        Ok(())
    }

    fn next(&mut self, stop: &Ticket) -> Result<Option<String>, EngineError> {
        loop {
            // Take the work out, and put it back only if it goes on: a dropped reply cuts its connection.
            let work = std::mem::replace(&mut self.work, RemoteWork::Rest);
            if stop.stale() {
                return Ok(None);
            }
            match work {
                RemoteWork::Rest => return Ok(None),
                RemoteWork::Ask => self.ask(stop)?,
                RemoteWork::Server(at, mut reply) => {
                    let (clock, began) = (self.clock, self.began);
                    let news = reply.next(stop, &|| clock().saturating_duration_since(began));
                    if let Some(outcome) = self.take(at, reply, news) {
                        return outcome;
                    }
                }
                RemoteWork::Local => {
                    let piece = self.local.open()?.next(stop)?;
                    if piece.is_some() {
                        self.work = RemoteWork::Local;
                    }
                    return Ok(piece);
                }
            }
        }
    }

    fn is_late(&self) -> bool {
        self.now().saturating_sub(self.since) >= LATE
    }
}

/// The names of a server's models. Each piece of its answer must come within `patience`.
///
/// # Errors
/// When the server cannot be reached, or answers something else.
pub fn models(server: &LlmSource, patience: Duration) -> Result<Vec<String>, String> {
    let answer = ServerClient::new(patience, &server.key_env).fetch(request::models(server), patience)?;
    listed(&answer)
}

/// The names of a speech server's models. Each piece of its answer must come within `patience`.
///
/// # Errors
/// As for [`models`].
pub fn speech_models(server: &SpeechServerConfig, patience: Duration) -> Result<Vec<String>, String> {
    let request =
        request::ServerRequest { url: format!("{}/models", server.base()), body: request::RequestBody::Nothing };
    let answer = ServerClient::new(patience, &server.key_env).fetch(request, patience)?;
    listed(&answer)
}

fn listed(answer: &[u8]) -> Result<Vec<String>, String> {
    request::model_names(answer).ok_or_else(|| "it answers, but not with a list of models".into())
}

/// Whether `names`, the models of `server`, include the one of its settings.
pub fn has_model(names: &[String], server: &LlmSource) -> bool {
    request::has_model(names, &server.model)
}
