//! Timers, alarms at clock times and reminders. They live as long as golem runs.
//!
//! Timers run on the dialogue's own clock, alarms and reminders by the clock on the wall, which may be set or jump over
//! a night that the machine slept: the runtime hands it in again and again, and what is due follows it.

use jiff::{SignedDuration, Zoned};

use crate::command::when::{Every, SpokenMoment};
use crate::message::Time;

/// Most of them at a time; no user means more.
pub const MOST: usize = 100;

/// What is to ring, and when.
#[derive(Clone, Debug, PartialEq)]
pub enum AlarmKind {
    /// After a length.
    Timer {
        /// How long it was set for, with all that was added.
        length: Time,
        /// When it ends.
        due: Time,
        /// What was left when it was paused.
        paused: Option<Time>,
    },
    /// At a clock time.
    Alarm {
        /// When, in the time zone of the machine.
        at: Zoned,
        /// Whether it comes again.
        every: Option<Every>,
    },
    /// At a clock time, with words.
    Reminder {
        /// When, in the time zone of the machine.
        at: Zoned,
        /// Whether it comes again.
        every: Option<Every>,
        /// What to say.
        text: String,
    },
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// What it is.
    pub kind: AlarmKind,
    /// What a timer is called, if anything.
    pub name: Option<String>,
}

impl Alarm {
    /// A timer that begins at `now`.
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

    /// What a timer has left at `now`.
    pub fn left(&self, now: Time) -> Time {
        match self.kind {
            AlarmKind::Timer { due, paused, .. } => paused.unwrap_or_else(|| due.saturating_sub(now)),
            _ => Time::ZERO,
        }
    }
}

/// Which of several is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlarmTarget {
    /// Its name.
    pub name: Option<String>,
    /// The length that a timer was set for.
    pub length: Option<Time>,
    /// Minutes of the day of an alarm; any of them.
    pub minutes: Vec<i64>,
}

/// What a target found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlarmChoice {
    /// This one, by its place.
    One(usize),
    /// None at all.
    Nothing,
    /// Some, and the target says not which.
    Several,
}

/// A sleeper hears an alarm that rings again this much later,
const RING_AGAIN: Time = Time::from_secs(30);
/// and this many times.
const RING_TIMES: u8 = 5;

/// Likeness from which on two names are one: "рис" and "риса", "egg" and "eggs".
const ALIKE: f64 = 0.84;

/// All that will ring, and the clock on the wall.
#[derive(Clone, Debug, Default)]
pub struct Alarms {
    all: Vec<Alarm>,
    /// What the clock on the wall showed, and when.
    wall: Option<(Time, Zoned)>,
    /// What rang last, to be snoozed.
    rang: Option<Alarm>,
    /// An unanswered alarm: when it rings again, how many times more, and which.
    ringing: Option<(Time, u8, Alarm)>,
}

impl Alarms {
    /// Takes down what the clock on the wall shows at `now`.
    pub fn set_wall(&mut self, now: Time, wall: Zoned) {
        self.wall = Some((now, wall));
    }

    /// What the clock on the wall shows at `now`, where that is known.
    pub fn wall(&self, now: Time) -> Option<Zoned> {
        let (then, wall) = self.wall.as_ref()?;
        let passed = SignedDuration::try_from(now.saturating_sub(*then)).ok()?;
        wall.checked_add(passed).ok()
    }

    /// Adds one; false where there are [`MOST`] already.
    pub fn set(&mut self, alarm: Alarm) -> bool {
        if self.all.len() >= MOST {
            return false;
        }
        self.all.push(alarm);
        true
    }

    /// When one of them is due on the dialogue's clock; never for a paused timer.
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

    /// When the next one is due.
    pub fn next(&self) -> Option<Time> {
        let ringing = self.ringing.as_ref().map(|(due, ..)| *due);
        self.all.iter().filter_map(|alarm| self.due(alarm)).chain(ringing).min()
    }

    /// Somebody has answered: what rings is heard.
    pub fn hush(&mut self) {
        self.ringing = None;
    }

    /// Takes the next one that is due by `now`. A repeating one stays for its next time, and an unanswered alarm comes
    /// several times.
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

    /// Takes what rang last, to let it ring again.
    pub fn rang(&mut self) -> Option<Alarm> {
        self.rang.take()
    }

    /// All of a kind, in the order in which they were set.
    pub fn those(&self, of: impl Fn(&Alarm) -> bool) -> Vec<&Alarm> {
        self.all.iter().filter(|alarm| of(alarm)).collect()
    }

    /// Removes all of a kind and returns how many they were.
    pub fn cancel_all(&mut self, of: impl Fn(&Alarm) -> bool) -> usize {
        let before = self.all.len();
        self.all.retain(|alarm| !of(alarm));
        before - self.all.len()
    }

    /// Removes one by its place.
    pub fn cancel(&mut self, place: usize) -> Option<Alarm> {
        (place < self.all.len()).then(|| self.all.remove(place))
    }

    /// One by its place.
    pub fn at(&mut self, place: usize) -> Option<&mut Alarm> {
        self.all.get_mut(place)
    }

    /// The place of the one that was set last.
    pub fn newest(&self, of: impl Fn(&Alarm) -> bool) -> Option<usize> {
        self.all.iter().rposition(of)
    }

    /// The one of a kind that is meant.
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

    /// Everything as it is, to come back to it.
    pub fn snapshot(&self) -> Vec<Alarm> {
        self.all.clone()
    }

    /// Goes back to a snapshot. What has rung since then rings no second time.
    pub fn restore(&mut self, snapshot: Vec<Alarm>, now: Time) {
        self.all = snapshot;
        let due: Vec<bool> = self.all.iter().map(|alarm| self.due(alarm).is_some_and(|due| due <= now)).collect();
        let mut due = due.into_iter();
        self.all.retain(|_| !due.next().unwrap_or(false));
    }
}

/// Whether two names are one, but for case, articles and an ending.
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
        // The machine slept, and its own clock with it.
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
