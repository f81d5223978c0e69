//! A server: its settings, its connection, and what was learned about it.

use std::time::Duration;

use super::client::{CallEvent, CallFault, ServerCall, ServerClient};
use super::fit::ContextFit;
use super::link::LOOK;
use super::opening;
use super::reply::{ReplyDeadlines, ServerReply};
use super::request::{self, Form};
use crate::config::LlmConfig;
use crate::config::brain::{BrainConfig, BrainEngine, Keeping, keeps};
use crate::engine::llama::asked;
use crate::message::{Message, Role};
use crate::phrases::{Language, Phrase};

/// Tokens of a context where the settings leave it open: what golem's own brain takes at most.
const CONTEXT: u32 = 4096;
/// Parts of the names of models that always think, and whose templates begin the thoughts.
const THINKERS: [&str; 4] = ["-r1", "qwq", "thinking", "reason"];
/// What their templates end with.
const OPENING: &str = "<think>";
/// Longest wait for how a template begins a reply: it is asked for at golem's start, and answered without a model.
const PROBED: Duration = Duration::from_millis(500);
/// Most bytes of such an answer: a short prompt, or its tokens.
const LONGEST: usize = 1 << 20;

/// A server.
pub struct BrainServer {
    config: BrainConfig,
    settings: LlmConfig,
    client: ServerClient,
    fit: ContextFit,
    form: Form,
    /// What the server's template writes before a reply, where that opens the model's thoughts; empty where it does not.
    opening: String,
    /// Questions after it, and as much of their answers as has come.
    probes: Vec<(ServerCall, Vec<u8>)>,
    /// Until when the model is surely in the server's memory; `None` where that is not known.
    warm: Option<Duration>,
    /// The request that has the model loaded.
    loading: Option<ServerCall>,
}

impl BrainServer {
    /// A server of the settings, of which nothing is known.
    pub fn new(config: BrainConfig, settings: &LlmConfig) -> Self {
        let model = config.model.to_lowercase();
        // Ollama parts thoughts from the reply by itself.
        let opens = config.engine == BrainEngine::OpenAi && THINKERS.iter().any(|name| model.contains(name));
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

    /// What it is called by people.
    pub fn label(&self) -> String {
        self.config.label()
    }

    /// Its address.
    pub fn address(&self) -> String {
        self.config.base()
    }

    /// Whether what is said leaves this machine.
    pub fn is_elsewhere(&self) -> bool {
        self.config.is_elsewhere()
    }

    /// Begins to have the model loaded.
    pub fn preload(&mut self) {
        let request = request::preload(&self.config, &self.settings, context(&self.settings));
        // What is wrong is found again, and reported, when the first question is asked.
        self.loading = self.client.send(request).ok();
        self.probe();
    }

    /// Asks how the server's template begins a reply, unless that is known.
    fn probe(&mut self) {
        if self.config.engine == BrainEngine::OpenAi && self.opening.is_empty() {
            let calls = opening::prompts(&self.config).into_iter().filter_map(|request| self.client.send(request).ok());
            self.probes = calls.map(|call| (call, Vec::new())).collect();
        }
    }

    /// Looks what came of that. The first question waits a moment for it.
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
                    // It does not know the question.
                    Some(_) => break,
                }
            }
        }
    }

    /// Looks what came of the loading by `now`; an error when the server has failed.
    pub fn look(&mut self, now: Duration) -> Result<(), CallFault> {
        while let Some(event) = self.loading.as_mut().and_then(|loading| loading.next(Duration::ZERO)) {
            match event {
                CallEvent::Bytes(_) => {}
                CallEvent::End => {
                    self.loading = None;
                    // Other servers have only shown that they are there.
                    if self.config.engine == BrainEngine::Ollama {
                        self.answered(now);
                    }
                }
                CallEvent::Failed(fault) => {
                    self.loading = None;
                    // A server that does not know the question may know others.
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

    /// Asks for a reply to the conversation.
    ///
    /// # Errors
    /// When it cannot be asked.
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

    /// Whether a request that was refused so can be made in a simpler form; from then on it is.
    pub fn simplify(&mut self, fault: &CallFault) -> bool {
        let simpler = self.form == Form::Full && matches!(fault, CallFault::Refused { status: 400 | 422, .. });
        if simpler {
            self.form = Form::Strict;
        }
        simpler
    }

    /// A reply has ended well.
    pub fn ended(&mut self, reply: &ServerReply) {
        if reply.opened() && self.opening.is_empty() {
            self.opening = OPENING.into();
        }
        if let Some(tokens) = reply.tokens() {
            self.fit.counted(tokens);
        }
    }

    /// The model has shown at `now` that it is loaded.
    pub fn answered(&mut self, now: Duration) {
        let kept = match self.config.engine {
            BrainEngine::Ollama => keeps(&self.settings.keep_alive),
            BrainEngine::OpenAi | BrainEngine::Llama => Keeping::Always,
        };
        self.warm = Some(match kept {
            Keeping::For(time) => now.saturating_add(time),
            Keeping::Always => Duration::MAX,
            Keeping::Unknown => now,
        });
    }

    /// It has failed: it may have been started again when it answers next.
    pub fn failed(&mut self) {
        (self.warm, self.loading) = (None, None);
        self.probes.clear();
    }
}

fn context(settings: &LlmConfig) -> u32 {
    if settings.context == 0 { CONTEXT } else { settings.context }
}

/// A message as the model knows it: without what golem said while the model was loaded. `None` where nothing is left.
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
            |engine| BrainServer::new(BrainConfig { engine, model: "m".into(), ..BrainConfig::default() }, &settings);
        let mut ollama = server(BrainEngine::Ollama);
        assert_eq!(ollama.warm, None);
        ollama.answered(Duration::from_secs(5));
        assert_eq!(ollama.warm, Some(Duration::from_secs(65)));
        ollama.failed();
        assert_eq!(ollama.warm, None);
        let mut other = server(BrainEngine::OpenAi);
        other.answered(Duration::ZERO);
        assert_eq!(other.warm, Some(Duration::MAX));
    }

    #[test]
    fn only_a_refused_request_is_made_simpler_and_only_once() {
        let mut server = BrainServer::new(BrainConfig::default(), &LlmConfig::default());
        let refused = |status| CallFault::Refused { status, reason: String::new() };
        assert!(!server.simplify(&refused(500)) && !server.simplify(&CallFault::Broken(String::new())));
        assert!(server.simplify(&refused(400)) && !server.simplify(&refused(400)));
    }
}
