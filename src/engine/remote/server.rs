//! A server of language models: its settings, its connection, and what golem has learned about it.

use std::time::Duration;

use super::client::{CallEvent, CallFault, ServerCall, ServerClient};
use super::deadline::{KEPT, Warmth};
use super::fit::ContextFit;
use super::link::LOOK;
use super::opening;
use super::reply::{ReplyDeadlines, ServerReply};
use super::request::{self, Form};
use super::thinker::Thinker;
use crate::config::LlmConfig;
use crate::config::llm_source::{LlmEngine, LlmSource, keeps};
use crate::engine::llama::asked;
use crate::message::Message;

/// Default context size in tokens: the most that golem's own language model takes by default.
const CONTEXT: u32 = 4096;
/// End of a template that opens the thoughts.
const OPENING: &str = "<think>";
/// Longest wait for the end of a template: it is requested when golem starts, and the answer needs no model.
const PROBED: Duration = Duration::from_millis(500);
/// Most bytes of that answer: a short prompt, or its tokens.
const LONGEST: usize = 1 << 20;
/// Tokens of a conversation that a slow server reads in a second: a processor without a graphics card, with a model of
/// some billions of parameters. Servers keep what they have read, but not all of them, and not for ever: the deadline
/// is that of a conversation which is read anew.
const READ: u64 = 50;

/// A server of language models.
pub struct LlmServer {
    config: LlmSource,
    settings: LlmConfig,
    client: ServerClient,
    fit: ContextFit,
    form: Form,
    /// The form of the last question that was answered, or the first form.
    answered_form: Form,
    /// The end of the server's template if it opens the model's thoughts, else empty.
    opening: String,
    /// Whether the model thinks: its name says so, or it has.
    thinks: bool,
    /// Running requests for the template, with the bytes of their answers so far.
    probes: Vec<(ServerCall, Vec<u8>)>,
    warmth: Warmth,
    /// The request that loads the model, and when it was sent.
    loading: Option<(Duration, ServerCall)>,
}

impl LlmServer {
    /// A server of the settings that has not been contacted.
    pub fn new(config: LlmSource, settings: &LlmConfig) -> Self {
        let thinker = Thinker::of(&config.model);
        // Ollama separates thoughts from the reply itself.
        let opens = config.engine == LlmEngine::OpenAi && thinker == Thinker::Opened;
        Self {
            client: ServerClient::new(Duration::from_millis(settings.connect_ms), &config.key_env),
            fit: ContextFit::new(context(settings)),
            config,
            settings: settings.clone(),
            form: Form::Full,
            answered_form: Form::Full,
            opening: if opens { OPENING.into() } else { String::new() },
            thinks: thinker != Thinker::Unknown,
            probes: Vec::new(),
            warmth: Warmth::default(),
            loading: None,
        }
    }

    /// Its name for people.
    pub fn label(&self) -> String {
        self.config.label()
    }

    /// Its address.
    pub fn address(&self) -> String {
        self.config.base()
    }

    /// Whether conversations leave this machine.
    pub fn is_elsewhere(&self) -> bool {
        self.config.is_elsewhere()
    }

    /// Begins at `now` to load the model, unless it is loaded or being loaded. Only Ollama loads a model on request:
    /// another server is asked nothing more once it has answered.
    pub fn preload(&mut self, now: Duration) {
        let answered = matches!(self.warmth, Warmth::Warm(_)) && self.config.engine != LlmEngine::Ollama;
        if answered || self.loading.is_some() || !self.warmth.is_cold(now) {
            return;
        }
        let request = request::preload(&self.config, &self.settings, context(&self.settings));
        // Ignore the error: the question meets it again and reports it.
        self.loading = self.client.send(request).ok().map(|call| (now, call));
        self.probe();
    }

    /// When the running request that loads the model was sent.
    pub fn loading_since(&self) -> Option<Duration> {
        self.loading.as_ref().map(|(since, _)| *since)
    }

    /// Requests the end of the server's template, unless it is known or requested already.
    fn probe(&mut self) {
        if self.config.engine == LlmEngine::OpenAi && self.opening.is_empty() && self.probes.is_empty() {
            let calls = opening::prompts(&self.config).into_iter().filter_map(|request| self.client.send(request).ok());
            self.probes = calls.map(|call| (call, Vec::new())).collect();
        }
    }

    /// Reads the answers to those requests. The first question waits a moment for them.
    fn look_at_probes(&mut self) {
        let mut probes = std::mem::take(&mut self.probes);
        while let Some((mut call, mut answer)) = probes.pop() {
            let rounds = PROBED.as_millis() / LOOK.as_millis();
            for _ in 0..rounds {
                match call.next(LOOK) {
                    Some(CallEvent::Bytes(bytes)) if answer.len() < LONGEST => answer.extend(bytes),
                    Some(CallEvent::End) => {
                        if let Some(opening) = opening::opening(&answer) {
                            self.opening = opening;
                        }
                        break;
                    }
                    None => {}
                    // The server does not know the request.
                    Some(_) => break,
                }
            }
        }
    }

    /// Handles the events of loading up to `now`.
    pub fn look(&mut self, now: Duration) -> Result<(), CallFault> {
        while let Some(event) = self.loading.as_mut().and_then(|(_, loading)| loading.next(Duration::ZERO)) {
            match event {
                CallEvent::Bytes(_) => {}
                CallEvent::End => {
                    self.loading = None;
                    // Other servers have only shown that they answer.
                    if self.config.engine == LlmEngine::Ollama {
                        self.answered(now);
                    }
                }
                CallEvent::Failed(fault) => {
                    self.loading = None;
                    // A server that does not know this request may know others.
                    return if matches!(fault, CallFault::Refused { status: 404 | 405, .. }) {
                        Ok(())
                    } else {
                        Err(fault)
                    };
                }
            }
        }
        Ok(())
    }

    /// Requests a reply to the conversation.
    ///
    /// # Errors
    /// When the conversation does not fit the context, or the request cannot be sent.
    pub fn ask(&mut self, conversation: &[Message], now: Duration) -> Result<ServerReply, CallFault> {
        self.look_at_probes();
        let (context, longest) = (context(&self.settings), self.longest());
        let fitting = self.fit.fit(conversation, longest).ok_or_else(|| {
            CallFault::Broken(format!(
                "the question does not fit a context of {context} tokens; set a larger llm.context"
            ))
        })?;
        let request = request::chat(&self.config, &self.settings, (context, longest), &fitting, self.form);
        let call = self.client.send(request).map_err(CallFault::Broken)?;
        let tokens = self.fit.estimate(&fitting) as u64;
        let reading = Duration::from_millis((tokens * 1_000 / READ).min(self.settings.load_ms));
        let deadlines = ReplyDeadlines::of(&self.settings, reading);
        let (opening, cold) = (self.opening.as_str(), self.warmth.is_cold(now));
        let reply = ServerReply::new(call, self.config.engine, asked(fitting), deadlines, (opening, cold), now);
        Ok(if self.thinks() { reply.cut_after(self.settings.max_tokens) } else { reply })
    }

    fn thinks(&self) -> bool {
        self.thinks || !self.opening.is_empty()
    }

    /// Most tokens that the server may make, thoughts included. A model that thinks gets half of the context, the most
    /// that `ContextFit::fit` leaves to a reply, and golem itself ends the reply after `llm.max_tokens` of its text. Any
    /// other model gets the plain limit: it is exact, and holds even where a server does not notice a hang-up.
    fn longest(&self) -> usize {
        let said = self.settings.max_tokens;
        if self.thinks() { said.max(context(&self.settings) as usize / 2) } else { said }
    }

    /// Gives the next replies room for thoughts, after one that had thoughts and no text. Returns whether that is more
    /// room than they had.
    pub fn make_room(&mut self) -> bool {
        let had = self.thinks();
        self.thinks = true;
        !had
    }

    /// Whether the refused request can be repeated in a simpler form. If so, all further requests have that form. If
    /// the server has refused the simplest form too, the form is not what it refuses: further requests have the form
    /// that was answered before.
    pub fn simplify(&mut self, fault: &CallFault) -> bool {
        if !matches!(fault, CallFault::Refused { status: 400 | 422, .. }) {
            return false;
        }
        let simpler = self.form.simpler(self.config.engine);
        self.form = simpler.unwrap_or(self.answered_form);
        simpler.is_some()
    }

    /// Learns from a reply that ended well.
    pub fn ended(&mut self, reply: &ServerReply) {
        self.answered_form = self.form;
        if reply.opened() && self.opening.is_empty() {
            self.opening = OPENING.into();
        }
        self.thinks |= reply.thought();
        if let Some(tokens) = reply.tokens() {
            self.fit.counted(tokens);
        }
    }

    /// Records that the model was loaded at `now`.
    pub fn answered(&mut self, now: Duration) {
        let kept = match self.config.engine {
            LlmEngine::Ollama => keeps(&self.settings.keep_alive),
            LlmEngine::OpenAi | LlmEngine::Llama => KEPT,
        };
        self.warmth = Warmth::answered(now, kept);
    }

    /// Records a failure at `now`: an answer was only `late`, or something else went wrong.
    pub fn failed(&mut self, late: bool, now: Duration) {
        (self.warmth, self.loading) = (self.warmth.failed(late, now), None);
        self.probes.clear();
    }
}

fn context(settings: &LlmConfig) -> u32 {
    if settings.context == 0 { CONTEXT } else { settings.context }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_warm_as_long_as_its_server_keeps_it() {
        let settings = LlmConfig { keep_alive: "1m".into(), ..LlmConfig::default() };
        let server =
            |engine| LlmServer::new(LlmSource { engine, model: "m".into(), ..LlmSource::default() }, &settings);
        let mut ollama = server(LlmEngine::Ollama);
        assert_eq!(ollama.warmth, Warmth::Cold);
        ollama.answered(Duration::from_secs(5));
        assert_eq!(ollama.warmth, Warmth::Warm(Duration::from_secs(65)));
        ollama.failed(false, Duration::from_secs(90));
        assert_eq!(ollama.warmth, Warmth::Cold);
        ollama.failed(true, Duration::from_mins(2));
        assert_eq!(ollama.warmth, Warmth::Overdue, "the time for loading is given once");
        let mut other = server(LlmEngine::OpenAi);
        other.answered(Duration::ZERO);
        assert!(other.warmth.is_cold(Duration::from_hours(1)), "programs behind this interface unload models too");
    }

    #[test]
    fn a_model_is_loaded_again_only_when_its_server_may_have_dropped_it() {
        let settings = LlmConfig { keep_alive: "1m".into(), ..LlmConfig::default() };
        let gone = "http://127.0.0.1:1".into();
        let source = LlmSource { engine: LlmEngine::Ollama, url: gone, model: "m".into(), ..LlmSource::default() };
        let mut server = LlmServer::new(source, &settings);
        server.answered(Duration::from_secs(5));
        server.preload(Duration::from_secs(65));
        assert_eq!(server.loading_since(), None);
        server.preload(Duration::from_secs(66));
        server.preload(Duration::from_secs(67));
        assert_eq!(server.loading_since(), Some(Duration::from_secs(66)), "once");
    }

    #[test]
    fn a_model_that_thinks_gets_room_for_its_thoughts() {
        let settings = LlmConfig { max_tokens: 180, context: 4096, ..LlmConfig::default() };
        let server = |model: &str, settings: &LlmConfig| {
            let engine = LlmEngine::Ollama;
            LlmServer::new(LlmSource { engine, model: model.into(), ..LlmSource::default() }, settings)
        };
        assert_eq!(server("gpt-oss:20b", &settings).longest(), 2048);
        let mut unknown = server("m", &settings);
        assert_eq!(unknown.longest(), 180);
        assert!(unknown.make_room() && !unknown.make_room());
        assert_eq!(unknown.longest(), 2048);
        let long = LlmConfig { max_tokens: 3000, ..settings.clone() };
        assert_eq!(server("gpt-oss:20b", &long).longest(), 3000, "no less than any other model");
    }

    #[test]
    fn only_a_refused_request_is_made_simpler_and_only_as_long_as_that_may_help() {
        let refused = |status| CallFault::Refused { status, reason: String::new() };
        for (engine, simpler) in [
            (LlmEngine::OpenAi, &[Form::Effort, Form::Template, Form::Plain, Form::Strict][..]),
            (LlmEngine::Ollama, &[Form::Strict]),
        ] {
            let mut server = LlmServer::new(LlmSource { engine, ..LlmSource::default() }, &LlmConfig::default());
            assert!(!server.simplify(&refused(500)) && !server.simplify(&CallFault::Broken(String::new())));
            for form in simpler {
                assert!(server.simplify(&refused(400)));
                assert_eq!(server.form, *form);
            }
            assert!(!server.simplify(&refused(422)));
            assert_eq!(server.form, Form::Full, "something else is wrong with the request");
        }
    }
}
