//! A model's style of writing, taken from one transcript, so that scores of other texts compare words, not spelling.

use std::collections::HashMap;

use crate::intent::language::number::{self, Number};

/// The notation of numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// `fifty percent`.
    Words,
    /// `50 percent`.
    Digits,
    /// `50%`.
    Percent,
}

/// The style of one transcript.
pub(super) struct Manner {
    blank: bool,
    capital: bool,
    /// The sign at the end of sentences.
    pub(super) closing: Option<char>,
    numbers: Numbers,
    /// Tag of the language that numbers are named in.
    language: String,
    /// Lower-case words with their spelling in the transcript.
    words: HashMap<String, String>,
}

impl Manner {
    /// The style of the transcript `text`, in a language such as `en`.
    pub(super) fn of(text: &str, blank: bool, language: &str) -> Self {
        let bare = |word: &str| word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_string();
        let words = text.split_whitespace().skip(1).map(bare);
        Self {
            blank,
            capital: text.chars().next().is_some_and(char::is_uppercase),
            closing: text.chars().last().filter(|last| is_closing(*last)),
            numbers: match (text.contains(|letter: char| letter.is_ascii_digit()), text.contains('%')) {
                (false, _) => Numbers::Words,
                (true, false) => Numbers::Digits,
                (true, true) => Numbers::Percent,
            },
            language: language.into(),
            words: words.map(|word| (word.to_lowercase(), word)).collect(),
        }
    }

    /// `text` in the model's style; empty if it holds no word.
    pub(super) fn write(&self, text: &str) -> String {
        let text = text.trim_end_matches(|last: char| is_closing(last) || last.is_whitespace());
        let mut words: Vec<String> = text.split_whitespace().map(ToString::to_string).collect();
        if self.numbers != Numbers::Words {
            words = self.in_digits(&words);
        }
        let spelled = words.iter().map(|word| self.words.get(word).unwrap_or(word).as_str());
        let mut line = spelled.collect::<Vec<_>>().join(" ");
        let Some(first) = line.chars().next() else { return line };
        if self.capital {
            line.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
        }
        line.extend(self.closing);
        if self.blank { format!(" {line}") } else { line }
    }
}

impl Manner {
    /// `words` with whole numbers in digits: `fifty percent` as `50 percent`, or as `50%` if the model writes the sign.
    fn in_digits(&self, words: &[String]) -> Vec<String> {
        let mut written: Vec<String> = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let whole = |(_, number): &(usize, Number)| number.0 % Number::ONE == 0;
            let number = number::parse(&words[at..], &self.language).into_iter().rfind(whole);
            match (number, written.last_mut()) {
                (Some((length, number)), _) => {
                    written.push((number.0 / Number::ONE).to_string());
                    at += length;
                    continue;
                }
                (None, Some(before)) if self.numbers == Numbers::Percent && is_percent(&words[at]) => before.push('%'),
                (None, _) => written.push(words[at].clone()),
            }
            at += 1;
        }
        written
    }
}

/// Whether a word means per cent.
fn is_percent(word: &str) -> bool {
    matches!(word, "percent" | "процент" | "процента" | "процентов")
}

/// Whether the sign ends a sentence.
fn is_closing(letter: char) -> bool {
    matches!(letter, '.' | '?' | '!' | '…' | '。' | '？' | '！')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manner(text: &str) -> Manner {
        Manner::of(text, true, if text.is_ascii() { "en" } else { "ru" })
    }

    #[test]
    fn texts_are_written_as_the_model_writes() {
        assert_eq!(manner("Turn off the TV now.").write("turn on the tv"), " Turn on the TV.");
        assert_eq!(manner("какой час?").write("который  час. "), " который час?");
        assert_eq!(manner("yes").write("yes."), " yes");
        assert_eq!(manner("Yes.").write(" . "), "");
        assert_eq!(manner("Set it to 15%.").write("set it to fifty percent"), " Set it to 50%.");
        assert_eq!(manner("Wait 2 minutes!").write("wait twenty one minutes"), " Wait 21 minutes!");
        assert_eq!(manner("Поставь 5 градусов.").write("поставь двадцать градусов"), " Поставь 20 градусов.");
        assert_eq!(manner("Wait two minutes.").write("wait ten minutes"), " Wait ten minutes.");
    }
}
