//! Time, date and what needs the world outside of golem's own deeds.

use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{ActionError, Done, apps, level};
use crate::command::builtin::Builtin;
use crate::command::decide::LANGUAGE;
use crate::command::when::{Wish, say};
use crate::intent::Slots;
use crate::order::Order;
use crate::turn::Ticket;

/// Does what a builtin of the outside world does; what is to be said is its output.
pub fn perform(builtin: Builtin, order: &Order, ticket: &Ticket) -> Result<Done, ActionError> {
    let language = order.slots.get(LANGUAGE).map_or("en", String::as_str);
    let russian = language.starts_with("ru");
    let said = |output: String| Done { output, ..Done::default() };
    match builtin {
        Builtin::Time => time(&order.slots, &Zoned::now(), russian).map(said),
        Builtin::Date => date(&order.slots, Zoned::now().date(), russian).map(said),
        Builtin::Until => until(&order.slots, Zoned::now().date(), russian).map(said),
        Builtin::Open => {
            let id = order.slots.get("app").map(String::as_str).unwrap_or_default();
            let (name, child) = apps::open(id, language, ticket)?;
            let output = if russian { format!("Открываю {name}.") } else { format!("Opening {name}.") };
            Ok(Done { output, child, ..Done::default() })
        }
        _ => level::change(builtin, order, ticket),
    }
}

/// "It is 3:05 PM." and "It is 3:05 PM in London.": the slot `zone` is the name of a time zone, and after a space where
/// that is in words.
fn time(slots: &Slots, now: &Zoned, russian: bool) -> Result<String, ActionError> {
    let Some((zone, place)) = slots.get("zone").map(|zone| zone.split_once(' ').unwrap_or((zone, ""))) else {
        let clock = say::time_now(now.hour(), now.minute(), russian);
        return Ok(if russian { format!("Сейчас {clock}.") } else { format!("It is {clock}.") });
    };
    let unknown = || ActionError::Unable(format!("this machine does not know the time zone {zone}; install tzdata"));
    let there = now.with_time_zone(TimeZone::get(zone).map_err(|_| unknown())?);
    let clock = say::time_now(there.hour(), there.minute(), russian);
    let other = there.date() != now.date();
    let day = say::weekday(there.weekday(), russian);
    Ok(match (russian, other) {
        (false, false) => format!("It is {clock} {place}."),
        (false, true) => format!("It is {clock} on {day} {place}."),
        (true, false) => format!("Сейчас {place} {clock}."),
        (true, true) => format!("Сейчас {place} {clock}, {day}."),
    })
}

/// The day that the sentence names.
fn named(slots: &Slots, today: Date) -> Result<Date, ActionError> {
    let unknown = || ActionError::Unable("there is no such day in the calendar".into());
    Wish::of(slots).date(today).ok_or_else(unknown)
}

/// "Today is Friday, November 20th."
fn date(slots: &Slots, today: Date, russian: bool) -> Result<String, ActionError> {
    let day = named(slots, today)?;
    let which = match (say::days_between(today, day), russian) {
        (0, false) => "Today is",
        (1, false) => "Tomorrow is",
        (-1, false) => "Yesterday was",
        (_, false) => "That is",
        (0, true) => "Сегодня",
        (1, true) => "Завтра",
        (-1, true) => "Вчера было",
        (_, true) => "Это",
    };
    Ok(format!("{which} {}, {}.", say::weekday(day.weekday(), russian), say::date(day, today, russian)))
}

/// "27 days until December 25th."
fn until(slots: &Slots, today: Date, russian: bool) -> Result<String, ActionError> {
    let day = named(slots, today)?;
    let days = say::days_between(today, day);
    let count = days.unsigned_abs();
    let date = say::date(day, today, russian);
    let counted = crate::command::when::length::counted(count, ["день", "дня", "дней"]);
    Ok(match (days, russian) {
        (0, false) => "That is today.".into(),
        (0, true) => "Это сегодня.".into(),
        (1, false) => "One day: it is tomorrow.".into(),
        (..0, false) => format!("It was {count} days ago."),
        (_, false) => format!("{count} days until {date}."),
        (..0, true) => format!("{count} {counted} назад."),
        (_, true) => format!("{count} {counted} до {date}."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(pairs: &[(&str, &str)]) -> Slots {
        pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect()
    }

    #[test]
    fn the_time_is_told_here_and_elsewhere() {
        let now = "2026-11-21T15:05:00".parse::<jiff::civil::DateTime>().unwrap().to_zoned(TimeZone::UTC).unwrap();
        assert_eq!(time(&slots(&[]), &now, false).unwrap(), "It is 3:05 PM.");
        assert_eq!(time(&slots(&[]), &now, true).unwrap(), "Сейчас 15 часов 5 минут.");
        assert!(time(&slots(&[("zone", "Mars/Olympus")]), &now, false).unwrap_err().to_string().contains("tzdata"));
        if TimeZone::get("Asia/Tokyo").is_ok() {
            let tokyo = slots(&[("zone", "Asia/Tokyo in Tokyo")]);
            assert_eq!(time(&tokyo, &now, false).unwrap(), "It is 12:05 AM on Sunday in Tokyo.");
            let tokyo = slots(&[("zone", "Asia/Tokyo в Токио")]);
            assert_eq!(time(&tokyo, &now, true).unwrap(), "Сейчас в Токио 0 часов 5 минут, воскресенье.");
        } else {
            println!("skipped: this machine has no time zones");
        }
    }

    #[test]
    fn dates_are_told_in_both_languages() {
        let today: Date = "2026-11-21".parse().unwrap();
        let told = |pairs: &[(&str, &str)], russian| date(&slots(pairs), today, russian).unwrap();
        assert_eq!(told(&[], false), "Today is Saturday, November 21st.");
        assert_eq!(told(&[], true), "Сегодня суббота, 21 ноября.");
        assert_eq!(told(&[("day", "tomorrow")], false), "Tomorrow is Sunday, November 22nd.");
        assert_eq!(told(&[("day", "friday")], true), "Это пятница, 27 ноября.");
        assert_eq!(until(&slots(&[("day", "christmas")]), today, false).unwrap(), "34 days until December 25th.");
        assert_eq!(until(&slots(&[("day", "new year")]), today, true).unwrap(), "41 день до 1 января 2027 года.");
        assert!(date(&slots(&[("date", "31"), ("month", "2")]), today, false).is_err());
    }
}
