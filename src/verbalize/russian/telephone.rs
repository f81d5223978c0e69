//! Telephone numbers, versions and addresses of machines in Russian.

use regex::Captures;

use super::noun::{Gender, GrammaticalCase};
use super::words::{MARKS, cardinal};
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule(r"(?P<cc>\+7|8)[ -]?\(?(?P<a>\d{3})\)?[ -]?(?P<b>\d{3})[ -]?(?P<c>\d{2})[ -]?(?P<d>\d{2})", telephone),
        rule(r"(?P<b>\d{3})-(?P<c>\d{2})-(?P<d>\d{2})", telephone),
        rule(r"[vV](?P<n>\d+(?:\.\d+)*)", |found, _| Some(format!("версия {}", parts(group(found, "n"))?))),
        rule(r"\d+\.\d+\.\d+(?:\.\d+)?", |found, _| parts(&found[0])),
        rule(r"\d+\.\d+", |found, place| {
            // After a Latin name it is a version: `Python 3.12`.
            let named = place.word_before().starts_with(|c: char| c.is_ascii_uppercase())
                || place.word_before().to_lowercase().starts_with("верси");
            if named { parts(&found[0]) } else { None }
        }),
    ]
}

/// The words of groups: three digits as hundreds, two as tens; leading zeros one by one.
fn spoken(part: &str) -> Option<String> {
    let zeros = part.len() - part.trim_start_matches('0').len();
    let mut words: Vec<String> = (0..zeros).map(|_| "ноль".to_owned()).collect();
    if zeros < part.len() {
        words.push(cardinal(part[zeros..].parse().ok()?, Gender::Masculine, GrammaticalCase::Nominative)?);
    }
    Some(words.join(" "))
}

fn telephone(found: &Captures, _: &RulePlace) -> Option<String> {
    let groups = ["cc", "a", "b", "c", "d"].into_iter().map(|name| group(found, name)).filter(|part| !part.is_empty());
    let said = groups.map(|part| match part.strip_prefix('+') {
        Some(rest) => Some(format!("плюс {}", spoken(rest)?)),
        None => spoken(part),
    });
    said.collect::<Option<Vec<_>>>().map(|said| said.join(", "))
}

fn parts(text: &str) -> Option<String> {
    let part = |part: &str| {
        if part.len() > 3 { MARKS.digits(part) } else { spoken(part) }
    };
    text.split('.').map(part).collect::<Option<Vec<_>>>().map(|said| said.join(" точка "))
}
