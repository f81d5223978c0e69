//! Updates for front ends: the reports of a running golem, on channels and on the control socket.

use serde::{Deserialize, Serialize};

use super::{Note, Part, Time};

/// A part of golem that has become ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// The part.
    pub part: Part,
    /// The device or engine in use, in a few words.
    pub what: String,
    /// Why it was chosen.
    pub why: String,
    /// Address of the server that it uses; `None` if it works in golem's own process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// The levels for meters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Levels {
    /// The microphone's level, in decibels below full scale, -100..=0.
    pub decibels: f32,
    /// Probability of a voice at the microphone, 0..=1.
    pub probability: f32,
    /// The probability above which it counts as a voice now, 0..=1.
    #[serde(default)]
    pub threshold: f32,
    /// The loudspeaker's level, in decibels below full scale, -100..=0: sound that may come back as an echo.
    #[serde(default = "silence")]
    pub output: f32,
}

/// Decibels of a silent loudspeaker.
fn silence() -> f32 {
    -100.0
}

/// A choice for a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The part.
    pub part: Part,
    /// Its name in a request.
    pub name: String,
    /// Its description in a few words; empty if the name says enough.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub what: String,
    /// Whether it is in use.
    #[serde(default)]
    pub current: bool,
}

/// A request that a notice refuses, so that its sender need not read the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedRequest {
    /// The request for the choices.
    Offers,
    /// The request to exchange this part.
    Switch(Part),
}

/// The updates for front ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Update {
    /// A part is ready.
    Ready(Ready),
    /// Everything is ready; golem listens.
    Listening,
    /// A note of the dialogue. On the wire a note is an object of its own, with its time as `t`.
    #[serde(skip)]
    Note {
        /// Its time since golem started.
        time: Time,
        /// The note.
        note: Note,
    },
    /// One more word of a reply was heard.
    Spoken {
        /// The reply's turn.
        turn: u64,
        /// The heard text so far.
        text: String,
    },
    /// The levels of what is heard and played.
    Level(Levels),
    /// The choices for each part, on request.
    Offers {
        /// The choices.
        offers: Vec<Offer>,
    },
    /// A message for the person: a device lost, back or replaced.
    Notice {
        /// The message.
        text: String,
        /// The request that it refuses, if it refuses one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turned_down: Option<RefusedRequest>,
    },
    /// The session is recorded: the microphone's sound and golem's actions.
    Recording {
        /// The folder of the recording.
        folder: String,
    },
    /// Total of audio samples from the microphone that golem could not take.
    Dropped {
        /// Their number.
        samples: u64,
    },
    /// The golem that was followed has gone away and is searched for: its state is no longer valid.
    Away,
    /// Golem cannot go on.
    Fatal {
        /// The reason.
        reason: String,
    },
    /// Events were not sent, because this client did not read in time.
    Lost {
        /// Their number.
        count: u64,
    },
}

impl Update {
    /// A message for the person.
    pub fn notice(text: impl Into<String>) -> Self {
        Self::Notice { text: text.into(), turned_down: None }
    }

    /// The notice that a part was not exchanged, and why.
    pub fn unchanged(part: Part, reason: &str) -> Self {
        let text = format!("{part} not changed: {reason}");
        Self::Notice { text, turned_down: Some(RefusedRequest::Switch(part)) }
    }
}
