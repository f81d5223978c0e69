//! Signs that stand for words in Russian.

use crate::verbalize::rule::{Rule, RulePlace, rule};

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule("№ ?", |_, place| place.after.starts_with(|c: char| c.is_ascii_digit()).then(|| "номер ".into())),
        rule("§ ?", |_, place| place.after.starts_with(|c: char| c.is_ascii_digit()).then(|| "параграф ".into())),
        rule("&", |_, place| between(place).then(|| "и".into())),
        rule(r"\+", |_, place| between(place).then(|| "плюс".into())),
        rule("=", |_, place| between(place).then(|| "равно".into())),
        rule("×", |_, place| between(place).then(|| "умножить на".into())),
        rule("÷", |_, place| between(place).then(|| "разделить на".into())),
        rule("<=|≤", |_, place| compared(place, "меньше или равно")),
        rule(">=|≥", |_, place| compared(place, "больше или равно")),
        rule("<", |_, place| compared(place, "меньше")),
        rule(">", |_, place| compared(place, "больше")),
        rule("≠|!=", |_, place| between(place).then(|| "не равно".into())),
        rule("±", |_, place| number(place).then(|| "плюс-минус ".into())),
        rule("[~≈] ?", |_, place| number(place).then(|| "примерно ".into())),
        rule("#", |_, place| number(place).then(|| "номер ".into())),
    ]
}

/// Whether the sign stands alone between two words.
fn between(place: &RulePlace) -> bool {
    let word = |c: char| c.is_alphanumeric() || "$€£₽°%()-−\"«»½".contains(c);
    place.before.strip_suffix(' ').is_some_and(|before| before.ends_with(word))
        && place.after.strip_prefix(' ').is_some_and(|after| after.starts_with(word))
}

fn number(place: &RulePlace) -> bool {
    let free = place.before.is_empty() || place.before.ends_with([' ', '(']);
    free && place.after.starts_with(|c: char| c.is_ascii_digit())
}

fn compared(place: &RulePlace, words: &str) -> Option<String> {
    if between(place) { Some(words.to_owned()) } else { number(place).then(|| format!("{words} ")) }
}
