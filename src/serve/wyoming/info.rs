//! The description of golem for Wyoming's clients: recogniser, voices, commands and wake phrase.

use serde_json::{Value, json};

use super::frame::WyomingEvent;
use crate::serve::services::{Services, VoiceName};

/// The languages of Whisper's multilingual models, as its tokenizer lists them.
const LANGUAGES: &str = "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg \
                         lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn \
                         yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw \
                         su yue";

/// The answer to `describe`.
pub fn info(services: &Services) -> WyomingEvent {
    let commands = services.commands.as_deref().map(|commands| (commands.language(), commands.runs()));
    let wake = &services.config.wake.phrase;
    WyomingEvent::new("info", object(&services.model, &services.voices, commands, wake.trim()))
}

/// The answer to `describe`: `commands` are their language, and whether clients may have them carried out; `wake` is
/// the wake phrase.
fn object(model: &str, voices: &[VoiceName], commands: Option<(&str, bool)>, wake: &str) -> Value {
    let model = named(model, "what golem hears with", json!({"languages": languages(model)}));
    let voices: Vec<Value> =
        voices.iter().map(|voice| named(&voice.name, &voice.what, json!({"languages": [voice.language]}))).collect();
    // State that the client needs a voice detection of its own: golem waits for it to end an utterance.
    let ears = json!({"models": [model], "supports_transcript_streaming": true, "requires_external_vad": true});
    let voice = json!({"voices": voices, "supports_synthesize_streaming": true});
    let program = |name: &str, what: &str, language: &str, more: Value| {
        let mut model = named(name, what, more);
        model["languages"] = json!([language]);
        json!([named("golem", what, json!({"models": [model]}))])
    };
    let none = || json!([]);
    let intent =
        commands.map_or_else(none, |(language, _)| program("commands", "golem's commands", language, Value::Null));
    let runs = commands.filter(|(_, runs)| *runs);
    let handle = runs.map_or_else(none, |(language, _)| program("commands", "golem's hands", language, Value::Null));
    let waits = Some(wake).filter(|phrase| !phrase.is_empty());
    let wake =
        waits.map_or_else(none, |phrase| program(phrase, "golem's wake phrase", "en", json!({"phrase": phrase})));
    json!({
        "asr": [named("golem", "golem's ears", ears)],
        "tts": [named("golem", "golem's voice", voice)],
        "handle": handle, "intent": intent, "wake": wake, "mic": [], "snd": [],
    })
}

/// An entry with the fields that every entry must have.
pub fn named(name: &str, description: &str, more: Value) -> Value {
    let mut entry = json!({
        "name": name, "description": description, "installed": true, "version": env!("CARGO_PKG_VERSION"),
        "attribution": {"name": "golem", "url": ""},
    });
    if let (Some(entry), Value::Object(more)) = (entry.as_object_mut(), more) {
        entry.extend(more);
    }
    entry
}

/// Languages of a model, by its name: PocketSphinx, and models whose names end in `.en`, know English alone.
fn languages(model: &str) -> Vec<&'static str> {
    let english = model.rsplit('.').next() == Some("en") || model == "pocketsphinx";
    if english { vec!["en"] } else { LANGUAGES.split_whitespace().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_what_home_assistant_needs() {
        let voice = VoiceName { name: "en_US-joe".into(), what: "Piper".into(), language: "en_US".into() };
        let info = object("whisper-base.en", &[voice], Some(("ru", true)), "hey golem");
        let (asr, tts) = (&info["asr"][0], &info["tts"][0]);
        let others = ["handle", "intent", "wake"].map(|kind| &info[kind][0]);
        let models = others.map(|program| &program["models"][0]);
        for entry in [asr, tts, &asr["models"][0], &tts["voices"][0]].into_iter().chain(others).chain(models) {
            assert!(entry["name"].is_string() && entry["installed"] == true, "{entry}");
            assert!(entry["attribution"]["name"].is_string() && entry["attribution"]["url"].is_string(), "{entry}");
        }
        assert_eq!(asr["models"][0]["languages"], json!(["en"]));
        assert_eq!(tts["voices"][0]["languages"], json!(["en_US"]));
        assert!(languages("whisper-base").len() == 100);
        assert_eq!(info["wake"][0]["models"][0]["phrase"], "hey golem");
        assert_eq!(info["handle"][0]["models"][0]["languages"], json!(["ru"]));
        let bare = object("whisper-base", &[], None, "");
        assert!(["handle", "intent", "wake"].iter().all(|kind| bare[kind] == json!([])), "{bare}");
        assert_eq!(object("x", &[], Some(("en", false)), "")["handle"], json!([]));
    }
}
