//! Moments and days in words, as they are said back: "tomorrow at half past six in the morning".

use jiff::civil::{Date, DateTime, Weekday};

use super::day::Every;
use super::length::counted;
use crate::verbalize::calendar::{ENGLISH_DAYS, ENGLISH_MONTHS, RUSSIAN_MONTHS};

const RUSSIAN_DAYS: [&str; 7] = ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"];
/// With the preposition of "on that day".
const RUSSIAN_ON_DAYS: [&str; 7] =
    ["в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье"];
/// Hours as ordinals in the genitive, from one: "в половине седьмого".
const RUSSIAN_HOURS: [&str; 12] = [
    "первого",
    "второго",
    "третьего",
    "четвёртого",
    "пятого",
    "шестого",
    "седьмого",
    "восьмого",
    "девятого",
    "десятого",
    "одиннадцатого",
    "двенадцатого",
];
/// Hours as they stand after "без четверти", from one.
const RUSSIAN_NUMBERS: [&str; 12] =
    ["час", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать", "двенадцать"];

fn of<'a>(names: &[&'a str], at: i8) -> &'a str {
    names.get(usize::from(at.unsigned_abs())).copied().unwrap_or_default()
}

/// A day of the week, `Monday` or `понедельник`.
pub fn weekday(weekday: Weekday, russian: bool) -> &'static str {
    of(if russian { &RUSSIAN_DAYS } else { &ENGLISH_DAYS }, weekday.to_monday_zero_offset())
}

/// A day of a month: `November 21st`, `21 ноября`; with the year where that is not `today`'s.
pub fn date(date: Date, today: Date, russian: bool) -> String {
    let (day, month) = (date.day(), date.month() - 1);
    let year = if date.year() == today.year() { String::new() } else { format!(" {}", date.year()) };
    if russian {
        return format!("{day} {}{year}{}", of(&RUSSIAN_MONTHS, month), if year.is_empty() { "" } else { " года" });
    }
    let end = match (day % 10, day / 10) {
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    };
    format!("{} {day}{end}{year}", of(&ENGLISH_MONTHS, month))
}

/// Days between two dates; negative where `to` is the earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// Which day, seen from `today`: `tomorrow`, `on Monday`, `on December 25th`.
pub fn on_day(day: Date, today: Date, russian: bool) -> String {
    match (days_between(today, day), russian) {
        (0, false) => "today".into(),
        (0, true) => "сегодня".into(),
        (1, false) => "tomorrow".into(),
        (1, true) => "завтра".into(),
        (2, true) => "послезавтра".into(),
        (2..=6, false) => format!("on {}", weekday(day.weekday(), false)),
        (2..=6, true) => of(&RUSSIAN_ON_DAYS, day.weekday().to_monday_zero_offset()).into(),
        (_, false) => format!("on {}, {}", weekday(day.weekday(), false), date(day, today, false)),
        (_, true) => date(day, today, true),
    }
}

/// A clock time with its preposition: `at half past six in the morning`, `в половине седьмого утра`.
pub fn at_clock(hour: i8, minute: i8, russian: bool) -> String {
    match (hour, minute, russian) {
        (0, 0, false) => return "at midnight".into(),
        (12, 0, false) => return "at noon".into(),
        (0, 0, true) => return "в полночь".into(),
        (12, 0, true) => return "в полдень".into(),
        _ => {}
    }
    // The hour that is named and the part of the day follow what the clock shows.
    let shown = (hour + 11) % 12;
    let next = hour % 12;
    if russian {
        let part = match hour {
            0..=3 => "ночи",
            4..=11 => "утра",
            12..=16 => "дня",
            _ => "вечера",
        };
        return match minute {
            0 if shown == 0 => format!("в час {part}"),
            0 => format!("в {} {part}", shown + 1),
            30 => format!("в половине {} {part}", of(&RUSSIAN_HOURS, next)),
            45 => format!("без четверти {} {part}", of(&RUSSIAN_NUMBERS, next)),
            _ => format!("в {hour}:{minute:02}"),
        };
    }
    let part = match hour {
        0..=3 | 21.. => "at night",
        4..=11 => "in the morning",
        12..=17 => "in the afternoon",
        _ => "in the evening",
    };
    let (shown, next) = (shown + 1, next + 1);
    match minute {
        0 => format!("at {shown} {part}"),
        15 => format!("at quarter past {shown} {part}"),
        30 => format!("at half past {shown} {part}"),
        45 => format!("at quarter to {next} {part}"),
        _ => format!("at {shown}:{minute:02} {part}"),
    }
}

/// A moment seen from `now`: `tomorrow at half past six in the morning`; a span of days where it comes again.
pub fn moment(moment: DateTime, every: Option<Every>, now: DateTime, russian: bool) -> String {
    let clock = at_clock(moment.hour(), moment.minute(), russian);
    let day = match (every, russian) {
        (None, _) => on_day(moment.date(), now.date(), russian),
        (Some(Every::Day), false) => "every day".into(),
        (Some(Every::Day), true) => "каждый день".into(),
        (Some(Every::Weekday), false) => "every weekday".into(),
        (Some(Every::Weekday), true) => "по будням".into(),
        (Some(Every::Weekend), false) => "at weekends".into(),
        (Some(Every::Weekend), true) => "по выходным".into(),
        (Some(Every::On(day)), false) => format!("every {}", weekday(day, false)),
        (Some(Every::On(day)), true) => format!("каждую неделю {}", of(&RUSSIAN_ON_DAYS, day.to_monday_zero_offset())),
    };
    format!("{day} {clock}")
}

/// What the clock shows: "It is 3:05 PM." The 24-hour clock is for Russian.
pub fn time_now(hour: i8, minute: i8, russian: bool) -> String {
    if russian {
        let (hours, minutes) = (u64::from(hour.unsigned_abs()), u64::from(minute.unsigned_abs()));
        let hours = format!("{hours} {}", counted(hours, ["час", "часа", "часов"]));
        return if minute == 0 {
            format!("{hours} ровно")
        } else {
            format!("{hours} {minutes} {}", counted(minutes, ["минута", "минуты", "минут"]))
        };
    }
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    if minute == 0 { format!("{hour} {half}") } else { format!("{hour}:{minute:02} {half}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_said_as_people_say_them() {
        let now: DateTime = "2026-11-28T10:00:00".parse().unwrap();
        for (at, english, russian) in [
            ("2026-11-29T06:30:00", "tomorrow at half past 6 in the morning", "завтра в половине седьмого утра"),
            ("2026-11-28T19:45:00", "today at quarter to 8 in the evening", "сегодня без четверти восемь вечера"),
            ("2026-12-01T07:00:00", "on Tuesday at 7 in the morning", "во вторник в 7 утра"),
            ("2026-11-28T12:00:00", "today at noon", "сегодня в полдень"),
            ("2026-11-29T00:00:00", "tomorrow at midnight", "завтра в полночь"),
            ("2026-12-25T13:00:00", "on Friday, December 25th at 1 in the afternoon", "25 декабря в час дня"),
            (
                "2027-01-02T07:20:00",
                "on Saturday, January 2nd 2027 at 7:20 in the morning",
                "2 января 2027 года в 7:20",
            ),
            ("2026-11-28T23:30:00", "today at half past 11 at night", "сегодня в половине двенадцатого вечера"),
            ("2026-11-28T12:30:00", "today at half past 12 in the afternoon", "сегодня в половине первого дня"),
            ("2026-11-28T12:45:00", "today at quarter to 1 in the afternoon", "сегодня без четверти час дня"),
        ] {
            assert_eq!(moment(at.parse().unwrap(), None, now, false), english);
            assert_eq!(moment(at.parse().unwrap(), None, now, true), russian);
        }
        let weekday = moment(now, Some(Every::Weekday), now, false);
        assert_eq!(weekday, "every weekday at 10 in the morning");
    }

    #[test]
    fn the_clock_is_read_in_both_languages() {
        assert_eq!(time_now(15, 5, false), "3:05 PM");
        assert_eq!(time_now(0, 0, false), "12 AM");
        assert_eq!(time_now(15, 5, true), "15 часов 5 минут");
        assert_eq!(time_now(21, 22, true), "21 час 22 минуты");
        assert_eq!(time_now(0, 0, true), "0 часов ровно");
    }
}
