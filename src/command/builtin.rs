//! What golem can do itself.

use crate::intent::Slots;

/// A deed of golem's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// Louder, quieter or to a level: the slots `direction` (`up`, `down`) and `percent`.
    Volume,
    /// Stops listening.
    Mute,
    /// Falls silent and forgets what was being said.
    Stop,
    /// Tells the time.
    Time,
    /// Tells the date.
    Date,
    /// Rings later: see [`timer`].
    Timer,
    /// Takes back the timer of that `name`, or the only one.
    CancelTimer,
    /// Tells what timers there are.
    Timers,
    /// Says again what was said last.
    Repeat,
    /// Tells what one can say.
    Help,
}

impl Builtin {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Volume,
        Self::Mute,
        Self::Stop,
        Self::Time,
        Self::Date,
        Self::Timer,
        Self::CancelTimer,
        Self::Timers,
        Self::Repeat,
        Self::Help,
    ];

    /// Its name in a commands file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Mute => "mute",
            Self::Stop => "stop",
            Self::Time => "time",
            Self::Date => "date",
            Self::Timer => "timer",
            Self::CancelTimer => "cancel_timer",
            Self::Timers => "timers",
            Self::Repeat => "repeat",
            Self::Help => "help",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|builtin| builtin.name() == name)
    }

    /// Whether the dialogue carries it out rather than the outside world.
    pub fn is_of_the_dialogue(self) -> bool {
        !matches!(self, Self::Volume | Self::Time | Self::Date)
    }
}

/// The programs that can set the volume, best first.
pub const MIXERS: &[&str] = &["wpctl", "pactl", "amixer"];

/// A timer that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// How long from now, in seconds, at least 1.
    pub seconds: u64,
    /// What it is called, if it has a name.
    pub name: Option<String>,
}

/// Longest timer: a day.
const LONGEST_TIMER: f64 = 86_400.0;

/// The timer that the slots `hours`, `minutes`, `seconds` and `name` ask for; halves such as `1.5` hours count. `None`
/// when they add up to less than a second or more than a day.
pub fn timer(slots: &Slots) -> Option<Timer> {
    let part = |name: &str, unit: f64| match slots.get(name) {
        Some(value) => value.trim().parse::<f64>().ok().filter(|count| *count >= 0.0).map(|count| count * unit),
        None => Some(0.0),
    };
    let seconds = (part("hours", 3600.0)? + part("minutes", 60.0)? + part("seconds", 1.0)?).round();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between 1 and a day's seconds
    let timer = || Timer {
        seconds: seconds as u64,
        name: slots.get("name").map(|name| name.trim().to_string()).filter(|name| !name.is_empty()),
    };
    (1.0..=LONGEST_TIMER).contains(&seconds).then(timer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_add_up() {
        let of = |pairs: &[(&str, &str)]| {
            timer(&pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect())
        };
        assert_eq!(of(&[("minutes", "5"), ("name", " tea ")]), Some(Timer { seconds: 300, name: Some("tea".into()) }));
        assert_eq!(of(&[("hours", "1.5"), ("seconds", "30")]).unwrap().seconds, 5430);
        for wrong in [
            &[][..],
            &[("seconds", "0")],
            &[("hours", "25")],
            &[("minutes", "-5")],
            &[("minutes", "NaN")],
            &[("minutes", "soon")],
        ] {
            assert_eq!(of(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn every_builtin_is_known_by_its_name() {
        for builtin in Builtin::ALL {
            assert_eq!(Builtin::named(builtin.name()), Some(builtin));
        }
        assert_eq!(Builtin::named("shell"), None);
    }
}
