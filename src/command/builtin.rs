//! The builtin commands.

use crate::command::when::{SpokenMoment, length};
use crate::intent::Slots;

/// A command that golem carries out itself. Slots for lengths are those of [`length::of`], slots for moments those of
/// [`SpokenMoment::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// Changes the volume: by the slots `direction` (`up`, `down`) and `percent` or `step` (per cent), or `steps` times
    /// the usual step; `sound` (`on`, `off`) mutes.
    Volume,
    /// Changes the brightness of the screen: the slots of [`Builtin::Volume`] except `sound`.
    Brightness,
    /// Opens the installed application whose desktop entry the slot `app` names.
    Open,
    /// Stops listening.
    Mute,
    /// Ends the reply and drops what the person was saying.
    Stop,
    /// Says the time; the slots `zone` and `city` name another time zone and its city.
    Time,
    /// Says the date of the day in the slots.
    Date,
    /// Says how many days are left until the day in the slots.
    Until,
    /// Sets a timer with a length and a `name`; asks for the length if none was said.
    Timer,
    /// Makes a timer longer by a length, or shorter where `direction` is `down`.
    ChangeTimer,
    /// Says how much time a timer has left.
    TimeLeft,
    /// Pauses a timer.
    PauseTimer,
    /// Resumes a timer.
    ResumeTimer,
    /// Names the newest timer `name`.
    NameTimer,
    /// Cancels the timer of that `name` or length ([`length::named`]), the only timer, or every timer with `all`.
    CancelTimer,
    /// Lists the timers.
    Timers,
    /// Sets an alarm for a moment; the slot `wake` says that it is to wake a person.
    Alarm,
    /// Cancels the alarm of that moment, the only alarm, or every alarm with `all`.
    CancelAlarm,
    /// Lists the alarms.
    Alarms,
    /// Sets a reminder, which says `text` at a moment or after a length.
    Remind,
    /// Cancels all reminders.
    CancelReminders,
    /// Lists the reminders.
    Reminders,
    /// Repeats the last alarm after a length.
    Snooze,
    /// Says the last reply again.
    Repeat,
    /// Carries out the last command again.
    Again,
    /// Undoes the last command.
    Undo,
    /// Names commands that the user can say.
    Help,
}

impl Builtin {
    /// The builtins with their names in a commands file.
    const NAMED: [(&'static str, Self); 27] = [
        ("volume", Self::Volume),
        ("brightness", Self::Brightness),
        ("open", Self::Open),
        ("mute", Self::Mute),
        ("stop", Self::Stop),
        ("time", Self::Time),
        ("date", Self::Date),
        ("until", Self::Until),
        ("timer", Self::Timer),
        ("change_timer", Self::ChangeTimer),
        ("time_left", Self::TimeLeft),
        ("pause_timer", Self::PauseTimer),
        ("resume_timer", Self::ResumeTimer),
        ("name_timer", Self::NameTimer),
        ("cancel_timer", Self::CancelTimer),
        ("timers", Self::Timers),
        ("alarm", Self::Alarm),
        ("cancel_alarm", Self::CancelAlarm),
        ("alarms", Self::Alarms),
        ("remind", Self::Remind),
        ("cancel_reminders", Self::CancelReminders),
        ("reminders", Self::Reminders),
        ("snooze", Self::Snooze),
        ("repeat", Self::Repeat),
        ("again", Self::Again),
        ("undo", Self::Undo),
        ("help", Self::Help),
    ];

    /// All builtins.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMED.into_iter().map(|(_, builtin)| builtin)
    }

    /// Its name in a commands file.
    pub fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(_, builtin)| *builtin == self).map_or("", |(name, _)| name)
    }

    /// The builtin of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, builtin)| *builtin)
    }

    /// Whether the dialogue carries it out, rather than the executor.
    pub fn is_of_the_dialogue(self) -> bool {
        !matches!(self, Self::Volume | Self::Brightness | Self::Open | Self::Time | Self::Date | Self::Until)
    }

    /// The programs of which it needs one, best first; `None` if it needs no program.
    pub fn programs(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Volume => Some(MIXERS),
            Self::Brightness => Some(DIMMERS),
            _ => None,
        }
    }

    /// Whether it needs a time that was not said: the person may go on, or is asked for it.
    pub fn lacks_time(self, slots: &Slots) -> bool {
        match self {
            Self::Timer => !length::is_said(slots),
            Self::Alarm => SpokenMoment::of(slots).minutes().is_empty(),
            Self::Remind => !length::is_said(slots) && SpokenMoment::of(slots).is_empty(),
            _ => false,
        }
    }

    /// Whether the builtin can do anything with the words in its slots. Slots for names and texts take any words, so
    /// they would also accept speech that is not meant for golem. `exact` says that every word was as in the file.
    pub fn makes_sense(self, slots: &Slots, exact: bool) -> bool {
        let words = |name: &str| slots.get(name).map_or(0, |value| value.split_whitespace().count());
        match self {
            Self::ChangeTimer => words("name") <= LONGEST_NAME && length::of(slots).is_some(),
            Self::Timer => words("name") <= LONGEST_NAME && (!length::is_said(slots) || length::of(slots).is_some()),
            Self::Snooze => !length::is_said(slots) || length::of(slots).is_some(),
            Self::TimeLeft | Self::PauseTimer | Self::ResumeTimer | Self::NameTimer | Self::CancelTimer => {
                words("name") <= LONGEST_NAME
            }
            // "Remind me who won the cup" is a question: without a time, accept a reminder only if every word matched.
            Self::Remind => words("text") > 0 && (exact || !self.lacks_time(slots)),
            _ => true,
        }
    }
}

/// Most words in the name of a timer.
const LONGEST_NAME: usize = 3;

/// The programs that can set the volume, best first.
pub const MIXERS: &[&str] = &["wpctl", "pactl", "amixer"];
/// The programs that can set the brightness of the screen, best first.
pub const DIMMERS: &[&str] = &["brightnessctl", "light"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_is_known_by_its_name() {
        for builtin in Builtin::all() {
            assert_eq!(Builtin::named(builtin.name()), Some(builtin));
        }
        assert_eq!(Builtin::named("shell"), None);
    }

    #[test]
    fn free_words_are_not_everything() {
        let slots = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect::<Slots>()
        };
        let named = |name: &str| slots(&[("name", name), ("minutes", "5")]);
        assert!(Builtin::Timer.makes_sense(&named("the sunday roast"), true));
        assert!(!Builtin::Timer.makes_sense(&named("what do you think about a"), true));
        assert!(!Builtin::Timer.makes_sense(&slots(&[("hours", "25")]), true));
        assert!(Builtin::Remind.makes_sense(&slots(&[("text", "call mum"), ("hour", "5")]), false));
        assert!(Builtin::Remind.makes_sense(&slots(&[("text", "call mum")]), true));
        assert!(!Builtin::Remind.makes_sense(&slots(&[("text", "who won the cup")]), false));
        assert!(Builtin::Timer.lacks_time(&slots(&[("name", "tea")])) && !Builtin::Timer.lacks_time(&named("tea")));
        assert!(Builtin::Alarm.lacks_time(&slots(&[("day", "tomorrow")])));
        assert!(!Builtin::Remind.lacks_time(&slots(&[("text", "call mum"), ("day", "tomorrow")])));
    }
}
