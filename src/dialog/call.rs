//! The wake phrase in a text: its place, and the words after it.

use super::words::normal;
use crate::intent::language::phonetic;
use crate::message::Transcript;

/// Largest distance in sound, as a share of the phrase's length, at which words count as the phrase.
const NEAR: f32 = 0.26;
/// Additional words that the recogniser may make of the phrase.
const MORE: usize = 2;

/// A wake phrase.
#[derive(Clone, Debug)]
pub struct WakePhrase {
    /// Its words in lower case.
    words: Vec<String>,
    /// Its phones.
    phones: String,
    /// Largest distance in sound at which words count as the phrase.
    near: f32,
}

impl WakePhrase {
    /// Reads `phrase` as written in the config; `None` if it has no words.
    pub fn new(phrase: &str) -> Option<Self> {
        let words = normal(phrase);
        let phones = sound(&words);
        let near = phonetic::between(&phones, "") * NEAR;
        (!phones.is_empty()).then_some(Self { words, phones, near })
    }

    /// Whether `text` contains the phrase, word for word.
    pub fn is_in(&self, text: &str) -> bool {
        normal(text).windows(self.words.len()).any(|part| part == self.words)
    }

    /// The text after the phrase, or after words that sound like it; `None` if `text` has neither. Of several places
    /// the nearest in sound counts, and of equal ones the last.
    pub fn after(&self, text: &str) -> Option<String> {
        let tokens: Vec<&str> = text.split_whitespace().collect();
        let words: Vec<Vec<String>> = tokens.iter().map(|token| normal(token)).collect();
        let mut best = None;
        for from in 0..tokens.len() {
            // Skip a token of punctuation alone: it begins no phrase.
            if words[from].is_empty() {
                continue;
            }
            for to in from + 1..=tokens.len().min(from + self.words.len() + MORE) {
                let distance = phonetic::between(&self.phones, &sound(&words[from..to].concat()));
                if distance <= self.near && best.is_none_or(|(least, _)| distance <= least) {
                    best = Some((distance, to));
                }
            }
        }
        best.map(|(_, to)| trimmed(&tokens[to..].join(" ")))
    }

    /// The first reading of `transcript` with the phrase, and the text after it.
    pub fn heard_in<'a>(&self, transcript: &'a Transcript) -> Option<(&'a str, String)> {
        let mut readings = std::iter::once(&transcript.text).chain(&transcript.alternatives);
        readings.find_map(|text| Some((text.as_str(), self.after(text)?)))
    }

    /// `text` without the phrase, if it begins with it.
    pub fn without(&self, text: &str) -> Option<String> {
        let tokens: Vec<&str> = text.split_whitespace().collect();
        let rest = tokens.get(self.words.len()..)?;
        let first = normal(&tokens[..self.words.len()].join(" "));
        (first == self.words).then(|| trimmed(&rest.join(" ")))
    }
}

/// The phones of words that are said in one breath.
fn sound(words: &[String]) -> String {
    words.iter().map(|word| phonetic::phones(word)).collect()
}

/// `text` without the punctuation that separated it from the words before.
fn trimmed(text: &str) -> String {
    text.trim_start_matches(|c: char| !c.is_alphanumeric() && !"\"'([«“‘".contains(c)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(text: &str) -> WakePhrase {
        WakePhrase::new(text).unwrap()
    }

    #[test]
    fn words_after_the_phrase_are_what_was_said() {
        let golem = phrase("Hey golem");
        for (text, after) in [
            ("Hey Golem, what time is it?", Some("what time is it?")),
            ("Hey, Golem. What time is it?", Some("What time is it?")),
            ("hey gollum what time is it", Some("what time is it")),
            ("Hey, Goalem! Stop.", Some("Stop.")),
            ("Hey golem.", Some("")),
            ("and then he said hey golem turn on the light", Some("turn on the light")),
            ("Hey golem, hey golem, stop", Some("stop")),
            ("hey golem - \"quoted\" words", Some("\"quoted\" words")),
            ("the weather is fine today", None),
            ("hey there", None),
            ("", None),
            ("...", None),
        ] {
            assert_eq!(golem.after(text).as_deref(), after, "{text}");
        }
    }

    #[test]
    fn a_phrase_of_another_script_is_found_as_well() {
        let golem = phrase("привет голем");
        assert_eq!(golem.after("Привет, голем, который час?").as_deref(), Some("который час?"));
        assert_eq!(golem.after("Привет, Маша, который час?"), None);
    }

    #[test]
    fn a_phrase_with_accents_is_found_as_well() {
        let kitchen = phrase("Hallo Küche");
        assert_eq!(kitchen.after("Hallo, Küche! Wie spät ist es?").as_deref(), Some("Wie spät ist es?"));
        assert_eq!(kitchen.after("hallo kuche wie spät ist es").as_deref(), Some("wie spät ist es"));
        assert_eq!(kitchen.after("Hallo Lukas, wie geht es dir?"), None);
        let golem = phrase("привіт голем");
        for text in ["Привіт, Голем, котра година?", "Привет, голем, котра година?"]
        {
            assert_eq!(golem.after(text).as_deref(), Some("котра година?"), "{text}");
        }
        assert_eq!(golem.after("Привіт, Маріє, котра година?"), None);
    }

    #[test]
    fn other_words_are_no_phrase() {
        let computer = phrase("computer");
        assert_eq!(computer.after("I bought a compass"), None);
        assert_eq!(computer.after("come here"), None);
        assert_eq!(computer.after("Computer, lights").as_deref(), Some("lights"));
    }

    #[test]
    fn a_phrase_without_words_is_none() {
        assert!(WakePhrase::new("").is_none());
        assert!(WakePhrase::new(" ?! ").is_none());
    }

    #[test]
    fn the_phrase_word_for_word_is_found_and_left_out() {
        let golem = phrase("hey golem");
        assert!(golem.is_in("You can say: hey, Golem!"));
        assert!(!golem.is_in("hey you golem"));
        assert_eq!(golem.without("Hey golem, stop.").as_deref(), Some("stop."));
        assert_eq!(golem.without("stop, hey golem"), None);
        assert_eq!(golem.without("hey"), None);
    }
}
