//! The models and voices that clients may name.

use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::error::ApiError;
use super::state::HttpState;
use super::status::json_response;

/// Names that clients send for the recogniser, whatever its model.
const EARS: [&str; 5] = ["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "whisper", "default"];
/// Beginnings of names that clients send for the recogniser of a live session.
const LIVE: [&str; 4] = ["gpt-realtime", "gpt-4o-realtime", "gpt-4o-mini-realtime", "gpt-4o-transcribe"];
/// Names that clients send for the voice, whatever its model.
const VOICES: [&str; 6] = ["tts-1", "tts-1-hd", "gpt-4o-mini-tts", "tts", "default", "golem"];
/// Whether `name` stands for the recogniser's model `own`.
pub fn hears(name: &str, own: &str) -> bool {
    name.is_empty() || EARS.contains(&name) || is_same(name, own)
}

/// Whether `name` stands for the model `own` in a live session: by the names of OpenAI's live models, too.
pub fn listens(name: &str, own: &str) -> bool {
    hears(name, own) || LIVE.iter().any(|live| name.starts_with(live))
}

/// Whether `name` stands for the voice.
pub fn speaks(name: &str) -> bool {
    name.is_empty() || VOICES.contains(&name)
}

/// Whether two names mean one model: publishers' names and prefixes differ, as in `Systran/faster-whisper-base`.
fn is_same(name: &str, own: &str) -> bool {
    let plain = |name: &str| {
        let last = name.rsplit('/').next().unwrap_or_default().to_lowercase();
        last.trim_start_matches("faster-").trim_start_matches("whisper-").to_owned()
    };
    plain(name) == plain(own)
}

fn model(id: &str) -> Value {
    json!({"id": id, "object": "model", "created": 0, "owned_by": "golem"})
}

/// `GET /v1/models`.
pub fn list(state: &HttpState) -> Response {
    let data: Vec<Value> = [state.services.model.as_str(), EARS[0], VOICES[0]].into_iter().map(model).collect();
    json_response(&json!({"object": "list", "data": data}))
}

/// `GET /v1/models/{id}`.
pub fn one(state: &HttpState, id: &str) -> Response {
    if hears(id, &state.services.model) || speaks(id) {
        json_response(&model(id))
    } else {
        ApiError::no_model(id).into_response()
    }
}

/// `GET /v1/audio/voices`.
pub fn voices(state: &HttpState) -> Response {
    let voices = &state.services.voices;
    let data: Vec<Value> = voices
        .iter()
        .map(|voice| json!({"id": voice.name, "name": voice.name, "engine": voice.what, "language": voice.language}))
        .collect();
    json_response(&json!({"voices": data}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_go_by_their_names_and_by_those_that_clients_are_bound_to() {
        for name in ["", "whisper-1", "whisper-base", "Systran/faster-whisper-base", "base"] {
            assert!(hears(name, "whisper-base"), "{name}");
        }
        assert!(!hears("large-v3", "whisper-base") && !hears("tts-1", "whisper-base"));
        assert!(listens("gpt-realtime-whisper", "whisper-base") && !listens("large-v3", "whisper-base"));
        assert!(speaks("tts-1-hd") && !speaks("whisper-1"));
    }
}
