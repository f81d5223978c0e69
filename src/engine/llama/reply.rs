//! From the bytes of tokens to text worth saying. Pure.

/// Opens a passage in which a reasoning model talks to itself.
const THOUGHTS: &str = "<think>";
/// Closes it.
const THOUGHTS_END: &str = "</think>";

/// Joins the bytes of tokens to whole characters.
#[derive(Debug, Default)]
pub struct Utf8Stream {
    rest: Vec<u8>,
}

impl Utf8Stream {
    /// Takes the bytes of one token and returns the characters that are now whole. What can never become a
    /// character turns into U+FFFD; a character that has only begun waits for the next bytes.
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

/// Whether `bytes` may still grow into a character.
fn unfinished(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// The text of a reply as it grows: without white space around it, without the model's thoughts, ended by a
/// line that begins with a stop word. Holds back what may still turn out to be any of these.
#[derive(Debug)]
pub struct ReplyText {
    stops: &'static [&'static str],
    held: String,
    started: bool,
    ended: bool,
}

impl ReplyText {
    /// An empty reply that ends before a line beginning with one of `stops`.
    #[must_use]
    pub fn new(stops: &'static [&'static str]) -> Self {
        Self { stops, held: String::new(), started: false, ended: false }
    }

    /// Whether a stop word has ended the reply.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Takes more text and returns what is certain to belong to the reply; often empty.
    pub fn push(&mut self, text: &str) -> String {
        if self.ended {
            return String::new();
        }
        self.held.push_str(text);
        if self.thinking() {
            return String::new();
        }
        self.trim_start();
        if let Some(at) = self.stop_line() {
            self.ended = true;
            self.held.truncate(at);
            return self.finish();
        }
        self.release(self.certain())
    }

    /// What is left when the model is done. Half a character and unfinished thoughts are forgotten.
    pub fn finish(&mut self) -> String {
        if self.thinking() && self.held.trim_start().starts_with(THOUGHTS) {
            self.held.clear();
        }
        self.trim_start();
        let text = self.release(self.held.trim_end().len());
        self.held.clear();
        text
    }

    /// Drops finished thoughts; true while the reply so far is, or may be, nothing but thoughts.
    fn thinking(&mut self) -> bool {
        if self.started {
            return false;
        }
        let text = self.held.trim_start();
        if !text.starts_with(THOUGHTS) {
            return !text.is_empty() && text.len() < THOUGHTS.len() && THOUGHTS.starts_with(text);
        }
        let Some(end) = text.find(THOUGHTS_END) else { return true };
        self.held = text[end + THOUGHTS_END.len()..].to_owned();
        false
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

    /// Where the first line begins that starts with a stop word.
    fn stop_line(&self) -> Option<usize> {
        self.line_starts().find(|&at| {
            let line = self.held[at..].trim_start();
            self.stops.iter().any(|stop| line.starts_with(stop))
        })
    }

    /// How many held bytes can belong to neither trailing white space nor a stop word.
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
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STOPS: &[&str] = &["User:", "Golem:"];

    fn said(stops: &'static [&'static str], pieces: &[&str]) -> Vec<String> {
        let mut reply = ReplyText::new(stops);
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
        let mut reply = ReplyText::new(STOPS);
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
}
