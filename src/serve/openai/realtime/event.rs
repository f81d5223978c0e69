//! The events of the Realtime API: the client's as they are read, golem's with their numbers.

use serde_json::{Value, json};

/// The kinds of events from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString)]
pub enum ClientEvent {
    /// Other settings.
    #[strum(serialize = "session.update")]
    Update,
    /// Other settings, in the older form.
    #[strum(serialize = "transcription_session.update")]
    OlderUpdate,
    /// Sound.
    #[strum(serialize = "input_audio_buffer.append")]
    Append,
    /// The sound so far is all of an utterance.
    #[strum(serialize = "input_audio_buffer.commit")]
    Commit,
    /// The sound so far is forgotten.
    #[strum(serialize = "input_audio_buffer.clear")]
    Clear,
}

/// A fault of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFault {
    /// What is wrong, and what to send instead.
    pub message: String,
    /// The field.
    pub param: Option<String>,
    /// The error code.
    pub code: Option<&'static str>,
}

impl EventFault {
    /// A fault of a field.
    pub fn field(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self { message: message.into(), param: Some(param.into()), code: Some("invalid_value") }
    }

    /// The event `error`, about the client's event `id`.
    pub fn event(&self, id: Option<&Value>) -> Value {
        json!({"type": "error", "error": {
            "type": "invalid_request_error", "code": self.code, "message": self.message, "param": self.param,
            "event_id": id,
        }})
    }
}

/// The numbers of a session's events.
#[derive(Debug, Default)]
pub struct EventNumbers(u64);

impl EventNumbers {
    /// The event with its number.
    pub fn number(&mut self, mut event: Value) -> Value {
        self.0 += 1;
        event["event_id"] = format!("event_{}", self.0).into();
        event
    }
}
