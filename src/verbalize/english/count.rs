//! Ordinals, fractions, ranges and plain numbers in English.

use regex::Captures;

use super::unit::half;
use super::words::NUMBER;
use super::words::{MARKS, cardinal, fraction, number, ordinal, vulgar};
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule(r"(?P<n>\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th|ST|ND|RD|TH)", |found, _| {
            ordinal(group(found, "n").replace(',', "").parse().ok()?)
        }),
        rule(r"(?P<n>\d+) (?P<a>\d{1,2})/(?P<b>\d{1,2})", |found, _| mixed(found)),
        rule(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})", |found, _| {
            fraction(group(found, "a").parse().ok()?, group(found, "b").parse().ok()?)
        }),
        rule(r"(?P<n>\d+)? ?(?P<part>[½⅓⅔¼¾⅛⅜⅝⅞])", |found, _| {
            let (count, parts) = vulgar(group(found, "part").chars().next()?)?;
            match group(found, "n") {
                "" => fraction(count, parts),
                n => Some(format!("{} and {}", cardinal(n.parse().ok()?)?, half(count, parts)?)),
            }
        }),
        rule(&format!(r"(?P<a>{NUMBER})(?:[-–—]| [–—] )(?P<b>{NUMBER})"), range),
        rule(&format!(r"(?P<a>{NUMBER}) (?P<op>[-−–×*/+x÷]) (?P<b>{NUMBER})"), sum),
        rule(&format!(r"(?P<a>{NUMBER})[×x](?P<b>{NUMBER})"), |found, _| {
            Some(format!("{} by {}", number(group(found, "a"))?.1, number(group(found, "b"))?.1))
        }),
        rule(&format!(r"(?P<minus>[-−])(?P<n>{NUMBER})"), |found, place| {
            // A minus sign belongs to a number below zero only if no word is joined to it.
            let free = place.before.is_empty() || place.before.ends_with([' ', '(', '"']);
            if free { Some(format!("minus {}", number(group(found, "n"))?.1)) } else { None }
        }),
        rule(NUMBER, plain),
        rule(r"(?P<n>\.\d+)", |found, place| {
            let free = place.before.is_empty() || place.before.ends_with(' ');
            if free { Some(format!("point {}", MARKS.digits(group(found, "n"))?)) } else { None }
        }),
    ]
}

fn mixed(found: &Captures) -> Option<String> {
    let part = half(group(found, "a").parse().ok()?, group(found, "b").parse().ok()?)?;
    Some(format!("{} and {part}", cardinal(group(found, "n").parse().ok()?)?))
}

fn range(found: &Captures, place: &RulePlace) -> Option<String> {
    let (a, b) = (group(found, "a"), group(found, "b"));
    let sum = place.after.trim_start().starts_with('=');
    let word = if sum { "minus" } else { "to" };
    // More than four digits are seldom a range: they may be numbers of orders or of telephones.
    let short = a.len() <= 7
        && b.len() <= 7
        && (a.len() <= 4 || a.contains([',', '.']))
        && (b.len() <= 4 || b.contains([',', '.']));
    if short { Some(format!("{} {word} {}", number(a)?.1, number(b)?.1)) } else { None }
}

/// Two numbers with an arithmetic sign between them.
fn sum(found: &Captures, place: &RulePlace) -> Option<String> {
    let (first, a) = number(group(found, "a"))?;
    let (second, b) = number(group(found, "b"))?;
    let word = match group(found, "op") {
        "+" => "plus",
        "×" | "*" | "x" => "times",
        "÷" | "/" => "divided by",
        _ if first.value() > second.value() || place.after.trim_start().starts_with('=') => "minus",
        _ => "to",
    };
    Some(format!("{a} {word} {b}"))
}

fn plain(found: &Captures, _: &RulePlace) -> Option<String> {
    let text = &found[0];
    if let Some((_, words)) = number(text) {
        return Some(words);
    }
    text.bytes().all(|b| b.is_ascii_digit()).then(|| MARKS.digits(text)).flatten()
}
