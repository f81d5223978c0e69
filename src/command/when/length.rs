//! Spoken lengths of time: "an hour and a half".

use std::time::Duration;

use crate::intent::Slots;

/// Longest length: a day.
pub const LONGEST: Duration = Duration::from_hours(24);

/// The slots that add up to a length, with the seconds of each. `more_…` is said after the unit: "two hours and a half"
/// are 2 hours and 30 more minutes.
const UNITS: [(&str, f64); 5] =
    [("hours", 3600.0), ("more_minutes", 60.0), ("minutes", 60.0), ("more_seconds", 1.0), ("seconds", 1.0)];

/// Whether the slots have a length.
pub fn is_said(slots: &Slots) -> bool {
    UNITS.iter().any(|(name, _)| slots.contains_key(*name))
}

/// The slots for the length that names a timer, with the seconds of each: "the five minute timer".
const OF_UNITS: [(&str, f64); 3] = [("of_hours", 3600.0), ("of_minutes", 60.0), ("of_seconds", 1.0)];

/// The length in whole seconds: the sum of the slots `hours`, `minutes` and `seconds`, also of fractions such as `1.5`
/// hours. `None` if it is below a second or above [`LONGEST`].
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
        assert_eq!(named(&slots(&[("of_minutes", "5"), ("minutes", "1")])), Some(Duration::from_mins(5)));
    }
}
