//! The verbalization of text: money, times, dates, units, signs and abbreviations in words, before any voice reads it.
//!
//! Known in speech synthesis as text normalization. It is conservative: what is not sure stays as it is written. What
//! was read keeps the way back to the bytes that were written, so that progress in the sound is progress in the text.

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

/// A text in words, and where they came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verbalized {
    /// What is said.
    pub text: String,
    /// What was replaced in each reading of the text, the first reading first.
    readings: Vec<Vec<Replaced>>,
}

/// A place that is said otherwise than it is written: bytes of what is said, bytes of what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Replaced {
    said: (usize, usize),
    written: (usize, usize),
}

/// Most readings of one text. A second one finds what the words of the first have set free, as in `Ctrl+05`; no text that
/// makes sense needs a third.
const READINGS: usize = 8;

impl Verbalized {
    /// A text that is said as it is written.
    pub fn as_written(text: &str) -> Self {
        Self { text: text.to_owned(), readings: Vec::new() }
    }

    /// `text` as `language` says it.
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

    /// Byte offset in what was written up to which all is said once `text` was spoken up to byte `end`; `None` in the
    /// middle of something that is written otherwise. Offsets past the end mean all.
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

/// Reads `text` once: what is said, and where it is said otherwise than it is written.
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
