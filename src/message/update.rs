//! Updates for front ends: what a running golem reports, on channels and on the control socket.

use serde::{Deserialize, Serialize};

use super::{Note, Part, Time};

/// A part of golem that has become ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Which part.
    pub part: Part,
    /// Which one of its kind, in a few words.
    pub what: String,
    /// Why this one.
    pub why: String,
    /// Address of the server that it works on; none where it works in golem's own process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What the meters show.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Levels {
    /// The microphone, in decibels below full scale, -100..=0.
    pub decibels: f32,
    /// Probability of a voice in it, 0..=1.
    pub probability: f32,
    /// The probability from which on it counts as a voice now, 0..=1.
    #[serde(default)]
    pub threshold: f32,
    /// What golem itself plays, in decibels below full scale, -100..=0: what may come back as an echo.
    #[serde(default = "silence")]
    pub output: f32,
}

/// Decibels of a loudspeaker that says nothing.
fn silence() -> f32 {
    -100.0
}

/// Something that can be chosen for a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// For which part.
    pub part: Part,
    /// What to call it when choosing it.
    pub name: String,
    /// What it is, in a few words; empty where the name says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub what: String,
    /// Whether it is in use now.
    #[serde(default)]
    pub current: bool,
}

/// A request that a notice turns down, so that its sender need not read the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnedDown {
    /// To list what can be chosen.
    Offers,
    /// To exchange this part.
    Switch(Part),
}

/// What golem reports to front ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Update {
    /// A part is ready.
    Ready(Ready),
    /// Everything is ready; golem listens.
    Listening,
    /// The dialogue reported something at a time. On the wire a note is an object of its own, with its time as `t`.
    #[serde(skip)]
    Note {
        /// When, in time since golem started.
        time: Time,
        /// What.
        note: Note,
    },
    /// Another word of a reply has been heard.
    Spoken {
        /// The reply's turn.
        turn: u64,
        /// All that has been heard of it so far.
        text: String,
    },
    /// What is heard and played now.
    Level(Levels),
    /// What can be chosen; sent on request.
    Offers {
        /// The choices.
        offers: Vec<Offer>,
    },
    /// Something a person should know: a device lost, back or replaced.
    Notice {
        /// What it is.
        text: String,
        /// The request that came to nothing by it, if one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turned_down: Option<TurnedDown>,
    },
    /// What the microphone hears and golem does is written down.
    Recording {
        /// Where.
        folder: String,
    },
    /// Audio samples the microphone delivered and golem could not take, in all.
    Dropped {
        /// How many.
        samples: u64,
    },
    /// The golem that was followed has gone away, and is looked for: nothing that was known of it holds any more.
    Away,
    /// Golem cannot go on.
    Fatal {
        /// Why.
        reason: String,
    },
    /// So many events were not sent, because this client did not read in time.
    Lost {
        /// How many.
        count: u64,
    },
}

impl Update {
    /// Something a person should know.
    pub fn notice(text: impl Into<String>) -> Self {
        Self::Notice { text: text.into(), turned_down: None }
    }

    /// The notice that a part stays as it is, and why.
    pub fn unchanged(part: Part, reason: &str) -> Self {
        let text = format!("{part} not changed: {reason}");
        Self::Notice { text, turned_down: Some(TurnedDown::Switch(part)) }
    }
}
