//! The history as a person and a crash meet it: a process that is killed in the middle of its writes, again and again,
//! and the command line over what is left.

#[path = "common/program.rs"]
mod program;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

use golem::config::Config;
use golem::config::keeping::Keep;
use golem::dialog::Dialog;
use golem::history::{HistoryLine, Store};
use golem::message::{Action, Event, Ignored, Message, Note, Role, Time};
use golem::worker::historian::Historian;

/// Where the child that is killed writes; set only in it.
const CHILD: &str = "GOLEM_TEST_HISTORY_CHILD";

fn line(role: Role, text: &str, at: i64) -> HistoryLine {
    HistoryLine { turn: 1, role, text: text.into(), interrupted: false, at }
}

fn open(path: &Path) -> Store {
    let opened = Store::open(path).expect("the history opens");
    assert_eq!(opened.damaged, None, "the history is damaged");
    opened.store
}

/// The process that is killed: an exchange a commit, and after each commit its number on standard output.
#[test]
fn child() {
    let Some(path) = std::env::var_os(CHILD).map(PathBuf::from) else {
        println!("skipped: it runs as the child of the test below, which kills it");
        return;
    };
    let mut store = open(&path);
    let written = i64::try_from(store.messages(1).unwrap().len() / 2).unwrap();
    let mut out = std::io::stdout().lock();
    for n in written.. {
        // Long enough to take several pages, so that a kill can fall between them.
        let words = format!("answer {n} {}", "lorem ipsum ".repeat(1000));
        store.add(Some(1), &[line(Role::User, &format!("question {n}"), n), line(Role::Assistant, &words, n)]).unwrap();
        // Golem forgets as well as writes, and a kill may fall into that too.
        if n % 4 == 1 {
            let other = store.add(None, &[line(Role::User, "to be forgotten", n)]).unwrap().unwrap();
            store.forget(&[other]).unwrap();
        }
        if writeln!(out, "\nwritten {n}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

#[test]
fn a_hundred_kills_in_the_middle_of_writing_lose_nothing_that_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut random = fastrand::Rng::with_seed(5);
    let mut last = None;
    for round in 0..100 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut written = lines.by_ref().filter_map(|line| line.unwrap().strip_prefix("written ")?.parse::<i64>().ok());
        for _ in 0..=random.usize(..4) {
            last = written.next().or_else(|| panic!("round {round}: the child ended by itself"));
        }
        // The child is in the middle of the next one, at a point that differs from round to round.
        (0..random.usize(..20_000)).for_each(|_| std::hint::spin_loop());
        child.kill().unwrap();
        child.wait().unwrap();
        // Read the commits that it still reported before it died.
        last = lines.filter_map(|line| line.ok()?.strip_prefix("written ")?.parse().ok()).last().or(last);

        let store = open(&path);
        let messages = store.messages(1).unwrap();
        let told = usize::try_from(last.unwrap()).unwrap() + 1;
        assert!(messages.len() >= 2 * told, "round {round}: {} messages of {told} exchanges", messages.len());
        assert!(
            messages.len() <= 2 * (told + 1) && messages.len().is_multiple_of(2),
            "round {round}: half an exchange"
        );
        for (n, pair) in messages.chunks(2).enumerate() {
            assert_eq!(pair[0].text, format!("question {n}"), "round {round}");
            assert!(pair[1].text.starts_with(&format!("answer {n} ")), "round {round}");
        }
        if round % 10 == 9 {
            assert_eq!(store.check().unwrap(), None, "round {round}");
        }
    }
    println!("100 kills, {} exchanges written", last.unwrap() + 1);
}

/// The messages for the language model when `question` is asked after `earlier`.
fn thought(config: &Config, earlier: Vec<Message>, question: &str) -> Vec<Message> {
    let mut dialog = Dialog::new(config, true, None);
    dialog.recall(earlier);
    dialog.handle(Time::ZERO, Event::Request(golem::message::Request::Ask { text: question.into() }));
    let mut actions = std::iter::from_fn(|| dialog.poll_action());
    actions
        .find_map(|action| if let Action::Think { conversation, .. } = action { Some(conversation) } else { None })
        .unwrap()
}

#[test]
fn the_next_golem_knows_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut config = Config::default();
    config.llm.system_prompt = String::new();
    let (historian, earlier) = Historian::new(open(&path), &config.history, SystemTime::now()).unwrap();
    assert_eq!(earlier, []);
    let pen = historian.start().unwrap();
    pen.note(&Note::Transcript { utterance: 1, text: "my name is Ada".into(), ignored: None });
    pen.note(&Note::Transcript { utterance: 2, text: "Thank you.".into(), ignored: Some(Ignored::Ghost) });
    pen.note(&Note::Heard { turn: 1, text: "Hello".into(), interrupted: true });
    drop(pen);
    let (_, earlier) = Historian::new(open(&path), &config.history, SystemTime::now()).unwrap();
    let (user, golem) = (Role::User, Role::Assistant);
    let known = [Message::new(user, "my name is Ada"), Message::new(golem, "Hello —"), Message::new(user, "who am I")];
    assert_eq!(thought(&config, earlier.clone(), "who am I"), known);
    config.history.keep = Keep::Off;
    assert_eq!(thought(&config, earlier, "who am I"), known[2..]);
}

/// golem with a state folder of its own.
fn golem(state: &Path, arguments: &[&str]) -> Output {
    let mut command = program::golem(arguments);
    command.env("XDG_STATE_HOME", state).env("TZ", "UTC").stdin(Stdio::null()).output().expect("golem runs")
}

/// Golem's output; it has to succeed.
#[track_caller]
fn prints(state: &Path, arguments: &[&str]) -> String {
    let output = golem(state, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn refuses(state: &Path, arguments: &[&str], status: i32, word: &str) {
    let output = golem(state, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
    assert!(said.contains(word), "{arguments:?} should say {word:?}: {said}");
}

/// A history of two conversations.
fn kept() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(&folder.path().join("golem/history.db"));
    let told = |role, text, at| line(role, text, at);
    let cut = HistoryLine { interrupted: true, ..told(Role::Assistant, "Mix flour and milk", 60_000) };
    store.add(None, &[told(Role::User, "how do I make pancakes", 0), cut]).unwrap();
    let day = 86_400_000;
    store.add(None, &[told(Role::User, "good morning", day), told(Role::Assistant, "Hello.", day + 1000)]).unwrap();
    folder
}

#[test]
fn conversations_are_listed_shown_and_found() {
    let folder = kept();
    let state = folder.path();
    assert_eq!(
        prints(state, &["history", "list"]),
        "2  1970-01-02 00:00     2 messages  good morning\n1  1970-01-01 00:00     2 messages  how do I make pancakes\n"
    );
    assert_eq!(prints(state, &["history", "list", "--limit", "1"]).lines().count(), 1);
    let list: serde_json::Value = serde_json::from_str(&prints(state, &["history", "list", "--json"])).unwrap();
    assert_eq!(list[1]["title"], "how do I make pancakes");
    assert_eq!(
        prints(state, &["history", "show", "1"]),
        "conversation 1, 1970-01-01 00:00\n00:00:00  you: how do I make pancakes\n00:01:00  golem: Mix flour and milk —\n"
    );
    assert!(prints(state, &["history", "show", "last"]).contains("good morning"));
    assert_eq!(prints(state, &["history", "show"]), prints(state, &["history", "show", "2"]));
    assert_eq!(
        prints(state, &["history", "search", "pancake"]),
        "   1  1970-01-01 00:00  you: how do I make pancakes\n"
    );
    assert_eq!(prints(state, &["history", "search", "\"NEAR(", "--json"]), "[]\n");
    let markdown = prints(state, &["history", "export"]);
    assert!(markdown.starts_with("# Conversation 1, 1970-01-01 00:00\n") && markdown.contains("\n\n# Conversation 2"));
    assert!(markdown.contains("**Golem** (00:01:00): Mix flour and milk — *(interrupted)*\n"), "{markdown}");
    let json = prints(state, &["history", "export", "--format", "json", "last"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json[0]["id"].as_i64(), json[0]["messages"][1]["role"].as_str()), (Some(2), Some("assistant")));
}

#[test]
fn what_is_forgotten_is_gone_and_nothing_is_without_a_yes() {
    let folder = kept();
    let state = folder.path();
    refuses(state, &["history", "forget", "1"], 2, "--yes");
    refuses(state, &["history", "forget", "9", "--yes"], 1, "golem history list");
    refuses(state, &["history", "forget"], 2, "--all");
    refuses(state, &["history", "forget", "--before", "soon"], 2, "2026-01-31");
    assert_eq!(prints(state, &["history", "list"]).lines().count(), 2);
    assert_eq!(
        prints(state, &["history", "forget", "--before", "1970-01-02", "--yes"]),
        "Forgotten: 1 conversation.\n"
    );
    assert_eq!(prints(state, &["history", "search", "pancakes"]), "");
    let bytes = std::fs::read(state.join("golem/history.db")).unwrap();
    assert!(!bytes.windows(8).any(|part| part == b"pancakes"));
    assert_eq!(prints(state, &["history", "forget", "--all", "--yes"]), "Forgotten: 1 conversation.\n");
    assert_eq!(prints(state, &["history", "list", "--json"]), "[]\n");
}

#[test]
fn to_forget_everything_is_to_forget_the_pauses_too() {
    let folder = kept();
    let (state, pauses) = (folder.path(), folder.path().join("golem/pauses.json"));
    std::fs::write(&pauses, "{\"version\":1,\"mean\":0.6}").unwrap();
    refuses(state, &["history", "forget", "--all"], 2, "--yes");
    let other = state.join("other.db").display().to_string();
    prints(state, &["history", "--history", &other, "forget", "--all", "--yes"]);
    prints(state, &["history", "forget", "1", "--yes"]);
    assert!(pauses.exists(), "only all is everything");
    assert_eq!(
        prints(state, &["history", "forget", "--all", "--yes"]),
        "Forgotten: the mean of your pauses.\nForgotten: 1 conversation.\n"
    );
    assert!(!pauses.exists());
    // Without conversations there may be pauses, too.
    let folder = tempfile::tempdir().unwrap();
    let pauses = folder.path().join("golem/pauses.json");
    std::fs::create_dir(folder.path().join("golem")).unwrap();
    std::fs::write(&pauses, "damaged").unwrap();
    let forgotten = prints(folder.path(), &["history", "forget", "--all", "--yes"]);
    assert_eq!((forgotten.as_str(), pauses.exists()), ("Forgotten: the mean of your pauses.\n", false));
}

#[test]
fn errors_say_what_to_type() {
    let empty = tempfile::tempdir().unwrap();
    refuses(empty.path(), &["history", "show", "first"], 2, "golem history list");
    refuses(empty.path(), &["history", "search"], 2, "WORD");
    let output = golem(empty.path(), &["history", "list"]);
    assert!(output.status.success() && String::from_utf8_lossy(&output.stderr).contains("keep = \"kept\""));
    assert!(!empty.path().join("golem").exists(), "to look is not to begin");
    let folder = kept();
    refuses(folder.path(), &["history", "show", "7"], 1, "golem history list");
    refuses(folder.path(), &["history", "search", "?!"], 1, "golem history search");
    refuses(folder.path(), &["--set", "history.keep=maybe", "history", "list"], 2, "kept");
}

#[test]
fn a_damaged_history_is_told_and_a_new_one_begins() {
    let folder = kept();
    let path = folder.path().join("golem/history.db");
    std::fs::write(&path, b"this is no database, and it is long enough to be none").unwrap();
    let output = golem(folder.path(), &["history", "list"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("was damaged: it is now"), "{said}");
    assert!(prints(folder.path(), &["history", "list"]).is_empty());
}

#[test]
fn the_help_shows_examples() {
    let folder = tempfile::tempdir().unwrap();
    let help = prints(folder.path(), &["history", "--help"]);
    for word in ["Examples:", "golem history forget --before 2026-01-01", "search", "export"] {
        assert!(help.contains(word), "{help}");
    }
}
