//! Time, date and volume.

use jiff::Zoned;
use jiff::civil::DateTime;

use super::{ActionError, Done, environment, process};
use crate::command::builtin::{Builtin, MIXERS};
use crate::command::decide::LANGUAGE;
use crate::order::Order;
use crate::turn::Ticket;

/// How much louder or quieter "louder" and "quieter" are, in per cent.
const STEP: u32 = 10;
/// Arguments of each of [`MIXERS`] for up, down and a level; `%%` is the level.
const ARGUMENTS: &[[&str; 3]] = &[
    [
        "set-volume -l 1.0 @DEFAULT_AUDIO_SINK@ %%+",
        "set-volume @DEFAULT_AUDIO_SINK@ %%-",
        "set-volume -l 1.0 @DEFAULT_AUDIO_SINK@ %%",
    ],
    ["set-sink-volume @DEFAULT_SINK@ +%%", "set-sink-volume @DEFAULT_SINK@ -%%", "set-sink-volume @DEFAULT_SINK@ %%"],
    ["-q sset Master %%+", "-q sset Master %%-", "-q sset Master %%"],
];

/// Does what a builtin of the outside world does; what is to be said is its output.
pub fn perform(builtin: Builtin, order: &Order, ticket: &Ticket) -> Result<Done, ActionError> {
    let russian = order.slots.get(LANGUAGE).is_some_and(|language| language.starts_with("ru"));
    let said = |output: String| Done { output, ..Done::default() };
    match builtin {
        Builtin::Time => Ok(said(time(&Zoned::now().datetime(), russian))),
        Builtin::Date => Ok(said(date(&Zoned::now().datetime(), russian))),
        _ => process::run(&volume(order, environment::on_path)?, order.timeout, ticket),
    }
}

/// "It is 3:05 PM." The 24-hour clock is for Russian.
fn time(now: &DateTime, russian: bool) -> String {
    let (hour, minute) = (now.hour(), now.minute());
    if russian {
        let hours = counted(hour, ["час", "часа", "часов"]);
        let minutes = counted(minute, ["минута", "минуты", "минут"]);
        return if minute == 0 {
            format!("Сейчас {hours} ровно.")
        } else {
            format!("Сейчас {hours} {minutes}.")
        };
    }
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    if minute == 0 { format!("It is {hour} {half}.") } else { format!("It is {hour}:{minute:02} {half}.") }
}

/// "Today is Friday, November 20th."
fn date(now: &DateTime, russian: bool) -> String {
    const DAYS: [&str; 7] = ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"];
    const MONTHS: [&str; 12] = [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ];
    const ENGLISH_DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    const ENGLISH_MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let day = now.day();
    let weekday = usize::from(now.weekday().to_monday_zero_offset().unsigned_abs()) % 7;
    let month = usize::from(now.month().unsigned_abs()).saturating_sub(1) % 12;
    if russian {
        return format!("Сегодня {}, {day} {}.", DAYS[weekday], MONTHS[month]);
    }
    let end = match (day % 10, day / 10) {
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    };
    format!("Today is {}, {} {day}{end}.", ENGLISH_DAYS[weekday], ENGLISH_MONTHS[month])
}

/// "21 час", "22 часа", "25 часов".
fn counted(count: i8, forms: [&str; 3]) -> String {
    let form = match (count % 10, count % 100) {
        (1, last) if last != 11 => 0,
        (2..=4, last) if !(12..=14).contains(&last) => 1,
        _ => 2,
    };
    format!("{count} {}", forms[form])
}

/// The command line of the first mixer that is there, for the slots `direction` and `percent`.
fn volume(order: &Order, there: impl Fn(&str) -> bool) -> Result<Vec<String>, ActionError> {
    let unable = |reason: &str| ActionError::Unable(reason.into());
    let percent = order.slots.get("percent").map(|value| value.trim().parse::<f64>());
    let percent = percent.transpose().map_err(|_| unable("the volume is a number of per cent"))?;
    let way = match (order.slots.get("direction").map(String::as_str), percent) {
        (Some("up"), _) => 0,
        (Some("down"), _) => 1,
        (None, Some(_)) => 2,
        _ => return Err(unable("the sentence says neither direction (up, down) nor percent for the volume")),
    };
    let level = percent.unwrap_or(f64::from(STEP)).round();
    if !(0.0..=100.0).contains(&level) {
        return Err(unable("the volume is between 0 and 100 per cent"));
    }
    let known = MIXERS.iter().zip(ARGUMENTS).find(|(program, _)| there(program));
    let (program, lines) = known.ok_or_else(|| unable("none of wpctl, pactl and amixer is installed"))?;
    let words = lines[way].split(' ').map(|word| word.replacen("%%", &format!("{level}%"), 1));
    Ok(std::iter::once((*program).to_string()).chain(words).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::order::Deed;

    fn at(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn the_time_and_date_are_told_in_both_languages() {
        let now = at("2026-11-21T15:05:00");
        assert_eq!(time(&now, false), "It is 3:05 PM.");
        assert_eq!(time(&now, true), "Сейчас 15 часов 5 минут.");
        assert_eq!(date(&now, false), "Today is Saturday, November 21st.");
        assert_eq!(date(&now, true), "Сегодня суббота, 21 ноября.");
        let midnight = at("2026-01-12T00:00:00");
        assert_eq!(time(&midnight, false), "It is 12 AM.");
        assert_eq!(time(&midnight, true), "Сейчас 0 часов ровно.");
        assert_eq!(date(&midnight, false), "Today is Monday, January 12th.");
        assert_eq!(time(&at("2026-01-12T21:22:00"), true), "Сейчас 21 час 22 минуты.");
    }

    #[test]
    fn the_volume_goes_up_down_and_to_a_level() {
        let line = |pairs: &[(&str, &str)], there: &str| {
            let order = Order {
                intent: "Volume".into(),
                slots: pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect(),
                deed: Deed::Builtin("volume".into()),
                say: None,
                timeout: Duration::from_secs(1),
            };
            volume(&order, |program| program == there).map(|line| line.join(" ")).map_err(|error| error.to_string())
        };
        assert_eq!(line(&[("direction", "up")], "pactl").unwrap(), "pactl set-sink-volume @DEFAULT_SINK@ +10%");
        assert_eq!(line(&[("direction", "down"), ("percent", "20")], "amixer").unwrap(), "amixer -q sset Master 20%-");
        assert_eq!(line(&[("percent", "55")], "wpctl").unwrap(), "wpctl set-volume -l 1.0 @DEFAULT_AUDIO_SINK@ 55%");
        for wrong in
            [&[("percent", "101")][..], &[("percent", "-5")], &[("percent", "loud")], &[("percent", "NaN")], &[]]
        {
            assert!(line(wrong, "wpctl").is_err(), "{wrong:?}");
        }
        assert!(line(&[("percent", "5")], "none").unwrap_err().contains("installed"));
    }
}
