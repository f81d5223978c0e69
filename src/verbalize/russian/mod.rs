//! Verbalization in Russian.

mod abbreviation;
mod clock;
mod count;
mod date;
mod money;
mod noun;
mod ordinal;
mod place;
mod sign;
mod telephone;
mod unit;
mod words;

use std::sync::LazyLock;

use super::rule::{Rule, SpeechRules};

/// All rules, the more specific ones first.
pub(super) static RULES: LazyLock<SpeechRules> = LazyLock::new(|| SpeechRules::new(all()));

fn all() -> Vec<Rule> {
    [
        place::rules(),
        abbreviation::rules(),
        date::rules(),
        clock::rules(),
        money::rules(),
        telephone::rules(),
        unit::rules(),
        count::rules(),
        sign::rules(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The number of valid patterns, and of all patterns.
#[cfg(test)]
pub(super) fn right() -> (usize, usize) {
    (RULES.count(), all().len())
}
