//! Alarms and reminders: what moment is meant, and what is said when it has come.

use jiff::Zoned;

use super::Dialog;
use super::alarm::{Alarm, Kind, plain_name};
use super::commanding::PUT_OFF;
use super::timer::Timer;
use crate::command::when::{Every, Purpose, Unclear, Wish, length, say};
use crate::intent::Slots;
use crate::message::Time;

/// How long what rang is silent when the person does not say.
const SNOOZE: Time = Time::from_secs(600);

impl Dialog {
    /// Stores the wall clock's time at `now`. Alarms and reminders go by it, so the caller repeats this from time to
    /// time: the clock may be set, and jumps when the machine has slept.
    pub fn tell_time(&mut self, now: Time, wall: Zoned) {
        self.alarms.set_wall(now, wall);
        self.watch_alarms();
    }

    /// The moment that a sentence means, or what to say when it means none.
    fn moment_of(&self, slots: &Slots, purpose: Purpose) -> Result<(Zoned, Option<Every>), String> {
        let Some(wall) = self.alarms.wall(self.now) else {
            return Err(self.phrase("I do not know what time it is.", "Я не знаю, который час."));
        };
        let wish = Wish::of(slots);
        let moment = wish.moment(purpose, wall.datetime()).map_err(|unclear| match unclear {
            Unclear::NoTime => self.phrase(
                "Tell me when, such as at five or in ten minutes.",
                "Скажите когда: например, в пять или через десять минут.",
            ),
            Unclear::Passed => self.phrase("That has passed already.", "Это уже прошло."),
        })?;
        let zoned = moment.to_zoned(wall.time_zone().clone());
        zoned.map(|at| (at, wish.every)).map_err(|error| error.to_string())
    }

    pub(super) fn set_alarm(&mut self, slots: &Slots) -> String {
        let purpose = if slots.contains_key("wake") { Purpose::Wake } else { Purpose::Alarm };
        match self.moment_of(slots, purpose) {
            Ok((at, every)) => {
                let name = slots.get("name").map(|name| plain_name(name)).filter(|name| !name.is_empty());
                let called = name.as_ref().map_or(String::new(), |name| format!(", {name}"));
                let alarm = Alarm { kind: Kind::Alarm { at, every }, name };
                let spoken = self.spoken_moment(&alarm);
                self.add(alarm, &format!("Alarm {spoken}{called}."), &format!("Будильник {spoken}{called}."))
            }
            Err(told) => told,
        }
    }

    pub(super) fn set_reminder(&mut self, slots: &Slots) -> String {
        let text = slots.get("text").map(|text| text.trim().to_string()).unwrap_or_default();
        if let (Some(length), Some(wall)) = (length::of(slots), self.alarms.wall(self.now)) {
            let Ok(at) = wall.checked_add(length) else { return String::new() };
            let alarm = Alarm { kind: Kind::Reminder { at, every: None, text: text.clone() }, name: None };
            let spoken = length::spoken_for(length, self.russian());
            return self.add(
                alarm,
                &format!("I will remind you in {spoken}: {text}."),
                &format!("Напомню через {spoken}: {text}."),
            );
        }
        match self.moment_of(slots, Purpose::Remind) {
            Ok((at, every)) => {
                let alarm = Alarm { kind: Kind::Reminder { at, every, text: text.clone() }, name: None };
                let spoken = self.spoken_moment(&alarm);
                self.add(alarm, &format!("I will remind you {spoken}: {text}."), &format!("Напомню {spoken}: {text}."))
            }
            Err(told) => told,
        }
    }

    pub(super) fn snooze(&mut self, slots: &Slots) -> String {
        let length = length::of(slots).unwrap_or(SNOOZE);
        let Some(mut alarm) = self.alarms.rang() else {
            return self.phrase("Nothing has rung.", "Ничего не звонило.");
        };
        let later = self.alarms.wall(self.now).and_then(|wall| wall.checked_add(length).ok());
        match (&mut alarm.kind, later) {
            (Kind::Timer { due, paused, .. }, _) => (*due, *paused) = (self.now.saturating_add(length), None),
            (Kind::Alarm { at, every } | Kind::Reminder { at, every, .. }, Some(later)) => {
                (*at, *every) = (later, None);
            }
            (_, None) => return String::new(),
        }
        let spoken = length::spoken_for(length, self.russian());
        self.add(alarm, &format!("Again in {spoken}."), &format!("Снова через {spoken}."))
    }

    pub(super) fn watch_alarms(&mut self) {
        match self.alarms.next() {
            Some(due) => self.timers.set(Timer::Alarm, due),
            None => self.timers.clear(Timer::Alarm),
        }
    }

    /// The person has said something or pressed a key: what rings has been heard.
    pub(super) fn answered_alarm(&mut self) {
        self.alarms.hush();
        self.watch_alarms();
    }

    /// Something is due: golem says so once neither side speaks.
    pub(super) fn alarm(&mut self) {
        if self.expecting() || self.reply.is_some() {
            return self.timers.set(Timer::Alarm, self.now.saturating_add(PUT_OFF));
        }
        let Some(alarm) = self.alarms.take(self.now) else { return self.watch_alarms() };
        self.watch_alarms();
        let russian = self.russian();
        let text = match &alarm.kind {
            Kind::Timer { length, .. } => {
                let name = alarm.name.clone().unwrap_or_else(|| length::spoken(*length, russian));
                self.phrase(format!("Time is up: {name}."), format!("Время вышло: {name}."))
            }
            Kind::Alarm { .. } => {
                let now = self.alarms.wall(self.now).map(|wall| wall.datetime()).unwrap_or_default();
                let clock = say::time_now(now.hour(), now.minute(), russian);
                let name = alarm.name.as_ref().map_or(String::new(), |name| format!(" {name}."));
                self.phrase(format!("Alarm! It is {clock}.{name}"), format!("Будильник! Сейчас {clock}.{name}"))
            }
            Kind::Reminder { text, .. } => self.phrase(format!("Reminder: {text}."), format!("Напоминаю: {text}.")),
        };
        self.say(&text);
    }
}
