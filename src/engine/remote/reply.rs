//! The reply of a server in the making: what comes over the connection becomes text worth saying, within deadlines.

use std::time::Duration;

use super::client::{CallEvent, CallFault, ServerCall};
use super::link::LOOK;
use super::stream::{Delta, ReplyStream};
use crate::config::LlmConfig;
use crate::config::brain::BrainEngine;
use crate::engine::llama::reply::ReplyText;
use crate::turn::Ticket;

/// How often a server that loads its model is reported to be waited for.
const SIGN: Duration = Duration::from_secs(1);

/// How long a server may be silent.
#[derive(Clone, Copy, Debug)]
pub struct ReplyDeadlines {
    /// Before the first token of a model that may have to be loaded.
    pub load: Duration,
    /// Before the first token of any other.
    pub first_token: Duration,
    /// Between two tokens.
    pub stall: Duration,
}

impl ReplyDeadlines {
    /// Those of the settings.
    pub fn of(settings: &LlmConfig) -> Self {
        let [load, first_token, stall] =
            [settings.load_ms, settings.first_token_ms, settings.stall_ms].map(Duration::from_millis);
        Self { load, first_token, stall }
    }

    /// The one that counts now.
    fn limit(&self, cold: bool, begun: bool) -> Duration {
        match (begun, cold) {
            (true, _) => self.stall,
            (false, true) => self.load,
            (false, false) => self.first_token,
        }
    }
}

/// What has become of the reply.
#[derive(Debug)]
pub enum ReplyNews {
    /// More text; never empty.
    Text(String),
    /// The last text, often empty.
    End(String),
    /// The model is being loaded, it seems.
    Loading,
    /// The reply is not wanted any more.
    Stale,
    /// There is no reply, or no more of it.
    Failed(CallFault),
}

/// A reply in the making.
#[allow(clippy::struct_excessive_bools)] // each is learned at another moment
pub struct ServerReply {
    call: ServerCall,
    stream: ReplyStream,
    text: ReplyText,
    deadlines: ReplyDeadlines,
    cold: bool,
    /// What was asked, which is no answer.
    asked: Vec<String>,
    /// Thoughts are expected before the reply, which a mark ends that nothing has begun.
    expecting: bool,
    /// All that was written as the reply.
    written: String,
    /// Whether the server has written anything, thoughts included.
    begun: bool,
    /// Whether any text was given.
    said: bool,
    tokens: Option<u64>,
    /// When the server last showed that it works, and when that was reported last.
    since: Duration,
    reported: Duration,
}

impl ServerReply {
    /// The reply that `call`, begun at `now`, brings. `opening` is what the server's template
    /// writes before it, where that opens thoughts. `cold`: its model may have to be loaded.
    pub fn new(
        call: ServerCall,
        engine: BrainEngine,
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

    /// Whether any text was given.
    pub fn said(&self) -> bool {
        self.said
    }

    /// Tokens of the conversation, where the server has counted them.
    pub fn tokens(&self) -> Option<u64> {
        self.tokens
    }

    /// Whether the server's template has turned out to open the model's thoughts.
    pub fn opened(&self) -> bool {
        let written = self.written.to_ascii_lowercase();
        written.find("</think>").is_some_and(|at| !written[..at].contains("<think>"))
    }

    /// Waits for what comes next, no longer than `stop` is fresh and the deadlines allow.
    pub fn next(&mut self, stop: &Ticket, now: &dyn Fn() -> Duration) -> ReplyNews {
        loop {
            if stop.stale() {
                return ReplyNews::Stale;
            }
            let deltas = match self.call.next(LOOK) {
                Some(CallEvent::Bytes(bytes)) => self.stream.push(&bytes),
                Some(CallEvent::End) => self.stream.finish(),
                Some(CallEvent::Failed(fault)) => return ReplyNews::Failed(fault),
                None => Ok(Vec::new()),
            };
            match deltas {
                Ok(deltas) => {
                    if let Some(news) = self.take(deltas, now()) {
                        return news;
                    }
                }
                Err(reason) => return ReplyNews::Failed(CallFault::Broken(reason)),
            }
            let time = now();
            if time.saturating_sub(self.since) >= self.deadlines.limit(self.cold, self.begun) {
                return ReplyNews::Failed(CallFault::Broken(self.silent()));
            }
            if self.cold && !self.begun && time.saturating_sub(self.reported) >= SIGN {
                self.reported = time;
                return ReplyNews::Loading;
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

    fn take(&mut self, deltas: Vec<Delta>, now: Duration) -> Option<ReplyNews> {
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
            return Some(ReplyNews::End(text));
        }
        self.said |= !text.is_empty();
        (!text.is_empty()).then_some(ReplyNews::Text(text))
    }

    fn write(&mut self, piece: &str) -> String {
        self.written.push_str(piece);
        self.text.push(piece)
    }

    /// The server parts thoughts from the reply by itself: what it writes as the reply is one.
    fn part(&mut self) {
        if self.expecting && self.written.is_empty() {
            self.expecting = false;
            self.text = ReplyText::new(&[], "", std::mem::take(&mut self.asked));
        }
    }

    fn finish(&mut self) -> String {
        // Read to its end, the connection can be used again.
        let _ = self.call.next(LOOK);
        let text = self.text.finish();
        // No mark has ended any thoughts: there were none.
        if self.expecting && !self.said && text.is_empty() && !self.opened() {
            let mut plain = ReplyText::new(&[], "", std::mem::take(&mut self.asked));
            return plain.push(&self.written) + &plain.finish();
        }
        text
    }
}
