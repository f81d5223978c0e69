//! The wire format of the control socket: one JSON object a line, in both directions.
//!
//! A client sends [`Request`]s. Golem sends a [`Response`] to each, in order, and the events to subscribers. A response
//! has a `version`, an event has none: this distinguishes them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tally::Status;
use super::{Note, Request, Update, json_line};
use crate::message::Time;
use crate::metrics::Summary;

/// Version of the protocol. It changes when a client of the old one would misunderstand the new one.
pub const VERSION: u32 = 1;
/// Longest line of a client in bytes; a longer one ends the connection.
pub const LONGEST: usize = 64 * 1024;
/// An example of a request, for the answer to a line that is not one.
const EXAMPLE: &str = r#"send one object a line, such as {"version":1,"id":1,"command":"status"}"#;

/// A request with its version and number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestLine {
    /// The protocol's version.
    pub version: u32,
    /// The client's own number of the request, repeated in the reply.
    pub id: Option<u64>,
    /// The request itself.
    #[serde(flatten)]
    pub request: Request,
}

impl RequestLine {
    /// A request of this version.
    pub fn new(id: u64, request: Request) -> Self {
        Self { version: VERSION, id: Some(id), request }
    }
}

/// An answer of golem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Response {
    /// The request is done, or will be in its turn.
    Ok {
        /// What a person should know about it, if anything.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// The status of golem.
    Status(Box<Status>),
    /// The summary of golem's metrics.
    Metrics(Box<Summary>),
    /// The request is not done.
    Refused {
        /// The reason, and what to do.
        reason: String,
    },
}

impl Response {
    /// The response to a request that is done.
    pub fn ok() -> Self {
        Self::Ok { text: String::new() }
    }

    /// The response to a request that is not done.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { reason: reason.into() }
    }
}

/// A response and the request it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseLine {
    /// The protocol's version.
    pub version: u32,
    /// The request's number; `None` if it had none that could be read.
    pub id: Option<u64>,
    /// The response itself.
    #[serde(flatten)]
    pub response: Response,
}

impl ResponseLine {
    /// A response of this version.
    pub fn new(id: Option<u64>, response: Response) -> Self {
        Self { version: VERSION, id, response }
    }
}

/// A message of golem, as a client reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// The response to a request.
    Response(Box<ResponseLine>),
    /// An event.
    Update(Update),
}

/// The fault of a line that is not a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRequest {
    /// Its number, if that could be read.
    pub id: Option<u64>,
    /// The reason, and what to send instead.
    pub reason: String,
}

/// A message of the protocol as a line, with its line break.
pub fn line(thing: &impl Serialize) -> String {
    // Ignore the error: only keys that are not strings can fail, and there are none here.
    let mut line = serde_json::to_string(thing).unwrap_or_default();
    line.push('\n');
    line
}

/// An event as a line.
pub fn event(update: &Update) -> String {
    match update {
        Update::Note { time, note } => json_line(*time, note) + "\n",
        update => line(update),
    }
}

/// Reads a request.
///
/// # Errors
/// With the reason, and what to send instead.
pub fn request(line: &[u8]) -> Result<RequestLine, BadRequest> {
    let misfit = |id, reason| BadRequest { id, reason };
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
    let request = Request::deserialize(&value).map_err(|error| misfit(id, format!("{error}; {EXAMPLE}")))?;
    match &request {
        Request::Say { text } | Request::Ask { text } if text.trim().is_empty() => {
            Err(misfit(id, "the text is empty; there is nothing to say".into()))
        }
        _ => Ok(RequestLine { version: VERSION, id, request }),
    }
}

/// Reads a message of golem.
///
/// # Errors
/// When this version does not know the message.
pub fn received(line: &[u8]) -> Result<Received, serde_json::Error> {
    let value: Value = serde_json::from_slice(line)?;
    if value.get("version").is_some() {
        return ResponseLine::deserialize(value).map(|line| Received::Response(Box::new(line)));
    }
    let update = match value.get("t").and_then(Value::as_f64) {
        Some(t) => {
            Update::Note { time: Time::try_from_secs_f64(t).unwrap_or_default(), note: Note::deserialize(value)? }
        }
        None => Update::deserialize(value)?,
    };
    Ok(Received::Update(update))
}

#[cfg(test)]
mod tests;
