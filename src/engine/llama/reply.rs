//! The decoding of a reply from the bytes of its tokens. Pure.

use super::opening::{self, Opening};
use super::repetition::{self, Repetition};
use super::thoughts::Thoughts;

/// Newest bytes of a reply that are checked for repetition.
const WATCHED: usize = 4_000;

/// Joins the bytes of tokens into whole characters.
#[derive(Debug, Default)]
pub struct Utf8Stream {
    rest: Vec<u8>,
}

impl Utf8Stream {
    /// Takes the bytes of one token and returns the characters that are now whole. Bytes that can never become a
    /// character turn into U+FFFD; the beginning of a character waits for more bytes.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.rest.extend_from_slice(bytes);
        let mut text = String::new();
        let mut taken = 0;
        for chunk in self.rest.utf8_chunks() {
            text.push_str(chunk.valid());
            taken += chunk.valid().len();
            let last = taken + chunk.invalid().len() == self.rest.len();
            if chunk.invalid().is_empty() || (last && unfinished(chunk.invalid())) {
                break;
            }
            text.push(char::REPLACEMENT_CHARACTER);
            taken += chunk.invalid().len();
        }
        self.rest.drain(..taken);
        text
    }
}

/// Whether `bytes` may still become a character.
fn unfinished(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// The text of a growing reply, without white space around it and without the model's thoughts, role names and
/// repetitions. A line that begins with a stop word ends it. Text that may still turn out to be any of these is held
/// back.
#[derive(Debug)]
pub struct ReplyText {
    stops: &'static [&'static str],
    /// The messages that the reply must not repeat.
    asked: Vec<String>,
    thoughts: Thoughts,
    /// The end of the text that was released.
    said: String,
    held: String,
    started: bool,
    ended: bool,
}

impl ReplyText {
    /// An empty reply to `prompt`. It must not repeat the messages `asked`, and it ends before a line that begins with
    /// one of `stops`.
    #[must_use]
    pub fn new(stops: &'static [&'static str], prompt: &str, asked: Vec<String>) -> Self {
        let thoughts = Thoughts::after(prompt);
        Self { stops, asked, thoughts, said: String::new(), held: String::new(), started: false, ended: false }
    }

    /// Whether a stop word, a mark or a repetition has ended the reply.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Takes more text and returns the text that certainly belongs to the reply; often empty.
    pub fn push(&mut self, text: &str) -> String {
        if self.ended {
            return String::new();
        }
        self.held.push_str(&self.thoughts.push(text));
        self.ended = self.thoughts.ended();
        self.trim_start();
        let opens = self.open(false);
        if let Some(at) = self.stop_line() {
            self.ended = true;
            self.held.truncate(at);
        }
        if self.ended {
            return self.finish();
        }
        let certain = if opens { self.certain() } else { 0 };
        let certain = match repetition::judge(&self.newest(), false) {
            Repetition::Fine => certain,
            Repetition::Doubtful(at) => self.held[..certain.min(self.in_held(at))].trim_end().len(),
            Repetition::Repeats(at) => {
                self.repeats(at);
                return self.finish();
            }
        };
        self.release(certain)
    }

    /// Returns the rest when the model is done. Half a character and unfinished thoughts are dropped.
    pub fn finish(&mut self) -> String {
        let rest = self.thoughts.finish();
        self.trim_start();
        self.open(true);
        if !self.ended {
            self.held.push_str(&rest);
            self.trim_start();
            self.open(true);
            if let Repetition::Repeats(at) = repetition::judge(&self.newest(), true) {
                self.repeats(at);
            }
        }
        self.trim_start();
        let text = self.release(self.held.trim_end().len());
        self.held.clear();
        text
    }

    /// Drops role names and repeated messages from the beginning of the reply. Returns false if it needs more text to
    /// decide, which never happens once the reply is `done`.
    fn open(&mut self, done: bool) -> bool {
        while !self.started {
            let asked = self.asked.iter().map(|asked| opening::echo(&self.held, asked, done));
            let found: Vec<Opening> = asked.chain([opening::role(&self.held, self.stops, done)]).collect();
            let drop =
                found.iter().find_map(|opening| if let Opening::Drop(bytes) = opening { Some(*bytes) } else { None });
            let Some(bytes) = drop else { return !found.contains(&Opening::Perhaps) };
            self.held.drain(..bytes);
            self.trim_start();
        }
        true
    }

    /// The end of the reply so far, including the held text.
    fn newest(&self) -> String {
        format!("{}{}", self.said, self.held)
    }

    /// The place of byte `at` of [`Self::newest`] in the held text.
    fn in_held(&self, at: usize) -> usize {
        at.saturating_sub(self.said.len())
    }

    /// Ends the reply before byte `at` of [`Self::newest`].
    fn repeats(&mut self, at: usize) {
        tracing::info!("the reply repeats itself: it ends here");
        self.ended = true;
        self.held.truncate(self.in_held(at));
    }

    fn trim_start(&mut self) {
        if !self.started {
            let blank = self.held.len() - self.held.trim_start().len();
            self.held.drain(..blank);
        }
    }

    /// Byte offsets in the held text at which a line of the reply begins.
    fn line_starts(&self) -> impl DoubleEndedIterator<Item = usize> {
        let first = (!self.started).then_some(0);
        first.into_iter().chain(self.held.match_indices('\n').map(|(at, _)| at + 1))
    }

    /// The place of the first line that begins with a stop word.
    fn stop_line(&self) -> Option<usize> {
        self.line_starts().find(|&at| {
            let line = self.held[at..].trim_start();
            self.stops.iter().any(|stop| line.starts_with(stop))
        })
    }

    /// Number of held bytes that can belong neither to trailing white space nor to a stop word.
    fn certain(&self) -> usize {
        let solid = self.held.trim_end().len();
        let Some(at) = self.line_starts().next_back() else { return solid };
        let line = self.held[at..].trim_start();
        let may_stop = self.stops.iter().any(|stop| stop.starts_with(line));
        if may_stop { self.held[..at].trim_end().len() } else { solid }
    }

    fn release(&mut self, bytes: usize) -> String {
        let text: String = self.held.drain(..bytes).collect();
        self.started |= !text.is_empty();
        self.said.push_str(&text);
        let old = self.said.len().saturating_sub(WATCHED);
        let old = (old..=self.said.len()).find(|at| self.said.is_char_boundary(*at)).unwrap_or(0);
        self.said.drain(..old);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STOPS: &[&str] = &["User:", "Golem:"];

    fn said(stops: &'static [&'static str], pieces: &[&str]) -> Vec<String> {
        let mut reply = ReplyText::new(stops, "", vec!["What is the capital of France?".into()]);
        let mut out: Vec<String> = pieces.iter().map(|piece| reply.push(piece)).collect();
        out.push(reply.finish());
        out.retain(|piece| !piece.is_empty());
        out
    }

    #[test]
    fn characters_split_over_tokens_come_out_whole() {
        let text = "жук → 🦀!";
        for size in 1..5 {
            let mut stream = Utf8Stream::default();
            let joined: String = text.as_bytes().chunks(size).map(|bytes| stream.push(bytes)).collect();
            assert_eq!(joined, text, "pieces of {size} bytes");
        }
    }

    #[test]
    fn half_a_character_waits() {
        let mut stream = Utf8Stream::default();
        assert_eq!(stream.push(&[b'a', 0xf0, 0x9f]), "a");
        assert_eq!(stream.push(&[]), "");
        assert_eq!(stream.push(&[0xa6, 0x80]), "🦀");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let mut stream = Utf8Stream::default();
        assert_eq!(stream.push(&[0xff, b'a', 0x80, b'b']), "\u{fffd}a\u{fffd}b");
        assert_eq!(stream.push(&[0xd0]), "");
        assert_eq!(stream.push(b"x"), "\u{fffd}x");
    }

    #[test]
    fn white_space_around_the_reply_is_dropped_and_inside_kept() {
        assert_eq!(said(&[], &["\n ", " Hello", ",\n", "you ", "\n"]), ["Hello", ",", "\nyou"]);
        assert!(said(&[], &[" ", "\n"]).is_empty());
    }

    #[test]
    fn a_stop_line_ends_the_reply_however_it_is_split() {
        let text = "It is five.\n User: and now\nGolem: six";
        for size in 1..12 {
            let pieces: Vec<&str> =
                text.as_bytes().chunks(size).map(|bytes| std::str::from_utf8(bytes).expect("ASCII")).collect();
            assert_eq!(said(STOPS, &pieces).concat(), "It is five.", "pieces of {size} bytes");
        }
        assert!(said(STOPS, &["Us", "er: hello"]).is_empty(), "at the very beginning");
    }

    #[test]
    fn a_stop_word_inside_a_line_or_cut_short_is_text() {
        assert_eq!(said(STOPS, &["The User: field"]).concat(), "The User: field");
        assert_eq!(said(STOPS, &["Yes.\nUse", " it"]).concat(), "Yes.\nUse it");
        assert_eq!(said(STOPS, &["Yes.\nUse"]).concat(), "Yes.\nUse");
        assert_eq!(said(&[], &["a\nUser: b"]).concat(), "a\nUser: b");
    }

    #[test]
    fn nothing_follows_a_stop() {
        let mut reply = ReplyText::new(STOPS, "", Vec::new());
        assert_eq!(reply.push("a\nUser: "), "a");
        assert!(reply.ended());
        assert_eq!(reply.push("more") + &reply.finish(), "");
    }

    #[test]
    fn thoughts_are_never_said() {
        assert_eq!(said(&[], &["<th", "ink>\nhm", " </thi", "nk>\n\nFive", "."]), ["Five", "."]);
        assert!(said(&[], &["<think>never done"]).is_empty());
        assert_eq!(said(&[], &["<b>"]), ["<b>"]);
        assert_eq!(said(&[], &["<", "t"]).concat(), "<t");
    }

    #[test]
    fn a_reply_that_is_cleaned_comes_out_the_same_however_it_is_cut() {
        for (written, wanted) in [
            ("Assistant: It is Paris.", "It is Paris."),
            ("**golem:** Assistant: It is Paris.", "It is Paris."),
            ("What is the capital of France? It is Paris.", "It is Paris."),
            ("User: What is the capital of France?\nAssistant: It is Paris.", "It is Paris."),
            ("<think>Assistant: hm</think>\n\nAI: It is Paris.", "It is Paris."),
            ("What is it? It is Paris.", "What is it? It is Paris."),
            ("No, no, no, no, no, no, no", "No, no, no,"),
            ("It is Paris. It is Paris. It is Paris. It is Paris.", "It is Paris. It is Paris."),
            ("It is Paris.<|im_end|>\n<|im_start|>user\nWhy", "It is Paris."),
            ("AI", "AI"),
            ("Assistant:", ""),
        ] {
            for (at, _) in written.char_indices() {
                assert_eq!(said(&[], &[&written[..at], &written[at..]]).concat(), wanted, "{written} cut at {at}");
            }
            let single: Vec<String> = written.chars().map(String::from).collect();
            let single: Vec<&str> = single.iter().map(String::as_str).collect();
            assert_eq!(said(&[], &single).concat(), wanted, "{written} character by character");
        }
    }

    #[test]
    fn a_reply_that_says_no_for_half_a_minute_is_impossible() {
        let mut reply = ReplyText::new(&[], "", Vec::new());
        let said: String =
            std::iter::once("No").chain(std::iter::repeat_n(", no", 500)).map(|piece| reply.push(piece)).collect();
        assert!(reply.ended());
        assert_eq!(said, "No, no, no,");
    }
}
