//! The events of the Realtime API: the client's as they are read, golem's with their numbers.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, json};

/// Longest event that is not sound, in bytes. In memory, JSON of small parts takes a hundred times its length.
const LONGEST: usize = 256 << 10;

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

/// The fields of sound, of an event of any length: others take no memory.
#[derive(Deserialize)]
struct SoundEvent<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    audio: Cow<'a, str>,
    #[serde(borrow)]
    event_id: Option<Cow<'a, str>>,
}

/// A client's event.
///
/// # Errors
/// When it is not JSON, or long and not sound.
pub fn read(text: &[u8]) -> Result<Value, EventFault> {
    let fault = |message: &str, code| EventFault { message: message.into(), code: Some(code), param: None };
    if text.len() <= LONGEST {
        return serde_json::from_slice(text).map_err(|_| fault("an event is a JSON object", "invalid_json"));
    }
    let sound = serde_json::from_slice::<SoundEvent>(text).ok();
    let sound = sound.filter(|event| event.r#type.parse() == Ok(ClientEvent::Append));
    let SoundEvent { r#type, audio, event_id } =
        sound.ok_or_else(|| fault("an event without sound has at most 256 KiB", "event_too_long"))?;
    Ok(json!({"type": r#type, "audio": audio, "event_id": event_id}))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_may_be_long_and_nothing_else() {
        let audio = "AAAA".repeat(LONGEST);
        let append = json!({"type": "input_audio_buffer.append", "audio": audio, "event_id": "one", "more": [{"": 0}]});
        let event = read(append.to_string().as_bytes()).unwrap();
        assert!(event["audio"] == audio.as_str() && event["event_id"] == "one" && event.get("more").is_none());
        let update = json!({"type": "session.update", "session": {"prompt": audio}}).to_string();
        assert_eq!(read(update.as_bytes()).unwrap_err().code, Some("event_too_long"));
        assert_eq!(read(b"{\"type\":").unwrap_err().code, Some("invalid_json"));
        assert_eq!(read(br#"{"type":"session.update"}"#).unwrap(), json!({"type": "session.update"}));
    }
}
