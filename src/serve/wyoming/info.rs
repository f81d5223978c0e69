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
    let (phrase, language) = (services.config.wake.phrase.trim(), &services.config.wake.language);
    let wake = (!phrase.is_empty()).then(|| (phrase, language.code(phrase)));
    WyomingEvent::new("info", object(&services.model, &services.voices, commands, wake))
}

/// The answer to `describe`: `commands` are their language, and whether clients may have them carried out; `wake` are
/// the wake phrase and its language.
fn object(model: &str, voices: &[VoiceName], commands: Option<(&str, bool)>, wake: Option<(&str, &str)>) -> Value {
    let model = named(model, "what golem hears with", json!({"languages": languages(model)}));
    let voices: Vec<Value> = voices.iter().map(spoken_by).collect();
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
    let wake = wake.map_or_else(none, |(phrase, language)| {
        program(phrase, "golem's wake phrase", language, json!({"phrase": phrase}))
    });
    json!({
        "asr": [named("golem", "golem's ears", ears)],
        "tts": [named("golem", "golem's voice", voice)],
        "handle": handle, "intent": intent, "wake": wake, "mic": [], "snd": [],
    })
}

/// The entry of a voice, with its speakers where it has several.
fn spoken_by(voice: &VoiceName) -> Value {
    // Home Assistant lists voices by their descriptions.
    let what = format!("{} ({})", voice.name, voice.what);
    let mut entry = named(&voice.name, &what, json!({"languages": [voice.language]}));
    if !voice.speakers.is_empty() {
        entry["speakers"] = voice.speakers.iter().map(|name| json!({"name": name})).collect();
    }
    entry
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

    fn voice(name: &str, speakers: &[&str]) -> VoiceName {
        let speakers = speakers.iter().copied().map(str::to_owned).collect();
        VoiceName { name: name.into(), what: "Piper".into(), language: "en_US".into(), speakers }
    }

    #[test]
    fn a_voice_has_its_speakers_where_it_has_several() {
        let info = object("whisper-base", &[voice("one", &[]), voice("two", &["p225", "p226"])], None, None);
        let voices = &info["tts"][0]["voices"];
        assert!(voices[0].get("speakers").is_none(), "{voices}");
        assert_ne!(voices[0]["description"], voices[1]["description"], "people choose by it");
        assert_eq!(voices[1]["speakers"], json!([{"name": "p225"}, {"name": "p226"}]));
    }

    #[test]
    fn every_entry_has_what_home_assistant_needs() {
        let voice = voice("en_US-joe", &[]);
        let info = object("whisper-base.en", &[voice], Some(("ru", true)), Some(("hallo golem", "de")));
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
        assert_eq!(info["wake"][0]["models"][0]["phrase"], "hallo golem");
        assert_eq!(info["wake"][0]["models"][0]["languages"], json!(["de"]));
        assert_eq!(info["handle"][0]["models"][0]["languages"], json!(["ru"]));
        let bare = object("whisper-base", &[], None, None);
        assert!(["handle", "intent", "wake"].iter().all(|kind| bare[kind] == json!([])), "{bare}");
        assert_eq!(object("x", &[], Some(("en", false)), None)["handle"], json!([]));
    }
}
