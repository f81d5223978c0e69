//! Texts that are spoken, in every format and voice, and the same words heard again.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use golem::device::wav::read_all;
use serde_json::{Value, json};

use super::place::root;
use super::served::{Answer, Served, installed};
use super::{SPEECH, TRANSCRIPTIONS, real};

#[test]
fn texts_are_spoken_and_heard_again() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let text = "Good morning to you. This is the second sentence, and it is longer.";
    let asked = json!({"model": "tts-1", "voice": "alloy", "input": text, "response_format": "wav"});
    let spoken = golem.post(SPEECH, &asked.to_string());
    assert_eq!(spoken.status, 200, "{}", spoken.text());
    assert!(spoken.head.contains("content-type: audio/wav") && spoken.head.contains("chunked"), "{}", spoken.head);
    let folder = tempfile::tempdir().unwrap();
    let length = |answer: &Answer| {
        let path = folder.path().join("speech.wav");
        fs::write(&path, &answer.body).unwrap();
        read_all(&path).unwrap().len()
    };
    let usual = length(&spoken);
    assert!(usual > 2 * 16_000, "{usual} samples");
    let fast = golem.post(SPEECH, &json!({"input": text, "speed": 2.0, "response_format": "wav"}).to_string());
    assert!(length(&fast) * 3 < usual * 2, "{} of {usual}", length(&fast));
    let pcm = golem.post(SPEECH, &json!({"input": text, "response_format": "pcm"}).to_string());
    #[allow(clippy::cast_precision_loss)]
    let seconds = |samples: usize, rate: usize| samples as f64 / rate as f64;
    let (raw, own) = (seconds(pcm.body.len() / 2, 24_000), seconds(usual, 16_000));
    assert!((raw - own).abs() < 0.05, "{raw} s and {own} s");
    let flac = golem.post(SPEECH, &json!({"input": text, "response_format": "flac"}).to_string());
    assert!(flac.body.starts_with(b"fLaC") && flac.head.contains("audio/flac"), "{}", flac.head);
    // The voice does not breathe for exactly as long each time.
    let again = seconds(length(&flac), 16_000);
    assert!((again - own).abs() < 0.05, "{again} s and {own} s");
    assert!(flac.body.len() * 4 < spoken.body.len() * 3, "{} of {}", flac.body.len(), spoken.body.len());
    let opus = golem.post(SPEECH, &json!({"input": text, "response_format": "opus"}).to_string());
    assert!(opus.body.starts_with(b"OggS") && opus.head.contains("audio/ogg"), "{}", opus.head);
    assert!(opus.body.len() * 4 < flac.body.len(), "{} of {}", opus.body.len(), flac.body.len());
    assert!((seconds(length(&opus), 16_000) - again).abs() < 0.1);
    let mp3 = golem.post(SPEECH, &json!({"input": text}).to_string());
    assert!(mp3.body.starts_with(&[0xff]) && mp3.head.contains("audio/mpeg"), "{}", mp3.head);
    assert!(mp3.body.len() * 2 < flac.body.len(), "{} of {}", mp3.body.len(), flac.body.len());
    assert!((seconds(length(&mp3), 16_000) - again).abs() < 0.2);
    let asked = json!({"input": text, "response_format": "pcm", "stream_format": "sse"});
    let events = golem.post(SPEECH, &asked.to_string());
    assert!(events.head.contains("text/event-stream"), "{}", events.head);
    let events: Vec<Value> = events
        .text()
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("data: "))
        .map(|event| serde_json::from_str(event).unwrap())
        .collect();
    let (last, pieces) = events.split_last().unwrap();
    assert_eq!(last["type"], "speech.audio.done");
    let sound: usize =
        pieces.iter().map(|piece| STANDARD.decode(piece["audio"].as_str().unwrap()).unwrap().len()).sum();
    assert!(pieces.iter().all(|piece| piece["type"] == "speech.audio.delta"));
    assert!((seconds(sound / 2, 24_000) - own).abs() < 0.05, "{sound} bytes");
    let voices = golem.get("/v1/audio/voices").json();
    assert!(voices["voices"].as_array().unwrap().iter().any(|voice| voice["language"] == "en-us"), "{voices}");
    for asked in [
        json!({"input": text, "voice": "en-gb"}),
        json!({"input": text, "model": "en-gb", "voice": null, "stream_format": null}),
        json!({"input": text, "model": "espeak-ng", "voice": "alloy"}),
    ] {
        let answer = golem.post(SPEECH, &asked.to_string());
        assert_eq!(answer.status, 200, "{asked}: {}", answer.text());
    }
}

#[test]
fn published_weights_are_served() {
    let Some(models) = real::models() else { return };
    let mut command = real::golem(&models, &["serve"]);
    command.current_dir(root());
    let golem = Served::start(&mut command);
    let text = "The quick brown fox jumps over the lazy dog.";
    let spoken = golem.post(SPEECH, &json!({"input": text}).to_string());
    assert_eq!(spoken.status, 200, "{}", spoken.text());
    let heard = golem.form(TRANSCRIPTIONS, Some(("fox.mp3", &spoken.body)), &[("language", "en")]).json();
    let words = heard["text"].as_str().unwrap().to_lowercase();
    // The voice draws its lengths by lot, and now and then "quick" is heard as "quip", or "brown" as "round".
    assert!(words.contains("fox jumps over the lazy dog"), "{words}");
}
