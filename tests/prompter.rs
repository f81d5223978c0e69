//! `golem prompter` with published weights: a talk in golem's own voice turns the pages, and other programs do; and the
//! theses that golem speaks, on a sound server of the test's own.

#[path = "common/place.rs"]
mod place;
#[path = "common/pulse.rs"]
mod pulse;
#[path = "common/real.rs"]
mod real;
#[path = "common/spoken.rs"]
mod spoken;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use golem::device::wav::WavWriter;
use pulse::{MONITOR_RATE, Server};
use serde_json::Value;
use spoken::spoken;

const THESES: &str =
    "# My talk\n\n- The museum has many old paintings\n- Tickets cost ten euros\n- It is closed on Monday\n";

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn theses(folder: &Path) -> PathBuf {
    let path = folder.join("talk.md");
    std::fs::write(&path, THESES).unwrap();
    path
}

/// The theses that were shown, `number by`.
fn shown(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{}", told(output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|event| format!("{} {}", event["number"], event["by"].as_str().unwrap_or_default())).collect()
}

#[test]
fn what_the_speaker_says_turns_the_pages() {
    let Some(models) = real::models() else { return };
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        "Good evening, I am happy to be here.",
        "There are many old paintings in this museum.",
        "Next.",
        "You will find that on Monday the museum is closed.",
    ];
    let talk = spoken(&models, folder.path(), &lines).display().to_string();
    let file = theses(folder.path()).display().to_string();
    let output = real::golem(&models, &["prompter", &file, "--json", "--input", &talk]);
    let output = { output }.stdin(Stdio::null()).output().unwrap();
    assert_eq!(shown(&output), ["1 start", "2 said", "3 voice", "null said"], "{}", told(&output));
}

#[test]
fn other_programs_turn_the_pages_by_lines() {
    let Some(models) = real::models() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = theses(folder.path()).display().to_string();
    let mut golem = real::golem(&models, &["prompter", &file, "--json", "--no-listen"]);
    let mut golem = golem.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    golem.stdin.take().unwrap().write_all("next\nback\nhello\nдальше\nnext\nnext\n".as_bytes()).unwrap();
    let output = golem.wait_with_output().unwrap();
    assert_eq!(shown(&output), ["1 start", "2 key", "1 key", "2 key", "3 key", "null key"]);
}

#[test]
fn the_brain_writes_theses() {
    let Some(models) = real::models() else { return };
    let mut golem =
        real::golem(&models, &["prompter", "--ask", "Why should children visit a museum?", "--json", "--no-listen"]);
    let mut golem = golem.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    golem.stdin.take().unwrap().write_all(b"quit\n").unwrap();
    let output = golem.wait_with_output().unwrap();
    assert_eq!(shown(&output), ["1 start"], "{}", told(&output));
    let event: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(event["text"].as_str().is_some_and(|text| text.len() > 3), "{event}");
    assert!((1..=5).contains(&event["of"].as_u64().unwrap()), "{event}");
}

#[test]
fn what_cannot_be_shown_is_said() {
    let Some(models) = real::models() else { return };
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.md");
    std::fs::write(&empty, "# Only a heading\n").unwrap();
    let refused = |arguments: &[&str], words: &str| {
        let output = real::golem(&models, &[&["prompter"], arguments].concat()).stdin(Stdio::null()).output().unwrap();
        assert!(!output.status.success() && told(&output).contains(words), "{arguments:?}: {}", told(&output));
    };
    refused(&[&empty.display().to_string(), "--no-listen"], "one a line");
    refused(&["/nonexistent.md"], "/nonexistent.md");
    refused(&[], "FILE");
}

/// A sound server with the loudspeaker `speaker`; `None`, with a printed reason, where something is missing.
fn server() -> Option<Server> {
    if Command::new("parec").arg("--version").output().is_err() {
        println!("skipped: parec is not installed");
        return None;
    }
    Server::start(&["sink_name=speaker rate=44100 channels=2"])
}

/// Starts golem, which speaks the theses through `speaker` and takes keys from its standard input.
fn speaking(server: &Server, models: &Path, settings: &[&str]) -> Child {
    let file = theses(server.folder()).display().to_string();
    let words = ["prompter", &file, "--json", "--no-listen", "--speak", "--set", "audio.output=speaker"];
    let mut golem = server.joined(real::golem(models, &words));
    golem.args(settings).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The words that golem hears in `samples`, in lower case.
fn transcribed(models: &Path, folder: &Path, samples: &[f32]) -> String {
    let path = folder.join("heard.wav");
    let mut wav = WavWriter::create(&path, MONITOR_RATE).unwrap();
    wav.write(samples).unwrap();
    wav.finish().unwrap();
    let output = real::golem(models, &["transcribe", "--json", &path.display().to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let heard: Value = serde_json::from_slice(&output.stdout).unwrap();
    heard["text"].as_str().unwrap().to_lowercase()
}

#[test]
fn the_theses_are_spoken_as_they_are_shown() {
    let Some(models) = real::models() else { return };
    let Some(server) = server() else { return };
    let mut monitor = server.monitor("speaker");
    let mut golem = speaking(&server, &models, &[]);
    let mut keys = golem.stdin.take().unwrap();
    let mut heard = Vec::new();
    for key in ["next\n", "next\n", "back\n", "quit\n"] {
        heard.extend(monitor.utterance());
        keys.write_all(key.as_bytes()).unwrap();
    }
    let output = golem.wait_with_output().unwrap();
    assert_eq!(shown(&output), ["1 start", "2 key", "3 key", "2 key"]);
    let text = transcribed(&models, server.folder(), &heard);
    let mut rest = text.as_str();
    for word in ["painting", "euros", "monday", "euros"] {
        let (_, after) = rest.split_once(word).unwrap_or_else(|| panic!("no {word} in its place: {text}"));
        rest = after;
    }
}

#[test]
fn theses_without_a_voice_are_shown_and_one_remark_says_why() {
    let Some(models) = real::models() else { return };
    let Some(server) = server() else { return };
    let mut golem = speaking(&server, &models, &["--set", "tts.voice=missing"]);
    golem.stdin.take().unwrap().write_all(b"next\nnext\nnext\n").unwrap();
    let output = golem.wait_with_output().unwrap();
    assert_eq!(shown(&output), ["1 start", "2 key", "3 key", "null key"]);
    let remarks = told(&output);
    assert!(remarks.matches("spoken").count() == 1 && remarks.contains("Piper voice"), "{remarks}");
}
