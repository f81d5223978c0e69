//! `golem prompter` with published weights: a talk in golem's own voice turns the pages, and other programs do.

#[path = "common/place.rs"]
mod place;
#[path = "common/real.rs"]
mod real;
#[path = "common/spoken.rs"]
mod spoken;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

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
