//! The languages that clients name, and the one that golem says it heard.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::served::{Served, installed};
use super::sockets::{Socket, packet, pcm};
use super::{QUESTION, TRANSCRIPTIONS, WORDS, fixture, refused, sound};

const RUSSIAN: &str = "24-espeak-ru-f1.flac";
const RUSSIAN_WORDS: &str = "Какая сегодня погода?";

#[test]
fn an_upload_names_the_languages_that_it_may_be_in_and_learns_which_it_is() {
    if !installed() {
        return;
    }
    // What golem's own settings allow is not all that a client may ask for.
    let golem = Served::micro(&["--set", "asr.languages=[\"en\"]"]);
    let russian = fixture(RUSSIAN);
    let ask = |fields: &[(&str, &str)]| golem.form(TRANSCRIPTIONS, Some(("talk.flac", &russian)), fields);
    for (fields, is_russian) in [
        (&[("languages[]", "en"), ("languages[]", "ru")][..], true),
        (&[], false),
        (&[("languages", "ru-RU")], true),
        (&[("languages[]", "en")], false),
        (&[("language", "ru"), ("languages[]", "en")], true),
    ] {
        let answer = ask(fields);
        assert_eq!(answer.status, 200, "{fields:?}: {}", answer.text());
        let answer = answer.json();
        assert_eq!(answer["language"] == "ru", is_russian, "{fields:?}: {answer}");
        assert!(!is_russian || answer["text"] == RUSSIAN_WORDS, "{fields:?}: {answer}");
    }
    refused(&ask(&[("languages[]", "ru"), ("languages[]", "xx")]), 400, "\"xx\"");
    refused(&ask(&[("languages[]", "xx")]), 400, "\"xx\"");
    let stream = ask(&[("language", "ru"), ("stream", "true")]).text();
    let last: Value = serde_json::from_str(stream.trim_end().rsplit("data: ").next().unwrap()).unwrap();
    assert_eq!((&last["type"], &last["language"]), (&json!("transcript.text.done"), &json!("ru")));
    let translated = golem.form("/v1/audio/translations", Some(("talk.flac", &russian)), &[("language", "ru")]);
    assert!(translated.status == 200 && translated.json().get("language").is_none(), "{}", translated.text());
}

#[test]
fn a_list_of_keywords_may_be_long() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let english = fixture(QUESTION);
    let keywords = vec![("keywords[]", "Kubernetes"); 200];
    let answer = golem.form(TRANSCRIPTIONS, Some(("talk.flac", &english)), &keywords);
    assert_eq!((&answer.json()["text"], &answer.json()["language"]), (&json!(WORDS), &json!("en")));
    let long = "Kubernetes ".repeat(5_000);
    let refusal = golem.form(TRANSCRIPTIONS, Some(("talk.flac", &english)), &vec![("prompt", long.as_str()); 20]);
    refused(&refusal, 400, "1048576 bytes");
    refused(&golem.form(TRANSCRIPTIONS, Some(("talk.flac", &english)), &vec![("x", ""); 600]), 400, "564 fields");
}

#[test]
fn live_words_come_with_their_language_over_every_protocol() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let mut speech = sound(RUSSIAN);
    speech.extend(vec![0.0; 32_000]);
    for (address, path, last) in [(golem.data, "/", "fullSentence"), (golem.single, "/ws/transcribe", "final")] {
        let mut socket = Socket::open(address, path, &[]).unwrap();
        // The single socket hears nothing before; the data socket ignores it.
        socket.send(&json!({"type": "start"}));
        for piece in speech.chunks(1_024) {
            socket.send_bytes(packet(&json!({"sampleRate": 16_000}), &pcm(piece)));
        }
        assert_eq!(socket.until(last).pop().unwrap()["language"], "ru", "{last}");
    }
    let mut realtime = Socket::open(golem.http, "/v1/realtime?model=whisper-1", &[]).unwrap();
    let transcription = json!({"model": "whisper-1", "languages": ["en", "ru"], "keywords": ["Kubernetes"]});
    realtime.send(&json!({"type": "session.update", "session": {"type": "transcription", "audio": {"input": {
        "format": {"type": "audio/pcm", "rate": 16_000}, "transcription": transcription,
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 600},
    }}}}));
    let session = realtime.until("session.updated").pop().unwrap();
    assert_eq!(session["session"]["audio"]["input"]["transcription"]["languages"], json!(["en", "ru"]));
    for piece in pcm(&speech).chunks(4_800) {
        realtime.send(&json!({"type": "input_audio_buffer.append", "audio": STANDARD.encode(piece)}));
    }
    let completed = realtime.until("conversation.item.input_audio_transcription.completed").pop().unwrap();
    assert_eq!(completed["language"], "ru", "{completed}");
}
