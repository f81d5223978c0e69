//! Volume and brightness: relative changes, absolute levels, and their undo.

use super::done::Done;
use super::{environment, process};
use crate::command::builtin::{Builtin, DIMMERS, MIXERS};
use crate::intent::Slots;
use crate::order::{Deed, Order};
use crate::phrases::Failure;
use crate::turn::Ticket;

/// Change in per cent of "louder", "darker" and one notch.
const STEP: f64 = 10.0;

/// The command lines of a program; `%%` stands for a level in per cent.
struct LevelProgram {
    program: &'static str,
    up: &'static str,
    down: &'static str,
    set: &'static str,
    /// Arguments that print the present level.
    get: &'static str,
    /// Factor from the printed number to per cent, if it has no per cent sign.
    scale: f64,
    /// Arguments to mute and unmute, if the program supports it.
    sound: Option<[&'static str; 2]>,
}

/// The programs in the order of [`MIXERS`] and [`DIMMERS`].
const CONTROLS: &[LevelProgram] = &[
    LevelProgram {
        program: "wpctl",
        up: "set-volume -l 1.0 @DEFAULT_AUDIO_SINK@ %%%+",
        down: "set-volume @DEFAULT_AUDIO_SINK@ %%%-",
        set: "set-volume -l 1.0 @DEFAULT_AUDIO_SINK@ %%%",
        get: "get-volume @DEFAULT_AUDIO_SINK@",
        scale: 100.0,
        sound: Some(["set-mute @DEFAULT_AUDIO_SINK@ 1", "set-mute @DEFAULT_AUDIO_SINK@ 0"]),
    },
    LevelProgram {
        program: "pactl",
        up: "set-sink-volume @DEFAULT_SINK@ +%%%",
        down: "set-sink-volume @DEFAULT_SINK@ -%%%",
        set: "set-sink-volume @DEFAULT_SINK@ %%%",
        get: "get-sink-volume @DEFAULT_SINK@",
        scale: 1.0,
        sound: Some(["set-sink-mute @DEFAULT_SINK@ 1", "set-sink-mute @DEFAULT_SINK@ 0"]),
    },
    LevelProgram {
        program: "amixer",
        up: "-q sset Master %%%+",
        down: "-q sset Master %%%-",
        set: "-q sset Master %%%",
        get: "sget Master",
        scale: 1.0,
        sound: Some(["-q sset Master mute", "-q sset Master unmute"]),
    },
    LevelProgram {
        program: "brightnessctl",
        up: "-q set +%%%",
        down: "-q set %%%-",
        set: "-q set %%%",
        get: "-m",
        scale: 1.0,
        sound: None,
    },
    LevelProgram { program: "light", up: "-A %%", down: "-U %%", set: "-S %%", get: "-G", scale: 1.0, sound: None },
];

/// A change of a level.
#[derive(Clone, Copy, Debug, PartialEq)]
enum LevelChange {
    /// Up by so many per cent.
    Up(f64),
    /// Down by so many per cent.
    Down(f64),
    /// To this level in per cent.
    To(f64),
    /// Muted (true) or unmuted.
    Muted(bool),
}

impl LevelChange {
    /// The change in the slots `direction`, `percent`, `step`, `steps`, `tenths` and `sound`.
    fn of(slots: &Slots) -> Result<Self, Failure> {
        let number = |name: &str, unit: f64| match slots.get(name) {
            Some(value) => match value.trim().parse::<f64>().map(|number| (number * unit).round()) {
                Ok(level) if (0.0..=100.0).contains(&level) => Ok(Some(level)),
                Ok(_) => Err(Failure::LevelRange),
                Err(_) => Err(Failure::LevelNumber),
            },
            None => Ok(None),
        };
        match slots.get("sound").map(String::as_str) {
            Some("off") => return Ok(Self::Muted(true)),
            Some("on") => return Ok(Self::Muted(false)),
            _ => {}
        }
        let level = number("percent", 1.0)?.or(number("tenths", 10.0)?);
        let amount = level.or(number("step", 1.0)?).or(number("steps", STEP)?);
        match (slots.get("direction").map(String::as_str), level) {
            (Some("up"), _) => Ok(Self::Up(amount.unwrap_or(STEP))),
            (Some("down"), _) => Ok(Self::Down(amount.unwrap_or(STEP))),
            (_, Some(level)) => Ok(Self::To(level)),
            _ => Err(Failure::NoLevel),
        }
    }

    fn argv(self, control: &LevelProgram) -> Option<Vec<String>> {
        let (line, level) = match self {
            Self::Up(level) => (control.up, level),
            Self::Down(level) => (control.down, level),
            Self::To(level) => (control.set, level),
            Self::Muted(muted) => (control.sound?[usize::from(!muted)], 0.0),
        };
        let words = line.split(' ').map(|word| word.replacen("%%", &format!("{level}"), 1));
        Some(std::iter::once(control.program.to_string()).chain(words).collect())
    }
}

/// Changes the volume or the brightness, and returns the way to undo it.
pub fn change(builtin: Builtin, order: &Order, ticket: &Ticket) -> Result<Done, Failure> {
    let programs = if builtin == Builtin::Brightness { DIMMERS } else { MIXERS };
    let control = control(programs, environment::on_path)?;
    let change = LevelChange::of(&order.slots)?;
    let unable = || Failure::CannotDo { program: control.program.into() };
    let argv = change.argv(control).ok_or_else(unable)?;
    let back = match change {
        LevelChange::Muted(muted) => Some(LevelChange::Muted(!muted)),
        _ => present(control, order, ticket).map(LevelChange::To),
    };
    let done = process::run(&argv, order.timeout, ticket)?;
    let undo = back.filter(|_| done.failure.is_none()).and_then(|back| back.argv(control)).map(Deed::Run);
    // Drop the program's output: the change itself is heard or seen.
    Ok(Done { undo, output: String::new(), ..done })
}

fn control(programs: &[&str], there: impl Fn(&str) -> bool) -> Result<&'static LevelProgram, Failure> {
    let found = CONTROLS.iter().find(|control| programs.contains(&control.program) && there(control.program));
    found.ok_or_else(|| Failure::NoneInstalled { programs: programs.iter().map(ToString::to_string).collect() })
}

/// The present level in per cent, if the program reports it.
fn present(control: &LevelProgram, order: &Order, ticket: &Ticket) -> Option<f64> {
    let argv = std::iter::once(control.program).chain(control.get.split(' ')).map(str::to_string);
    let printed = process::run(&argv.collect::<Vec<_>>(), order.timeout, ticket).ok()?;
    level(&printed.output, control.scale).filter(|_| printed.failure.is_none())
}

/// The level in a program's output: the first number with a per cent sign, or else the first number.
fn level(printed: &str, scale: f64) -> Option<f64> {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let words = || printed.split(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']'));
    let percent = words().find_map(|word| number(word.strip_suffix('%')?));
    let level = percent.or_else(|| words().find_map(number).map(|number| number * scale))?;
    Some(level.round().clamp(0.0, 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(pairs: &[(&str, &str)]) -> Slots {
        pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect()
    }

    fn line(pairs: &[(&str, &str)], program: &str) -> Result<String, String> {
        let control = control(&[program], |name| name == program).map_err(|error| error.to_string())?;
        let change = LevelChange::of(&slots(pairs)).map_err(|error| error.to_string())?;
        change.argv(control).map(|argv| argv.join(" ")).ok_or("cannot".into())
    }

    #[test]
    fn levels_go_up_down_and_to_a_level() {
        for (pairs, program, argv) in [
            (&[("direction", "up")][..], "pactl", "pactl set-sink-volume @DEFAULT_SINK@ +10%"),
            (&[("direction", "down"), ("percent", "20")], "amixer", "amixer -q sset Master 20%-"),
            (&[("percent", "55")], "wpctl", "wpctl set-volume -l 1.0 @DEFAULT_AUDIO_SINK@ 55%"),
            (&[("direction", "up"), ("steps", "2")], "wpctl", "wpctl set-volume -l 1.0 @DEFAULT_AUDIO_SINK@ 20%+"),
            (&[("direction", "down"), ("step", "5")], "brightnessctl", "brightnessctl -q set 5%-"),
            (&[("tenths", "5")], "light", "light -S 50"),
            (&[("sound", "off")], "pactl", "pactl set-sink-mute @DEFAULT_SINK@ 1"),
            (&[("sound", "on")], "amixer", "amixer -q sset Master unmute"),
        ] {
            assert_eq!(line(pairs, program).as_deref(), Ok(argv));
        }
        for wrong in
            [&[("percent", "101")][..], &[("percent", "-5")], &[("percent", "loud")], &[("percent", "NaN")], &[]]
        {
            assert!(line(wrong, "wpctl").is_err(), "{wrong:?}");
        }
        assert!(line(&[("sound", "off")], "light").is_err());
        assert!(line(&[("percent", "5")], "none").unwrap_err().contains("installed"));
    }

    #[test]
    fn the_present_level_is_read_from_every_program() {
        for (printed, scale, percent) in [
            ("Volume: 0.45\n", 100.0, Some(45.0)),
            ("Volume: 0.40 [MUTED]\n", 100.0, Some(40.0)),
            (
                "Volume: front-left: 26214 /  40% / -23.88 dB,   front-right: 26214 /  40% / -23.88 dB\n",
                1.0,
                Some(40.0),
            ),
            ("  Mono: Playback 45 [62%] [-18.00dB] [on]\n", 1.0, Some(62.0)),
            ("intel_backlight,backlight,500,50%,1000\n", 1.0, Some(50.0)),
            ("33.40\n", 1.0, Some(33.0)),
            ("no such control\n", 1.0, None),
        ] {
            assert_eq!(level(printed, scale), percent, "{printed}");
        }
    }
}
