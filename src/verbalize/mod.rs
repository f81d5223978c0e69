//! Verbalization: money, times, dates, units, signs and abbreviations become words before synthesis.
//!
//! In speech synthesis this is known as text normalization. It is conservative: doubtful text stays as written. The way
//! back to the written bytes is kept, so that progress in the sound is progress in the text.

mod address;
mod english;
mod figure;
mod roman;
mod rule;
mod russian;
#[cfg(test)]
mod tests;

use crate::phrases::Language;
use rule::SpeechRules;

impl Language {
    fn rules(self) -> &'static SpeechRules {
        match self {
            Self::English => &english::RULES,
            Self::Russian => &russian::RULES,
        }
    }
}

/// Whether most letters of `text` are Cyrillic; `None` for a text without letters.
pub fn cyrillic(text: &str) -> Option<bool> {
    let of_script = |c: &char| matches!(c, '\u{400}'..='\u{52f}');
    let letters = text.chars().filter(|c| c.is_alphabetic());
    let (mut cyrillic, mut all) = (0_usize, 0_usize);
    for letter in letters {
        all += 1;
        cyrillic += usize::from(of_script(&letter));
    }
    (all > 0).then_some(cyrillic * 2 > all)
}

/// A verbalized text, with the way back to its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verbalized {
    /// The words.
    pub text: String,
    /// The replacements of each pass over the text, the first pass first.
    readings: Vec<Vec<Replaced>>,
}

/// A replacement: its bytes in the words, and its bytes in the written text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Replaced {
    said: (usize, usize),
    written: (usize, usize),
}

/// Most passes over one text. A second pass finds text that the words of the first have separated, as in `Ctrl+05`;
/// meaningful text needs no third.
const READINGS: usize = 8;

impl Verbalized {
    /// A text without replacements.
    pub fn as_written(text: &str) -> Self {
        Self { text: text.to_owned(), readings: Vec::new() }
    }

    /// The words of `text` in `language`.
    pub fn new(text: &str, language: Language) -> Self {
        let mut said = Self::as_written(text);
        for _ in 0..READINGS {
            let (text, replaced) = read(&said.text, language);
            if replaced.is_empty() || text == said.text {
                break;
            }
            said.text = text;
            said.readings.push(replaced);
        }
        said
    }

    /// Byte offset in the written text that is complete when `text` was spoken up to byte `end`; `None` in the middle
    /// of a replacement. Offsets past the end mean all.
    pub fn written_end(&self, end: usize) -> Option<usize> {
        let end = end.min(self.text.len());
        self.readings.iter().rev().try_fold(end, |end, replaced| {
            let before = replaced.partition_point(|replaced| replaced.said.1 <= end);
            let within = replaced.get(before).is_some_and(|next| next.said.0 < end);
            let (said, written) = replaced[..before].last().map_or((0, 0), |last| (last.said.1, last.written.1));
            (!within).then_some(written + (end - said))
        })
    }
}

/// Makes one pass over `text`: returns the words and the replacements.
fn read(text: &str, language: Language) -> (String, Vec<Replaced>) {
    let mut said = String::with_capacity(text.len());
    let mut replaced = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let found = rule::starts(text, at).then(|| language.rules().first(text, at)).flatten();
        if let Some(reading) = found {
            let begin = said.len();
            said.push_str(&reading.words);
            replaced.push(Replaced { said: (begin, said.len()), written: (at, at + reading.length) });
            at += reading.length;
        } else {
            said.push(c);
            at += c.len_utf8();
        }
    }
    (said, replaced)
}
