//! The parser of a reply's stream: bytes of NDJSON or of server-sent events, in pieces of any length, become text.
//! Pure.

use serde_json::Value;

use crate::config::llm_source::LlmEngine;

/// Most bytes of a stream's line: a token takes a few hundred, and a whole reply much less than this.
const LONGEST: usize = 1 << 20;
/// What both interfaces call the end of a reply that has been cut.
const LENGTH: &str = "length";

/// The content of a piece of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// More text.
    Text(String),
    /// A thought of the model.
    Thought,
    /// Tokens of the conversation, as the server counts them.
    Asked(u64),
    /// The reply has been cut: the limit of its tokens, or the context, is full.
    Cut,
    /// The end of the reply.
    Done,
}

/// The parser of a reply's stream.
#[derive(Debug)]
pub struct ReplyStream {
    engine: LlmEngine,
    /// An incomplete line.
    line: Vec<u8>,
    /// The data of an incomplete server-sent event.
    event: String,
    /// Whether the server has given the reason for the reply's end.
    finished: bool,
    done: bool,
}

impl ReplyStream {
    /// A parser for the stream of an `engine` server.
    pub fn new(engine: LlmEngine) -> Self {
        Self { engine, line: Vec::new(), event: String::new(), finished: false, done: false }
    }

    /// Takes more bytes and returns their content.
    ///
    /// # Errors
    /// The error that the server reports, or the fault in the bytes. The parser must not be used afterwards.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Delta>, String> {
        let mut deltas = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.line.len() + piece.len() > LONGEST {
                return Err("the server sends a line without an end".into());
            }
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.take(&line, &mut deltas)?;
            }
        }
        Ok(deltas)
    }

    /// Handles the end of the connection, and returns the content of the last line, which may lack its line end.
    ///
    /// # Errors
    /// As for [`ReplyStream::push`], and when the reply is not complete.
    pub fn finish(&mut self) -> Result<Vec<Delta>, String> {
        let mut deltas = Vec::new();
        let line = std::mem::take(&mut self.line);
        self.take(&line, &mut deltas)?;
        self.take(b"", &mut deltas)?;
        if self.finished && !self.done {
            self.end(&mut deltas);
        }
        if self.done { Ok(deltas) } else { Err("the connection ended in the middle of the reply".into()) }
    }

    fn take(&mut self, line: &[u8], deltas: &mut Vec<Delta>) -> Result<(), String> {
        let line = std::str::from_utf8(line).map_err(|_| "the server sends what is no text".to_owned())?;
        let line = line.trim_end_matches(['\n', '\r']);
        // Ignore everything after the end of a reply.
        if self.done {
            return Ok(());
        }
        if self.engine == LlmEngine::Ollama {
            return if line.trim().is_empty() { Ok(()) } else { self.ollama(&json(line)?, deltas) };
        }
        // Server-sent events, <https://html.spec.whatwg.org/multipage/server-sent-events.html>: an empty line ends an
        // event, a line that begins with a colon is a comment, and fields other than `data` say nothing here.
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return self.event(event.trim(), deltas);
        }
        if let Some(data) = line.strip_prefix("data:") {
            if self.event.len() + data.len() > LONGEST {
                return Err("the server sends an event without an end".into());
            }
            self.event.push_str(data.strip_prefix(' ').unwrap_or(data));
            self.event.push('\n');
            return Ok(());
        }
        // Some servers send errors as plain JSON.
        if line.starts_with('{') {
            return Err(reported(&json(line)?).unwrap_or_else(|| unknown(line)));
        }
        let field = line.split(':').next().unwrap_or_default();
        if ["", "event", "id", "retry"].contains(&field) { Ok(()) } else { Err(unknown(line)) }
    }

    fn ollama(&mut self, line: &Value, deltas: &mut Vec<Delta>) -> Result<(), String> {
        if let Some(reason) = reported(line) {
            return Err(reason);
        }
        let done = line.get("done").and_then(Value::as_bool);
        let message = line.get("message");
        if done.is_none() && message.is_none() {
            return Err(unknown(&line.to_string()));
        }
        written(message, deltas);
        if done == Some(true) {
            deltas.extend(line.get("prompt_eval_count").and_then(Value::as_u64).map(Delta::Asked));
            deltas.extend(ending(line, "done_reason").filter(|reason| *reason == LENGTH).map(|_| Delta::Cut));
            self.end(deltas);
        }
        Ok(())
    }

    fn event(&mut self, data: &str, deltas: &mut Vec<Delta>) -> Result<(), String> {
        if data.is_empty() {
            return Ok(());
        }
        if data == "[DONE]" {
            self.end(deltas);
            return Ok(());
        }
        let data = json(data)?;
        if let Some(reason) = reported(&data) {
            return Err(reason);
        }
        let choices = data.get("choices").and_then(Value::as_array);
        let usage = data.get("usage").and_then(|usage| usage.get("prompt_tokens")).and_then(Value::as_u64);
        if choices.is_none() && usage.is_none() {
            return Err(unknown(&data.to_string()));
        }
        for choice in choices.into_iter().flatten() {
            written(choice.get("delta"), deltas);
        }
        deltas.extend(usage.map(Delta::Asked));
        // The token count comes in one more event, and the end mark after that.
        for reason in choices.into_iter().flatten().filter_map(|choice| ending(choice, "finish_reason")) {
            self.finished = true;
            deltas.extend((reason == LENGTH).then_some(Delta::Cut));
        }
        Ok(())
    }

    fn end(&mut self, deltas: &mut Vec<Delta>) {
        self.done = true;
        deltas.push(Delta::Done);
    }
}

/// The content of a message or of a piece of one. Servers name the field of thoughts differently.
fn written(message: Option<&Value>, deltas: &mut Vec<Delta>) {
    let text = |key: &str| message.and_then(|message| message.get(key)?.as_str()).filter(|text| !text.is_empty());
    if ["thinking", "reasoning", "reasoning_content"].into_iter().any(|key| text(key).is_some()) {
        deltas.push(Delta::Thought);
    }
    deltas.extend(text("content").map(|text| Delta::Text(text.to_owned())));
}

/// The reason for a reply's end, which servers name differently.
fn ending<'a>(part: &'a Value, key: &str) -> Option<&'a str> {
    part.get(key)?.as_str()
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|_| unknown(text))
}

/// The error that a server reports, if any.
pub fn reported(answer: &Value) -> Option<String> {
    let error = answer.get("error").filter(|error| !error.is_null())?;
    let message = error.get("message").unwrap_or(error);
    Some(short(&message.as_str().map_or_else(|| message.to_string(), str::to_owned)))
}

fn unknown(line: &str) -> String {
    format!("the server sends what is no reply: {}", short(line))
}

/// `text`, cut to a length that fits a message.
pub fn short(text: &str) -> String {
    const MOST: usize = 160;
    let line: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST).collect();
    if text.trim().chars().count() > MOST { format!("{line}…") } else { line }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The result of a stream in these pieces: its text, the other deltas, and its error.
    fn read(engine: LlmEngine, pieces: &[&[u8]]) -> Result<(String, Vec<Delta>), String> {
        let mut stream = ReplyStream::new(engine);
        let (mut text, mut rest) = (String::new(), Vec::new());
        let mut sort = |deltas: Vec<Delta>| {
            for delta in deltas {
                match delta {
                    Delta::Text(more) => text.push_str(&more),
                    other => rest.push(other),
                }
            }
        };
        for piece in pieces {
            sort(stream.push(piece)?);
        }
        sort(stream.finish()?);
        Ok((text, rest))
    }

    const OLLAMA: &str = "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"Hm\"},\"done\":false}\n\
        {\"message\":{\"content\":\"Пять \"},\"done\":false}\r\n\n{\"message\":{\"content\":\"\\u043f\\ud83d\\ude00, 五.\"},\"done\":false}\n\
        {\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":26,\"eval_count\":3}\n";
    const OPENAI: &str = ": ping\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"Hm\"}}]}\n\n\
        event: message\nid: 7\ndata:{\"choices\":[{\"delta\":{\"content\":\"Пять \"}}]}\n\n\
        data: {\"choices\":[{\"delta\":\r\ndata: {\"content\":\"\\u043f\\ud83d\\ude00, 五.\"}}]}\r\n\r\n\
        data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n\
        data: {\"choices\":[],\"usage\":{\"prompt_tokens\":26}}\n\ndata: [DONE]\n\n";
    const SAID: &str = "Пять п😀, 五.";

    fn streams() -> [(LlmEngine, &'static str); 2] {
        [(LlmEngine::Ollama, OLLAMA), (LlmEngine::OpenAi, OPENAI)]
    }

    #[test]
    fn a_stream_is_read_to_its_end() {
        for (engine, stream) in streams() {
            let (text, rest) = read(engine, &[stream.as_bytes()]).unwrap();
            assert_eq!(text, SAID);
            assert_eq!(rest, [Delta::Thought, Delta::Asked(26), Delta::Done]);
        }
    }

    #[test]
    fn a_stream_without_its_end_is_no_reply() {
        for (engine, stream) in streams() {
            let bytes = stream.as_bytes();
            let half = bytes.len() / 2;
            assert!(read(engine, &[&bytes[..half]]).is_err(), "{engine:?}");
            assert!(read(engine, &[b""]).unwrap_err().contains("middle"), "{engine:?}");
        }
        // Some servers close the connection after the reason, and the last line may lack its line end.
        let closed = &OPENAI[..OPENAI.find("\n\ndata: {\"choices\":[],").unwrap()];
        assert_eq!(read(LlmEngine::OpenAi, &[closed.as_bytes()]).unwrap().1, [Delta::Thought, Delta::Done]);
        assert!(read(LlmEngine::Ollama, &[OLLAMA.trim_end().as_bytes()]).is_ok());
    }

    #[test]
    fn a_reply_that_was_cut_says_so() {
        for (engine, stream) in streams() {
            let cut = stream.replace("\"stop\"", "\"length\"");
            assert!(read(engine, &[cut.as_bytes()]).unwrap().1.contains(&Delta::Cut), "{engine:?}");
        }
    }

    #[test]
    fn what_servers_report_is_passed_on() {
        for (engine, line, wanted) in [
            (LlmEngine::Ollama, "{\"error\":\"model 'm' not found\"}\n", "model 'm' not found"),
            (LlmEngine::OpenAi, "data: {\"error\":{\"message\":\"too long\"}}\n\n", "too long"),
            (LlmEngine::OpenAi, "{\"error\":{\"code\":503}}\n", "503"),
            (LlmEngine::Ollama, "<html>\n", "no reply: <html>"),
            (LlmEngine::OpenAi, "<html>\n", "no reply: <html>"),
            (LlmEngine::OpenAi, "data: {\"x\":1}\n\n", "no reply"),
            (LlmEngine::Ollama, "[1]\n", "no reply"),
        ] {
            assert!(read(engine, &[line.as_bytes()]).unwrap_err().contains(wanted), "{line}");
        }
        assert!(read(LlmEngine::Ollama, &[b"\xff\xfe\n"]).unwrap_err().contains("no text"));
        let endless = vec![b'x'; LONGEST + 1];
        assert!(read(LlmEngine::Ollama, &[&endless]).unwrap_err().contains("without an end"));
        let data = [b"data: ".to_vec(), vec![b'x'; LONGEST / 2], b"\n".to_vec()].concat();
        assert!(read(LlmEngine::OpenAi, &[&data, &data, &data]).unwrap_err().contains("event without an end"));
    }

    proptest! {
        #[test]
        fn however_a_stream_is_cut_it_says_the_same(cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
            for (engine, stream) in streams() {
                let bytes = stream.as_bytes();
                let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
                places.extend([0, bytes.len()]);
                places.sort_unstable();
                let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
                prop_assert_eq!(read(engine, &pieces), read(engine, &[bytes]));
            }
        }

        #[test]
        fn no_bytes_make_it_panic_and_their_cut_makes_no_difference(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'{'), Just(b':')], 0..200),
            at in any::<prop::sample::Index>(),
        ) {
            for engine in [LlmEngine::Ollama, LlmEngine::OpenAi] {
                let (one, two) = bytes.split_at(at.index(bytes.len() + 1));
                prop_assert_eq!(read(engine, &[one, two]), read(engine, &[&bytes]));
            }
        }

        #[test]
        fn a_damaged_stream_is_an_error_or_text(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            for (engine, stream) in streams() {
                let mut bytes = stream.as_bytes().to_vec();
                let at = at.index(bytes.len());
                bytes[at] = byte;
                let _ = read(engine, &[&bytes]);
            }
        }
    }
}
