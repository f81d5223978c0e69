//! Golem's reports about itself: every fault of its settings, and its log.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// golem with files of its own.
fn golem(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_golem"));
    command.args(words).env("XDG_STATE_HOME", folder).env("XDG_CONFIG_HOME", folder).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GOLEM_")) {
        command.env_remove(name);
    }
    command
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_check_of_the_settings_tells_every_fault_and_then_that_all_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.toml");
    let check = |words: &[&str]| {
        let output = golem(folder.path(), &[&["config", "check"], words].concat())
            .env("GOLEM_VAD_TRESHOLD", "0.5")
            .output()
            .unwrap();
        (output.status.code(), texts(&output))
    };
    fs::write(&path, "[tts]\nspeed = 9\n[trun]\nsilence_ms = 3\n").unwrap();
    let name = path.display().to_string();
    let (status, (_, told)) = check(&[&name, "--set", "asr.beam=wide", "--set", "nonsense"]);
    assert_eq!(status, Some(2), "{told}");
    for fault in [
        format!("golem: {name}: tts.speed = 9 does not fit: write a number from 0.5 to 3"),
        format!("golem: {name}: there is no setting \"trun\" (did you mean \"turn\"?)"),
        "golem: --set asr.beam=wide: asr.beam = \"wide\" does not fit".into(),
        "golem: --set nonsense is not valid TOML: write section.key=value".into(),
        "golem: $GOLEM_VAD_TRESHOLD: there is no setting \"vad.treshold\" (did you mean \"vad.threshold\"?)".into(),
        "golem: 5 faults in the settings".into(),
    ] {
        assert!(told.contains(&fault), "{fault}\n--- is not in\n{told}");
    }
    assert_eq!(told.lines().count(), 6, "{told}");
    // A wrong setting does not block the commands that help to mend it.
    for what in ["default", "path"] {
        assert!(golem(folder.path(), &["--set", "a.b=1", "config", what]).output().unwrap().status.success());
    }
    let well = golem(folder.path(), &["config", "check", "--set", "tts.speed=2"]).output().unwrap();
    let (told, _) = texts(&well);
    assert!(well.status.success() && told.starts_with("ok: ") && told.contains("the defaults hold"), "{told}");
    assert!(told.trim_end().ends_with("--set tts.speed=2"), "{told}");
}

#[test]
fn the_log_and_the_journal_are_one_story() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("golem");
    let empty = golem(folder.path(), &["log"]).output().unwrap();
    assert!(empty.status.success() && texts(&empty).1.contains("golem.log and "), "{:?}", texts(&empty));
    fs::create_dir(&state).unwrap();
    fs::write(state.join("golem.log.1"), "2026-11-21T00:30:00.000001Z  WARN golem::device: no microphone\n").unwrap();
    fs::write(
        state.join("golem.log"),
        "2026-11-21T00:30:02.000001Z  INFO golem::cli: golem listens\njack server is not running\n",
    )
    .unwrap();
    let decision = r#"{"time":"2026-11-21T00:30:01.000Z","id":1,"kind":"decision","transcript":"what time is it","intent":"Time"}"#;
    fs::write(state.join("commands.jsonl"), format!("{decision}\n")).unwrap();
    let log = |words: &[&str]| texts(&golem(folder.path(), &[&["log"], words].concat()).output().unwrap()).0;
    let all = log(&[]);
    let lines: Vec<&str> = all.lines().collect();
    for (line, wanted) in
        lines.iter().zip(["no microphone", "\"what time is it\"", "golem listens", "lib   jack server is not running"])
    {
        assert!(line.contains(wanted), "{all}");
    }
    assert_eq!(lines.len(), 4, "{all}");
    assert_eq!(log(&["-n", "1"]).lines().count(), 1);
    assert!(log(&["--commands"]).lines().count() == 1 && log(&["--messages"]).lines().count() == 3);
    for line in log(&["--json"]).lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        assert!(value["time"].is_string() && value["kind"].is_string(), "{line}");
    }
}

#[test]
fn a_log_that_is_followed_may_begin_anew() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("golem");
    fs::create_dir(&state).unwrap();
    let (log, old) = (state.join("golem.log"), state.join("golem.log.1"));
    let add = |text: &str| writeln!(File::options().append(true).create(true).open(&log).unwrap(), "{text}").unwrap();
    add("one");
    let mut following = golem(folder.path(), &["log", "-f", "--messages"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("golem can be started");
    let mut lines = BufReader::new(following.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let mut next = || lines.next().expect("a line").trim().to_owned();
    assert_eq!(next(), "lib   one");
    add("two");
    assert_eq!(next(), "lib   two");
    fs::rename(&log, &old).unwrap();
    add("three");
    assert_eq!(next(), "lib   three");
    File::create(&log).unwrap();
    add("4");
    assert_eq!(next(), "lib   4");
    following.kill().unwrap();
    following.wait().unwrap();
}
