//! Recorded sessions: what `golem --record` writes makes the same decisions again, and damage is found.

#[path = "common/place.rs"]
mod place;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use place::data;

fn golem(arguments: &[&str]) -> Output {
    program::golem(arguments).output().expect("golem runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Records a conversation with an interruption into `folder`; false, with a reason, where set-up has not been run.
fn recorded(folder: &Path, more: &[&str]) -> bool {
    if !data().join("runtime/libpocketsphinx.so").exists() {
        println!("skipped: {} does not hold what scripts/golem installs", data().display());
        return false;
    }
    let input = ["--input", "fixtures/audio/conversation.wav", "--latency", "asr=200ms,llm=20ms/token,tts=0"];
    let folder = folder.display().to_string();
    let output = golem(&[&input[..], more, &["--json", "--record", &folder]].concat());
    assert!(output.status.success(), "{}", said(&output));
    fs::write(Path::new(&folder).join("../events.jsonl"), &output.stdout).unwrap();
    true
}

#[test]
fn a_recorded_session_makes_the_same_decisions_again() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("session");
    if !recorded(&folder, &[]) {
        return;
    }
    let mode = fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "no one else can read what was said");
    let name = folder.display().to_string();
    let output = golem(&["replay", &name, "--sound", "--json"]);
    assert!(output.status.success(), "{}", said(&output));
    let events = fs::read_to_string(place.path().join("events.jsonl")).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), events, "the events are those of the session, byte for byte");
    assert!(events.contains("\"type\":\"cut\"") && events.lines().count() > 50, "{events}");
    let told = said(&output);
    assert!(told.contains("differ by 0.000000 at most, 0 frames have no partner"), "{told}");
}

#[test]
fn what_the_echo_canceller_decided_is_decided_again() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("session");
    if !recorded(&folder, &["--echo", "office,-12dB,delay=90ms", "--set", "tts.engine=espeak"]) {
        return;
    }
    let tape = fs::read_to_string(folder.join("tape.jsonl")).unwrap();
    assert!(tape.contains("settling") || tape.contains("cancelled"), "golem hears itself in this room");
    let name = folder.display().to_string();
    let told = said(&golem(&["replay", &name, "--sound", "--quiet"]));
    let same = "differ by 0.000000 at most, 0 frames have no partner, the echo is judged in another way in 0";
    assert!(told.contains(same), "{told}");
    // The microphone heard nothing of what was played: the canceller decides otherwise.
    let spec = hound::WavReader::open(folder.join("echo.wav")).unwrap().spec();
    let samples: Vec<f32> =
        hound::WavReader::open(folder.join("echo.wav")).unwrap().into_samples().map(Result::unwrap).collect();
    assert!(spec.channels == 2 && samples.iter().skip(1).step_by(2).any(|sample| sample.abs() > 0.05));
    let mut writer = hound::WavWriter::create(folder.join("echo.wav"), spec).unwrap();
    for pair in samples.chunks_exact(2) {
        writer.write_sample(0.0_f32).unwrap();
        writer.write_sample(pair[1]).unwrap();
    }
    writer.finalize().unwrap();
    let told = said(&golem(&["replay", &name, "--sound", "--quiet"]));
    assert!(!told.contains("in another way in 0"), "{told}");
}

#[test]
fn commands_and_settings_are_part_of_the_recording() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("session");
    if !recorded(&folder, &["--set", "turn.silence_ms=700", "--intent-only", "--dry-run"]) {
        return;
    }
    let settings = fs::read_to_string(folder.join("settings.toml")).unwrap();
    assert!(settings.contains("silence_ms = 700"), "{settings}");
    assert!(folder.join("commands-0-en.yaml").is_file());
    let output = golem(&["replay", &folder.display().to_string(), "--quiet"]);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_difference_is_shown_with_what_was_and_what_is() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("session");
    if !recorded(&folder, &[]) {
        return;
    }
    let name = folder.display().to_string();
    let tape = fs::read_to_string(folder.join("tape.jsonl")).unwrap();
    let changed = tape.replacen("hello golem", "hello column", 1);
    fs::write(folder.join("tape.jsonl"), changed).unwrap();
    let output = golem(&["replay", &name, "--quiet"]);
    let told = said(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("differs") && told.contains("hello column") && told.contains("hello golem"), "{told}");
    // Cut the tape as if golem was killed while it wrote: the whole lines are replayed.
    fs::write(folder.join("tape.jsonl"), &tape[..tape.len() / 2]).unwrap();
    let output = golem(&["replay", &name, "--quiet"]);
    assert!(output.status.success(), "{}", said(&output));
    fs::write(folder.join("tape.jsonl"), format!("nonsense\n{tape}")).unwrap();
    let output = golem(&["replay", &name]);
    assert!(!output.status.success() && said(&output).contains("line 1"), "{}", said(&output));
}

#[test]
fn a_folder_that_holds_something_is_no_place_for_a_recording() {
    let place = tempfile::tempdir().unwrap();
    let name = place.path().display().to_string();
    let output = golem(&["replay", &name]);
    assert!(said(&output).contains("golem --record"), "{}", said(&output));
    fs::write(place.path().join("letter.txt"), "dear").unwrap();
    let output = golem(&["--input", "fixtures/audio/conversation.wav", "--record", &name]);
    if data().join("runtime/libpocketsphinx.so").exists() {
        assert!(said(&output).contains("is not empty; name a new folder"), "{}", said(&output));
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "and nothing was written");
}
