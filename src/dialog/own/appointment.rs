//! Alarms and reminders in the dialogue: the moment that is meant, and the words when it comes.

use jiff::Zoned;

use super::alarm::{Alarm, AlarmKind, plain_name};
use crate::command::when::{Every, Purpose, SpokenMoment, Unclear, length};
use crate::dialog::commanding::PUT_OFF;
use crate::dialog::state::Dialog;
use crate::dialog::tape::TapeEntry;
use crate::dialog::timer::Timer;
use crate::intent::Slots;
use crate::message::Time;
use crate::phrases::{Phrase, RelativeMoment};

/// Length of a snooze if the person does not say one.
const SNOOZE: Time = Time::from_mins(10);

impl Dialog {
    /// Stores the wall clock's time at `now`. Alarms and reminders go by it. The caller repeats this from time to time,
    /// because the clock may be set, and jumps when the machine has slept.
    pub fn tell_time(&mut self, now: Time, wall: Zoned) {
        self.tape.keep(|| TapeEntry::Wall { at: now, wall: wall.clone() });
        self.alarms.set_wall(now, wall);
        self.watch_alarms();
    }

    /// The moment that a sentence means, or the phrase to say if it means none.
    fn moment_of(&self, slots: &Slots, purpose: Purpose) -> Result<(Zoned, Option<Every>), Phrase> {
        let wall = self.alarms.wall(self.now).ok_or(Phrase::ClockUnknown)?;
        let spoken = SpokenMoment::of(slots);
        let moment = spoken.moment(purpose, wall.datetime()).map_err(|unclear| match unclear {
            Unclear::NoTime => Phrase::MomentNeeded,
            Unclear::Passed => Phrase::MomentPassed,
        })?;
        let zoned = moment.to_zoned(wall.time_zone().clone());
        zoned.map(|at| (at, spoken.every)).map_err(|error| Phrase::MomentUnknown { reason: error.to_string() })
    }

    /// A moment relative to the present.
    pub(in crate::dialog) fn seen_from_now(&self, at: &Zoned, every: Option<Every>) -> RelativeMoment {
        let now = self.alarms.wall(self.now).map(|wall| wall.datetime()).unwrap_or_default();
        RelativeMoment { at: at.datetime(), every, now }
    }

    pub(in crate::dialog) fn set_alarm(&mut self, slots: &Slots) -> Phrase {
        let purpose = if slots.contains_key("wake") { Purpose::Wake } else { Purpose::Alarm };
        match self.moment_of(slots, purpose) {
            Ok((at, every)) => {
                let name = slots.get("name").map(|name| plain_name(name)).filter(|name| !name.is_empty());
                let done = Phrase::AlarmSet { at: self.seen_from_now(&at, every), name: name.clone() };
                self.add(Alarm { kind: AlarmKind::Alarm { at, every }, name }, done)
            }
            Err(unclear) => unclear,
        }
    }

    pub(in crate::dialog) fn set_reminder(&mut self, slots: &Slots) -> Option<Phrase> {
        let text = slots.get("text").map(|text| text.trim().to_string()).unwrap_or_default();
        if let (Some(length), Some(wall)) = (length::of(slots), self.alarms.wall(self.now)) {
            let at = wall.checked_add(length).ok()?;
            let alarm = Alarm { kind: AlarmKind::Reminder { at, every: None, text: text.clone() }, name: None };
            return Some(self.add(alarm, Phrase::RemindIn { length, text }));
        }
        Some(match self.moment_of(slots, Purpose::Remind) {
            Ok((at, every)) => {
                let done = Phrase::RemindAt { at: self.seen_from_now(&at, every), text: text.clone() };
                self.add(Alarm { kind: AlarmKind::Reminder { at, every, text }, name: None }, done)
            }
            Err(unclear) => unclear,
        })
    }

    pub(in crate::dialog) fn snooze(&mut self, slots: &Slots) -> Option<Phrase> {
        let length = length::of(slots).unwrap_or(SNOOZE);
        let Some(mut alarm) = self.alarms.rang() else { return Some(Phrase::NothingRang) };
        let later = self.alarms.wall(self.now).and_then(|wall| wall.checked_add(length).ok());
        match (&mut alarm.kind, later) {
            (AlarmKind::Timer { due, paused, .. }, _) => (*due, *paused) = (self.now.saturating_add(length), None),
            (AlarmKind::Alarm { at, every } | AlarmKind::Reminder { at, every, .. }, Some(later)) => {
                (*at, *every) = (later, None);
            }
            (_, None) => return None,
        }
        Some(self.add(alarm, Phrase::RingsAgain { length }))
    }

    pub(in crate::dialog) fn watch_alarms(&mut self) {
        match self.alarms.next() {
            Some(due) => self.timers.set(Timer::Alarm, due),
            None => self.timers.clear(Timer::Alarm),
        }
    }

    /// The person has spoken or pressed a key: a ringing alarm is answered.
    pub(in crate::dialog) fn answered_alarm(&mut self) {
        self.alarms.hush();
        self.watch_alarms();
    }

    /// An alarm is due: golem says so as soon as neither side speaks.
    pub(in crate::dialog) fn alarm(&mut self) {
        if self.expecting() || self.reply.is_some() {
            return self.timers.set(Timer::Alarm, self.now.saturating_add(PUT_OFF));
        }
        let Some(alarm) = self.alarms.take(self.now) else { return self.watch_alarms() };
        self.watch_alarms();
        let phrase = match alarm.kind {
            AlarmKind::Timer { .. } => Phrase::TimeUp { name: Some(self.label(&alarm)) },
            AlarmKind::Alarm { .. } => {
                let clock = self.alarms.wall(self.now).map(|wall| wall.time()).unwrap_or_default();
                Phrase::AlarmRings { clock, name: alarm.name }
            }
            AlarmKind::Reminder { text, .. } => Phrase::Reminder { text },
        };
        let text = self.phrase(&phrase);
        self.say(&text);
    }
}
