//! Timers, alarms at clock times and reminders. They last as long as golem runs.
//!
//! Timers run on the dialogue's own clock. Alarms and reminders go by the wall clock, which may be set, or jump over a
//! night in which the machine slept. The runtime passes the wall clock's time again and again, and due times follow it.

use jiff::{SignedDuration, Zoned};

use crate::command::when::{Every, SpokenMoment};
use crate::message::Time;

/// Most alarms at a time; more are surely unintended.
pub const MOST: usize = 100;

/// The kinds of alarms, with their due times.
#[derive(Clone, Debug, PartialEq)]
pub enum AlarmKind {
    /// After a length.
    Timer {
        /// The length it was set for, with all extensions.
        length: Time,
        /// When it ends.
        due: Time,
        /// The remaining time when it was paused.
        paused: Option<Time>,
    },
    /// At a clock time.
    Alarm {
        /// When, in the time zone of the machine.
        at: Zoned,
        /// The repetition, if any.
        every: Option<Every>,
    },
    /// At a clock time, with words.
    Reminder {
        /// When, in the time zone of the machine.
        at: Zoned,
        /// The repetition, if any.
        every: Option<Every>,
        /// What to say.
        text: String,
    },
}

/// A timer, an alarm or a reminder.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Its kind.
    pub kind: AlarmKind,
    /// A timer's name, if it has one.
    pub name: Option<String>,
}

impl Alarm {
    /// A timer that starts at `now`.
    pub fn timer(now: Time, length: Time, name: Option<String>) -> Self {
        Self { kind: AlarmKind::Timer { length, due: now.saturating_add(length), paused: None }, name }
    }

    /// Whether it is a timer.
    pub fn is_timer(&self) -> bool {
        matches!(self.kind, AlarmKind::Timer { .. })
    }

    /// Whether it is an alarm.
    pub fn is_alarm(&self) -> bool {
        matches!(self.kind, AlarmKind::Alarm { .. })
    }

    /// Whether it is a reminder.
    pub fn is_reminder(&self) -> bool {
        matches!(self.kind, AlarmKind::Reminder { .. })
    }

    /// The remaining time of a timer at `now`.
    pub fn left(&self, now: Time) -> Time {
        match self.kind {
            AlarmKind::Timer { due, paused, .. } => paused.unwrap_or_else(|| due.saturating_sub(now)),
            _ => Time::ZERO,
        }
    }
}

/// The person's description of an alarm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlarmTarget {
    /// The name of a timer.
    pub name: Option<String>,
    /// The length that a timer was set for.
    pub length: Option<Time>,
    /// Minutes of the day of an alarm; any of them fits.
    pub minutes: Vec<i64>,
}

/// The result of a search for an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlarmChoice {
    /// The index of the only one that fits.
    One(usize),
    /// None fits.
    Nothing,
    /// Several fit.
    Several,
}

/// Time after which an unanswered alarm rings again, for a person who sleeps.
const RING_AGAIN: Time = Time::from_secs(30);
/// Number of times that an unanswered alarm rings again.
const RING_TIMES: u8 = 5;

/// Similarity from which two names count as equal: "рис" and "риса", "egg" and "eggs".
const ALIKE: f64 = 0.84;

/// All alarms, and the wall clock.
#[derive(Clone, Debug, Default)]
pub struct Alarms {
    all: Vec<Alarm>,
    /// The wall clock's time, and the moment it was read at.
    wall: Option<(Time, Zoned)>,
    /// The alarm that rang last, for snoozing.
    rang: Option<Alarm>,
    /// An unanswered alarm: when it rings again, how many times more, and the alarm.
    ringing: Option<(Time, u8, Alarm)>,
}

impl Alarms {
    /// Stores the wall clock's time at `now`.
    pub fn set_wall(&mut self, now: Time, wall: Zoned) {
        self.wall = Some((now, wall));
    }

    /// The wall clock's time at `now`, if it is known.
    pub fn wall(&self, now: Time) -> Option<Zoned> {
        let (then, wall) = self.wall.as_ref()?;
        let passed = SignedDuration::try_from(now.saturating_sub(*then)).ok()?;
        wall.checked_add(passed).ok()
    }

    /// Adds an alarm; false if there are [`MOST`] already.
    pub fn set(&mut self, alarm: Alarm) -> bool {
        if self.all.len() >= MOST {
            return false;
        }
        self.all.push(alarm);
        true
    }

    /// When an alarm is due on the dialogue's clock; `None` for a paused timer.
    fn due(&self, alarm: &Alarm) -> Option<Time> {
        match &alarm.kind {
            AlarmKind::Timer { due, paused, .. } => paused.is_none().then_some(*due),
            AlarmKind::Alarm { at, .. } | AlarmKind::Reminder { at, .. } => {
                let (then, wall) = self.wall.as_ref()?;
                let ahead = at.duration_since(wall);
                Some(then.saturating_add(Time::try_from(ahead).unwrap_or_default()))
            }
        }
    }

    /// When the next alarm is due.
    pub fn next(&self) -> Option<Time> {
        let ringing = self.ringing.as_ref().map(|(due, ..)| *due);
        self.all.iter().filter_map(|alarm| self.due(alarm)).chain(ringing).min()
    }

    /// The person has reacted: the ringing alarm is answered.
    pub fn hush(&mut self) {
        self.ringing = None;
    }

    /// Takes the next alarm that is due by `now`. A repeating alarm is set for its next time, and an unanswered alarm
    /// comes several times.
    pub fn take(&mut self, now: Time) -> Option<Alarm> {
        if let Some((due, times, alarm)) = self.ringing.take_if(|(due, ..)| *due <= now) {
            let again = (due.saturating_add(RING_AGAIN), times.saturating_sub(1), alarm.clone());
            self.ringing = Some(again).filter(|(_, times, _)| *times > 0);
            return Some(alarm);
        }
        let due = |alarm: &Alarm| self.due(alarm).filter(|due| *due <= now);
        let (_, place) = self.all.iter().enumerate().filter_map(|(place, one)| Some((due(one)?, place))).min()?;
        let alarm = self.all.remove(place);
        let mut next = alarm.clone();
        if let AlarmKind::Alarm { at, every: Some(every) } | AlarmKind::Reminder { at, every: Some(every), .. } =
            &mut next.kind
            && let Some(moment) = SpokenMoment::again(*every, at.datetime())
            && let Ok(moment) = moment.to_zoned(at.time_zone().clone())
        {
            *at = moment;
            self.all.push(next);
        }
        if alarm.is_alarm() {
            self.ringing = Some((now.saturating_add(RING_AGAIN), RING_TIMES, alarm.clone()));
        }
        self.rang = Some(alarm.clone());
        Some(alarm)
    }

    /// Takes the alarm that rang last, to set it again.
    pub fn rang(&mut self) -> Option<Alarm> {
        self.rang.take()
    }

    /// All alarms of a kind, in the order in which they were set.
    pub fn those(&self, of: impl Fn(&Alarm) -> bool) -> Vec<&Alarm> {
        self.all.iter().filter(|alarm| of(alarm)).collect()
    }

    /// Removes all alarms of a kind, and returns their number.
    pub fn cancel_all(&mut self, of: impl Fn(&Alarm) -> bool) -> usize {
        let before = self.all.len();
        self.all.retain(|alarm| !of(alarm));
        before - self.all.len()
    }

    /// Removes an alarm by its index.
    pub fn cancel(&mut self, place: usize) -> Option<Alarm> {
        (place < self.all.len()).then(|| self.all.remove(place))
    }

    /// An alarm by its index.
    pub fn at(&mut self, place: usize) -> Option<&mut Alarm> {
        self.all.get_mut(place)
    }

    /// The index of the newest alarm of a kind.
    pub fn newest(&self, of: impl Fn(&Alarm) -> bool) -> Option<usize> {
        self.all.iter().rposition(of)
    }

    /// Searches the alarms of a kind for the one that is meant.
    pub fn find(&self, target: &AlarmTarget, of: impl Fn(&Alarm) -> bool) -> AlarmChoice {
        let fits = |alarm: &Alarm| match &alarm.kind {
            AlarmKind::Timer { length, .. } => match (&target.name, target.length) {
                (Some(name), _) => alarm.name.as_ref().is_some_and(|own| alike(own, name)),
                (None, Some(wanted)) => *length == wanted,
                (None, None) => true,
            },
            AlarmKind::Alarm { at, .. } | AlarmKind::Reminder { at, .. } => {
                let minute = i64::from(at.hour()) * 60 + i64::from(at.minute());
                target.minutes.is_empty() || target.minutes.contains(&minute)
            }
        };
        let places: Vec<usize> =
            self.all.iter().enumerate().filter(|(_, alarm)| of(alarm) && fits(alarm)).map(|(place, _)| place).collect();
        match places.as_slice() {
            [] => AlarmChoice::Nothing,
            [one] => AlarmChoice::One(*one),
            _ => AlarmChoice::Several,
        }
    }

    /// A copy of all alarms, for [`Alarms::restore`].
    pub fn snapshot(&self) -> Vec<Alarm> {
        self.all.clone()
    }

    /// Restores a snapshot, without the alarms that have become due since then.
    pub fn restore(&mut self, snapshot: Vec<Alarm>, now: Time) {
        self.all = snapshot;
        let due: Vec<bool> = self.all.iter().map(|alarm| self.due(alarm).is_some_and(|due| due <= now)).collect();
        let mut due = due.into_iter();
        self.all.retain(|_| !due.next().unwrap_or(false));
    }
}

/// Whether two names are equal, apart from case, articles and endings.
fn alike(own: &str, said: &str) -> bool {
    let (own, said) = (plain_name(own), plain_name(said));
    own == said || strsim::jaro_winkler(&own, &said) >= ALIKE
}

/// A name in lower case without the article before it.
pub fn plain_name(name: &str) -> String {
    let name = name.trim().to_lowercase();
    let (first, rest) = name.split_once(' ').unwrap_or(("", &name));
    let article = ["the", "my", "a", "an"].contains(&first);
    if article { rest.to_string() } else { name }
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;

    use super::*;

    const fn at(seconds: u64) -> Time {
        Time::from_secs(seconds)
    }

    fn named(length: u64, name: &str) -> Alarm {
        Alarm::timer(Time::ZERO, at(length), Some(name.into()))
    }

    fn wall(text: &str) -> Zoned {
        text.parse::<DateTime>().unwrap().to_zoned(jiff::tz::TimeZone::UTC).unwrap()
    }

    #[test]
    fn the_next_one_comes_first_and_names_part_them() {
        let mut alarms = Alarms::default();
        alarms.set(named(60, "tea"));
        alarms.set(named(30, "eggs"));
        assert_eq!(alarms.take(at(29)), None);
        assert_eq!(alarms.take(at(31)), Some(named(30, "eggs")));
        let target = |name: &str| AlarmTarget { name: Some(name.into()), ..AlarmTarget::default() };
        assert_eq!(alarms.find(&target("coffee"), Alarm::is_timer), AlarmChoice::Nothing);
        assert_eq!(alarms.find(&target("the Tea"), Alarm::is_timer), AlarmChoice::One(0));
        assert_eq!(alarms.cancel_all(Alarm::is_timer), 1);
        assert_eq!(alarms.next(), None);
    }

    #[test]
    fn names_bear_endings_and_lengths_are_names() {
        let mut alarms = Alarms::default();
        alarms.set(named(300, "риса"));
        alarms.set(named(600, "egg"));
        let name = |name: &str| AlarmTarget { name: Some(name.into()), ..AlarmTarget::default() };
        assert_eq!(alarms.find(&name("рис"), Alarm::is_timer), AlarmChoice::One(0));
        assert_eq!(alarms.find(&name("eggs"), Alarm::is_timer), AlarmChoice::One(1));
        let length = AlarmTarget { length: Some(at(600)), ..AlarmTarget::default() };
        assert_eq!(alarms.find(&length, Alarm::is_timer), AlarmChoice::One(1));
        assert_eq!(alarms.find(&AlarmTarget::default(), Alarm::is_timer), AlarmChoice::Several);
        assert_eq!(alarms.find(&AlarmTarget::default(), Alarm::is_alarm), AlarmChoice::Nothing);
    }

    #[test]
    fn alarms_follow_the_clock_on_the_wall() {
        let mut alarms = Alarms::default();
        let seven = wall("2026-11-29T07:00:00");
        alarms.set(Alarm { kind: AlarmKind::Alarm { at: seven, every: None }, name: None });
        assert_eq!(alarms.next(), None, "nobody has told the time");
        alarms.set_wall(at(100), wall("2026-11-28T10:00:00"));
        assert_eq!(alarms.next(), Some(at(100 + 21 * 3600)));
        assert_eq!(alarms.wall(at(160)).unwrap(), wall("2026-11-28T10:01:00"));
        // The machine and its monotonic clock slept.
        alarms.set_wall(at(200), wall("2026-11-29T07:05:00"));
        assert!(alarms.take(at(200)).is_some_and(|alarm| alarm.is_alarm()));
        assert_eq!(alarms.next(), Some(at(230)), "nobody has answered");
        assert!(alarms.take(at(230)).is_some());
        alarms.hush();
        assert_eq!(alarms.next(), None);
    }

    #[test]
    fn what_repeats_stays() {
        let mut alarms = Alarms::default();
        alarms.set_wall(Time::ZERO, wall("2026-11-27T06:59:00"));
        let at_seven = wall("2026-11-27T07:00:00");
        alarms.set(Alarm { kind: AlarmKind::Alarm { at: at_seven, every: Some(Every::Weekday) }, name: None });
        assert!(alarms.take(at(60)).is_some());
        alarms.hush();
        assert_eq!(alarms.next(), Some(at(60 + 3 * 86_400)), "Monday");
    }

    #[test]
    fn a_paused_timer_waits_and_a_snapshot_brings_back_what_was() {
        let mut alarms = Alarms::default();
        alarms.set(named(60, "tea"));
        let before = alarms.snapshot();
        if let Some(Alarm { kind: AlarmKind::Timer { paused, .. }, .. }) = alarms.at(0) {
            *paused = Some(at(50));
        }
        assert_eq!((alarms.next(), alarms.all[0].left(at(500))), (None, at(50)));
        alarms.restore(before.clone(), at(20));
        assert_eq!(alarms.next(), Some(at(60)));
        alarms.restore(before, at(61));
        assert_eq!(alarms.next(), None, "it has rung already");
    }

    #[test]
    fn there_is_an_end_to_them() {
        let mut alarms = Alarms::default();
        assert!((0..MOST).all(|_| alarms.set(named(60, "tea"))));
        assert!(!alarms.set(named(60, "tea")));
    }
}
