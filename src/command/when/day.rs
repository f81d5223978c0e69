//! Spoken days: "tomorrow", "next Friday", "the 25th of December", "every weekday".

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::number;
use crate::intent::Slots;
use crate::phrases::Every;

/// A day as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// A number of days from today: 0 is today, 1 tomorrow.
    In(i64),
    /// The first such weekday from today on.
    On(Weekday),
    /// That weekday of the next week; weeks begin on Monday.
    Next(Weekday),
    /// A day of a month; without a month, of the next month that has it.
    Dated {
        /// 1 to 12.
        month: Option<i8>,
        /// 1 to 31.
        day: i8,
    },
    /// A holiday.
    Holiday(Holiday),
}

/// Holidays that people count towards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holiday {
    /// January 1st.
    NewYear,
    /// December 31st.
    NewYearsEve,
    /// December 25th.
    Christmas,
    /// December 24th.
    ChristmasEve,
    /// January 7th.
    OrthodoxChristmas,
    /// October 31st.
    Halloween,
    /// February 14th.
    Valentine,
    /// Sunday after the first full moon of spring, in the western churches.
    Easter,
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

fn weekday(name: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(known, _)| *known == name).map(|(_, weekday)| *weekday)
}

impl Day {
    /// The day in the slots `day` (`today`, `tomorrow`, `monday`, `next monday`, a holiday's name …) or `date` with
    /// `month`.
    pub fn of(slots: &Slots) -> Option<Self> {
        if let Some(day) = number(slots, "date").and_then(|day| i8::try_from(day).ok()) {
            let month = number(slots, "month").and_then(|month| i8::try_from(month).ok());
            return Some(Self::Dated { month, day });
        }
        let said = slots.get("day")?.as_str();
        Some(match said {
            "today" => Self::In(0),
            "tomorrow" => Self::In(1),
            "overmorrow" => Self::In(2),
            "yesterday" => Self::In(-1),
            _ => match said.strip_prefix("next ") {
                Some("week") => Self::In(7),
                Some(name) => Self::Next(weekday(name)?),
                None => weekday(said).map(Self::On).or_else(|| Holiday::named(said).map(Self::Holiday))?,
            },
        })
    }

    /// The date of that day, seen from `today`; a weekday may be today. `None` if no month has such a day.
    pub fn date(self, today: Date) -> Option<Date> {
        match self {
            Self::In(days) => today.checked_add(days.days()).ok(),
            Self::On(weekday) if today.weekday() == weekday => Some(today),
            Self::On(weekday) => today.nth_weekday(1, weekday).ok(),
            Self::Next(weekday) => {
                let sunday = if today.weekday() == Weekday::Sunday {
                    today
                } else {
                    today.nth_weekday(1, Weekday::Sunday).ok()?
                };
                sunday.nth_weekday(1, weekday).ok()
            }
            Self::Dated { month: Some(month), day } => {
                this_year_or_next(today, |year| Date::new(year, month, day).ok())
            }
            Self::Dated { month: None, day } => {
                let first = today.first_of_month();
                let months = (0..12_i64).filter_map(|ahead| first.checked_add(ahead.months()).ok());
                let dates = months.filter_map(|month| Date::new(month.year(), month.month(), day).ok());
                dates.into_iter().find(|date| *date >= today)
            }
            Self::Holiday(feast) => this_year_or_next(today, |year| feast.date(year)),
        }
    }
}

/// The first such day from `today` on; a leap day may be years ahead.
fn this_year_or_next(today: Date, of: impl Fn(i16) -> Option<Date>) -> Option<Date> {
    (0..9).filter_map(|ahead| of(today.year().checked_add(ahead)?)).find(|date| *date >= today)
}

impl Holiday {
    const NAMES: [(&str, Self); 8] = [
        ("new year", Self::NewYear),
        ("new year's eve", Self::NewYearsEve),
        ("christmas", Self::Christmas),
        ("christmas eve", Self::ChristmasEve),
        ("orthodox christmas", Self::OrthodoxChristmas),
        ("halloween", Self::Halloween),
        ("valentine", Self::Valentine),
        ("easter", Self::Easter),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, feast)| *feast)
    }

    fn date(self, year: i16) -> Option<Date> {
        let (month, day) = match self {
            Self::NewYear => (1, 1),
            Self::NewYearsEve => (12, 31),
            Self::Christmas => (12, 25),
            Self::ChristmasEve => (12, 24),
            Self::OrthodoxChristmas => (1, 7),
            Self::Halloween => (10, 31),
            Self::Valentine => (2, 14),
            Self::Easter => easter(year)?,
        };
        Date::new(year, month, day).ok()
    }
}

/// Month and day of Easter Sunday in the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher.
fn easter(year: i16) -> Option<(i8, i8)> {
    let year = i32::from(year);
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let sum = epact + weekday - 7 * late + 114;
    Some((i8::try_from(sum / 31).ok()?, i8::try_from(sum % 31 + 1).ok()?))
}

impl Every {
    /// The repetition in the slot `every`: `day`, `weekday`, `weekend` or the name of a day.
    pub fn of(slots: &Slots) -> Option<Self> {
        Some(match slots.get("every")?.as_str() {
            "day" => Self::Day,
            "weekday" => Self::Weekday,
            "weekend" => Self::Weekend,
            name => Self::On(weekday(name)?),
        })
    }

    /// Whether it includes that date.
    pub fn includes(self, date: Date) -> bool {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        match self {
            Self::Day => true,
            Self::Weekday => !weekend,
            Self::Weekend => weekend,
            Self::On(weekday) => date.weekday() == weekday,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(pairs: &[(&str, &str)]) -> String {
        let slots = pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect();
        let date = Day::of(&slots).and_then(|day| day.date("2026-11-28".parse().unwrap()));
        date.map_or("-".into(), |date| date.to_string())
    }

    #[test]
    fn days_are_found_from_a_saturday_in_november() {
        for (said, date) in [
            ("today", "2026-11-28"),
            ("tomorrow", "2026-11-29"),
            ("overmorrow", "2026-11-30"),
            ("saturday", "2026-11-28"),
            ("monday", "2026-11-30"),
            ("next monday", "2026-11-30"),
            ("next saturday", "2026-12-05"),
            ("christmas", "2026-12-25"),
            ("halloween", "2027-10-31"),
            ("easter", "2027-03-28"),
            ("someday", "-"),
        ] {
            assert_eq!(day(&[("day", said)]), date, "{said}");
        }
        assert_eq!(day(&[("date", "25"), ("month", "12")]), "2026-12-25");
        assert_eq!(day(&[("date", "3")]), "2026-12-03");
        assert_eq!(day(&[("date", "31")]), "2026-12-31");
        assert_eq!(day(&[("date", "29"), ("month", "2")]), "2028-02-29");
        assert_eq!(day(&[("date", "31"), ("month", "2")]), "-");
        assert_eq!(day(&[]), "-");
    }

    #[test]
    fn next_is_the_week_after_this_one() {
        let wednesday: Date = "2026-11-25".parse().unwrap();
        assert_eq!(Day::On(Weekday::Friday).date(wednesday).unwrap().to_string(), "2026-11-27");
        assert_eq!(Day::Next(Weekday::Friday).date(wednesday).unwrap().to_string(), "2026-12-04");
        assert_eq!(Day::Next(Weekday::Monday).date("2026-11-29".parse().unwrap()).unwrap().to_string(), "2026-11-30");
    }
}
