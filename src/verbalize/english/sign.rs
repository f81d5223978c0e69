//! Signs that stand for words in English.

use crate::verbalize::rule::{Rule, RulePlace, rule};

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule("&", |_, place| {
            let name = place.before.ends_with(char::is_uppercase) && place.after.starts_with(char::is_uppercase);
            if between(place) { Some("and".into()) } else { name.then(|| " and ".into()) }
        }),
        rule(r"\+", |_, place| between(place).then(|| "plus".into())),
        rule("=", |_, place| between(place).then(|| "equals".into())),
        rule("×", |_, place| between(place).then(|| "times".into())),
        rule("÷", |_, place| between(place).then(|| "divided by".into())),
        rule("@", |_, place| between(place).then(|| "at".into())),
        rule("<=|≤", |_, place| compared(place, "less than or equal to")),
        rule(">=|≥", |_, place| compared(place, "greater than or equal to")),
        rule("<", |_, place| compared(place, "less than")),
        rule(">", |_, place| compared(place, "greater than")),
        rule("≠|!=", |_, place| between(place).then(|| "is not equal to".into())),
        rule("±", |_, place| {
            before_number(place)
                .then(|| if place.after.starts_with(' ') { "plus or minus".into() } else { "plus or minus ".into() })
        }),
        rule("[~≈]", |_, place| {
            before_number(place).then(|| if place.after.starts_with(' ') { "about".into() } else { "about ".into() })
        }),
        rule("#", |_, place| {
            let free = place.before.is_empty() || place.before.ends_with([' ', '(']);
            (free && place.after.starts_with(|c: char| c.is_ascii_digit())).then(|| "number ".into())
        }),
        rule("№ ?", |_, place| place.after.starts_with(|c: char| c.is_ascii_digit()).then(|| "number ".into())),
        rule("§ ?", |_, place| place.after.starts_with(|c: char| c.is_ascii_digit()).then(|| "section ".into())),
    ]
}

/// Whether the sign stands alone between two words.
fn between(place: &RulePlace) -> bool {
    let word = |c: char| c.is_alphanumeric() || "$€£°%()-−\"'½".contains(c);
    place.before.strip_suffix(' ').is_some_and(|before| before.ends_with(word))
        && place.after.strip_prefix(' ').is_some_and(|after| after.starts_with(word))
}

fn before_number(place: &RulePlace) -> bool {
    let free = place.before.is_empty()
        || place.before.ends_with([' ', '('])
        || place.before.ends_with(|c: char| c.is_ascii_digit());
    free && place.after.trim_start_matches(' ').starts_with(|c: char| c.is_ascii_digit() || "$€£".contains(c))
}

/// The words of a sign between two things, or before a number.
fn compared(place: &RulePlace, words: &str) -> Option<String> {
    let number = place.after.starts_with(|c: char| c.is_ascii_digit() || "$€£".contains(c));
    let free = place.before.is_empty() || place.before.ends_with(' ');
    if between(place) { Some(words.to_owned()) } else { (free && number).then(|| format!("{words} ")) }
}
