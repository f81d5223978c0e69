//! The builtin commands of the dialogue: timers, silence, repeating and undoing. Alarms and reminders are listed here
//! and set in `appointment`.

use super::alarm::{Alarm, AlarmChoice, AlarmKind, AlarmTarget, plain_name};
use super::undo::Undo;
use crate::command::builtin::Builtin;
use crate::command::when::{SpokenMoment, length};
use crate::dialog::state::Dialog;
use crate::intent::Slots;
use crate::message::{Action, Ledger, Note, Time};
use crate::order::{Order, Outcome};
use crate::phrases::{AlarmLabel, Language, ListedAlarm, Phrase};

impl Dialog {
    /// The language that golem speaks.
    pub(in crate::dialog) fn language(&self) -> Language {
        Language::or_english(&self.config.tts.language)
    }

    /// A phrase in that language.
    pub(in crate::dialog) fn phrase(&self, phrase: &Phrase) -> String {
        phrase.say(self.language())
    }

    /// Carries out a command of the dialogue, and says the result.
    pub(in crate::dialog) fn do_own(
        &mut self,
        turn: u64,
        decision: u64,
        builtin: Builtin,
        order: &Order,
        ledger: Ledger,
    ) {
        let other = match builtin {
            Builtin::Again => Some(self.deeds.last()),
            Builtin::Undo => match self.deeds.take_back() {
                Some(Undo::Alarms(before)) => {
                    self.alarms.restore(before, self.now);
                    self.watch_alarms();
                    let text = self.phrase(&Phrase::Undone);
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
                let text = self.phrase(&Phrase::NothingDone);
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

    /// Reports the dialogue's own order, and says its outcome.
    fn did(&mut self, turn: u64, decision: u64, ledger: Ledger, text: &str) {
        self.note(Note::Outcome { turn, decision, outcome: Outcome { say: text.into(), ..Outcome::default() } });
        self.answer(turn, ledger, text);
    }

    /// Carries it out; returns the words to say, or an empty text.
    fn own_words(&mut self, builtin: Builtin, order: &Order) -> String {
        match builtin {
            Builtin::Repeat => {
                let last = self.history.last_reply().map(str::to_string);
                last.unwrap_or_else(|| self.phrase(&Phrase::NothingSaid))
            }
            Builtin::Help => self.commands.as_ref().map(|commands| commands.help()).unwrap_or_default(),
            _ => {
                let phrase = self.own_phrase(builtin, &order.slots);
                let own = || phrase.map(|phrase| self.phrase(&phrase)).unwrap_or_default();
                order.say.clone().unwrap_or_else(own)
            }
        }
    }

    /// Carries it out; returns the phrase to say, if there is one.
    fn own_phrase(&mut self, builtin: Builtin, slots: &Slots) -> Option<Phrase> {
        Some(match builtin {
            Builtin::Mute => {
                self.act(Action::Mute(true));
                self.mute(true);
                Phrase::MicrophoneOff
            }
            Builtin::Timer => self.set_timer(slots),
            Builtin::ChangeTimer => return self.change_timer(slots),
            Builtin::TimeLeft => return self.time_left(slots),
            Builtin::PauseTimer => return self.pause_timer(slots, true),
            Builtin::ResumeTimer => return self.pause_timer(slots, false),
            Builtin::NameTimer => self.name_timer(slots),
            Builtin::CancelTimer => self.cancel_one(slots, Alarm::is_timer),
            Builtin::Timers => self.list(Alarm::is_timer),
            Builtin::Alarm => self.set_alarm(slots),
            Builtin::CancelAlarm => self.cancel_one(slots, Alarm::is_alarm),
            Builtin::Alarms => self.list(Alarm::is_alarm),
            Builtin::Remind => return self.set_reminder(slots),
            Builtin::CancelReminders => match self.alarms.cancel_all(Alarm::is_reminder) {
                0 => Phrase::NoReminders,
                _ => Phrase::RemindersCancelled,
            },
            Builtin::Reminders => self.list(Alarm::is_reminder),
            Builtin::Snooze => return self.snooze(slots),
            // `cancel` has stopped the reply already; the other builtins are done by the executor, or before this.
            Builtin::Stop
            | Builtin::Repeat
            | Builtin::Help
            | Builtin::Again
            | Builtin::Undo
            | Builtin::Volume
            | Builtin::Brightness
            | Builtin::Open
            | Builtin::Time
            | Builtin::Date
            | Builtin::Until => return None,
        })
    }

    fn set_timer(&mut self, slots: &Slots) -> Phrase {
        let Some(length) = length::of(slots) else { return Phrase::LengthNeeded };
        let name = slots.get("name").map(|name| plain_name(name)).filter(|name| !name.is_empty());
        let alarm = Alarm::timer(self.now, length, name.clone());
        self.add(alarm, Phrase::TimerSet { length, name })
    }

    /// Adds an alarm; returns `done`, or that there are too many.
    pub(in crate::dialog) fn add(&mut self, alarm: Alarm, done: Phrase) -> Phrase {
        if self.alarms.set(alarm) { done } else { Phrase::TooMany }
    }

    /// The timer that is meant, or the phrase to say if none or several fit.
    fn timer_of(&self, slots: &Slots) -> Result<usize, Phrase> {
        let name = slots.get("name").map(|name| plain_name(name)).filter(|name| !name.is_empty());
        let target = AlarmTarget { name, length: length::named(slots), ..AlarmTarget::default() };
        match self.alarms.find(&target, Alarm::is_timer) {
            AlarmChoice::One(place) => Ok(place),
            AlarmChoice::Nothing if self.alarms.those(Alarm::is_timer).is_empty() => Err(Phrase::NoTimer),
            AlarmChoice::Nothing => Err(Phrase::NoSuchTimer),
            AlarmChoice::Several => Err(self.which(Alarm::is_timer)),
        }
    }

    /// Asks which of several is meant, and names them.
    fn which(&self, of: impl Fn(&Alarm) -> bool) -> Phrase {
        Phrase::WhichOne { names: self.alarms.those(of).into_iter().map(|alarm| self.label(alarm)).collect() }
    }

    /// The label of an alarm: its name, its length or its time.
    pub(in crate::dialog) fn label(&self, alarm: &Alarm) -> AlarmLabel {
        match (&alarm.name, &alarm.kind) {
            (Some(name), _) => AlarmLabel::Name(name.clone()),
            (None, AlarmKind::Timer { length, .. }) => AlarmLabel::Length(*length),
            (None, AlarmKind::Alarm { at, every }) => AlarmLabel::At(self.seen_from_now(at, *every)),
            (None, AlarmKind::Reminder { text, .. }) => AlarmLabel::Name(text.clone()),
        }
    }

    fn change_timer(&mut self, slots: &Slots) -> Option<Phrase> {
        let Some(amount) = length::of(slots) else { return Some(Phrase::LengthRange) };
        let place = match self.timer_of(slots) {
            Ok(place) => place,
            Err(unclear) => return Some(unclear),
        };
        let shorter = slots.get("direction").is_some_and(|way| way == "down");
        let now = self.now;
        let alarm = self.alarms.at(place)?;
        let left = alarm.left(now);
        let rest = if shorter { left.saturating_sub(amount) } else { left.saturating_add(amount) };
        let changed = !rest.is_zero() && rest <= length::LONGEST;
        if let (true, AlarmKind::Timer { length, due, paused }) = (changed, &mut alarm.kind) {
            *length = if shorter { length.saturating_sub(amount) } else { length.saturating_add(amount) };
            *due = now.saturating_add(rest);
            *paused = paused.map(|_| rest);
        }
        match (changed, shorter) {
            (true, _) => self.tell_left(place),
            (false, true) => Some(Phrase::LessLeft),
            (false, false) => Some(Phrase::LengthRange),
        }
    }

    /// The remaining time of a timer: "4 minutes left, pasta."
    fn tell_left(&mut self, place: usize) -> Option<Phrase> {
        let now = self.now;
        let alarm = self.alarms.at(place)?;
        let left = Time::from_secs(alarm.left(now).as_secs().max(1));
        let paused = matches!(alarm.kind, AlarmKind::Timer { paused: Some(_), .. });
        Some(Phrase::TimeLeft { left, name: alarm.name.clone(), paused })
    }

    fn time_left(&mut self, slots: &Slots) -> Option<Phrase> {
        match self.timer_of(slots) {
            Ok(place) => self.tell_left(place),
            Err(_) if !slots.contains_key("name") => Some(self.list(Alarm::is_timer)),
            Err(unclear) => Some(unclear),
        }
    }

    fn pause_timer(&mut self, slots: &Slots, pause: bool) -> Option<Phrase> {
        let place = match self.timer_of(slots) {
            Ok(place) => place,
            Err(unclear) => return Some(unclear),
        };
        let now = self.now;
        if let Some(alarm) = self.alarms.at(place) {
            let left = alarm.left(now);
            if let AlarmKind::Timer { due, paused, .. } = &mut alarm.kind {
                *paused = pause.then_some(left);
                *due = now.saturating_add(left);
            }
        }
        self.tell_left(place)
    }

    fn name_timer(&mut self, slots: &Slots) -> Phrase {
        let name = slots.get("name").map(|name| plain_name(name)).unwrap_or_default();
        let newest = self.alarms.newest(Alarm::is_timer);
        match newest.and_then(|place| self.alarms.at(place)) {
            Some(alarm) => {
                alarm.name = Some(name.clone());
                Phrase::TimerNamed { name }
            }
            None => Phrase::NoTimer,
        }
    }

    fn cancel_one(&mut self, slots: &Slots, of: impl Fn(&Alarm) -> bool + Copy) -> Phrase {
        if slots.contains_key("all") {
            return match self.alarms.cancel_all(of) {
                0 => Phrase::NoneThere,
                _ => Phrase::AllCancelled,
            };
        }
        let name = slots.get("name").map(|name| plain_name(name)).filter(|name| !name.is_empty());
        let target = AlarmTarget { name, length: length::named(slots), minutes: SpokenMoment::of(slots).minutes() };
        match self.alarms.find(&target, of) {
            AlarmChoice::One(place) => {
                let cancelled = self.alarms.cancel(place);
                cancelled.map_or(Phrase::NoSuchOne, |alarm| Phrase::Cancelled { name: self.label(&alarm) })
            }
            AlarmChoice::Nothing if self.alarms.those(of).is_empty() => Phrase::NoneThere,
            AlarmChoice::Nothing => Phrase::NoSuchOne,
            AlarmChoice::Several => self.which(of),
        }
    }

    /// The list of all alarms of a kind.
    fn list(&self, of: impl Fn(&Alarm) -> bool) -> Phrase {
        let listed = self.alarms.those(of).into_iter().map(|alarm| match &alarm.kind {
            AlarmKind::Timer { paused, .. } => {
                let left = Time::from_secs(alarm.left(self.now).as_secs().max(1));
                ListedAlarm::Timer { left, name: alarm.name.clone(), paused: paused.is_some() }
            }
            AlarmKind::Alarm { at, every } => ListedAlarm::Alarm { at: self.seen_from_now(at, *every) },
            AlarmKind::Reminder { at, every, text } => {
                ListedAlarm::Reminder { at: self.seen_from_now(at, *every), text: text.clone() }
            }
        });
        let listed: Vec<ListedAlarm> = listed.collect();
        if listed.is_empty() { Phrase::NoneThere } else { Phrase::Listing(listed) }
    }
}
