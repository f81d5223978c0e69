//! The spelling of templates in words that can be spoken: numbers, signs, pieces of words.

use super::node::{GrammarNode, NOTHING, choice, sequence};
use crate::intent::language::{forms, number, text};
use crate::intent::template::{Expr, Fractions, Range};
use crate::phrases::Language;

/// Why an expression cannot be heard.
pub(super) type Unheard = String;

/// Ways to write what has no spaces in it (`light[s]`, `{n}th`).
const SPELLINGS_LIMIT: usize = 2_000;
/// Numbers of one range.
const NUMBERS_LIMIT: usize = 1_001;
/// Signs that are read aloud, in English and in Russian.
const SIGNS: &[(&str, &str, &str)] = &[
    ("%", "percent", "процентов"),
    ("°", "degrees", "градусов"),
    ("&", "and", "и"),
    ("+", "plus", "плюс"),
    ("½", "half", "половина"),
    ("$", "dollars", "долларов"),
    ("€", "euros", "евро"),
    ("£", "pounds", "фунтов"),
];

/// The words of a text: signs read aloud, numbers spelled out in each way that there is.
pub fn words(text: &str, language: &str) -> GrammarNode {
    let words = text::words(text);
    let mut rest: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut said = Vec::new();
    while let Some(first) = rest.first() {
        let (taken, node) = match forms::aloud(&rest, language) {
            Some((taken, ways)) => (taken, choice(ways.iter().map(|way| plain(way)).collect())),
            None => (1, spoken((*first).to_string(), language)),
        };
        said.push(node);
        rest.drain(..taken);
    }
    sequence(said)
}

fn spoken(word: String, language: &str) -> GrammarNode {
    let russian = Language::Russian.has(language);
    if let Some((_, english, other)) = SIGNS.iter().find(|(sign, ..)| *sign == word) {
        return GrammarNode::Word((if russian { *other } else { *english }).into());
    }
    let spelled = word.parse().map(|number| number::words(number, language)).unwrap_or_default();
    if !spelled.is_empty() {
        return choice(spelled.iter().map(|said| plain(said)).collect());
    }
    // A sign that has no name is not said.
    if word.chars().any(char::is_alphanumeric) { GrammarNode::Word(word) } else { NOTHING }
}

/// Words that are words already.
fn plain(said: &str) -> GrammarNode {
    let words = said.split(|c: char| c.is_whitespace() || c == '-').filter(|word| !word.is_empty());
    sequence(words.map(|word| GrammarNode::Word(word.to_lowercase())).collect())
}

/// The numbers of a range as they are said.
pub fn range(range: &Range, language: &str) -> Result<GrammarNode, Unheard> {
    Ok(choice(numbers(range, language)?.iter().map(|said| plain(said)).collect()))
}

/// The same as texts.
pub fn numbers(range: &Range, language: &str) -> Result<Vec<String>, Unheard> {
    let parts = match range.fractions {
        Fractions::None => 1,
        Fractions::Halves => 2,
        Fractions::Tenths => 10,
    };
    let step = usize::try_from(range.step.max(1)).unwrap_or(usize::MAX);
    let count = usize::try_from(range.to.saturating_sub(range.from)).unwrap_or(0) / step + 1;
    if count.saturating_mul(parts) > NUMBERS_LIMIT {
        return Err(format!("a range of more than {NUMBERS_LIMIT} numbers; make its step larger"));
    }
    let mut said = Vec::new();
    for number in (range.from..=range.to).step_by(step) {
        let whole = number::words(number, language);
        if whole.is_empty() {
            return Err(format!("numbers cannot be spelled in \"{language}\""));
        }
        said.extend(whole.iter().cloned());
        if number < range.to {
            said.extend(fractions(&whole, range.fractions, language));
        }
    }
    Ok(said)
}

/// A number and each part of one that may follow it.
fn fractions(whole: &[String], fractions: Fractions, language: &str) -> Vec<String> {
    let english = english(language);
    let half = if english { "and a half" } else { "с половиной" };
    match fractions {
        Fractions::None => Vec::new(),
        Fractions::Halves => whole
            .iter()
            .flat_map(|said| {
                let point = english.then(|| format!("{said} point five"));
                [Some(format!("{said} {half}")), point].into_iter().flatten()
            })
            .collect(),
        Fractions::Tenths if english => (1..10)
            .filter_map(|tenth| number::words(tenth, language).into_iter().next())
            .flat_map(|tenth| whole.iter().map(move |said| format!("{said} point {tenth}")))
            .chain(whole.iter().map(|said| format!("{said} {half}")))
            .collect(),
        Fractions::Tenths => whole.iter().map(|said| format!("{said} {half}")).collect(),
    }
}

/// Parts of a sequence as they stand together without a space: each slice is words of its own.
pub fn runs(parts: &[Expr]) -> Vec<&[Expr]> {
    let mut runs = Vec::new();
    let mut start = 0;
    for at in 1..parts.len() {
        if edge(&parts[at - 1], false) || edge(&parts[at], true) {
            runs.push(&parts[start..at]);
            start = at;
        }
    }
    if start < parts.len() {
        runs.push(&parts[start..]);
    }
    runs
}

/// Whether `expr` begins (or ends) with a space whatever is chosen, so that a word cannot go on across it.
fn edge(expr: &Expr, begins: bool) -> bool {
    match expr {
        Expr::Text(text) => {
            let at = if begins { text.chars().next() } else { text.chars().next_back() };
            at.is_none_or(|c| c.is_whitespace() || SIGNS.iter().any(|(sign, ..)| sign.starts_with(c)))
        }
        Expr::Sequence(parts) => {
            let part = if begins { parts.first() } else { parts.last() };
            part.is_none_or(|part| edge(part, begins))
        }
        Expr::Alternative(parts) => parts.iter().all(|part| edge(part, begins)),
        Expr::Permutation(_) | Expr::List { .. } | Expr::Rule(_) => false,
    }
}

/// One text of each, put together in all ways.
pub fn product(parts: &[Vec<String>]) -> Result<Vec<String>, Unheard> {
    let mut all = vec![String::new()];
    for part in parts {
        if all.len().saturating_mul(part.len()) > SPELLINGS_LIMIT {
            return Err(format!("more than {SPELLINGS_LIMIT} ways to write what has no spaces; put spaces in it"));
        }
        all = all.iter().flat_map(|before| part.iter().map(move |after| format!("{before}{after}"))).collect();
    }
    Ok(all)
}

/// Whether a language tag is one of English.
pub fn english(language: &str) -> bool {
    Language::English.has(language)
}
