//! The builtin commands: what golem can do itself.

use crate::command::when::{SpokenMoment, length};
use crate::intent::Slots;

/// A deed of golem's own. Lengths are in the slots of [`length::of`], moments in those of [`SpokenMoment::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// Louder, quieter or to a level: the slots `direction` (`up`, `down`), `percent` or `step` (per cent), or `steps`
    /// times the usual step; `sound` (`on`, `off`) mutes.
    Volume,
    /// The screen: the slots of [`Builtin::Volume`] but `sound`.
    Brightness,
    /// Opens the installed application whose desktop entry the slot `app` names.
    Open,
    /// Stops listening.
    Mute,
    /// Falls silent and forgets what was being said.
    Stop,
    /// Says the time, of the time zone in the slot `zone`, called `city`, where there is one.
    Time,
    /// Says the date, of the day that was named.
    Date,
    /// Says how many days it is to the day that was named.
    Until,
    /// Rings later: a length and a `name`; asks for the length where none was said.
    Timer,
    /// Makes a timer longer by a length, or shorter where `direction` is `down`.
    ChangeTimer,
    /// Says how long a timer still runs.
    TimeLeft,
    /// Stops a timer's clock.
    PauseTimer,
    /// Lets it run again.
    ResumeTimer,
    /// Calls the newest timer by `name`.
    NameTimer,
    /// Takes back the timer of that `name` or length ([`length::named`]), the only one, or with `all` every one.
    CancelTimer,
    /// Lists the timers.
    Timers,
    /// Rings at a moment; `wake` says that it is to wake a person.
    Alarm,
    /// Takes back the alarm of that moment, the only one, or with `all` every one.
    CancelAlarm,
    /// Lists the alarms.
    Alarms,
    /// Says `text` at a moment or after a length.
    Remind,
    /// Takes back all reminders.
    CancelReminders,
    /// Lists the reminders.
    Reminders,
    /// Lets what rang last ring again after a length.
    Snooze,
    /// Says again what was said last.
    Repeat,
    /// Does again what was done last.
    Again,
    /// Takes back what was done last.
    Undo,
    /// Says what the user can say.
    Help,
}

impl Builtin {
    /// All of them with their names in a commands file.
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

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMED.into_iter().map(|(_, builtin)| builtin)
    }

    /// Its name in a commands file.
    pub fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(_, builtin)| *builtin == self).map_or("", |(name, _)| name)
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, builtin)| *builtin)
    }

    /// Whether the dialogue carries it out rather than the outside world.
    pub fn is_of_the_dialogue(self) -> bool {
        !matches!(self, Self::Volume | Self::Brightness | Self::Open | Self::Time | Self::Date | Self::Until)
    }

    /// The programs of which it needs one, best first; none where it needs no program.
    pub fn programs(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Volume => Some(MIXERS),
            Self::Brightness => Some(DIMMERS),
            _ => None,
        }
    }

    /// Whether the time that it needs was not said: who orders a timer has more to say, or is asked for it.
    pub fn lacks_time(self, slots: &Slots) -> bool {
        match self {
            Self::Timer => !length::is_said(slots),
            Self::Alarm => SpokenMoment::of(slots).minutes().is_empty(),
            Self::Remind => !length::is_said(slots) && SpokenMoment::of(slots).is_empty(),
            _ => false,
        }
    }

    /// Whether these words fill its slots with something that it can mean. Names and texts are free words, and of what
    /// is not meant for golem they would swallow anything. `exact` says that every word was as in the file.
    pub fn makes_sense(self, slots: &Slots, exact: bool) -> bool {
        let words = |name: &str| slots.get(name).map_or(0, |value| value.split_whitespace().count());
        match self {
            Self::ChangeTimer => words("name") <= LONGEST_NAME && length::of(slots).is_some(),
            Self::Timer => words("name") <= LONGEST_NAME && (!length::is_said(slots) || length::of(slots).is_some()),
            Self::Snooze => !length::is_said(slots) || length::of(slots).is_some(),
            Self::TimeLeft | Self::PauseTimer | Self::ResumeTimer | Self::NameTimer | Self::CancelTimer => {
                words("name") <= LONGEST_NAME
            }
            // "Remind me who won the cup" is a question: without a time, only the very words order anything.
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
