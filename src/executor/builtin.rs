//! The builtin commands that use the world outside golem: time, date, volume, applications.

use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::done::Done;
use super::{apps, level};
use crate::command::builtin::Builtin;
use crate::command::decide::LANGUAGE;
use crate::command::when::SpokenMoment;
use crate::intent::Slots;
use crate::order::Order;
use crate::phrases::{Failure, Language, Phrase};
use crate::turn::Ticket;

/// Performs a builtin of the world outside. The text to be said is its output.
pub fn perform(builtin: Builtin, order: &Order, ticket: &Ticket) -> Result<Done, Failure> {
    let tag = order.slots.get(LANGUAGE).map_or("en", String::as_str);
    let said = |phrase: Phrase| Done { output: phrase.say(Language::or_english(tag)), ..Done::default() };
    match builtin {
        Builtin::Time => time(&order.slots, &Zoned::now()).map(said),
        Builtin::Date => date(&order.slots, Zoned::now().date()).map(said),
        Builtin::Until => until(&order.slots, Zoned::now().date()).map(said),
        Builtin::Open => {
            let id = order.slots.get("app").map(String::as_str).unwrap_or_default();
            let (name, child) = apps::open(id, tag, ticket)?;
            Ok(Done { child, ..said(Phrase::Opening { name }) })
        }
        _ => level::change(builtin, order, ticket),
    }
}

/// The time here or elsewhere. The slot `zone` holds the name of a time zone and, after a space, the words for the
/// place.
fn time(slots: &Slots, now: &Zoned) -> Result<Phrase, Failure> {
    let Some((zone, place)) = slots.get("zone").map(|zone| zone.split_once(' ').unwrap_or((zone, ""))) else {
        return Ok(Phrase::TimeHere { clock: now.time() });
    };
    let unknown = |_| Failure::UnknownZone { zone: zone.into() };
    let there = now.with_time_zone(TimeZone::get(zone).map_err(unknown)?);
    let day = (there.date() != now.date()).then(|| there.weekday());
    Ok(Phrase::TimeThere { clock: there.time(), place: place.into(), day })
}

/// The date that the sentence names.
fn named(slots: &Slots, today: Date) -> Result<Date, Failure> {
    SpokenMoment::of(slots).date(today).ok_or(Failure::NoSuchDay)
}

fn date(slots: &Slots, today: Date) -> Result<Phrase, Failure> {
    Ok(Phrase::DateOf { day: named(slots, today)?, today })
}

fn until(slots: &Slots, today: Date) -> Result<Phrase, Failure> {
    Ok(Phrase::DaysUntil { day: named(slots, today)?, today })
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
        let told = |slots: &Slots, language| time(slots, &now).unwrap().say(language);
        assert_eq!(told(&slots(&[]), Language::English), "It is 3:05 PM.");
        assert_eq!(told(&slots(&[]), Language::Russian), "Сейчас 15 часов 5 минут.");
        assert!(time(&slots(&[("zone", "Mars/Olympus")]), &now).unwrap_err().to_string().contains("tzdata"));
        if TimeZone::get("Asia/Tokyo").is_ok() {
            let tokyo = slots(&[("zone", "Asia/Tokyo in Tokyo")]);
            assert_eq!(told(&tokyo, Language::English), "It is 12:05 AM on Sunday in Tokyo.");
            let tokyo = slots(&[("zone", "Asia/Tokyo в Токио")]);
            assert_eq!(told(&tokyo, Language::Russian), "Сейчас в Токио 0 часов 5 минут, воскресенье.");
        } else {
            println!("skipped: this machine has no time zones");
        }
    }

    #[test]
    fn dates_are_told_in_both_languages() {
        let today: Date = "2026-11-21".parse().unwrap();
        let (english, russian) = (Language::English, Language::Russian);
        let told = |pairs: &[(&str, &str)], language| date(&slots(pairs), today).unwrap().say(language);
        assert_eq!(told(&[], english), "Today is Saturday, November 21st.");
        assert_eq!(told(&[], russian), "Сегодня суббота, 21 ноября.");
        assert_eq!(told(&[("day", "tomorrow")], english), "Tomorrow is Sunday, November 22nd.");
        assert_eq!(told(&[("day", "friday")], russian), "Это пятница, 27 ноября.");
        let left = |day, language| until(&slots(&[("day", day)]), today).unwrap().say(language);
        assert_eq!(left("christmas", english), "34 days until December 25th.");
        assert_eq!(left("new year", russian), "41 день до 1 января 2027 года.");
        assert!(date(&slots(&[("date", "31"), ("month", "2")]), today).is_err());
    }
}
