//! Brains, ears and voices elsewhere: servers that speak OpenAI's or Ollama's interface, and golem's own engines for when
//! none answers.
//!
//! A request (`request`) is sent by the `client`, whose answer is taken apart in `stream` and becomes text worth saying in
//! `reply`. `relay` decides which server is asked, `fit` how much of the conversation; `opening` is what its
//! template begins a reply with. [`ears`] send utterances
//! (`transcription`, `form`), the [`voice`] plays what comes back (`sound`); a `link` is what both have of their server.

mod client;
pub mod ears;
mod fit;
mod form;
mod link;
pub mod local;
mod opening;
mod relay;
mod reply;
mod request;
mod server;
mod sound;
mod stream;
mod transcription;
pub mod voice;

use std::time::{Duration, Instant};

use self::client::ServerClient;
use self::local::{Clock, LocalEngine, LocalMaker};
use self::relay::Relay;
use self::reply::{ReplyNews, ServerReply};
use self::server::BrainServer;
use super::{Chat, EngineError};
use crate::config::LlmConfig;
use crate::config::brain::BrainConfig;
use crate::config::speech::SpeechEndpoint;
use crate::message::{Message, Role};
use crate::phrases::{Language, Phrase};
use crate::turn::Ticket;
use crate::verbalize::cyrillic;

/// How long a person waits for a model that is being loaded before golem asks for patience.
const UNASKED: Duration = Duration::from_secs(2);

/// A chat with the first of several servers that answers, or else with golem's own brain.
pub struct RemoteChat {
    servers: Vec<BrainServer>,
    relay: Relay,
    local: LocalEngine<dyn Chat>,
    clock: Clock,
    began: Instant,
    conversation: Vec<Message>,
    work: RemoteWork,
    /// Since when this reply is waited for.
    since: Duration,
    /// Whether the person was asked for patience already.
    asked_patience: bool,
    /// The server that was asked last; golem's own brain where that is none.
    last: Option<usize>,
}

/// What is under way.
enum RemoteWork {
    /// Nothing.
    Rest,
    /// The next server is to be asked.
    Ask,
    /// A server replies.
    Server(usize, Box<ServerReply>),
    /// Golem's own brain replies.
    Local,
}

impl RemoteChat {
    /// A chat with the servers of the settings, the first of which begins to load its model. Nothing is known of them yet:
    /// golem starts also where none is there.
    pub fn open(settings: &LlmConfig, local: LocalMaker<dyn Chat>, clock: Clock) -> Self {
        let mut servers: Vec<BrainServer> =
            settings.servers().into_iter().map(|server| BrainServer::new(server, settings)).collect();
        if let Some(first) = servers.first_mut() {
            first.preload();
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
            asked_patience: false,
        }
    }

    fn now(&self) -> Duration {
        (self.clock)().saturating_duration_since(self.began)
    }

    /// Asks the next server, or else golem's own brain.
    fn ask(&mut self, stop: &Ticket) -> Result<(), EngineError> {
        let now = self.now();
        for at in 0..self.servers.len() {
            if let Err(fault) = self.servers[at].look(now) {
                self.failed(at, &fault.to_string());
            }
        }
        while let Some(at) = self.relay.next(now) {
            match self.servers[at].ask(&self.conversation, now) {
                Ok(reply) => {
                    (self.work, self.last) = (RemoteWork::Server(at, Box::new(reply)), Some(at));
                    return Ok(());
                }
                Err(fault) => self.failed(at, &fault.to_string()),
            }
        }
        self.last = None;
        self.local.open()?.begin(&self.conversation, stop)?;
        self.work = RemoteWork::Local;
        Ok(())
    }

    fn failed(&mut self, at: usize, reason: &str) {
        let now = self.now();
        let rest = self.relay.failed(at, now);
        self.servers[at].failed();
        tracing::warn!("{}: {reason}; tried again after {} s", self.servers[at].label(), rest.as_secs());
    }

    /// What is said while a model is loaded: once a sentence, otherwise nothing, which shows that golem still works.
    fn patience(&mut self) -> String {
        if self.asked_patience || self.now().saturating_sub(self.since) < UNASKED {
            return String::new();
        }
        self.asked_patience = true;
        let asked = self.conversation.iter().rfind(|message| message.role == Role::User);
        let russian = asked.is_some_and(|message| cyrillic(&message.text) == Some(true));
        let language = if russian { Language::Russian } else { Language::English };
        format!("{} ", Phrase::OneMoment.say(language))
    }

    /// Takes news of a server's reply. `Some` is what [`Chat::next`] returns.
    fn take(
        &mut self,
        at: usize,
        reply: Box<ServerReply>,
        news: ReplyNews,
    ) -> Option<Result<Option<String>, EngineError>> {
        let now = self.now();
        match news {
            ReplyNews::Stale => Some(Ok(None)),
            ReplyNews::Loading => {
                self.work = RemoteWork::Server(at, reply);
                Some(Ok(Some(self.patience())))
            }
            ReplyNews::Text(text) => {
                self.relay.answered(at);
                self.servers[at].answered(now);
                self.work = RemoteWork::Server(at, reply);
                Some(Ok(Some(text)))
            }
            ReplyNews::End(text) => {
                self.relay.answered(at);
                self.servers[at].answered(now);
                self.servers[at].ended(&reply);
                Some(Ok(Some(text).filter(|text| !text.is_empty())))
            }
            ReplyNews::Failed(fault) if !reply.said() => {
                if !self.servers[at].simplify(&fault) {
                    self.failed(at, &fault.to_string());
                }
                self.work = RemoteWork::Ask;
                None
            }
            ReplyNews::Failed(fault) => {
                self.failed(at, &fault.to_string());
                let reason = format!("{}: {fault}", self.servers[at].label());
                Some(Err(EngineError::Failed { engine: "brain", reason }))
            }
        }
    }
}

impl Chat for RemoteChat {
    fn describe(&self) -> String {
        let first = self.servers.first().map(BrainServer::label).unwrap_or_default();
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

    /// Only takes note of the conversation: nothing is sent before a reply is wanted.
    fn begin(&mut self, conversation: &[Message], _: &Ticket) -> Result<(), EngineError> {
        self.conversation = conversation.to_vec();
        self.work = RemoteWork::Ask;
        (self.since, self.asked_patience) = (self.now(), false);
        Ok(())
    }

    fn next(&mut self, stop: &Ticket) -> Result<Option<String>, EngineError> {
        loop {
            // Taken out, and put back only while there is more to come. What is dropped here cuts its connection.
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
}

/// The names of a server's models, within `patience`.
///
/// # Errors
/// When it cannot be reached, or answers something else.
pub fn models(server: &BrainConfig, patience: Duration) -> Result<Vec<String>, String> {
    let answer = ServerClient::new(patience, &server.key_env).fetch(request::models(server), patience)?;
    listed(&answer)
}

/// The names of the models of a server that hears or speaks, within `patience`.
///
/// # Errors
/// As those of [`models`].
pub fn speech_models(server: &SpeechEndpoint, patience: Duration) -> Result<Vec<String>, String> {
    let request =
        request::ServerRequest { url: format!("{}/models", server.base()), body: request::RequestBody::Nothing };
    let answer = ServerClient::new(patience, &server.key_env).fetch(request, patience)?;
    listed(&answer)
}

fn listed(answer: &[u8]) -> Result<Vec<String>, String> {
    request::model_names(answer).ok_or_else(|| "it answers, but not with a list of models".into())
}

/// Whether a server that has `names` has the model that is asked of it.
pub fn has_model(names: &[String], server: &BrainConfig) -> bool {
    request::has_model(names, &server.model)
}
