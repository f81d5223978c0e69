//! Spoken moments: a clock time, a day or both, and the date and time that are meant.
//!
//! People say "seven" for seven in the morning and seven in the evening. The meaning follows from the part of the day
//! that is said, then from the purpose (no one is woken at seven in the evening), and otherwise it is the next seven.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

use super::day::Day;
use super::number;
use crate::intent::Slots;
use crate::phrases::Every;

/// Minutes in an hour, half a day and a day.
const HOUR: i64 = 60;
const NOON: i64 = 12 * HOUR;
const DAY: i64 = 24 * HOUR;

/// What a moment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be woken: in the morning, unless the words say otherwise.
    Wake,
    /// An alarm: the next time that the clock shows it; on another day, in the morning.
    Alarm,
    /// To be reminded: at hours when people are up.
    Remind,
}

/// Why there is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// No time was said, or no time that a clock shows.
    NoTime,
    /// The moment has passed.
    Passed,
}

/// A part of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayPart {
    /// Before noon.
    Am,
    /// After noon.
    Pm,
    /// Up to noon.
    Morning,
    /// From noon to the evening.
    Afternoon,
    /// After work.
    Evening,
    /// While it is dark.
    Night,
}

impl DayPart {
    /// The part of the day in the slot `part`.
    fn of(slots: &Slots) -> Option<Self> {
        Some(match slots.get("part")?.as_str() {
            "am" => Self::Am,
            "pm" => Self::Pm,
            "morning" => Self::Morning,
            "afternoon" => Self::Afternoon,
            "evening" => Self::Evening,
            "night" => Self::Night,
            _ => return None,
        })
    }

    /// Whether a minute of the day lies in this part.
    fn has(self, minute: i64) -> bool {
        match self {
            Self::Am | Self::Morning => minute < NOON,
            Self::Pm | Self::Afternoon | Self::Evening => minute >= NOON,
            Self::Night => !(5 * HOUR..17 * HOUR).contains(&minute),
        }
    }

    /// The minute of the day for a part without an hour: "this evening".
    fn usual(self) -> i64 {
        HOUR * match self {
            Self::Am | Self::Morning => 9,
            Self::Pm | Self::Afternoon => 15,
            Self::Evening => 19,
            Self::Night => 21,
        }
    }
}

/// A spoken clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Clock {
    /// Minutes from midnight, as if the hour were one of the morning.
    minute: i64,
    /// Whether the hour can be before or after noon.
    twice: bool,
}

impl Clock {
    /// Reads the slots: `hour` with `minute` ("seven thirty"), `past` ("ten past seven"), `to` ("quarter to eight") or
    /// `into` ("десять минут восьмого", of the hour that ends at eight). `half` is the hour that is half over ("в
    /// половине восьмого"); `noon` is `noon` or `midnight`.
    fn of(slots: &Slots) -> Option<Self> {
        if let Some(noon) = slots.get("noon") {
            return Some(Self { minute: if noon == "midnight" { 0 } else { NOON }, twice: false });
        }
        let half = number(slots, "half");
        let hour = half.or_else(|| number(slots, "hour")).filter(|hour| (0..=24).contains(hour))?;
        let of = |name| {
            let said = number(slots, name).filter(|minutes| (0..HOUR).contains(minutes));
            if slots.contains_key(name) { said } else { Some(0) }
        };
        let into = if slots.contains_key("into") { of("into")? - HOUR } else { 0 };
        let before = if half.is_some() { HOUR / 2 } else { of("to")? };
        let minutes = hour * HOUR + of("minute")? + of("past")? - before + into;
        Some(Self { minute: minutes.rem_euclid(DAY), twice: (1..=12).contains(&hour) })
    }

    /// The minutes of the day that it can mean, the earlier first.
    fn candidates(self) -> Vec<i64> {
        if !self.twice {
            return vec![self.minute];
        }
        let early = self.minute % NOON;
        vec![early, early + NOON]
    }
}

/// A spoken moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpokenMoment {
    clock: Option<Clock>,
    part: Option<DayPart>,
    day: Option<Day>,
    /// The repetition, if any.
    pub every: Option<Every>,
}

impl SpokenMoment {
    /// Reads the slots of [`Day::of`] and [`Every::of`], and `hour`, `minute`, `past`, `to`, `into`, `noon` and `part`.
    pub fn of(slots: &Slots) -> Self {
        let (clock, part) = (Clock::of(slots), DayPart::of(slots));
        Self { clock, part, day: Day::of(slots), every: Every::of(slots) }
    }

    /// Whether the slots have no time at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The minutes of the day that were said: two if the hour can be before or after noon.
    pub fn minutes(&self) -> Vec<i64> {
        let candidates = self.clock.map(Clock::candidates).unwrap_or_default();
        let fitting: Vec<i64> =
            candidates.iter().copied().filter(|minute| self.part.is_none_or(|part| part.has(*minute))).collect();
        if fitting.is_empty() { candidates } else { fitting }
    }

    /// The date of the day, if the clock time does not matter.
    pub fn date(&self, today: Date) -> Option<Date> {
        self.day.map_or(Some(today), |day| day.date(today))
    }

    /// The moment that is meant, always after `now`.
    ///
    /// # Errors
    /// [`Unclear::NoTime`] if no time was said and none can be guessed, [`Unclear::Passed`] if the moment is over.
    pub fn moment(&self, purpose: Purpose, now: DateTime) -> Result<DateTime, Unclear> {
        let minutes = match (self.clock, self.part, purpose) {
            (Some(_), ..) => self.meant(purpose),
            // "This evening" or "tomorrow" is enough for a reminder, but not for an alarm.
            (None, Some(part), Purpose::Remind) => vec![part.usual()],
            (None, None, Purpose::Remind) if self.day.is_some() || self.every.is_some() => vec![9 * HOUR],
            _ => return Err(Unclear::NoTime),
        };
        let on = |date: Date| {
            let moments = minutes.iter().filter_map(|minute| at(date, *minute));
            moments.into_iter().find(|moment| *moment > now)
        };
        let today = now.date();
        if let Some(every) = self.every {
            let days = (0..8_i64).filter_map(|ahead| today.checked_add(ahead.days()).ok());
            return days.filter(|date| every.includes(*date)).find_map(on).ok_or(Unclear::NoTime);
        }
        let Some(day) = self.day else {
            let tomorrow = today.tomorrow().map_err(|_| Unclear::NoTime)?;
            return on(today).or_else(|| on(tomorrow)).ok_or(Unclear::NoTime);
        };
        let date = day.date(today).ok_or(Unclear::NoTime)?;
        match (on(date), day) {
            (Some(moment), _) => Ok(moment),
            (None, Day::On(_)) => date.checked_add(1.week()).ok().and_then(on).ok_or(Unclear::Passed),
            (None, _) => Err(Unclear::Passed),
        }
    }

    /// The minutes of the day that are meant, the likelier first if the day does not decide.
    fn meant(&self, purpose: Purpose) -> Vec<i64> {
        let named = self.minutes();
        let today = matches!(self.day, Some(Day::In(0)));
        let dated = self.day.is_some() && !today || self.every.is_some();
        let usual = match purpose {
            Purpose::Remind if dated => 7 * HOUR..19 * HOUR,
            Purpose::Alarm | Purpose::Wake if dated => 4 * HOUR..16 * HOUR,
            Purpose::Wake if !today => 4 * HOUR..NOON,
            _ => return named,
        };
        match named.iter().find(|minute| usual.contains(*minute)) {
            Some(minute) => vec![*minute],
            None => named,
        }
    }

    /// The next moment of a repetition after `last`, at the same time of day.
    pub fn again(every: Every, last: DateTime) -> Option<DateTime> {
        let days = (1..8_i64).filter_map(|ahead| last.date().checked_add(ahead.days()).ok());
        days.into_iter().find(|date| every.includes(*date)).map(|date| date.to_datetime(last.time()))
    }
}

/// A minute of a day.
fn at(date: Date, minute: i64) -> Option<DateTime> {
    let (hour, minute) = (i8::try_from(minute / HOUR).ok()?, i8::try_from(minute % HOUR).ok()?);
    Some(date.to_datetime(Time::new(hour, minute, 0, 0).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(said: &str) -> SpokenMoment {
        let pairs = said.split(' ').filter_map(|pair| pair.split_once('='));
        SpokenMoment::of(&pairs.map(|(name, value)| (name.to_string(), value.replace('_', " "))).collect())
    }

    #[track_caller]
    fn meant(said: &str, purpose: Purpose, now: &str) -> String {
        match wish(said).moment(purpose, now.parse().unwrap()) {
            Ok(moment) => moment.to_string().replace(":00", "").replace('T', " "),
            Err(unclear) => format!("{unclear:?}"),
        }
    }

    #[test]
    fn seven_is_the_next_one_unless_something_speaks_against_it() {
        let saturday = "2026-11-28T10:00:00";
        for (said, purpose, moment) in [
            ("hour=7", Purpose::Alarm, "2026-11-28 19"),
            ("hour=7", Purpose::Wake, "2026-11-29 07"),
            ("hour=5", Purpose::Remind, "2026-11-28 17"),
            ("hour=2", Purpose::Wake, "2026-11-28 14"),
            ("hour=7 part=am", Purpose::Alarm, "2026-11-29 07"),
            ("hour=12 part=am", Purpose::Alarm, "2026-11-29 00"),
            ("hour=12 part=pm", Purpose::Alarm, "2026-11-28 12"),
            ("hour=18 minute=30", Purpose::Wake, "2026-11-28 18:30"),
            ("hour=6 past=30 day=tomorrow", Purpose::Alarm, "2026-11-29 06:30"),
            ("hour=9 day=tomorrow", Purpose::Remind, "2026-11-29 09"),
            ("hour=3 day=tomorrow", Purpose::Remind, "2026-11-29 15"),
            ("hour=8 to=15", Purpose::Wake, "2026-11-29 07:45"),
            ("half=7 day=tomorrow", Purpose::Wake, "2026-11-29 06:30"),
            ("hour=7 into=10", Purpose::Wake, "2026-11-29 06:10"),
            ("hour=1 to=10", Purpose::Alarm, "2026-11-28 12:50"),
            ("hour=12 to=15 part=morning", Purpose::Alarm, "2026-11-28 11:45"),
            ("hour=8 day=today part=night", Purpose::Remind, "2026-11-28 20"),
            ("noon=noon", Purpose::Alarm, "2026-11-28 12"),
            ("noon=midnight", Purpose::Alarm, "2026-11-29 00"),
            ("hour=9 day=saturday part=am", Purpose::Alarm, "2026-12-05 09"),
            ("hour=11 day=saturday", Purpose::Alarm, "2026-11-28 11"),
            ("hour=7 every=weekday", Purpose::Wake, "2026-11-30 07"),
            ("hour=11 every=day", Purpose::Alarm, "2026-11-28 11"),
            ("day=tomorrow", Purpose::Remind, "2026-11-29 09"),
            ("part=evening", Purpose::Remind, "2026-11-28 19"),
            ("day=tomorrow", Purpose::Wake, "NoTime"),
            ("hour=8 day=today part=am", Purpose::Remind, "Passed"),
            ("hour=25", Purpose::Alarm, "NoTime"),
            ("hour=7 minute=75", Purpose::Alarm, "NoTime"),
            ("", Purpose::Remind, "NoTime"),
        ] {
            assert_eq!(meant(said, purpose, saturday), moment, "{said} {purpose:?}");
        }
        assert_eq!(meant("hour=7", Purpose::Alarm, "2026-11-28T22:00:00"), "2026-11-29 07");
        assert_eq!(meant("hour=7", Purpose::Alarm, "2026-11-28T06:59:00"), "2026-11-28 07");
    }

    #[test]
    fn what_repeats_comes_again_at_the_same_time() {
        let friday: DateTime = "2026-11-27T07:00:00".parse().unwrap();
        let next = |every| SpokenMoment::again(every, friday).unwrap().date().to_string();
        assert_eq!(next(Every::Day), "2026-11-28");
        assert_eq!(next(Every::Weekday), "2026-11-30");
        assert_eq!(next(Every::Weekend), "2026-11-28");
    }
}
