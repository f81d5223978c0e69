//! Telephone numbers, versions and addresses of machines in English.

use regex::Captures;

use super::words::{MARKS, cardinal};
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

/// Words before a version number.
const NAMED: &str = " python rust version java node ubuntu debian android ios macos windows linux kernel release fedora firefox php ruby swift go v bluetooth usb unicode ";

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule(r"(?P<cc>\+\d{1,3}[ -])?\(?(?P<a>\d{3})\)?[ -](?P<b>\d{3})[ -](?P<c>\d{4})", telephone),
        rule(r"(?P<cc>\+\d{1,3})(?P<rest>(?:[ -]?\(?\d{2,4}\)?){2,5})", foreign),
        rule(r"(?P<b>\d{3})-(?P<c>\d{4})", telephone),
        rule(r"[vV](?P<n>\d+(?:\.\d+)*)", |found, _| Some(format!("version {}", parts(group(found, "n"), "point")?))),
        rule(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", |found, _| parts(&found[0], "dot")),
        rule(r"\d+\.\d+\.\d+", |found, _| parts(&found[0], "point")),
        rule(r"\d+\.\d+", |found, place| {
            let named =
                NAMED.contains(&format!(" {} ", place.word_before().to_lowercase())) && !place.word_before().is_empty();
            if named { parts(&found[0], "point") } else { None }
        }),
    ]
}

fn telephone(found: &Captures, _: &RulePlace) -> Option<String> {
    let parts = ["cc", "a", "b", "c"].into_iter().map(|name| group(found, name)).filter(|part| !part.is_empty());
    let said = parts.map(|part| {
        let plus = if part.starts_with('+') { "plus " } else { "" };
        Some(format!("{plus}{}", MARKS.digits(part)?))
    });
    said.collect::<Option<Vec<_>>>().map(|said| said.join(", "))
}

fn foreign(found: &Captures, _: &RulePlace) -> Option<String> {
    let rest = group(found, "rest").split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let said = rest.map(|part| MARKS.digits(part)).collect::<Option<Vec<_>>>()?;
    Some(format!("plus {}, {}", MARKS.digits(group(found, "cc"))?, said.join(", ")))
}

/// Numbers between points; those of three digits or with a leading zero are read digit by digit.
fn parts(text: &str, point: &str) -> Option<String> {
    let part = |part: &str| {
        let long = part.len() > 2 || (part.len() > 1 && part.starts_with('0'));
        if long { MARKS.digits(part) } else { cardinal(part.parse().ok()?) }
    };
    text.split('.').map(part).collect::<Option<Vec<_>>>().map(|said| said.join(&format!(" {point} ")))
}
