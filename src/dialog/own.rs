//! What the dialogue does itself: timers, silence, repeating and taking back. Alarms and reminders
//! are listed here and set in `appointment`.

use super::Dialog;
use super::alarm::{Alarm, AlarmChoice, Kind, Target, plain_name};
use super::deeds::Undo;
use crate::command::builtin::Builtin;
use crate::command::when::{Wish, length, say};
use crate::intent::Slots;
use crate::message::Ledger;
use crate::message::{Action, Note, Time};
use crate::order::{Order, Outcome};

impl Dialog {
    pub(super) fn russian(&self) -> bool {
        self.config.tts.language.starts_with("ru")
    }

    /// One of two ways to say it.
    pub(super) fn phrase(&self, english: impl Into<String>, russian: impl Into<String>) -> String {
        if self.russian() { russian.into() } else { english.into() }
    }

    /// Does what is the dialogue's own to do, and says so.
    pub(super) fn do_own(&mut self, turn: u64, decision: u64, builtin: Builtin, order: &Order, ledger: Ledger) {
        let other = match builtin {
            Builtin::Again => Some(self.deeds.last()),
            Builtin::Undo => match self.deeds.take_back() {
                Some(Undo::Alarms(before)) => {
                    self.alarms.restore(before, self.now);
                    self.watch_alarms();
                    let text = self.phrase("Taken back.", "Отменено.");
                    return self.did(turn, decision, ledger, &text);
                }
                Some(Undo::Order(order)) => Some(Some(order)),
                None => Some(None),
            },
            _ => None,
        };
        match other {
            Some(Some(order)) => return self.perform(turn, decision, order, ledger),
            Some(None) => {
                let text = self.phrase("There is nothing I could do that with.", "Тут нечего повторять или отменять.");
                return self.did(turn, decision, ledger, &text);
            }
            None => {}
        }
        let before = self.alarms.snapshot();
        let text = self.own_words(builtin, order);
        if builtin == Builtin::Repeat {
            self.note(Note::Outcome { turn, decision, outcome: Outcome { say: text.clone(), ..Outcome::default() } });
            self.history.retract();
            return self.say(&text);
        }
        if self.alarms.snapshot() != before {
            self.deeds.begin(order);
            self.deeds.changed(before);
            self.watch_alarms();
        }
        self.did(turn, decision, ledger, &text);
    }

    /// Reports and says the outcome of the dialogue's own order.
    fn did(&mut self, turn: u64, decision: u64, ledger: Ledger, text: &str) {
        self.note(Note::Outcome { turn, decision, outcome: Outcome { say: text.into(), ..Outcome::default() } });
        self.answer(turn, ledger, text);
    }

    /// Does it; gives the words to say, which may be none.
    fn own_words(&mut self, builtin: Builtin, order: &Order) -> String {
        let text = match builtin {
            Builtin::Repeat => {
                let last = self.history.last_reply().map(str::to_string);
                return last
                    .unwrap_or_else(|| self.phrase("I have not said anything yet.", "Я ещё ничего не говорил."));
            }
            Builtin::Mute => {
                self.act(Action::Mute(true));
                self.mute(true);
                self.phrase("The microphone is off now.", "Микрофон выключен.")
            }
            Builtin::Help => return self.commands.as_ref().map(|commands| commands.help()).unwrap_or_default(),
            Builtin::Timer => self.set_timer(&order.slots),
            Builtin::ChangeTimer => self.change_timer(&order.slots),
            Builtin::TimeLeft => self.time_left(&order.slots),
            Builtin::PauseTimer => self.pause_timer(&order.slots, true),
            Builtin::ResumeTimer => self.pause_timer(&order.slots, false),
            Builtin::NameTimer => self.name_timer(&order.slots),
            Builtin::CancelTimer => self.cancel_one(&order.slots, Alarm::is_timer),
            Builtin::Timers => self.list(Alarm::is_timer),
            Builtin::Alarm => self.set_alarm(&order.slots),
            Builtin::CancelAlarm => self.cancel_one(&order.slots, Alarm::is_alarm),
            Builtin::Alarms => self.list(Alarm::is_alarm),
            Builtin::Remind => self.set_reminder(&order.slots),
            Builtin::CancelReminders => match self.alarms.cancel_all(Alarm::is_reminder) {
                0 => self.phrase("There are no reminders.", "Напоминаний нет."),
                _ => self.phrase("Reminders cancelled.", "Напоминания отменены."),
            },
            Builtin::Reminders => self.list(Alarm::is_reminder),
            Builtin::Snooze => self.snooze(&order.slots),
            // Whatever was being said has been dropped already; the rest is done outside or before this.
            Builtin::Stop
            | Builtin::Again
            | Builtin::Undo
            | Builtin::Volume
            | Builtin::Brightness
            | Builtin::Open
            | Builtin::Time
            | Builtin::Date
            | Builtin::Until => String::new(),
        };
        order.say.clone().unwrap_or(text)
    }

    fn set_timer(&mut self, slots: &Slots) -> String {
        let Some(length) = length::of(slots) else {
            return self.phrase("For how long? Say it with the time.", "На сколько? Скажите вместе со временем.");
        };
        let name = slots.get("name").map(|name| plain_name(name)).filter(|name| !name.is_empty());
        let called = name.as_ref().map_or(String::new(), |name| format!(", {name}"));
        let alarm = Alarm::timer(self.now, length, name);
        let spoken = length::spoken_for(length, self.russian());
        self.add(alarm, &format!("Timer for {spoken}{called}."), &format!("Таймер на {spoken}{called}."))
    }

    /// Adds one and says so.
    pub(super) fn add(&mut self, alarm: Alarm, english: &str, russian: &str) -> String {
        if self.alarms.set(alarm) {
            self.phrase(english, russian)
        } else {
            self.phrase("That is too many; cancel some first.", "Их слишком много, сначала отмените лишние.")
        }
    }

    /// The timer that is meant, or what to say when none or several can be.
    fn timer_of(&self, slots: &Slots) -> Result<usize, String> {
        let name = slots.get("name").map(|name| plain_name(name)).filter(|name| !name.is_empty());
        let target = Target { name, length: length::named(slots), ..Target::default() };
        match self.alarms.find(&target, Alarm::is_timer) {
            AlarmChoice::One(place) => Ok(place),
            AlarmChoice::Nothing if self.alarms.those(Alarm::is_timer).is_empty() => {
                Err(self.phrase("No timer is running.", "Таймеры не запущены."))
            }
            AlarmChoice::Nothing => Err(self.phrase("There is no such timer.", "Такого таймера нет.")),
            AlarmChoice::Several => Err(self.which(Alarm::is_timer)),
        }
    }

    /// Asks which of several is meant, by naming them.
    fn which(&self, of: impl Fn(&Alarm) -> bool) -> String {
        let names: Vec<String> = self.alarms.those(of).into_iter().map(|alarm| self.called(alarm)).collect();
        let (english, russian) = (length::joined(names.clone(), "and"), length::joined(names, "и"));
        self.phrase(format!("Which one? There are {english}."), format!("Какой из них? Есть {russian}."))
    }

    /// What one of them is called: its name, its length, its time.
    fn called(&self, alarm: &Alarm) -> String {
        let russian = self.russian();
        match (&alarm.name, &alarm.kind) {
            (Some(name), _) => name.clone(),
            (None, Kind::Timer { length, .. }) => length::spoken(*length, russian),
            (None, Kind::Alarm { .. }) => self.spoken_moment(alarm),
            (None, Kind::Reminder { text, .. }) => text.clone(),
        }
    }

    pub(super) fn spoken_moment(&self, alarm: &Alarm) -> String {
        let now = self.alarms.wall(self.now).map(|wall| wall.datetime()).unwrap_or_default();
        alarm.moment().map_or(String::new(), |(moment, every)| say::moment(moment, every, now, self.russian()))
    }

    fn change_timer(&mut self, slots: &Slots) -> String {
        let Some(amount) = length::of(slots) else {
            return self.phrase("I need a time of up to a day.", "Нужно время не больше суток.");
        };
        let place = match self.timer_of(slots) {
            Ok(place) => place,
            Err(told) => return told,
        };
        let shorter = slots.get("direction").is_some_and(|way| way == "down");
        let now = self.now;
        let Some(alarm) = self.alarms.at(place) else { return String::new() };
        let left = alarm.left(now);
        let rest = if shorter { left.saturating_sub(amount) } else { left.saturating_add(amount) };
        let changed = !rest.is_zero() && rest <= length::LONGEST;
        if let (true, Kind::Timer { length, due, paused }) = (changed, &mut alarm.kind) {
            *length = if shorter { length.saturating_sub(amount) } else { length.saturating_add(amount) };
            *due = now.saturating_add(rest);
            *paused = paused.map(|_| rest);
        }
        match (changed, shorter) {
            (true, _) => self.tell_left(place),
            (false, true) => self.phrase("There is less than that left.", "Осталось меньше."),
            (false, false) => self.phrase("I need a time of up to a day.", "Нужно время не больше суток."),
        }
    }

    /// "4 minutes left, pasta."
    fn tell_left(&mut self, place: usize) -> String {
        let (now, russian) = (self.now, self.russian());
        let Some(alarm) = self.alarms.at(place) else { return String::new() };
        let left = Time::from_secs(alarm.left(now).as_secs().max(1));
        let name = alarm.name.as_ref().map_or(String::new(), |name| format!(", {name}"));
        let paused = matches!(alarm.kind, Kind::Timer { paused: Some(_), .. });
        let spoken = length::spoken(left, russian);
        match (russian, paused) {
            (false, false) => format!("{spoken} left{name}."),
            (false, true) => format!("{spoken} left{name}, paused."),
            (true, false) => format!("Осталось {spoken}{name}."),
            (true, true) => format!("Осталось {spoken}{name}, на паузе."),
        }
    }

    fn time_left(&mut self, slots: &Slots) -> String {
        match self.timer_of(slots) {
            Ok(place) => self.tell_left(place),
            Err(_) if !slots.contains_key("name") => self.list(Alarm::is_timer),
            Err(told) => told,
        }
    }

    fn pause_timer(&mut self, slots: &Slots, pause: bool) -> String {
        let place = match self.timer_of(slots) {
            Ok(place) => place,
            Err(told) => return told,
        };
        let now = self.now;
        if let Some(alarm) = self.alarms.at(place) {
            let left = alarm.left(now);
            if let Kind::Timer { due, paused, .. } = &mut alarm.kind {
                *paused = pause.then_some(left);
                *due = now.saturating_add(left);
            }
        }
        self.tell_left(place)
    }

    fn name_timer(&mut self, slots: &Slots) -> String {
        let name = slots.get("name").map(|name| plain_name(name)).unwrap_or_default();
        let newest = self.alarms.newest(Alarm::is_timer);
        match newest.and_then(|place| self.alarms.at(place)) {
            Some(alarm) => {
                alarm.name = Some(name.clone());
                self.phrase(format!("It is called {name}."), format!("Теперь это {name}."))
            }
            None => self.phrase("No timer is running.", "Таймеры не запущены."),
        }
    }

    fn cancel_one(&mut self, slots: &Slots, of: impl Fn(&Alarm) -> bool + Copy) -> String {
        if slots.contains_key("all") {
            return match self.alarms.cancel_all(of) {
                0 => self.phrase("There are none.", "Ничего нет."),
                _ => self.phrase("All cancelled.", "Все отменены."),
            };
        }
        let name = slots.get("name").map(|name| plain_name(name)).filter(|name| !name.is_empty());
        let target = Target { name, length: length::named(slots), minutes: Wish::of(slots).minutes() };
        match self.alarms.find(&target, of) {
            AlarmChoice::One(place) => {
                let called = self.alarms.cancel(place).map(|alarm| self.called(&alarm)).unwrap_or_default();
                self.phrase(format!("Cancelled: {called}."), format!("Отменено: {called}."))
            }
            AlarmChoice::Nothing if self.alarms.those(of).is_empty() => self.phrase("There are none.", "Ничего нет."),
            AlarmChoice::Nothing => self.phrase("There is no such one.", "Такого нет."),
            AlarmChoice::Several => self.which(of),
        }
    }

    /// All of a kind.
    fn list(&self, of: impl Fn(&Alarm) -> bool) -> String {
        let told = self.alarms.those(of).into_iter().map(|alarm| match &alarm.kind {
            Kind::Timer { paused, .. } => {
                let left = Time::from_secs(alarm.left(self.now).as_secs().max(1));
                let left = length::spoken(left, self.russian());
                let left = if paused.is_some() {
                    format!("{left}, {}", self.phrase("paused", "на паузе"))
                } else {
                    left
                };
                alarm.name.as_ref().map_or(left.clone(), |name| format!("{name}: {left}"))
            }
            Kind::Alarm { .. } => self.spoken_moment(alarm),
            Kind::Reminder { text, .. } => format!("{}: {text}", self.spoken_moment(alarm)),
        });
        let told: Vec<String> = told.collect();
        if told.is_empty() {
            return self.phrase("There are none.", "Ничего нет.");
        }
        let mut text = told.join(". ");
        text.push('.');
        text
    }
}
