//! The models and voices that clients may name.

use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::error::ApiError;
use super::state::HttpState;
use super::status::json_response;
use crate::config::voice_ref::VoiceRef;
use crate::serve::services::VoiceName;
use crate::serve::voice_name;

/// Names of OpenAI's that are in the list: the ones that most clients send.
const LISTED: [&str; 2] = ["whisper-1", "tts-1"];
/// Names that clients send for the recogniser, whatever its model, besides those of OpenAI's models.
const EARS: [&str; 2] = ["whisper", "default"];
/// Names that clients send for the voice, whatever its model, besides those of OpenAI's models.
const VOICES: [&str; 3] = ["tts", "default", "golem"];

/// Whether `name` stands for the recogniser's model `own`: by its own name, or by one of OpenAI's, such as `whisper-1`
/// and `gpt-4o-transcribe`. OpenAI numbers its Whisper; `whisper-large-v3` is another model.
pub fn hears(name: &str, own: &str) -> bool {
    let number = name.strip_prefix("whisper-").unwrap_or_default();
    let is_numbered = number.starts_with(|first: char| first.is_ascii_digit());
    name.is_empty() || EARS.contains(&name) || is_numbered || is_gpt(name, "transcribe") || is_same(name, own)
}

/// Whether `name` stands for the model `own` in a live session: by the names of OpenAI's live models, too.
pub fn listens(name: &str, own: &str) -> bool {
    hears(name, own) || is_gpt(name, "realtime") || is_gpt(name, "audio")
}

/// Whether `name` stands for the voice: by one of OpenAI's names, such as `tts-1` and `gpt-4o-mini-tts`, or by that of
/// an engine or a voice among `voices`.
pub fn speaks(name: &str, voices: &[VoiceName]) -> bool {
    let is_openai = name.starts_with("tts-") || is_gpt(name, "tts");
    let named = VoiceRef::of(name).name;
    let is_own = |voice: &VoiceName| voice.name == named || engine(voice).eq_ignore_ascii_case(name);
    name.is_empty() || VOICES.contains(&name) || is_openai || voices.iter().any(is_own)
}

/// The voice and speaker to speak with where a client asked for `model` and `voice`; the voice is empty for that of the
/// settings. A voice's name may be that of the model, too.
pub fn voice<'a>(model: &'a str, voice: &'a str, voices: &[VoiceName]) -> VoiceRef<'a> {
    let (asked, named) = (voice_name::voice(voice), VoiceRef::of(model));
    if asked.name.is_empty() && voices.iter().any(|own| own.name == named.name) {
        VoiceRef { speaker: asked.speaker.or(named.speaker), ..named }
    } else {
        asked
    }
}

/// Whether `name` is that of a model of OpenAI's for `task`, of whatever size and date.
fn is_gpt(name: &str, task: &str) -> bool {
    name.strip_prefix("gpt-").is_some_and(|rest| rest.split('-').any(|word| word == task))
}

/// The engine of a voice: `Piper`, `Kokoro` or `espeak-ng`.
fn engine(voice: &VoiceName) -> &str {
    voice.what.split(',').next().unwrap_or_default()
}

/// Whether two names mean one model: publishers' names and prefixes differ, as in `Systran/faster-whisper-base`.
fn is_same(name: &str, own: &str) -> bool {
    let plain = |name: &str| {
        let last = name.rsplit('/').next().unwrap_or_default().to_lowercase();
        last.trim_start_matches("faster-").trim_start_matches("whisper-").to_owned()
    };
    plain(name) == plain(own)
}

/// The names in the list, where the recogniser's model is `own`: each once.
fn names(own: &str, voices: &[VoiceName]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let engines = voices.iter().map(|voice| engine(voice).to_lowercase());
    let all = [own].into_iter().chain(LISTED).map(str::to_owned);
    for name in all.chain(engines).chain(voices.iter().map(|voice| voice.name.clone())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn model(id: &str) -> Value {
    json!({"id": id, "object": "model", "created": 0, "owned_by": "golem"})
}

/// `GET /v1/models`.
pub fn list(state: &HttpState) -> Response {
    let services = &state.services;
    let data: Vec<Value> = names(&services.model, &services.voices).iter().map(|name| model(name)).collect();
    json_response(&json!({"object": "list", "data": data}))
}

/// `GET /v1/models/{id}`.
pub fn one(state: &HttpState, id: &str) -> Response {
    let services = &state.services;
    if listens(id, &services.model) || speaks(id, &services.voices) {
        json_response(&model(id))
    } else {
        ApiError::no_model(id).into_response()
    }
}

/// `GET /v1/audio/voices`.
pub fn voices(state: &HttpState) -> Response {
    let data: Vec<Value> = state.services.voices.iter().map(listed).collect();
    json_response(&json!({"voices": data}))
}

/// A voice in the list, with its speakers where it has several.
fn listed(voice: &VoiceName) -> Value {
    let mut entry = json!({"id": voice.name, "name": voice.name, "engine": voice.what, "language": voice.language});
    if !voice.speakers.is_empty() {
        entry["speakers"] = json!(voice.speakers);
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "whisper-base";

    fn installed() -> Vec<VoiceName> {
        let voice = |name: &str, what: &str| {
            let (name, what, language, speakers) = (name.into(), what.into(), "en".into(), Vec::new());
            VoiceName { name, what, language, speakers }
        };
        vec![
            voice("en_US-joe-medium", "Piper"),
            voice("en_US-amy-low", "Piper"),
            voice("af_heart", "Kokoro"),
            voice("en-us", "espeak-ng, English (America)"),
        ]
    }

    #[test]
    fn models_go_by_their_names_and_by_those_that_clients_are_bound_to() {
        for name in ["", "whisper-base", "Systran/faster-whisper-base", "base", "whisper", "whisper-2"] {
            assert!(hears(name, OWN), "{name}");
        }
        for name in ["large-v3", "whisper-large-v3", "whisper-", "tts-1", "gpt-4o", "gpt-realtime", "transcribe"] {
            assert!(!hears(name, OWN), "{name}");
        }
        assert!(!listens("large-v3", OWN) && !listens("gpt-4o", OWN));
        for name in ["", "golem", "tts-2", "piper", "Kokoro", "espeak-ng", "en_US-amy-low", "en-us", "af_heart"] {
            assert!(speaks(name, &installed()), "{name}");
        }
        assert!(speaks("en_US-amy-low#p225", &installed()));
        for name in ["whisper-1", "gpt-4o", "en_US-bob-low", "en_US-bob-low#p225", "tts1", "davinci"] {
            assert!(!speaks(name, &installed()), "{name}");
        }
        assert!(!speaks("kokoro", &[]), "it is not installed");
    }

    /// The names that OpenAI's library for Python lists, version 3.57.0.
    #[test]
    fn the_names_of_openais_own_library_are_known() {
        for name in [
            "whisper-1",
            "gpt-transcribe",
            "gpt-4o-transcribe",
            "gpt-4o-mini-transcribe",
            "gpt-4o-mini-transcribe-2025-12-15",
            "gpt-4o-transcribe-diarize",
        ] {
            assert!(hears(name, OWN) && listens(name, OWN), "{name}");
        }
        for name in ["tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15"] {
            assert!(speaks(name, &[]), "{name}");
        }
        for name in [
            "gpt-live-transcribe",
            "gpt-realtime-whisper",
            "gpt-realtime",
            "gpt-realtime-1.5",
            "gpt-realtime-2",
            "gpt-realtime-2.1",
            "gpt-realtime-2.1-mini",
            "gpt-realtime-2025-08-28",
            "gpt-4o-realtime-preview",
            "gpt-4o-realtime-preview-2025-06-03",
            "gpt-4o-mini-realtime-preview-2024-12-17",
            "gpt-realtime-mini-2025-12-15",
            "gpt-audio-1.5",
            "gpt-audio-mini-2025-12-15",
        ] {
            assert!(listens(name, OWN), "{name}");
        }
    }

    #[test]
    fn the_list_has_each_name_once() {
        let own = names(OWN, &installed());
        let rest = ["piper", "kokoro", "espeak-ng", "en_US-joe-medium", "en_US-amy-low", "af_heart", "en-us"];
        assert_eq!(own, [&["whisper-base", "whisper-1", "tts-1"][..], &rest].concat());
        assert_eq!(names("whisper-1", &[]), LISTED);
        assert!(own.iter().all(|name| hears(name, OWN) || speaks(name, &installed())));
    }

    #[test]
    fn the_voice_that_is_asked_for_comes_before_the_one_that_is_the_model() {
        for (model, asked, name, speaker) in [
            ("tts-1", "alloy", "", None),
            ("tts-1", "af_heart", "af_heart", None),
            ("kokoro", "alloy", "", None),
            ("en-us", "alloy", "en-us", None),
            ("en-us", "", "en-us", None),
            ("en-us", "af_heart", "af_heart", None),
            ("tts-1", "en_US-amy-low#p225", "en_US-amy-low", Some("p225")),
            ("en_US-amy-low#p225", "alloy", "en_US-amy-low", Some("p225")),
            ("en_US-amy-low#p225", "#p226", "en_US-amy-low", Some("p226")),
            ("en_US-amy-low#p225", "af_heart", "af_heart", None),
            ("tts-1", "#p226", "", Some("p226")),
        ] {
            assert_eq!(voice(model, asked, &installed()), VoiceRef { name, speaker }, "{model} {asked}");
        }
    }

    #[test]
    fn the_speakers_of_a_voice_are_listed_where_it_has_several() {
        let mut voice = installed().remove(0);
        assert!(listed(&voice).get("speakers").is_none());
        voice.speakers = vec!["p225".into(), "p226".into()];
        assert_eq!(listed(&voice)["speakers"], json!(["p225", "p226"]));
    }
}
