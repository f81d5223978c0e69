//! What goes over the control socket: one JSON object a line, in both directions.
//!
//! A client sends [`Request`]s; golem sends a [`Reply`] to each, in order, and to those who subscribed the events too.
//! A reply has a `version`, an event has none: this distinguishes them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tally::Status;
use super::{Levels, Mode, Note, Offer, Part, Ready, Update, json_line};
use crate::message::Time;
use crate::metrics::Summary;

/// Version of the protocol. It changes when a client of the old one would misunderstand the new one.
pub const VERSION: u32 = 1;
/// Longest line in bytes, in either direction as far as clients are concerned; a longer one ends the connection.
pub const LONGEST: usize = 64 * 1024;
/// What a request looks like, for those who sent something else.
const EXAMPLE: &str = r#"send one object a line, such as {"version":1,"id":1,"command":"status"}"#;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Wish {
    /// How golem is.
    Status,
    /// What it has counted and timed since it started.
    Metrics,
    /// Stop listening.
    Mute,
    /// Listen again.
    Unmute,
    /// Listen now: unmute, stop speaking, and take what comes for an utterance until the person is silent.
    Listen,
    /// Stop speaking and drop the reply; no to a command that waits for a yes.
    Stop,
    /// Say the last reply again.
    Repeat,
    /// Say this, word for word.
    Say {
        /// The words.
        text: String,
    },
    /// Answer this as if it had been said.
    Ask {
        /// The words.
        text: String,
    },
    /// Press or release the talk key.
    Talk {
        /// Pressed?
        on: bool,
    },
    /// Yes or no to the command that waits for it.
    Answer {
        /// Yes?
        yes: bool,
    },
    /// What golem takes words for.
    Mode {
        /// `chat` or `intent`.
        mode: Mode,
    },
    /// Send what else could be chosen, as an `offers` event to all who subscribed.
    Offers,
    /// Go on with another microphone, loudspeaker or voice, other ears or another brain.
    Switch {
        /// `microphone`, `loudspeaker`, `voice`, `ears` or `brain`.
        part: Part,
        /// Which one.
        name: String,
    },
    /// Read the config again.
    Reload,
    /// End.
    Quit,
    /// Send the recent events, then every new one.
    Subscribe {
        /// Also the microphone's level, 31 times a second.
        #[serde(default)]
        level: bool,
    },
}

/// A wish with what it needs to be answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    /// The protocol's version.
    pub version: u32,
    /// The client's own number of the request, repeated in the reply.
    pub id: Option<u64>,
    /// What is asked for.
    #[serde(flatten)]
    pub wish: Wish,
}

impl Request {
    /// A request of this version.
    pub fn new(id: u64, wish: Wish) -> Self {
        Self { version: VERSION, id: Some(id), wish }
    }
}

/// What golem answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Answer {
    /// It is done, or will be in its turn.
    Ok {
        /// What a person should know about it, if anything.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// How golem is.
    Status(Box<Status>),
    /// What it has counted.
    Metrics(Box<Summary>),
    /// It is not done.
    Refused {
        /// Why, and what to do.
        reason: String,
    },
}

impl Answer {
    /// It is done.
    pub fn ok() -> Self {
        Self::Ok { text: String::new() }
    }

    /// It is not done.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { reason: reason.into() }
    }
}

/// An answer and the request it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The protocol's version.
    pub version: u32,
    /// The request's number; none where it had none that could be read.
    pub id: Option<u64>,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

impl Reply {
    /// A reply of this version.
    pub fn new(id: Option<u64>, answer: Answer) -> Self {
        Self { version: VERSION, id, answer }
    }
}

/// Events that are no notes of the dialogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum News {
    Ready(Ready),
    Listening,
    Spoken { turn: u64, text: String },
    Level(Levels),
    Offers { offers: Vec<Offer> },
    Notice { text: String },
    Dropped { samples: u64 },
    Away,
    Fatal { reason: String },
    Lost { count: u64 },
}

/// What golem sends, as a client reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The answer to a request.
    Reply(Box<Reply>),
    /// An event.
    Event(Update),
    /// So many events were not sent, because this client did not read in time.
    Lost(u64),
}

/// Why a line is no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Its number, where that much could be read.
    pub id: Option<u64>,
    /// Why, and what to send instead.
    pub reason: String,
}

/// Anything of the protocol as a line, with its line break.
pub fn line(thing: &impl Serialize) -> String {
    // Nothing here has keys that are no strings, which is all that can fail.
    let mut line = serde_json::to_string(thing).unwrap_or_default();
    line.push('\n');
    line
}

/// An event as a line.
pub fn event(update: &Update) -> String {
    let news = match update.clone() {
        Update::Note(time, note) => return json_line(time, &note) + "\n",
        Update::Ready(ready) => News::Ready(ready),
        Update::Listening => News::Listening,
        Update::Spoken { turn, text } => News::Spoken { turn, text },
        Update::Level(levels) => News::Level(levels),
        Update::Offers(offers) => News::Offers { offers },
        Update::Notice(text) => News::Notice { text },
        Update::Dropped(samples) => News::Dropped { samples },
        Update::Away => News::Away,
        Update::Fatal(reason) => News::Fatal { reason },
    };
    line(&news)
}

/// The line that reports how many events were not sent.
pub fn lost(count: u64) -> String {
    line(&News::Lost { count })
}

/// Reads a request.
///
/// # Errors
/// With the reason, which says what to send instead.
pub fn request(line: &[u8]) -> Result<Request, Misfit> {
    let misfit = |id, reason| Misfit { id, reason };
    let value: Value =
        serde_json::from_slice(line).map_err(|error| misfit(None, format!("this is not JSON ({error}); {EXAMPLE}")))?;
    let Value::Object(fields) = &value else { return Err(misfit(None, format!("this is no object; {EXAMPLE}"))) };
    let id = fields.get("id").and_then(Value::as_u64);
    if fields.get("id").is_some_and(|id| !id.is_u64()) {
        return Err(misfit(None, "the id must be a whole number, 0 or above".into()));
    }
    if fields.get("version").is_some_and(|version| version.as_u64() != Some(VERSION.into())) {
        return Err(misfit(id, format!("this golem speaks version {VERSION}; leave out \"version\" to speak it too")));
    }
    let wish = Wish::deserialize(&value).map_err(|error| misfit(id, format!("{error}; {EXAMPLE}")))?;
    match &wish {
        Wish::Say { text } | Wish::Ask { text } if text.trim().is_empty() => {
            Err(misfit(id, "the text is empty; there is nothing to say".into()))
        }
        _ => Ok(Request { version: VERSION, id, wish }),
    }
}

/// Reads what golem sent.
///
/// # Errors
/// When it is nothing that this version knows.
pub fn told(line: &[u8]) -> Result<Told, serde_json::Error> {
    let value: Value = serde_json::from_slice(line)?;
    if value.get("version").is_some() {
        return Reply::deserialize(value).map(|reply| Told::Reply(Box::new(reply)));
    }
    if let Some(t) = value.get("t").and_then(Value::as_f64) {
        let time = Time::try_from_secs_f64(t).unwrap_or_default();
        return Note::deserialize(value).map(|note| Told::Event(Update::Note(time, note)));
    }
    Ok(Told::Event(match News::deserialize(value)? {
        News::Lost { count } => return Ok(Told::Lost(count)),
        News::Ready(ready) => Update::Ready(ready),
        News::Listening => Update::Listening,
        News::Spoken { turn, text } => Update::Spoken { turn, text },
        News::Level(levels) => Update::Level(levels),
        News::Offers { offers } => Update::Offers(offers),
        News::Notice { text } => Update::Notice(text),
        News::Dropped { samples } => Update::Dropped(samples),
        News::Away => Update::Away,
        News::Fatal { reason } => Update::Fatal(reason),
    }))
}

#[cfg(test)]
mod tests;
