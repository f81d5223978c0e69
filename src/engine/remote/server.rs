//! A server of language models: its settings, its connection, and what golem has learned about it.

use std::time::Duration;

use super::client::{CallEvent, CallFault, ServerCall, ServerClient};
use super::fit::ContextFit;
use super::link::LOOK;
use super::opening;
use super::reply::{ReplyDeadlines, ServerReply};
use super::request::{self, Form};
use crate::config::LlmConfig;
use crate::config::llm_source::{KeepAlive, LlmEngine, LlmSource, keeps};
use crate::engine::llama::asked;
use crate::message::{Message, Role};
use crate::phrases::{Language, Phrase};

/// Default context size in tokens: the most that golem's own language model takes by default.
const CONTEXT: u32 = 4096;
/// Parts of the names of models that always think, and whose templates open the thoughts.
const THINKERS: [&str; 4] = ["-r1", "qwq", "thinking", "reason"];
/// End of such a template.
const OPENING: &str = "<think>";
/// Longest wait for the end of a template: it is requested when golem starts, and the answer needs no model.
const PROBED: Duration = Duration::from_millis(500);
/// Most bytes of that answer: a short prompt, or its tokens.
const LONGEST: usize = 1 << 20;

/// A server of language models.
pub struct LlmServer {
    config: LlmSource,
    settings: LlmConfig,
    client: ServerClient,
    fit: ContextFit,
    form: Form,
    /// The end of the server's template if it opens the model's thoughts, else empty.
    opening: String,
    /// Running requests for the template, with the bytes of their answers so far.
    probes: Vec<(ServerCall, Vec<u8>)>,
    /// Time until which the model is surely loaded; `None` if that is unknown.
    warm: Option<Duration>,
    /// The request that loads the model.
    loading: Option<ServerCall>,
}

impl LlmServer {
    /// A server of the settings that has not been contacted.
    pub fn new(config: LlmSource, settings: &LlmConfig) -> Self {
        let model = config.model.to_lowercase();
        // Ollama separates thoughts from the reply itself.
        let opens = config.engine == LlmEngine::OpenAi && THINKERS.iter().any(|name| model.contains(name));
        Self {
            client: ServerClient::new(Duration::from_millis(settings.connect_ms), &config.key_env),
            fit: ContextFit::new(context(settings)),
            config,
            settings: settings.clone(),
            form: Form::Full,
            opening: if opens { OPENING.into() } else { String::new() },
            probes: Vec::new(),
            warm: None,
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

    /// Begins to load the model.
    pub fn preload(&mut self) {
        let request = request::preload(&self.config, &self.settings, context(&self.settings));
        // Ignore the error: the first question meets it again and reports it.
        self.loading = self.client.send(request).ok();
        self.probe();
    }

    /// Requests the end of the server's template, unless it is known.
    fn probe(&mut self) {
        if self.config.engine == LlmEngine::OpenAi && self.opening.is_empty() {
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
        while let Some(event) = self.loading.as_mut().and_then(|loading| loading.next(Duration::ZERO)) {
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
        let conversation: Vec<Message> = conversation.iter().filter_map(without_moment).collect();
        let fitting = self.fit.fit(&conversation, self.settings.max_tokens).ok_or_else(|| {
            let context = context(&self.settings);
            CallFault::Broken(format!(
                "the question does not fit a context of {context} tokens; set a larger llm.context"
            ))
        })?;
        let request = request::chat(&self.config, &self.settings, context(&self.settings), &fitting, self.form);
        self.look_at_probes();
        let call = self.client.send(request).map_err(CallFault::Broken)?;
        let cold = self.warm.is_none_or(|until| until < now);
        let deadlines = ReplyDeadlines::of(&self.settings);
        Ok(ServerReply::new(call, self.config.engine, asked(fitting), deadlines, (&self.opening, cold), now))
    }

    /// Whether the refused request can be repeated in a simpler form. If so, all further requests have that form.
    pub fn simplify(&mut self, fault: &CallFault) -> bool {
        let simpler = self.form == Form::Full && matches!(fault, CallFault::Refused { status: 400 | 422, .. });
        if simpler {
            self.form = Form::Strict;
        }
        simpler
    }

    /// Learns from a reply that ended well.
    pub fn ended(&mut self, reply: &ServerReply) {
        if reply.opened() && self.opening.is_empty() {
            self.opening = OPENING.into();
        }
        if let Some(tokens) = reply.tokens() {
            self.fit.counted(tokens);
        }
    }

    /// Records that the model was loaded at `now`.
    pub fn answered(&mut self, now: Duration) {
        let kept = match self.config.engine {
            LlmEngine::Ollama => keeps(&self.settings.keep_alive),
            LlmEngine::OpenAi | LlmEngine::Llama => KeepAlive::Always,
        };
        self.warm = Some(match kept {
            KeepAlive::For(time) => now.saturating_add(time),
            KeepAlive::Always => Duration::MAX,
            KeepAlive::Unknown => now,
        });
    }

    /// Records a failure: the server may be a restarted one when it answers next.
    pub fn failed(&mut self) {
        (self.warm, self.loading) = (None, None);
        self.probes.clear();
    }
}

fn context(settings: &LlmConfig) -> u32 {
    if settings.context == 0 { CONTEXT } else { settings.context }
}

/// The message without the request for patience that golem said while the model loaded. `None` if nothing else is left.
fn without_moment(message: &Message) -> Option<Message> {
    let moments = Language::ALL.map(|language| Phrase::OneMoment.say(language));
    let said = moments.iter().find_map(|moment| message.text.strip_prefix(moment.as_str()));
    match said.filter(|_| message.role == Role::Assistant) {
        Some(rest) if rest.trim().is_empty() => None,
        Some(rest) => Some(Message::new(message.role, rest.trim_start())),
        None => Some(message.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_golem_said_while_it_waited_is_no_part_of_the_conversation() {
        let said = |text: &str| without_moment(&Message::new(Role::Assistant, text)).map(|message| message.text);
        assert_eq!(said("One moment. It is five.").as_deref(), Some("It is five."));
        assert_eq!(said("Одну минуту."), None);
        assert_eq!(said("It is five.").as_deref(), Some("It is five."));
        assert_eq!(without_moment(&Message::new(Role::User, "One moment.")).unwrap().text, "One moment.");
    }

    #[test]
    fn a_model_is_warm_as_long_as_its_server_keeps_it() {
        let settings = LlmConfig { keep_alive: "1m".into(), ..LlmConfig::default() };
        let server =
            |engine| LlmServer::new(LlmSource { engine, model: "m".into(), ..LlmSource::default() }, &settings);
        let mut ollama = server(LlmEngine::Ollama);
        assert_eq!(ollama.warm, None);
        ollama.answered(Duration::from_secs(5));
        assert_eq!(ollama.warm, Some(Duration::from_secs(65)));
        ollama.failed();
        assert_eq!(ollama.warm, None);
        let mut other = server(LlmEngine::OpenAi);
        other.answered(Duration::ZERO);
        assert_eq!(other.warm, Some(Duration::MAX));
    }

    #[test]
    fn only_a_refused_request_is_made_simpler_and_only_once() {
        let mut server = LlmServer::new(LlmSource::default(), &LlmConfig::default());
        let refused = |status| CallFault::Refused { status, reason: String::new() };
        assert!(!server.simplify(&refused(500)) && !server.simplify(&CallFault::Broken(String::new())));
        assert!(server.simplify(&refused(400)) && !server.simplify(&refused(400)));
    }
}
