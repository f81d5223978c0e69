//! The language models: any GGUF file, through llama.cpp.
//!
//! A conversation becomes a prompt (`prompt`, `dialect`) that fits the context (`window`). The cache keeps the tokens
//! that it shares with the prompt (`session`): after a reply that was cut short, only the differing end is evaluated.
//! `sampling` draws the tokens, and `reply` turns them into text without thoughts (`thoughts`), role names (`opening`)
//! and repetitions (`repetition`).

mod check;
mod dialect;
mod failure;
mod opening;
mod prompt;
mod repetition;
pub(in crate::engine) mod reply;
mod sampling;
mod session;
pub(in crate::engine) mod thoughts;
pub(in crate::engine) mod window;

use std::path::Path;

use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;

use self::dialect::Dialect;
use self::reply::{ReplyText, Utf8Stream};
use self::session::{BATCH, Session};
use self::window::Window;
use crate::config;
use crate::engine::{Chat, EngineError};
use crate::message::{Message, Role};
use crate::turn::Ticket;
use failure::failed;

/// A language model that holds a conversation.
pub struct Llama {
    session: Session,
    dialect: Dialect,
    name: String,
    config: config::LlmConfig,
    window: Window,
    sampler: LlamaSampler,
    evaluated: usize,
    /// The running reply; `None` before a prompt is read and after the reply's end.
    reply: Option<LlamaReply>,
}

/// A running reply.
struct LlamaReply {
    /// The newest token, not yet evaluated.
    pending: Option<LlamaToken>,
    utf8: Utf8Stream,
    text: ReplyText,
    /// Tokens that the reply may still have.
    left: usize,
}

/// The result of one token.
enum ReplyStep {
    /// Text to append, often empty.
    Text(String),
    /// The last text, often empty.
    End(String),
}

impl Llama {
    /// Loads the GGUF file at `path`, ready to reply at once.
    ///
    /// # Errors
    /// `Missing` or `Unusable` for a file that is absent, cut short, of another kind or unable to chat; `Failed` when
    /// memory runs out.
    pub fn open(path: &Path, config: &config::LlmConfig) -> Result<Self, EngineError> {
        let session = Session::open(path, config)?;
        let stem = || path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let name = session.model().meta_val_str("general.name").ok().filter(|name| !name.trim().is_empty());
        Ok(Self {
            dialect: Dialect::of(session.model()),
            name: name.unwrap_or_else(stem),
            sampler: sampling::sampler(session.model(), config),
            session,
            config: config.clone(),
            window: Window::default(),
            evaluated: 0,
            reply: None,
        })
    }

    /// Tokens that the last [`Chat::begin`] had to evaluate because the cache lacked them.
    pub fn evaluated(&self) -> usize {
        self.evaluated
    }

    /// The prompt and its tokens, short enough to leave room for a reply.
    fn prompt(&mut self, conversation: &[Message]) -> Result<(String, Vec<LlamaToken>), EngineError> {
        let limit = self.session.limit();
        let budget = limit - self.config.max_tokens.clamp(1, limit.div_ceil(2)).min(limit);
        let (session, dialect) = (&self.session, &self.dialect);
        let mut written = String::new();
        let tokens = self.window.fit(conversation, budget, |messages| {
            let prompt = dialect.prompt(session.model(), messages);
            let prompt = prompt.ok_or_else(|| failed("its chat template refused the conversation"))?;
            let tokens = session.tokens(&prompt);
            written = prompt;
            Ok(tokens)
        })?;
        let tokens = tokens.filter(|tokens| !tokens.is_empty()).ok_or_else(|| {
            failed(format!("the question does not fit a context of {limit} tokens; set a larger llm.context"))
        })?;
        Ok((written, tokens))
    }
}

impl Chat for Llama {
    fn describe(&self) -> String {
        match self.dialect.doubt() {
            None => format!("llama.cpp · {}", self.name),
            Some(doubt) => format!("llama.cpp · {}: {doubt}", self.name),
        }
    }

    fn begin(&mut self, conversation: &[Message], stop: &Ticket) -> Result<(), EngineError> {
        self.reply = None;
        self.evaluated = 0;
        let conversation = prompt::harmless(conversation);
        let (prompt, tokens) = self.prompt(&conversation)?;
        // Evaluate the last token even if all are in the cache: the reply continues from its result.
        let shared = shared_prefix(self.session.cached(), &tokens).min(tokens.len() - 1);
        let shared = self.session.keep(shared);
        for batch in tokens[shared..].chunks(BATCH) {
            if stop.stale() {
                return Ok(());
            }
            self.session.feed(batch)?;
            self.evaluated += batch.len();
        }
        self.sampler.reset();
        let text = ReplyText::new(self.dialect.stops(), &prompt, asked(conversation));
        self.reply =
            Some(LlamaReply { pending: None, utf8: Utf8Stream::default(), text, left: self.config.max_tokens });
        Ok(())
    }

    fn next(&mut self, stop: &Ticket) -> Result<Option<String>, EngineError> {
        // Take the reply out, and put it back only if it goes on: an error ends it too.
        let Some(mut reply) = self.reply.take() else { return Ok(None) };
        while !stop.stale() {
            match reply.step(&mut self.session, &mut self.sampler)? {
                ReplyStep::End(text) => return Ok(Some(text).filter(|text| !text.is_empty())),
                ReplyStep::Text(text) if text.is_empty() => {}
                ReplyStep::Text(text) => {
                    self.reply = Some(reply);
                    return Ok(Some(text));
                }
            }
        }
        Ok(None)
    }
}

impl LlamaReply {
    /// Draws one token.
    fn step(&mut self, session: &mut Session, sampler: &mut LlamaSampler) -> Result<ReplyStep, EngineError> {
        if self.left == 0 || session.cached().len() + usize::from(self.pending.is_some()) > session.limit() {
            return Ok(ReplyStep::End(self.text.finish()));
        }
        if let Some(token) = self.pending.take() {
            session.feed(&[token])?;
        }
        let token = session.sample(sampler);
        if session.ends(token) {
            return Ok(ReplyStep::End(self.text.finish()));
        }
        self.left -= 1;
        self.pending = Some(token);
        let text = self.text.push(&self.utf8.push(&session.bytes(token)));
        Ok(if self.text.ended() { ReplyStep::End(text) } else { ReplyStep::Text(text) })
    }
}

/// The parts of a conversation that a reply must not repeat: the person's newest words and the instructions.
pub(in crate::engine) fn asked(conversation: Vec<Message>) -> Vec<String> {
    let newest = conversation.iter().rposition(|message| message.role == Role::User);
    let wanted =
        |(at, message): (usize, Message)| (Some(at) == newest || message.role == Role::System).then_some(message.text);
    conversation.into_iter().enumerate().filter_map(wanted).collect()
}

/// Number of tokens with which both begin.
fn shared_prefix(one: &[LlamaToken], other: &[LlamaToken]) -> usize {
    one.iter().zip(other).take_while(|(left, right)| left == right).count()
}
