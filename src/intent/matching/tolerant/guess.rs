//! The guesses which words of the grammar a heard word may be.

use std::collections::HashMap;

use super::sounds::Sounds;
use crate::intent::language::lexicon::{self, Weight};
use crate::intent::language::phonetic;

/// Cost of a homophone: another spelling with the same sound.
const HOMOPHONE: f32 = 0.1;
/// Cost of words that are written separately or together: `screen shot`.
const JOINED: f32 = 0.1;
/// Largest distance in phones.
const FARTHEST: f32 = 1.0;
/// Largest distance as a share of the heard word's phones.
const FARTHEST_SHARE: f32 = 0.25;
/// Largest distance in phones if the heard word is in the grammar too: only near homophones are confused.
const FARTHEST_KNOWN: f32 = 0.35;
/// Fewest phones of a word that is compared with [`FARTHEST`]; shorter ones need near homophones.
const SHORT: usize = 3;

/// A word of the grammar in place of one or two heard words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guess {
    /// The word's index in the vocabulary.
    pub word: u32,
    /// Number of heard words that it replaces: 1 or 2.
    pub span: usize,
    /// Its cost.
    pub cost: f32,
}

/// The vocabulary, indexed by sound and by stem.
#[derive(Clone, Debug, Default)]
pub struct WordSounds {
    ids: HashMap<String, u32>,
    words: Vec<String>,
    stems: HashMap<String, Vec<u32>>,
    sounds: Sounds,
}

impl WordSounds {
    /// Indexes the vocabulary; a word's id is its index in it.
    pub fn new(words: &[String]) -> Self {
        let mut sounds = Self { words: words.to_vec(), ..Self::default() };
        for (id, word) in (0_u32..).zip(words) {
            sounds.ids.insert(word.clone(), id);
            sounds.stems.entry(lexicon::stem(word).to_string()).or_default().push(id);
            if sounds_like_a_word(word) {
                sounds.sounds.insert(&phonetic::phones(word), id);
            }
        }
        sounds
    }

    /// The id of a word of the grammar.
    pub fn id(&self, word: &str) -> Option<u32> {
        self.ids.get(word).copied()
    }

    /// The word of an id.
    pub fn word(&self, id: u32) -> &str {
        self.words.get(id as usize).map_or("", String::as_str)
    }

    /// The words that may have been heard at `at`, each at its lowest cost, cheapest first.
    pub fn guesses(&self, heard: &[String], at: usize) -> Vec<Guess> {
        let word = heard[at].as_str();
        let mut guesses = Vec::new();
        let mut add = |word, span, cost| guesses.push(Guess { word, span, cost });
        if let Some(id) = self.id(word) {
            add(id, 1, 0.0);
        }
        for id in self.stems.get(lexicon::stem(word)).into_iter().flatten() {
            if lexicon::inflected(word, self.word(*id)) {
                add(*id, 1, lexicon::INFLECTION);
            }
        }
        for (id, distance) in self.alike(word) {
            add(id, 1, HOMOPHONE + distance);
        }
        if let Some(id) = heard.get(at + 1).and_then(|next| self.id(&format!("{word}{next}"))) {
            add(id, 2, JOINED);
        }
        guesses.sort_by(|a, b| (a.word, a.span).cmp(&(b.word, b.span)).then(a.cost.total_cmp(&b.cost)));
        guesses.dedup_by_key(|guess| (guess.word, guess.span));
        guesses.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        guesses
    }

    /// Other words of the grammar that sound like this one, with their distance in phones.
    fn alike(&self, word: &str) -> Vec<(u32, f32)> {
        let phones: Vec<char> = phonetic::phones(word).chars().collect();
        if phones.len() < 2 || !sounds_like_a_word(word) {
            return Vec::new();
        }
        let strict = self.id(word).is_some() || phones.len() < SHORT;
        let limit = if strict { FARTHEST_KNOWN } else { FARTHEST };
        let allowed = |other: &str| {
            other != word && !lexicon::is_opposite(word, other) && lexicon::is_past(word) == lexicon::is_past(other)
        };
        let near = self.sounds.near(&phones, limit.min(share(phones.len())));
        near.into_iter().filter(|(id, _)| allowed(self.word(*id))).collect()
    }

    /// Splits a word that is not in the grammar into two words that are: `fullscreen`, `what's`.
    pub fn split(&self, word: &str) -> Option<(String, String)> {
        let knows = |word: &str| self.ids.contains_key(word);
        if knows(word) {
            return None;
        }
        if let Some(first) = word.strip_suffix("'s").filter(|first| knows(first) && knows("is")) {
            return Some((first.into(), "is".into()));
        }
        let cuts = word.char_indices().map(|(at, _)| at).skip(3);
        let mut halves = cuts.map(|at| word.split_at(at)).filter(|(_, second)| second.chars().count() >= 3);
        halves.find(|(a, b)| knows(a) && knows(b)).map(|(a, b)| (a.into(), b.into()))
    }
}

fn share(phones: usize) -> f32 {
    f32::from(u16::try_from(phones).unwrap_or(u16::MAX)) * FARTHEST_SHARE
}

/// Whether a word may be compared by sound: negations must not be confused, and numbers in digits have no spelling.
fn sounds_like_a_word(word: &str) -> bool {
    lexicon::weight(word) != Weight::Negation && word.chars().all(|c| c.is_alphabetic() || c == '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sounds() -> WordSounds {
        let words = "open close lights light turn off on screenshot write note four timer for mute unmute what is";
        WordSounds::new(&words.split(' ').map(String::from).collect::<Vec<_>>())
    }

    fn guessed(heard: &str) -> Vec<(String, f32)> {
        let sounds = sounds();
        let heard: Vec<String> = heard.split(' ').map(String::from).collect();
        sounds.guesses(&heard, 0).iter().map(|guess| (sounds.word(guess.word).to_string(), guess.cost)).collect()
    }

    #[test]
    fn words_are_found_by_spelling_ending_and_sound() {
        assert_eq!(guessed("open")[0], ("open".into(), 0.0));
        assert!(guessed("opening").contains(&("open".into(), lexicon::INFLECTION)));
        for (heard, meant, most) in
            [("right", "write", 0.2), ("of", "off", 0.5), ("screen shot", "screenshot", 0.2), ("for", "four", 0.2)]
        {
            let found = guessed(heard);
            assert!(found.iter().any(|(word, cost)| word == meant && *cost < most), "{heard}: {found:?}");
        }
    }

    #[test]
    fn what_means_something_else_is_not_found() {
        for (heard, other) in [("opened", "open"), ("mute", "unmute"), ("on", "off"), ("not", "note"), ("nope", "open")]
        {
            assert!(guessed(heard).iter().all(|(word, _)| word != other), "{heard}: {:?}", guessed(heard));
        }
    }

    #[test]
    fn joined_words_part() {
        assert_eq!(sounds().split("what's"), Some(("what".into(), "is".into())));
        assert_eq!(sounds().split("lightoff"), Some(("light".into(), "off".into())));
        assert_eq!(sounds().split("open"), None);
    }
}
