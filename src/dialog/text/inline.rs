//! Markup within a line: emphasis, links, code spans, tags, entities, pictures.

use std::ops::Range;

use super::markup::{is_cyrillic, is_unspoken, run};
use super::writer::SpeakableWriter;
use crate::phrases::{Language, Phrase};

/// The words that stand for content that cannot be read aloud.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words(Language);

impl Words {
    /// The words in the language of `text`.
    pub(super) fn of(text: &str) -> Self {
        Self(if is_cyrillic(text) { Language::Russian } else { Language::English })
    }

    fn link(self) -> String {
        Phrase::Link.say(self.0)
    }

    fn code(self) -> String {
        Phrase::Code.say(self.0)
    }
}

/// Writes `range` of `source`, which has no line break, to `writer`.
pub(super) fn speak(source: &str, range: Range<usize>, words: Words, writer: &mut SpeakableWriter) {
    let mut at = range.start;
    while let Some(c) = source[at..range.end].chars().next() {
        let rest = &source[at..range.end];
        at += match c {
            '\\' => escape(rest, at, writer),
            '`' => code_span(rest, at, words, writer),
            '[' => bracket(source, at..range.end, words, writer),
            '<' => angle(rest, at, words, writer),
            '&' => entity(rest, at, writer),
            'h' | 'H' | 'w' | 'W' if url(rest).is_some() && writer.between_words() => {
                writer.say(&words.link(), at);
                url(rest).unwrap_or(1)
            }
            _ => character(c, rest, at, writer),
        };
    }
}

/// Writes a character, and returns its length in bytes.
fn character(c: char, rest: &str, at: usize, writer: &mut SpeakableWriter) -> usize {
    let next = rest[c.len_utf8()..].chars().next();
    let spaced = writer.between_words() && next.is_some_and(char::is_whitespace);
    match c {
        '*' if spaced && writer.last().is_some_and(char::is_alphanumeric) => writer.push('×', at),
        '_' if !writer.between_words() && next.is_some_and(char::is_alphanumeric) => writer.space(at),
        '#' if !writer.between_words() => writer.push(c, at),
        '!' if next == Some('[') => {}
        '|' => writer.comma(at),
        '*' | '_' | '#' | '~' | ']' => {}
        '’' => writer.push('\'', at),
        c if is_unspoken(c) => {
            if c > '\u{2100}' && !('\u{fe00}'..='\u{ffff}').contains(&c) {
                writer.space(at);
            }
        }
        c => writer.push(c, at),
    }
    c.len_utf8()
}

/// Writes the mark after a backslash literally.
fn escape(rest: &str, at: usize, writer: &mut SpeakableWriter) -> usize {
    let Some(mark) = rest[1..].chars().next().filter(char::is_ascii_punctuation) else {
        writer.space(at);
        return 1;
    };
    if !"*_#~`|\\".contains(mark) {
        writer.push(mark, at);
    }
    2
}

/// Writes code that reads like words; other code is only named.
fn code_span(rest: &str, at: usize, words: Words, writer: &mut SpeakableWriter) -> usize {
    let ticks = run(rest, '`');
    let Some(length) = rest[ticks..].find(&rest[..ticks]) else { return ticks };
    // A call is read by its name, without the brackets.
    let code = rest[ticks..ticks + length].trim_end_matches("()");
    let wordlike = |c: char| c.is_alphanumeric() || " _-./:,#+'".contains(c);
    if code.chars().all(wordlike) && code.chars().count() <= 40 {
        for (offset, c) in code.char_indices() {
            writer.push(if c == '_' { ' ' } else { c }, at + ticks + offset);
        }
    } else {
        writer.say(&words.code(), at);
    }
    ticks + length + ticks
}

/// Writes the text of a link or picture; a footnote is silent, other brackets are dropped.
fn bracket(source: &str, range: Range<usize>, words: Words, writer: &mut SpeakableWriter) -> usize {
    let rest = &source[range.clone()];
    let Some(close) = rest.find(']') else { return 1 };
    let label = &rest[1..close];
    if let Some(target) = rest[close + 1..].strip_prefix('(').and_then(|target| target.find(')')) {
        if url(label) == Some(label.len()) {
            writer.say(&words.link(), range.start);
        } else {
            speak(source, range.start + 1..range.start + close, words, writer);
        }
        return close + 1 + 1 + target + 1;
    }
    let footnote = label.strip_prefix('^').unwrap_or(label);
    if !footnote.is_empty() && footnote.bytes().all(|b| b.is_ascii_digit()) { close + 1 } else { 1 }
}

/// Reads angle brackets: a tag is silent, an address is a link, and a lone sign is read as itself.
fn angle(rest: &str, at: usize, words: Words, writer: &mut SpeakableWriter) -> usize {
    let inner = &rest[1..];
    let tag = inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    let Some(close) = rest.find('>').filter(|_| tag) else {
        writer.push('<', at);
        return 1;
    };
    // Only these tags separate words.
    let parts = ["br", "/p", "/li", "/t", "/h"].iter().any(|name| inner.starts_with(name));
    if url(inner).is_some() {
        writer.say(&words.link(), at);
    } else if parts {
        writer.space(at);
    }
    close + 1
}

fn entity(rest: &str, at: usize, writer: &mut SpeakableWriter) -> usize {
    const KNOWN: [(&str, char); 6] =
        [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&nbsp;", ' '), ("&#39;", '\'')];
    let (length, meant) =
        KNOWN.iter().find(|(name, _)| rest.starts_with(name)).map_or((1, '&'), |&(name, meant)| (name.len(), meant));
    writer.push(meant, at);
    length
}

/// Length of the address at the start of `text`, without the sentence's own marks after it.
fn url(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://", "www."];
    let known = |prefix: &&str| text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    let prefix = scheme.iter().find(|prefix| known(prefix))?;
    let word = text.split(|c: char| c.is_whitespace() || "<>\"`|".contains(c)).next().unwrap_or(text);
    let word = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '*', '_', '…', '»', '”']);
    (word.len() > prefix.len()).then_some(word.len())
}
