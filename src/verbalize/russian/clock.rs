//! Times of day in Russian.

use regex::Captures;

use super::noun::{Gender, GrammaticalCase, m};
use super::words::cardinal;
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

pub(super) fn rules() -> Vec<Rule> {
    vec![
        rule(r"(?P<h>\d{1,2}):(?P<m>\d{2})[-–—](?P<h2>\d{1,2}):(?P<m2>\d{2})", |found, _| {
            let from = clock(group(found, "h"), group(found, "m"), GrammaticalCase::Genitive)?;
            let to = clock(group(found, "h2"), group(found, "m2"), GrammaticalCase::Genitive)?;
            Some(format!("с {from} до {to}"))
        }),
        rule(r"(?P<h>\d{1,2}):(?P<m>\d{2})", |found, place| {
            clock(group(found, "h"), group(found, "m"), case(found, place))
        }),
        rule("24/7", |_, _| Some("двадцать четыре на семь".into())),
    ]
}

fn case(found: &Captures, place: &RulePlace) -> GrammaticalCase {
    // `с 8:00 до …` means from eight on, which takes the genitive.
    let since = matches!(place.word_before().to_lowercase().as_str(), "с" | "со") && !found[0].is_empty();
    if since { GrammaticalCase::Genitive } else { GrammaticalCase::after(place) }
}

fn clock(hour: &str, minute: &str, case: GrammaticalCase) -> Option<String> {
    let hour: i64 = hour.parse().ok().filter(|hour| *hour <= 24)?;
    let minute: i64 = minute.parse().ok().filter(|minute| *minute < 60)?;
    let hours = cardinal(hour, Gender::Masculine, case)?;
    Some(match minute {
        0 => format!("{hours} {}", m("час", "часа", "часов").after(hour, case)),
        1..10 => format!(
            "{hours} {} {}",
            if case == GrammaticalCase::Genitive { "ноля" } else { "ноль" },
            cardinal(minute, Gender::Feminine, case)?
        ),
        _ => format!("{hours} {}", cardinal(minute, Gender::Feminine, case)?),
    })
}
