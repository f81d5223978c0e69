//! The forms of numbers: `12` and `twelve`, `3rd` and `third`, `50%` and `fifty percent`, `$5` and `five dollars`,
//! `7:30` and `seven thirty`, `½` and `half`, `oz` and `ounce`. Recognisers and owners of sentences choose different
//! forms. This module writes the heard text in the other forms, if the sentences have words for them.
//!
//! Only the form changes and never the value, so that a match has the meaning that was said.

mod ordinal;
mod units;
mod ways;

use super::number::{self, Number};
use super::text::{Token, tokens};
use ways::{HALF, clock, decimal, fraction, mixed, vulgar, whole, written, year};

use crate::phrases::Language;

/// Most variants of a sentence that are tried.
const MOST: usize = 16;
/// Most forms of a number that are considered.
const MOST_WAYS: usize = 96;

/// The variants of `text` without `text` itself. Variants with the fewest words that no sentence has come first.
/// `knows` says whether a sentence has a word.
pub fn variants(text: &str, language: &str, knows: impl Fn(&str) -> bool) -> Vec<String> {
    let said = tokens(text);
    let words: Vec<&str> = said.iter().map(|token| token.word.as_str()).collect();
    // Return early: most sentences have no number.
    let spans: Vec<Vec<OtherSpelling>> = (0..words.len()).map(|at| spans(&words, at, language, &knows)).collect();
    if spans.iter().all(Vec::is_empty) {
        return Vec::new();
    }
    let foreign = |word: &str| usize::from(!knows(word) && !is_digits(word));
    let mut partial: Vec<Vec<Draft>> = vec![Vec::new(); words.len() + 1];
    partial[0].push(Draft::default());
    for (at, ways) in spans.iter().enumerate() {
        let mut here = std::mem::take(&mut partial[at]);
        here.sort_by_key(|draft| draft.foreign);
        here.truncate(MOST);
        for draft in here {
            for span in ways {
                partial[at + span.taken].push(draft.with(&span.way, 0, true));
            }
            partial[at + 1].push(draft.with(kept(text, &said, at), foreign(words[at]), false));
        }
    }
    let mut all = partial.pop().unwrap_or_default();
    all.retain(|draft| draft.changed);
    all.sort_by_key(|draft| draft.foreign);
    all.truncate(MOST);
    all.into_iter().map(|draft| draft.text).collect()
}

/// The spoken forms of digits and signs that belong together in a sentence (`3rd`, `$5`, `7:30`, `2.5`): the number of
/// words of `rest` that they take, and the forms in plain words. `None` for a lone number or word.
pub fn aloud(rest: &[&str], language: &str) -> Option<(usize, Vec<String>)> {
    let first = *rest.first()?;
    if first.starts_with(char::is_alphabetic) {
        return None;
    }
    let spans = spans(rest, 0, language, &|_| true);
    let plain = |span: &&OtherSpelling| span.way.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '\''));
    let taken = spans.iter().filter(plain).map(|span| span.taken).max()?;
    if taken == 1 && (whole(first).is_some() || units::is_sign(first)) {
        return None;
    }
    let ways = spans.iter().filter(plain).filter(|span| span.taken == taken);
    Some((taken, ways.map(|span| span.way.clone()).collect()))
}

/// An unfinished variant of a sentence.
#[derive(Clone, Debug, Default)]
struct Draft {
    text: String,
    /// Number of words that no sentence has.
    foreign: usize,
    changed: bool,
}

impl Draft {
    fn with(&self, more: &str, foreign: usize, changed: bool) -> Self {
        let gap = if self.text.is_empty() { "" } else { " " };
        let text = format!("{}{gap}{more}", self.text);
        Self { text, foreign: self.foreign + foreign, changed: self.changed || changed }
    }
}

/// Another form of some words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OtherSpelling {
    taken: usize,
    way: String,
}

/// A word as written in the text.
fn kept<'a>(text: &'a str, said: &[Token], at: usize) -> &'a str {
    text.get(said[at].span.clone()).unwrap_or_default()
}

fn is_digits(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
}

/// The other forms of the words from `at` on, if sentences have words for them.
fn spans(words: &[&str], at: usize, language: &str, knows: &impl Fn(&str) -> bool) -> Vec<OtherSpelling> {
    let mut found: Vec<OtherSpelling> = Vec::new();
    let mut add = |taken: usize, ways: Vec<String>| {
        let as_said = words[at..at + taken].join(" ");
        for way in ways.into_iter().take(MOST_WAYS) {
            let digits = |word: &str| is_digits(word) && (!word.contains(':') || knows(":"));
            let sayable = way.split(' ').all(|word| digits(word) || knows(word));
            let span = OtherSpelling { taken, way };
            if sayable && span.way != as_said && !found.contains(&span) {
                found.push(span);
            }
        }
    };
    let rest = &words[at..];
    if is_digits(rest[0]) {
        digits(rest, language, &mut add);
    } else {
        spelled(rest, language, &mut add);
    }
    signs(rest, language, &mut add);
    let after_number = at > 0 && (is_digits(words[at - 1]) || !number::parse(&words[at - 1..at], language).is_empty());
    for (taken, ways) in units::alike(rest, after_number) {
        add(taken, ways);
    }
    found
}

/// Adds the forms of a number in digits with its signs and units.
fn digits(rest: &[&str], language: &str, add: &mut impl FnMut(usize, Vec<String>)) {
    let number = |at: usize| rest.get(at).and_then(|word| whole(word));
    let Some(n) = number(0) else {
        // `2.5`: decimals are read digit by digit, and a half has a name.
        return add(1, decimal(rest[0], language));
    };
    let next = rest.get(1).copied().unwrap_or_default();
    if let (":", Some(minute @ 0..=59)) = (next, number(2)) {
        add(3, clock(n, minute, language));
    }
    if let ("/", Some(below @ 1..)) = (next, number(2)) {
        add(3, fraction(n, below, language));
    }
    if let (Some(above), Some(&"/"), Some(below @ 1..)) = (number(1), rest.get(2), number(3)) {
        add(4, mixed(n, above, below, language));
    }
    if let Some((above, below)) = vulgar(next) {
        add(2, mixed(n, above, below, language));
    }
    if ordinal::is_ending(next) {
        let mut ways = ordinal::words(n, language);
        if Language::Russian.has(language) {
            ways.retain(|way| way.ends_with(next));
        }
        ways.push(n.to_string());
        ways.extend(number::words(n, language));
        add(2, ways);
    }
    let mut ways = number::words(n, language);
    ways.extend(year(n, language));
    ways.extend(ordinal::words(n, language));
    add(1, ways);
}

/// Adds the forms of a number in words.
fn spelled(rest: &[&str], language: &str, add: &mut impl FnMut(usize, Vec<String>)) {
    let numbers = number::parse(rest, language);
    if let Some(&(taken, number)) = numbers.last() {
        add(taken, vec![written(number)]);
    }
    for &(taken, number) in &numbers {
        // `seven thirty` if a sentence has a colon, and `seven o'clock`.
        let Some(hour) = hour(number) else { continue };
        if let Some(&(more, minute)) = number::parse(&rest[taken..], language).last()
            && let Some(minute) = Some(minute.0 / Number::ONE).filter(|minute| (10..=59).contains(minute))
        {
            add(taken + more, vec![format!("{hour}:{minute:02}"), format!("{hour} {minute:02}")]);
        }
        if rest.get(taken) == Some(&"o'clock") {
            add(taken + 1, vec![format!("{hour}:00"), hour.to_string()]);
        }
    }
    if let ["half", "past", hours @ ..] = rest
        && let Some(&(taken, number)) = number::parse(hours, language).first()
        && let Some(hour) = hour(number)
    {
        add(taken + 2, vec![format!("{hour}:{HALF}"), format!("{hour} {HALF}")]);
    }
    if let Some((taken, n)) = ordinal::parse(rest, language) {
        let ending = if Language::Russian.has(language) {
            rest[taken - 1].chars().last().map(String::from).unwrap_or_default()
        } else {
            ordinal::ending(n).to_string()
        };
        let mut ways = vec![format!("{n} {ending}"), n.to_string()];
        ways.extend(ordinal::words(n, language));
        add(taken, ways);
    }
    if let Some((above, below)) = vulgar(rest[0]) {
        add(1, fraction(above, below, language));
    }
}

/// Adds the forms of money: the sign before or after the number, and the names.
fn signs(rest: &[&str], language: &str, add: &mut impl FnMut(usize, Vec<String>)) {
    let sum = |taken: usize, number: Number, sign: &'static str| {
        let mut ways = Vec::new();
        let amounts = amounts(number, language);
        for name in units::money(sign) {
            ways.extend(amounts.iter().map(|amount| format!("{amount} {name}")));
        }
        ways.extend(amounts.iter().flat_map(|amount| [format!("{sign} {amount}"), format!("{amount} {sign}")]));
        if number.0 % Number::ONE != 0 {
            let (dollars, cents) = (number.0 / Number::ONE, number.0 % Number::ONE / 10);
            for (whole, rest) in number::words(dollars, language).iter().zip(number::words(cents, language)) {
                ways.push(format!("{whole} {rest}"));
                for name in units::money(sign) {
                    ways.push(format!("{whole} {name} {rest}"));
                    ways.push(format!("{whole} {name} and {rest} cents"));
                }
            }
        }
        (taken, ways)
    };
    let before = units::sign(rest[0]).zip(rest.get(1).and_then(|word| number::parse(&[*word], language).pop()));
    if let Some((sign, (_, number))) = before {
        let (taken, ways) = sum(2, number, sign);
        add(taken, ways);
    }
    for (taken, number) in number::parse(rest, language) {
        if let Some(sign) = rest.get(taken).and_then(|word| units::sign(word)) {
            let (taken, ways) = sum(taken + 1, number, sign);
            add(taken, ways);
        }
    }
}

/// A number as digits and as words.
fn amounts(number: Number, language: &str) -> Vec<String> {
    let digits = written(number);
    let spelled = if number.0 % Number::ONE == 0 {
        number::words(number.0 / Number::ONE, language)
    } else {
        decimal(&digits, language)
    };
    std::iter::once(digits).chain(spelled).collect()
}

/// An hour of the day.
fn hour(number: Number) -> Option<i64> {
    Some(number.0 / Number::ONE).filter(|hour| number.0 % Number::ONE == 0 && (0..=24).contains(hour))
}

#[cfg(test)]
mod tests;
