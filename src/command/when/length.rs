//! How long: "an hour and a half".

use std::time::Duration;

use crate::intent::Slots;

/// Longest time that is waited: a day.
pub const LONGEST: Duration = Duration::from_secs(86_400);

/// The slots that add up to a length, with the seconds of each. `more_…` is what comes after the unit: "two hours and
/// a half" are 2 hours and 30 more minutes.
const UNITS: [(&str, f64); 5] =
    [("hours", 3600.0), ("more_minutes", 60.0), ("minutes", 60.0), ("more_seconds", 1.0), ("seconds", 1.0)];

/// Whether the slots speak of a length at all.
pub fn is_said(slots: &Slots) -> bool {
    UNITS.iter().any(|(name, _)| slots.contains_key(*name))
}

/// The same for the length that a timer was set for, where it is named by that: "the five minute timer".
const OF_UNITS: [(&str, f64); 3] = [("of_hours", 3600.0), ("of_minutes", 60.0), ("of_seconds", 1.0)];

/// The length in whole seconds that the slots `hours`, `minutes` and `seconds` add up to; halves such as `1.5` hours
/// count. `None` where that is less than a second or more than [`LONGEST`].
pub fn of(slots: &Slots) -> Option<Duration> {
    sum(slots, &UNITS)
}

/// The length that a timer was set for, from the slots `of_hours`, `of_minutes` and `of_seconds`.
pub fn named(slots: &Slots) -> Option<Duration> {
    sum(slots, &OF_UNITS)
}

fn sum(slots: &Slots, units: &[(&str, f64)]) -> Option<Duration> {
    let mut seconds = 0.0;
    for (name, unit) in units {
        if let Some(value) = slots.get(*name) {
            seconds += value.trim().parse::<f64>().ok().filter(|count| *count >= 0.0)? * unit;
        }
    }
    let length = Duration::try_from_secs_f64(f64::round(seconds)).ok()?;
    (Duration::from_secs(1)..=LONGEST).contains(&length).then_some(length)
}

/// A length as it stands alone: `an hour and a half`, `22 минуты`.
pub fn spoken(length: Duration, russian: bool) -> String {
    if russian { russian_words(length, false) } else { english_words(length) }
}

/// A length as it stands after a verb or "на": `21 минуту`.
pub fn spoken_for(length: Duration, russian: bool) -> String {
    if russian { russian_words(length, true) } else { english_words(length) }
}

/// Hours, minutes and seconds; those that are zero left out.
fn parts(length: Duration) -> Vec<(u64, usize)> {
    let seconds = length.as_secs();
    let parts = [(seconds / 3600, 0), (seconds / 60 % 60, 1), (seconds % 60, 2)];
    let parts: Vec<_> = parts.into_iter().filter(|(count, _)| *count > 0).collect();
    if parts.is_empty() { vec![(0, 2)] } else { parts }
}

fn english_words(length: Duration) -> String {
    match length.as_secs() {
        90 => return "a minute and a half".into(),
        1800 => return "half an hour".into(),
        5400 => return "an hour and a half".into(),
        _ => {}
    }
    let word = |(count, unit): (u64, usize)| {
        let unit = ["hour", "minute", "second"][unit];
        format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
    };
    joined(parts(length).into_iter().map(word).collect(), "and")
}

fn russian_words(length: Duration, accusative: bool) -> String {
    match length.as_secs() {
        90 => return "полторы минуты".into(),
        1800 => return "полчаса".into(),
        5400 => return "полтора часа".into(),
        _ => {}
    }
    let units = if accusative {
        [["час", "часа", "часов"], ["минуту", "минуты", "минут"], ["секунду", "секунды", "секунд"]]
    } else {
        [["час", "часа", "часов"], ["минута", "минуты", "минут"], ["секунда", "секунды", "секунд"]]
    };
    let word = |(count, unit): (u64, usize)| format!("{count} {}", counted(count, units[unit]));
    joined(parts(length).into_iter().map(word).collect(), "и")
}

/// The form after a number: 1 минута, 2 минуты, 5 минут.
pub fn counted(count: u64, forms: [&'static str; 3]) -> &'static str {
    match (count % 10, count % 100) {
        (1, last) if last != 11 => forms[0],
        (2..=4, last) if !(12..=14).contains(&last) => forms[1],
        _ => forms[2],
    }
}

/// `a, b and c`.
pub fn joined(mut words: Vec<String>, and: &str) -> String {
    match (words.pop(), words.as_slice()) {
        (None, _) => String::new(),
        (Some(last), []) => last,
        (Some(last), others) => format!("{} {and} {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(pairs: &[(&str, &str)]) -> Slots {
        pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect()
    }

    #[test]
    fn what_was_said_adds_up() {
        for (pairs, seconds) in [
            (&[("minutes", "5")][..], 300),
            (&[("hours", "1.5"), ("seconds", "30")], 5430),
            (&[("hours", "2"), ("more_minutes", "30")], 9000),
            (&[("minutes", "1"), ("more_seconds", "30")], 90),
            (&[("hours", "0.25")], 900),
            (&[("hours", "24")], 86_400),
        ] {
            assert_eq!(of(&slots(pairs)), Some(Duration::from_secs(seconds)), "{pairs:?}");
        }
        for wrong in [
            &[][..],
            &[("seconds", "0")],
            &[("hours", "25")],
            &[("minutes", "-5")],
            &[("minutes", "NaN")],
            &[("minutes", "inf")],
            &[("minutes", "soon")],
        ] {
            assert_eq!(of(&slots(wrong)), None, "{wrong:?}");
        }
        assert_eq!(named(&slots(&[("of_minutes", "5"), ("minutes", "1")])), Some(Duration::from_secs(300)));
    }

    #[test]
    fn lengths_are_read_aloud_as_people_say_them() {
        for (seconds, english, russian, after) in [
            (3661, "1 hour, 1 minute and 1 second", "1 час, 1 минута и 1 секунда", "1 час, 1 минуту и 1 секунду"),
            (22 * 60, "22 minutes", "22 минуты", "22 минуты"),
            (11 * 60 + 1, "11 minutes and 1 second", "11 минут и 1 секунда", "11 минут и 1 секунду"),
            (90, "a minute and a half", "полторы минуты", "полторы минуты"),
            (1800, "half an hour", "полчаса", "полчаса"),
            (0, "0 seconds", "0 секунд", "0 секунд"),
        ] {
            let length = Duration::from_secs(seconds);
            assert_eq!(spoken(length, false), english);
            assert_eq!(spoken(length, true), russian);
            assert_eq!(spoken_for(length, true), after);
        }
    }
}
