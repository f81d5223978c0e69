//! Ends of phrases between two words without a mark: after a content word and before a function word (Liberman and
//! Church, "Text analysis and word pronunciation in text-to-speech synthesis", 1992, who call them chunks and chinks).

use super::boundary::{is_conjunction, listed};

/// Function words that begin a phrase: articles and determiners, prepositions, auxiliary verbs, personal pronouns as
/// subjects, question words.
const OPENING: &str = " a an the this these those my your his our their its some any no every each all both \
    of to in on at by for with from into onto about over under after before between through during without within \
    against like since around across near along behind beyond despite toward towards upon per via \
    is are was were am has have had do does did can cannot could will would shall should may might must \
    i he she we they what whose whom how why \
    в во на с со к ко о об от до из у за для по при без под над через между про после перед ради из-за \
    я он она мы они мой моя моё мои твой твоя твои ваш ваша ваше ваши наш наша наше наши \
    этот эта эти каждый каждая каждое каждые ";
/// Words that belong to the word after them, or may belong to either side: they end a phrase only before a conjunction.
const WAVERING: &str = " you it her that there here's be been being not very so too more most less least just really quite also only even \
    such much many few several other another one two three four five six seven eight nine ten eleven twelve hundred thousand \
    million let please mr mrs ms dr st \
    не ни ты вы это тот та то те очень более самый самая самое самые такой такая такое такие его её их весь вся всё все \
    был была было были будет будут буду может могут могу можно надо нужно \
    один одна одно два две три четыре пять шесть семь восемь девять десять сто тысяча ";
/// Endings of contracted auxiliaries and possessives, which belong to the word after them.
const CONTRACTED: [&str; 7] = ["n't", "'m", "'re", "'ll", "'ve", "'d", "'s"];

/// The side of the following gap that a word belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// The words before: a content word.
    Before,
    /// Either side.
    Either,
    /// The words after.
    After,
}

fn side(word: &str) -> Side {
    let word = word.to_lowercase().replace('’', "'");
    let number =
        word.starts_with(|c: char| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_digit() || ".,:".contains(c));
    let contracted = CONTRACTED.iter().any(|ending| word.ends_with(ending));
    if number || listed(WAVERING, &word) {
        Side::Either
    } else if listed(OPENING, &word) || contracted || is_conjunction(&word) {
        Side::After
    } else {
        Side::Before
    }
}

/// Whether a phrase may end after `word`, whatever follows. After a function word or a number it sounds broken off.
pub fn is_content(word: &str) -> bool {
    side(word) == Side::Before
}

/// Whether a phrase ends between `word` and `next`.
pub fn phrase_ends(word: &str, next: &str) -> bool {
    match side(word) {
        Side::Before => is_conjunction(next) || listed(OPENING, &next.to_lowercase()),
        Side::Either => is_conjunction(next),
        Side::After => false,
    }
}
