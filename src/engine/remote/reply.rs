//! The running reply of a server: the bytes of the connection become text to be said, within deadlines.

use std::time::Duration;

use super::client::{CallEvent, CallFault, ServerCall};
use super::link::LOOK;
use super::stream::{Delta, ReplyStream};
use crate::config::LlmConfig;
use crate::config::llm_source::LlmEngine;
use crate::engine::llama::reply::ReplyText;
use crate::turn::Ticket;

/// Interval of the reports that a server still loads its model.
const SIGN: Duration = Duration::from_secs(1);

/// Deadlines for a server's silence.
#[derive(Clone, Copy, Debug)]
pub struct ReplyDeadlines {
    /// Before the first token of a model that may have to be loaded.
    pub load: Duration,
    /// Before the first token of any other model.
    pub first_token: Duration,
    /// Between two tokens.
    pub stall: Duration,
}

impl ReplyDeadlines {
    /// The deadlines of the settings.
    pub fn of(settings: &LlmConfig) -> Self {
        let [load, first_token, stall] =
            [settings.load_ms, settings.first_token_ms, settings.stall_ms].map(Duration::from_millis);
        Self { load, first_token, stall }
    }

    /// The deadline that counts now.
    fn limit(&self, cold: bool, begun: bool) -> Duration {
        match (begun, cold) {
            (true, _) => self.stall,
            (false, true) => self.load,
            (false, false) => self.first_token,
        }
    }
}

/// An event of the reply.
#[derive(Debug)]
pub enum ReplyUpdate {
    /// More text; never empty.
    Text(String),
    /// The last text, often empty.
    End(String),
    /// The model seems to be loading.
    Loading,
    /// The reply is no longer needed.
    Stale,
    /// The reply failed, before or within its text.
    Failed(CallFault),
}

/// A running reply.
#[allow(clippy::struct_excessive_bools)] // each is learned at another moment
pub struct ServerReply {
    call: ServerCall,
    stream: ReplyStream,
    text: ReplyText,
    deadlines: ReplyDeadlines,
    cold: bool,
    /// The messages that the reply must not repeat.
    asked: Vec<String>,
    /// Whether thoughts are expected first, which only a closing mark ends: the template has opened them.
    expecting: bool,
    /// All text that was written as the reply.
    written: String,
    /// Whether the server has written anything, thoughts included.
    begun: bool,
    /// Whether any text was given out.
    said: bool,
    tokens: Option<u64>,
    /// When the server last sent a token (`since`), and when loading was last reported (`reported`).
    since: Duration,
    reported: Duration,
}

impl ServerReply {
    /// The reply of `call`, which began at `now`. `opening` is the end of the server's template if it opens thoughts,
    /// else empty. `cold`: the model may have to be loaded.
    pub fn new(
        call: ServerCall,
        engine: LlmEngine,
        asked: Vec<String>,
        deadlines: ReplyDeadlines,
        (opening, cold): (&str, bool),
        now: Duration,
    ) -> Self {
        Self {
            call,
            stream: ReplyStream::new(engine),
            text: ReplyText::new(&[], opening, asked.clone()),
            deadlines,
            cold,
            asked,
            expecting: !opening.is_empty(),
            written: String::new(),
            begun: false,
            said: false,
            tokens: None,
            since: now,
            reported: now,
        }
    }

    /// Whether any text was given out.
    pub fn said(&self) -> bool {
        self.said
    }

    /// Tokens of the conversation, if the server has counted them.
    pub fn tokens(&self) -> Option<u64> {
        self.tokens
    }

    /// Whether the reply shows that the server's template opens the model's thoughts.
    pub fn opened(&self) -> bool {
        let written = self.written.to_ascii_lowercase();
        written.find("</think>").is_some_and(|at| !written[..at].contains("<think>"))
    }

    /// Waits for the next event, as long as `stop` is fresh and the deadlines allow.
    pub fn next(&mut self, stop: &Ticket, now: &dyn Fn() -> Duration) -> ReplyUpdate {
        loop {
            if stop.stale() {
                return ReplyUpdate::Stale;
            }
            let deltas = match self.call.next(LOOK) {
                Some(CallEvent::Bytes(bytes)) => self.stream.push(&bytes),
                Some(CallEvent::End) => self.stream.finish(),
                Some(CallEvent::Failed(fault)) => return ReplyUpdate::Failed(fault),
                None => Ok(Vec::new()),
            };
            match deltas {
                Ok(deltas) => {
                    if let Some(news) = self.take(deltas, now()) {
                        return news;
                    }
                }
                Err(reason) => return ReplyUpdate::Failed(CallFault::Broken(reason)),
            }
            let time = now();
            if time.saturating_sub(self.since) >= self.deadlines.limit(self.cold, self.begun) {
                return ReplyUpdate::Failed(CallFault::Broken(self.silent()));
            }
            if self.cold && !self.begun && time.saturating_sub(self.reported) >= SIGN {
                self.reported = time;
                return ReplyUpdate::Loading;
            }
        }
    }

    fn silent(&self) -> String {
        let (limit, key) = match (self.begun, self.cold) {
            (true, _) => (self.deadlines.stall, "llm.stall_ms"),
            (false, true) => (self.deadlines.load, "llm.load_ms"),
            (false, false) => (self.deadlines.first_token, "llm.first_token_ms"),
        };
        format!("no token came for {} s ({key})", limit.as_secs_f32())
    }

    fn take(&mut self, deltas: Vec<Delta>, now: Duration) -> Option<ReplyUpdate> {
        let mut text = String::new();
        let mut done = false;
        for delta in deltas {
            match delta {
                Delta::Text(piece) => {
                    (self.begun, self.since) = (true, now);
                    text.push_str(&self.write(&piece));
                }
                Delta::Thought => {
                    (self.begun, self.since) = (true, now);
                    self.part();
                }
                Delta::Asked(tokens) => self.tokens = Some(tokens),
                Delta::Done => done = true,
            }
        }
        if done || self.text.ended() {
            text.push_str(&self.finish());
            return Some(ReplyUpdate::End(text));
        }
        self.said |= !text.is_empty();
        (!text.is_empty()).then_some(ReplyUpdate::Text(text))
    }

    fn write(&mut self, piece: &str) -> String {
        self.written.push_str(piece);
        self.text.push(piece)
    }

    /// Drops the expectation of thoughts: the server separates them itself, and what it writes as the reply is the
    /// reply.
    fn part(&mut self) {
        if self.expecting && self.written.is_empty() {
            self.expecting = false;
            self.text = ReplyText::new(&[], "", std::mem::take(&mut self.asked));
        }
    }

    fn finish(&mut self) -> String {
        // Read the answer to its end, so that the connection can be used again.
        let _ = self.call.next(LOOK);
        let text = self.text.finish();
        // If no mark has closed the expected thoughts there were none: the whole text is the reply.
        if self.expecting && !self.said && text.is_empty() && !self.opened() {
            let mut plain = ReplyText::new(&[], "", std::mem::take(&mut self.asked));
            return plain.push(&self.written) + &plain.finish();
        }
        text
    }
}
