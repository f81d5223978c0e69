//! The heard words, with all words of the grammar that each may be.

use super::guess::{Guess, WordSounds};
use super::profile::Profile;
use crate::intent::graph::{Graph, WordId};
use crate::intent::language::lexicon;
use crate::intent::language::number::{self, Number};
use crate::intent::language::text::{Token, tidy};
use crate::intent::matching::heard::{WordAlignment, is_percent};
use crate::intent::template::Range;
use crate::phrases::Language;

/// Cost of a number's homophone: `to` for `two`.
const HOMOPHONE: f32 = 0.15;
/// Words that sound like numbers.
const LIKE_NUMBERS: &[(&str, &str)] = &[
    ("to", "two"),
    ("too", "two"),
    ("for", "four"),
    ("won", "one"),
    ("ate", "eight"),
    ("tree", "three"),
    ("sex", "six"),
];

/// The heard words, from left to right.
pub struct HeardWords {
    /// The guesses for each word.
    pub guesses: Vec<Vec<Guess>>,
    /// The cost of skipping each word.
    pub extra: Vec<f32>,
    /// Filler phrases that begin at each word: their length, and the cost of skipping them.
    pub passes: Vec<Vec<(usize, f32)>>,
    words: Vec<Option<WordId>>,
    text: String,
    tokens: Vec<Token>,
    numbers: Vec<Vec<SpokenNumber>>,
}

/// A number in the heard text, in a range or not.
struct SpokenNumber {
    to: usize,
    number: Number,
    cost: f32,
    said: String,
}

/// A number of a range.
pub struct InRange {
    /// Index of the word after it.
    pub to: usize,
    /// Its cost.
    pub cost: f32,
    /// Its number of words.
    pub words: usize,
    /// Its spelling.
    pub said: String,
    /// A key that distinguishes it from other numbers.
    pub value: u64,
}

impl HeardWords {
    /// Prepares the heard words; words that were written together are split.
    pub fn new(graph: &Graph, sounds: &WordSounds, language: &str, text: &str, all: &[Token]) -> Self {
        let tokens: Vec<Token> = all.iter().flat_map(|token| part(sounds, token)).collect();
        let words: Vec<String> = tokens.iter().map(|token| token.word.clone()).collect();
        let bare: Vec<&str> = words.iter().map(String::as_str).collect();
        let heard = WordAlignment::new(graph, language, text, &tokens);
        let fillers = |at: usize| Some((heard.skip(at), 0.0)).filter(|(length, _)| *length > 0);
        let courtesies = |at| lexicon::courtesies(&bare, at).map(|length| (length, lexicon::COURTESY));
        let passes = (0..words.len()).map(|at| courtesies(at).chain(fillers(at)).collect()).collect();
        let guesses = (0..words.len()).map(|at| sounds.guesses(&words, at)).collect();
        let extra = words.iter().map(|word| lexicon::extra(word)).collect();
        let numbers = (0..words.len()).map(|at| spoken(&bare, at, language)).collect();
        let words = words.iter().map(|word| graph.word(word)).collect();
        Self { words, guesses, extra, passes, text: text.to_owned(), tokens, numbers }
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The word at an index, if the grammar has it unchanged.
    pub fn word(&self, at: usize) -> Option<WordId> {
        self.words.get(at).copied().flatten()
    }

    /// The words of a stretch as they were said.
    pub fn said(&self, from: usize, to: usize) -> String {
        let span = self.tokens[from].span.start..self.tokens[to - 1].span.end;
        tidy(self.text.get(span).unwrap_or_default())
    }

    /// Numbers of a range that begin at an index.
    pub fn numbers<'s>(&'s self, range: &'s Range, at: usize) -> impl Iterator<Item = InRange> + 's {
        let fitting = self.numbers[at].iter().filter(|spoken| range.has(spoken.number));
        fitting.flat_map(move |spoken| {
            let words = spoken.to - at;
            let value = spoken.number.0.unsigned_abs() + 1;
            let bare = InRange { to: spoken.to, cost: spoken.cost, words, said: spoken.said.clone(), value };
            let percent = self.tokens.get(spoken.to).filter(|token| range.percent && is_percent(&token.word));
            let with = percent.map(|token| InRange {
                to: spoken.to + 1,
                cost: spoken.cost,
                words: words + 1,
                said: format!("{} {}", spoken.said, token.word),
                value,
            });
            [Some(bare), with].into_iter().flatten()
        })
    }

    /// The lowest cost of the words from each index on, for any path of a sentence; one entry more for the end.
    pub fn rest(&self, profile: &Profile) -> Vec<f32> {
        let mut explained = vec![profile.wild; self.len()];
        for (at, guesses) in self.guesses.iter().enumerate() {
            for guess in guesses.iter().filter(|guess| profile.has(guess.word)) {
                explained[at..(at + guess.span).min(self.len())].fill(true);
            }
            for (length, _) in &self.passes[at] {
                explained[at..at + length].fill(true);
            }
            for spoken in self.numbers[at].iter().filter(|_| profile.numbers) {
                // Include the next word, which may be a per cent sign.
                explained[at..(spoken.to + 1).min(self.len())].fill(true);
            }
        }
        let mut rest = vec![0.0; self.len() + 1];
        for at in (0..self.len()).rev() {
            rest[at] = rest[at + 1] + if explained[at] { 0.0 } else { self.extra[at] };
        }
        rest
    }

    /// Number of content words that a sentence shares; sentences are sorted by it.
    pub fn shared(&self, profile: &Profile) -> usize {
        let heavy = |at: &usize| self.extra[*at] >= lexicon::EXTRA;
        let has = |at: usize| self.guesses[at].iter().any(|guess| profile.has(guess.word));
        (0..self.len()).filter(heavy).filter(|at| has(*at)).count()
    }
}

/// Splits a word that the grammar has as two words.
fn part(sounds: &WordSounds, token: &Token) -> Vec<Token> {
    match sounds.split(&token.word) {
        None => vec![token.clone()],
        Some((first, second)) => {
            let span = token.span.clone();
            vec![Token { word: first, span: span.clone() }, Token { word: second, span }]
        }
    }
}

/// The numbers that begin at an index, also by homophones.
fn spoken(words: &[&str], at: usize, language: &str) -> Vec<SpokenNumber> {
    let plain: Vec<&str> = words[at..].to_vec();
    let mut found: Vec<SpokenNumber> = Vec::new();
    for (count, number) in number::parse(&plain, language) {
        found.push(SpokenNumber { to: at + count, number, cost: 0.0, said: plain[..count].join(" ") });
    }
    let alike = |word: &&'_ str| LIKE_NUMBERS.iter().find(|(like, _)| like == word).map_or("", |(_, number)| number);
    let like: Vec<&str> =
        plain.iter().map(|word| Some(alike(word)).filter(|a| !a.is_empty()).unwrap_or(word)).collect();
    if Language::English.has(language) && like.first() != plain.first() {
        for (count, number) in number::parse(&like, language) {
            let changed = (0..count).filter(|index| like[*index] != plain[*index]).map(|_| HOMOPHONE).sum();
            found.push(SpokenNumber { to: at + count, number, cost: changed, said: like[..count].join(" ") });
        }
    }
    found
}
