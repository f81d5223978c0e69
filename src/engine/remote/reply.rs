//! The running reply of a server: the bytes of the connection become text to be said, within deadlines.

use std::time::Duration;

use super::client::{CallEvent, CallFault, ServerCall};
use super::deadline::FirstDeadlines;
use super::link::LOOK;
use super::silence::Silence;
use super::stream::{Delta, ReplyStream};
use crate::config::LlmConfig;
use crate::config::llm_source::LlmEngine;
use crate::engine::llama::reply::ReplyText;
use crate::turn::Ticket;

/// Interval of the reports that a server still loads its model, or that the model still thinks.
const SIGN: Duration = Duration::from_secs(1);
/// Most letters of a token on average, in any language.
const LETTERS: usize = 6;
/// Letters that a reply without thoughts may have beside its text: empty thoughts, role names and blanks.
const BESIDE: usize = 64;

/// Deadlines for a server's silence.
#[derive(Clone, Copy, Debug)]
pub struct ReplyDeadlines {
    /// Before the first token. Its time for loading is also that of the thoughts before the first word.
    pub first: FirstDeadlines,
    /// Between two tokens.
    pub stall: Duration,
}

impl ReplyDeadlines {
    /// The deadlines of the settings for a conversation that is read in the time `work`.
    pub fn of(settings: &LlmConfig, work: Duration) -> Self {
        let [load, warm, stall] =
            [settings.load_ms, settings.first_token_ms, settings.stall_ms].map(Duration::from_millis);
        Self { first: FirstDeadlines { load, warm, work }, stall }
    }

    /// The deadline that counts now.
    fn limit(&self, cold: bool, begun: bool) -> Duration {
        if begun { self.stall } else { self.first.limit(cold) }
    }
}

/// An event of the reply.
#[derive(Debug)]
pub enum ReplyUpdate {
    /// More text; never empty.
    Text(String),
    /// The last text, often empty.
    End(String),
    /// The reply is over, and no text has come.
    Silent(Silence),
    /// No text has come yet: the model seems to be loading, reads a long conversation, or thinks.
    Waiting,
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
    /// When the server sent its first token, thoughts included.
    first: Option<Duration>,
    /// Whether a thought came in a field of its own.
    thought: bool,
    /// Whether the server has cut the reply.
    cut: bool,
    /// Whether any text was given out.
    said: bool,
    /// Pieces and letters of the text of the reply.
    pieces: usize,
    letters: usize,
    /// Most tokens of the text; `None` if the server counts them.
    longest: Option<usize>,
    tokens: Option<u64>,
    /// When the server last sent a token (`since`), and when waiting was last reported (`reported`).
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
            first: None,
            thought: false,
            cut: false,
            said: false,
            pieces: 0,
            letters: 0,
            longest: None,
            tokens: None,
            since: now,
            reported: now,
        }
    }

    /// Ends the reply after so many tokens of its text, because the server's own limit has room for thoughts too.
    #[must_use]
    pub fn cut_after(self, tokens: usize) -> Self {
        Self { longest: Some(tokens.max(1)), ..self }
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

    /// Whether the model has thought, once the reply is over: in fields of their own, or in text that is no part of the
    /// reply.
    pub fn thought(&self) -> bool {
        self.thought || self.written.chars().count() > self.letters + BESIDE
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
            if time.saturating_sub(self.since) >= self.deadlines.limit(self.cold, self.first.is_some()) {
                return ReplyUpdate::Failed(CallFault::Late(self.silent()));
            }
            // Thoughts come token by token and keep the other deadlines: a model that never stops thinking needs one.
            let load = self.deadlines.first.load;
            if self.first.is_some_and(|first| !self.said && time.saturating_sub(first) >= load) {
                return ReplyUpdate::Silent(Silence::Endless(load));
            }
            let slow = self.cold || time.saturating_sub(self.since) >= self.deadlines.first.warm;
            let waiting = if self.first.is_some() { !self.said } else { slow };
            if waiting && time.saturating_sub(self.reported) >= SIGN {
                self.reported = time;
                return ReplyUpdate::Waiting;
            }
        }
    }

    fn silent(&self) -> String {
        let begun = self.first.is_some();
        let key = match (begun, self.cold) {
            (true, _) => "llm.stall_ms",
            (false, true) => "llm.load_ms",
            (false, false) => "llm.first_token_ms",
        };
        format!("no token came for {} s ({key})", self.deadlines.limit(self.cold, begun).as_secs_f32())
    }

    fn take(&mut self, deltas: Vec<Delta>, now: Duration) -> Option<ReplyUpdate> {
        let mut text = String::new();
        let mut done = false;
        for delta in deltas {
            if self.full() {
                break;
            }
            match delta {
                Delta::Text(piece) => {
                    self.token(now);
                    text.push_str(&self.write(&piece));
                }
                Delta::Thought => {
                    self.token(now);
                    self.thought = true;
                    self.part();
                }
                Delta::Asked(tokens) => self.tokens = Some(tokens),
                Delta::Cut => self.cut = true,
                Delta::Done => done = true,
            }
        }
        let over = done || self.text.ended() || self.full();
        if over {
            let rest = self.finish();
            self.letters += rest.chars().count();
            text.push_str(&rest);
        }
        self.said |= !text.is_empty();
        match (over, self.said) {
            (true, true) => Some(ReplyUpdate::End(text)),
            (true, false) => {
                Some(ReplyUpdate::Silent(if self.thought() { Silence::Thoughts } else { Silence::Nothing }))
            }
            (false, _) => (!text.is_empty()).then_some(ReplyUpdate::Text(text)),
        }
    }

    fn token(&mut self, now: Duration) {
        self.first.get_or_insert(now);
        self.since = now;
    }

    fn write(&mut self, piece: &str) -> String {
        self.written.push_str(piece);
        let text = self.text.push(piece);
        self.pieces += usize::from(!text.is_empty());
        self.letters += text.chars().count();
        text
    }

    /// Whether the text is as long as it may be. A piece is one token, or several of some servers. Both counts give the
    /// fewest tokens that the text can have, so that no reply is cut too early.
    fn full(&self) -> bool {
        self.longest.is_some_and(|longest| self.pieces.max(self.letters / LETTERS) >= longest)
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
        // If no mark has closed the expected thoughts there were none: the whole text is the reply. But in a reply that
        // was cut, the mark may only not have come yet.
        if self.expecting && !self.cut && !self.said && text.is_empty() && !self.opened() {
            let mut plain = ReplyText::new(&[], "", std::mem::take(&mut self.asked));
            return plain.push(&self.written) + &plain.finish();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::{Sender, unbounded};

    use super::*;

    const LOAD: Duration = Duration::from_secs(30);
    const DEADLINES: ReplyDeadlines = ReplyDeadlines {
        first: FirstDeadlines { load: LOAD, warm: Duration::from_secs(3), work: Duration::ZERO },
        stall: Duration::from_secs(20),
    };
    const OLLAMA_END: &str = "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n";

    /// A reply that began at 0 s, and what its server sends.
    fn reply(engine: LlmEngine, opening: &str) -> (Sender<CallEvent>, ServerReply) {
        let (server, events) = unbounded();
        let call = ServerCall::of(events);
        (server, ServerReply::new(call, engine, Vec::new(), DEADLINES, (opening, false), Duration::ZERO))
    }

    fn send(server: &Sender<CallEvent>, stream: &str) {
        server.send(CallEvent::Bytes(stream.as_bytes().to_vec())).unwrap();
    }

    fn next(reply: &mut ServerReply, seconds: u64) -> ReplyUpdate {
        reply.next(&Ticket::standing(), &|| Duration::from_secs(seconds))
    }

    fn line(key: &str, text: &str) -> String {
        format!("{}\n", serde_json::json!({ "message": { key: text }, "done": false }))
    }

    #[test]
    fn thoughts_are_a_sign_of_life_until_they_take_as_long_as_loading() {
        let (server, mut reply) = reply(LlmEngine::Ollama, "");
        send(&server, &line("thinking", "Hm"));
        for seconds in [2, 3, 21] {
            assert!(matches!(next(&mut reply, seconds), ReplyUpdate::Waiting), "{seconds} s");
        }
        send(&server, &line("thinking", "A sum"));
        assert!(matches!(next(&mut reply, 31), ReplyUpdate::Waiting), "the last thought restarts the stall deadline");
        send(&server, &line("thinking", "or not"));
        let news = next(&mut reply, 32);
        assert!(matches!(news, ReplyUpdate::Silent(Silence::Endless(time)) if time == LOAD), "{news:?}");
    }

    #[test]
    fn thoughts_that_stop_coming_and_a_model_that_sends_none_are_given_up_sooner() {
        let (server, mut stalled) = reply(LlmEngine::Ollama, "");
        send(&server, &line("thinking", "Hm"));
        assert!(matches!(next(&mut stalled, 2), ReplyUpdate::Waiting));
        assert!(matches!(next(&mut stalled, 22), ReplyUpdate::Failed(_)));
        let (_server, mut mute) = reply(LlmEngine::Ollama, "");
        assert!(matches!(next(&mut mute, 3), ReplyUpdate::Failed(_)));
    }

    #[test]
    fn thoughts_do_not_count_as_text_and_text_ends_at_its_limit() {
        let (server, begun) = reply(LlmEngine::Ollama, "");
        let mut begun = begun.cut_after(3);
        let thoughts = line("thinking", "Hm").repeat(9);
        let words: String = ["Once", " upon", " a", " time", " there"].map(|word| line("content", word)).concat();
        send(&server, &(thoughts + &words));
        let news = next(&mut begun, 1);
        assert!(matches!(&news, ReplyUpdate::End(text) if text == "Once upon a"), "{news:?}");
        assert!(begun.thought());

        let (server, begun) = reply(LlmEngine::Ollama, "");
        let mut begun = begun.cut_after(3);
        send(&server, &line("content", "Once upon a time, a king"));
        let news = next(&mut begun, 1);
        assert!(matches!(&news, ReplyUpdate::End(text) if text == "Once upon a time, a king"), "many tokens: {news:?}");
    }

    #[test]
    fn a_reply_without_a_word_says_whether_the_model_has_thought() {
        let hidden = line("content", &format!("<think>{}", "a sum ".repeat(20)));
        for (stream, wanted) in [
            (String::new(), Silence::Nothing),
            (line("content", "<think>\n\n</think>\n\n"), Silence::Nothing),
            (line("thinking", "A sum"), Silence::Thoughts),
            (hidden, Silence::Thoughts),
        ] {
            let (server, mut reply) = reply(LlmEngine::Ollama, "");
            send(&server, &(stream + OLLAMA_END));
            let news = next(&mut reply, 1);
            assert!(matches!(news, ReplyUpdate::Silent(silence) if silence == wanted), "{wanted:?}: {news:?}");
        }
    }

    #[test]
    fn expected_thoughts_that_were_cut_are_not_taken_for_the_reply() {
        let written = serde_json::json!({ "choices": [{ "delta": { "content": "a sum ".repeat(20) } }] });
        for (reason, said) in [("length", false), ("stop", true)] {
            let (server, mut reply) = reply(LlmEngine::OpenAi, "<think>");
            let end = serde_json::json!({ "choices": [{ "delta": {}, "finish_reason": reason }] });
            send(&server, &format!("data: {written}\n\ndata: {end}\n\ndata: [DONE]\n\n"));
            let news = next(&mut reply, 1);
            assert_eq!(matches!(news, ReplyUpdate::End(_)), said, "{reason}: {news:?}");
            assert_eq!(matches!(news, ReplyUpdate::Silent(Silence::Thoughts)), !said, "{reason}: {news:?}");
        }
    }
}
