//! The names that Whisper listens for: golem's own, those in the commands' lists, and the user's vocabulary.
//!
//! Whisper writes the words that it has read most: "go on" for golem, "eco-peag" for EcoBee. With the names in its
//! prompt it hears them where they were said, but also where they were not, above all in noise. So the names come after
//! the first reading: if its text sounds like a name, Whisper scores both wordings with the name in the prompt. This
//! adds no words to noise, and text that sounds like no name costs nothing.

use super::reading::precise;
use crate::intent::language::phonetic;
use crate::intent::template::{Expr, IntentSet, List};

/// Largest distance, as a share of the longer wording's phones, at which words sound like a name. The farthest of 28
/// wordings that base and tiny.en wrote for names (by a synthetic voice) was 0.40, "she one" for Siobhan.
const NEAR: f32 = 0.4;
/// Fewest phones of a name: shorter ones resemble too many words.
const FEWEST_PHONES: usize = 4;
/// Most names that are listened for.
const MOST: usize = 500;
/// Most candidates that are scored.
const CANDIDATES: usize = 3;

/// A name and its sound.
#[derive(Clone, Debug)]
struct KnownName {
    said: String,
    phones: Vec<char>,
    words: usize,
    /// Whether it comes from the commands' lists.
    listed: bool,
}

/// The names that are listened for.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Vec<KnownName>);

/// A text with a name in place of similar words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NameCandidate {
    pub(super) text: String,
    pub(super) name: String,
    distance: f32,
}

/// The names in the commands' lists, if they are plain words.
pub fn of(intents: &IntentSet) -> Vec<String> {
    let values = intents.lists.values().filter_map(|list| match list {
        List::Values(values) => Some(values),
        List::Range(_) | List::Wildcard => None,
    });
    let said = values.flatten().filter_map(|value| match &value.said {
        // Take the slot's value: it has the capitals that the words to match have lost.
        Expr::Text(text) if value.out.to_lowercase() == *text => Some(value.out.trim().to_string()),
        Expr::Text(text) => Some(text.trim().to_string()),
        _ => None,
    });
    said.filter(|text| text.chars().all(|letter| letter.is_alphabetic() || " '-".contains(letter))).collect()
}

impl Names {
    /// Adds `names`, except those that are too short or known. `listed` ones are tried only in doubt.
    pub(super) fn add<'a>(&mut self, names: impl IntoIterator<Item = &'a str>, listed: bool) {
        for name in names {
            // Look up no sounds of names that have no room: a client may send millions.
            if self.0.len() >= MOST {
                return;
            }
            let (said, words) = (name.trim().to_string(), words(name));
            let phones = join(&words.iter().map(|word| phonetic::phones(word.text)).collect::<Vec<_>>());
            let known = self.0.iter().any(|other| other.said.eq_ignore_ascii_case(&said));
            if !known && phones.len() >= FEWEST_PHONES {
                self.0.push(KnownName { said, phones, words: words.len(), listed });
            }
        }
    }

    /// `text` with a name in place of words that sound like it, nearest first. Names from lists are tried only if the
    /// text is `doubted`.
    pub(super) fn candidates(&self, text: &str, doubted: bool) -> Vec<NameCandidate> {
        let words = words(text);
        let phones: Vec<String> = words.iter().map(|word| phonetic::phones(word.text)).collect();
        let mut found: Vec<NameCandidate> = {
            let asked = self.0.iter().filter(|name| doubted || !name.listed);
            asked.filter_map(|name| name.nearest(text, &words, &phones)).collect()
        };
        found.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        found.truncate(CANDIDATES);
        found
    }
}

impl KnownName {
    /// The candidate for the words that sound most like this name; `None` if no words do, or if the name is there
    /// already.
    fn nearest(&self, text: &str, words: &[PlacedWord], phones: &[String]) -> Option<NameCandidate> {
        let mut best: Option<(f32, usize, usize)> = None;
        for from in 0..words.len() {
            for to in from + 1..=(from + self.words + 2).min(words.len()) {
                if text[words[from].start..words[to - 1].end].eq_ignore_ascii_case(&self.said) {
                    return None;
                }
                let heard = join(&phones[from..to]);
                let longer = heard.len().max(self.phones.len());
                // Each surplus phone costs something: with so many the words cannot be near.
                if heard.len().abs_diff(self.phones.len()) * 2 > longer {
                    continue;
                }
                let as_text = |phones: &[char]| phones.iter().collect::<String>();
                let apart = phonetic::between(&as_text(&self.phones), &as_text(&heard)) / precise(longer.max(1));
                if apart <= NEAR && best.is_none_or(|(least, ..)| apart < least) {
                    best = Some((apart, words[from].start, words[to - 1].end));
                }
            }
        }
        let (distance, start, end) = best?;
        let capital = text[start..].chars().next().is_some_and(char::is_uppercase) && start == 0;
        let mut letters = self.said.chars();
        let said = match letters.next() {
            Some(first) if capital => first.to_uppercase().chain(letters).collect(),
            _ => self.said.clone(),
        };
        let text = format!("{}{said}{}", &text[..start], &text[end..]);
        Some(NameCandidate { text, name: self.said.clone(), distance })
    }
}

/// A word of a text and its place in bytes.
struct PlacedWord<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

/// The words of `text`, without punctuation.
fn words(text: &str) -> Vec<PlacedWord<'_>> {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '\'';
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(from) = text[rest..].find(inside) {
        let start = rest + from;
        let end = text[start..].find(|letter| !inside(letter)).map_or(text.len(), |length| start + length);
        found.push(PlacedWord { text: &text[start..end], start, end });
        rest = end;
    }
    found
}

/// The phones of words spoken together: of two equal ones that meet, one is heard.
fn join(words: &[String]) -> Vec<char> {
    let mut phones: Vec<char> = words.iter().flat_map(|word| word.chars()).collect();
    phones.dedup();
    phones
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(said: &[&str]) -> Names {
        let mut names = Names::default();
        names.add(said.iter().copied(), false);
        names
    }

    fn first(said: &str, text: &str) -> Option<String> {
        names(&[said]).candidates(text, false).into_iter().next().map(|candidate| candidate.text)
    }

    #[test]
    fn what_sounds_like_a_name_may_be_one() {
        for (name, heard, wanted) in [
            ("EcoBee", "Turn the eco-peag off.", "Turn the EcoBee off."),
            ("golem", "Go on, stop.", "Golem, stop."),
            ("golem", "Hey Gullin, what time is it?", "Hey golem, what time is it?"),
            ("mood lighting", "Turn on the mode lighting.", "Turn on the mood lighting."),
            ("Roborock", "Start the roll boroc.", "Start the Roborock."),
            ("Nuki", "is the new key lock closed.", "is the Nuki lock closed."),
            ("Philips Hue", "Then the fillets hue to 10%.", "Then the Philips Hue to 10%."),
            ("лампа в зале", "Включи лампо взале.", "Включи лампа в зале."),
        ] {
            assert_eq!(first(name, heard).as_deref(), Some(wanted));
        }
    }

    #[test]
    fn what_stands_there_or_sounds_otherwise_is_left() {
        assert_eq!(first("golem", "Golem, what time is it?"), None);
        assert_eq!(first("EcoBee", "Turn on the kitchen light."), None);
        assert_eq!(first("golem", ""), None);
        assert!(names(&["on", "", "den", "Golem", "golem"]).0.len() == 1);
    }
}
