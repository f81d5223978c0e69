//! `golem captions` on recordings: words that stay, whole parts as a single reading has them, files that are whole.

#[path = "common/place.rs"]
mod place;
#[path = "common/real.rs"]
mod real;

use std::path::Path;
use std::process::Output;

use serde_json::Value;

const TALK: &str = "fixtures/audio/conversation.wav";

/// The events of `golem captions --json` on a recording, with real asr.
fn events(models: &Path, more: &[&str]) -> Vec<Value> {
    let talk = place::root().join(TALK).display().to_string();
    let output = real::golem(models, &[&["captions", "--json", "--input", &talk], more].concat()).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text<'a>(event: &'a Value, field: &str) -> &'a str {
    event[field].as_str().unwrap()
}

#[test]
fn words_come_while_they_are_said_and_stay() {
    let Some(models) = real::models() else { return };
    let events = events(&models, &[]);
    let (mut stable, mut partials, mut finals) = (String::new(), 0, Vec::new());
    for event in &events {
        match text(event, "type") {
            "partial" => {
                assert!(text(event, "stable").starts_with(&stable), "\"{stable}\" was taken back: {event}");
                text(event, "stable").clone_into(&mut stable);
                partials += 1;
            }
            "final" => {
                assert!(event["start"].as_f64() < event["end"].as_f64(), "{event}");
                finals.push(text(event, "text").to_lowercase());
                stable.clear();
            }
            other => panic!("{other} is no event of captions"),
        }
    }
    let said = finals.join(" ");
    assert!(partials >= finals.len(), "{partials} partial captions of {} parts", finals.len());
    for words in ["hello", "tell me a story", "tell me a joke", "thank you"] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn subtitles_and_text_are_kept_in_files() {
    let Some(models) = real::models() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (srt, vtt, txt) = (path("a.srt"), path("a.vtt"), path("a.txt"));
    let events = events(&models, &["--srt", &srt, "--vtt", &vtt, "--txt", &txt]);
    let finals: Vec<&str> =
        events.iter().filter(|event| event["type"] == "final").map(|event| text(event, "text")).collect();
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    let lines = read(&txt);
    assert_eq!(lines.lines().count(), finals.len(), "{lines}");
    assert!(lines.lines().zip(&finals).all(|(line, text)| line.ends_with(text)), "{lines}\n{finals:?}");
    assert!(read(&vtt).starts_with("WEBVTT\n"));
    let flat = read(&srt).replace('\n', " ");
    assert!(finals.iter().all(|text| flat.contains(text)), "{flat}\n{finals:?}");
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_heard() {
    let Some(models) = real::models() else { return };
    let refused = |arguments: &[&str], words: &str| {
        let output = real::golem(&models, &[&["captions"], arguments].concat()).output().unwrap();
        assert!(!output.status.success() && told(&output).contains(words), "{arguments:?}: {}", told(&output));
    };
    refused(&["--input", TALK, "--srt", "/nonexistent/a.srt"], "/nonexistent/a.srt");
    refused(&["--input", "/nonexistent.wav"], "/nonexistent.wav");
    refused(&["--source", "system", "--input", TALK], "--source");
}

#[test]
fn what_is_said_in_another_language_is_shown_in_english() {
    let Some(models) = real::models() else { return };
    let russian = place::root().join("fixtures/audio/whisper/24-espeak-ru-f1.flac").display().to_string();
    let words = ["captions", "--input", &russian, "--language", "ru", "--translate"];
    let output = real::golem(&models, &words).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let letters = shown.chars().filter(|letter| letter.is_alphabetic()).count();
    assert!(letters > 3 && shown.chars().all(|letter| !letter.is_alphabetic() || letter.is_ascii()), "{shown}");
}
