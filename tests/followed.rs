//! Programs that follow a prompter on its socket and turn its pages with `golem ctl`.

#[path = "common/place.rs"]
mod place;

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{ChildStdout, Command, Output, Stdio};

use serde_json::Value;

fn golem(socket: &Path, words: &[&str]) -> Command {
    let mut golem = Command::new(env!("CARGO_BIN_EXE_golem"));
    golem.env_remove("GOLEM_CONFIG").env("XDG_CONFIG_HOME", socket.with_extension("no-settings"));
    golem.env("GOLEM_DATA", place::data()).env("GOLEM_HOME", place::root()).env("GOLEM_SOCKET", socket).args(words);
    golem
}

fn ctl(socket: &Path, words: &[&str]) -> Output {
    golem(socket, &[&["ctl"], words].concat()).stdin(Stdio::null()).output().unwrap()
}

/// `number by` of the next thesis.
fn shown(lines: &mut Lines<BufReader<ChildStdout>>) -> String {
    let event: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    format!("{} {}", event["number"], event["by"].as_str().unwrap_or_default())
}

#[test]
fn a_key_of_the_desktop_turns_pages_and_another_program_draws_them() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("golem.sock");
    let absent = ctl(&socket, &["next"]);
    let reason = String::from_utf8_lossy(&absent.stderr).into_owned();
    assert!(!absent.status.success() && reason.contains("golem prompter"), "{reason}");

    let talk = folder.path().join("talk.md");
    std::fs::write(&talk, "- Кто мы\n- What we want\n").unwrap();
    let mut prompter = golem(&socket, &["prompter", &talk.display().to_string(), "--json", "--no-listen"]);
    let mut prompter = prompter.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut pages = BufReader::new(prompter.stdout.take().unwrap()).lines();
    assert_eq!(shown(&mut pages), "1 start");

    let mut events = golem(&socket, &["ctl", "events", "prompter"]);
    let mut events = events.stdout(Stdio::piped()).spawn().unwrap();
    let mut drawn = BufReader::new(events.stdout.take().unwrap()).lines();
    let first: Value = serde_json::from_str(&drawn.next().unwrap().unwrap()).unwrap();
    assert_eq!(first["text"], "Кто мы", "who comes late gets the thesis that is shown");

    for (word, page) in [("next", "2 key"), ("back", "1 key"), ("next", "2 key"), ("next", "null key")] {
        let turned = ctl(&socket, &[word]);
        assert!(turned.status.success(), "{word}: {}", String::from_utf8_lossy(&turned.stderr));
        assert_eq!((shown(&mut pages), shown(&mut drawn)), (page.to_owned(), page.to_owned()));
    }
    assert!(prompter.wait().unwrap().success());
    assert!(events.wait().unwrap().success(), "it ends with the prompter");
    assert!(!ctl(&socket, &["back"]).status.success());
}
