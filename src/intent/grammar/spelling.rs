//! The spelling of templates in spoken words: numbers, signs, pieces of words.

use super::node::{GrammarNode, NOTHING, choice, sequence};
use crate::intent::language::{forms, number, text};
use crate::intent::template::{Expr, Fractions, Range};
use crate::phrases::Language;

/// The reason why a grammar cannot listen for an expression.
pub(super) type Unheard = String;

/// Most spellings of an expression without spaces (`light[s]`, `{n}th`).
const SPELLINGS_LIMIT: usize = 2_000;
/// Most numbers of a range.
const NUMBERS_LIMIT: usize = 1_001;
/// Signs with their spoken names in English and in Russian.
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

/// The spoken words of a text: signs by name, and numbers spelled out in every way.
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
    // A sign without a name is silent.
    if word.chars().any(char::is_alphanumeric) { GrammarNode::Word(word) } else { NOTHING }
}

/// A text that has only words.
fn plain(said: &str) -> GrammarNode {
    let words = said.split(|c: char| c.is_whitespace() || c == '-').filter(|word| !word.is_empty());
    sequence(words.map(|word| GrammarNode::Word(word.to_lowercase())).collect())
}

/// The spoken numbers of a range.
pub fn range(range: &Range, language: &str) -> Result<GrammarNode, Unheard> {
    Ok(choice(numbers(range, language)?.iter().map(|said| plain(said)).collect()))
}

/// The spoken numbers of a range, as texts.
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

/// The spoken fractions after a whole number.
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

/// The parts of a sequence, grouped by words: the parts of each slice have no space between them.
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

/// Whether `expr` always begins (or ends) with a space, so that no word crosses this edge.
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

/// All concatenations of one text from each part.
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

/// Whether a language tag means English.
pub fn english(language: &str) -> bool {
    Language::English.has(language)
}
