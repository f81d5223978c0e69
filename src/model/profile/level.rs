//! Profile levels and spoken languages, with their names as typed and shown.

use std::fmt;
use std::str::FromStr;

/// How much a profile asks of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Runs on nearly anything.
    Tiny,
    /// Hears well and answers soundly.
    Balanced,
    /// The best that a desktop keeps up with.
    Quality,
}

/// The languages that are spoken. Golem converses in one language at a time; `Both` installs what either needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpokenLanguages {
    /// English.
    En,
    /// Russian.
    Ru,
    /// English and Russian.
    Both,
}

impl Level {
    /// All, the least first.
    pub const ALL: [Self; 3] = [Self::Tiny, Self::Balanced, Self::Quality];

    /// The name as typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Balanced => "balanced",
            Self::Quality => "quality",
        }
    }
}

impl SpokenLanguages {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::En, Self::Ru, Self::Both];

    /// The name as typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
            Self::Both => "both",
        }
    }

    /// The codes it stands for.
    pub fn codes(self) -> &'static [&'static str] {
        match self {
            Self::En => &["en"],
            Self::Ru => &["ru"],
            Self::Both => &["en", "ru"],
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for SpokenLanguages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|level| level.name() == text);
        found.ok_or_else(|| format!("there is no profile \"{text}\"; take tiny, balanced or quality"))
    }
}

impl FromStr for SpokenLanguages {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|speech| speech.name() == text);
        found.ok_or_else(|| format!("there are no profiles for \"{text}\"; take en, ru or both"))
    }
}
