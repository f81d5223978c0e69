//! Times of day in English.

use regex::Captures;

use super::words::cardinal;
use crate::verbalize::rule::{Rule, RulePlace, group, rule};

const HALF: &str = r"(?: ?(?:[ap]m|[AP]M|[ap]\.m\.|[AP]\.M\.))";

pub(super) fn rules() -> Vec<Rule> {
    let time = |n: u8| format!(r"(?P<h{n}>\d{{1,2}}):(?P<m{n}>\d{{2}})(?P<half{n}>{HALF})?");
    vec![
        rule(&format!("{}[-–—]{}", time(1), time(2)), |found, place| {
            Some(format!("{} to {}", clock(found, "1", place)?, clock(found, "2", place)?))
        }),
        rule(&time(1), |found, place| clock(found, "1", place)),
        rule(
            &format!(r"(?P<h1>\d{{1,2}})(?P<half1>{HALF})? ?[-–—] ?(?P<h2>\d{{1,2}})(?P<half2>{HALF})"),
            |found, place| Some(format!("{} to {}", clock(found, "1", place)?, clock(found, "2", place)?)),
        ),
        rule(&format!(r"(?P<h1>\d{{1,2}})(?P<half1>{HALF})"), |found, place| clock(found, "1", place)),
        rule("24/7", |_, _| Some("twenty four seven".into())),
    ]
}

/// The words of the time in the groups with this number.
fn clock(found: &Captures, number: &str, place: &RulePlace) -> Option<String> {
    let part = |name: &str| group(found, &format!("{name}{number}"));
    let hour: i64 = part("h").parse().ok().filter(|hour| *hour <= 24)?;
    let half = part("half").trim();
    let minute = match part("m") {
        "" => None,
        text => Some(text.parse::<i64>().ok().filter(|minute| *minute < 60)?),
    };
    let hours = cardinal(hour)?;
    let said = match (minute, half) {
        (Some(0), "") => match hour {
            0 | 24 => "midnight".to_owned(),
            13.. => format!("{hours} hundred"),
            _ => format!("{hours} o'clock"),
        },
        (None | Some(0), _) => hours,
        (Some(minute @ ..10), _) => format!("{hours} oh {}", cardinal(minute)?),
        (Some(minute), _) => format!("{hours} {}", cardinal(minute)?),
    };
    if half.is_empty() {
        return Some(said);
    }
    let letter = if half.starts_with(['a', 'A']) { "A M" } else { "P M" };
    let stop = if half.ends_with('.') && found[0].ends_with(half) { place.stop_or_sentence() } else { "" };
    (1..=12).contains(&hour).then(|| format!("{said} {letter}{stop}"))
}
