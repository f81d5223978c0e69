//! Tests of the history on hostile texts, damaged files, full disks and older schemas.

mod damage;
mod texts;

use std::path::PathBuf;

use super::*;

/// A folder and the history's place in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/golem/history.db");
    (folder, path)
}

fn open(path: &Path) -> Store {
    let opened = Store::open(path).unwrap();
    assert_eq!(opened.damaged, None);
    opened.store
}

fn line(role: Role, text: &str, at: i64) -> HistoryLine {
    HistoryLine { turn: 1, role, text: text.into(), interrupted: false, at }
}

fn asked(text: &str, at: i64) -> HistoryLine {
    line(Role::User, text, at)
}

fn texts(messages: &[Stored]) -> Vec<&str> {
    messages.iter().map(|message| message.text.as_str()).collect()
}

#[test]
fn what_was_said_is_there_after_a_restart() {
    let (_folder, path) = place();
    let mut store = open(&path);
    let first =
        store.add(None, &[asked("what time is it", 1000), line(Role::Assistant, "Half past nine.", 2000)]).unwrap();
    let cut = HistoryLine { interrupted: true, turn: 7, ..line(Role::Assistant, "Once upon", 4000) };
    store.add(first, &[asked("tell me a story", 3000), cut.clone()]).unwrap();
    let second = store.add(None, &[asked("hello", 9000)]).unwrap();
    drop(store);

    let store = open(&path);
    let listed = store.list(10).unwrap();
    assert_eq!(listed.iter().map(|one| Some(one.id)).collect::<Vec<_>>(), [second, first]);
    let whole = &listed[1];
    assert_eq!((whole.began, whole.ended, whole.messages, whole.title.as_str()), (1000, 4000, 4, "what time is it"));
    assert_eq!(store.list(1).unwrap(), listed[..1]);
    assert_eq!(store.newest().unwrap().as_ref(), listed.first());
    let messages = store.messages(whole.id).unwrap();
    assert_eq!(texts(&messages), ["what time is it", "Half past nine.", "tell me a story", "Once upon"]);
    assert_eq!((messages[3].turn, messages[3].interrupted, messages[3].role), (7, true, Role::Assistant));
    assert!(matches!(store.conversation(99), Err(HistoryError::Unknown(99))));
    assert_eq!(store.check().unwrap(), None);
}

#[test]
fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let mut store = open(&path);
    store.add(None, &[asked("secret", 1)]).unwrap();
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    assert!(std::fs::read_dir(path.parent().unwrap()).unwrap().count() >= 2, "a log of changes belongs to it");
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    drop(store);
    // Let others read the file: opening it makes it private again.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(open(&path));
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn what_is_forgotten_is_in_no_file_any_more() {
    let (_folder, path) = place();
    let mut store = open(&path);
    let secret = store.add(None, &[asked("my password is xylophone", 1000)]).unwrap().unwrap();
    let kept = store.add(None, &[asked("remember the milk", 2_000_000)]).unwrap().unwrap();
    let traces = || {
        let files = std::fs::read_dir(path.parent().unwrap()).unwrap();
        let held = |word: &[u8]| {
            files
                .map(|file| std::fs::read(file.unwrap().path()).unwrap())
                .any(|bytes| bytes.windows(word.len()).any(|part| part == word))
        };
        held(b"xylophone")
    };
    assert!(traces());
    assert!(matches!(store.forget(&[kept, 77]), Err(HistoryError::Unknown(77))), "all or none");
    assert_eq!(store.list(9).unwrap().len(), 2);
    assert_eq!(store.forget(&[secret]).unwrap(), 1);
    assert!(!traces(), "while it is open");
    assert!(store.search("xylophone", 9).unwrap().is_empty());
    assert_eq!(texts(&store.search("milk", 9).unwrap()), ["remember the milk"]);
    assert_eq!(store.check().unwrap(), None);
    // A number is never given twice, and words said after their conversation was forgotten begin a new one.
    let next = store.add(Some(secret), &[asked("go on", 3_000_000)]).unwrap().unwrap();
    assert!(next > kept);
    assert_eq!(store.older(2_500_000).unwrap(), 1);
    assert_eq!(store.forget_before(2_500_000).unwrap(), 1);
    assert_eq!(store.forget_before(2_500_000).unwrap(), 0);
    assert_eq!(store.list(9).unwrap().len(), 1);
    assert_eq!(store.forget_all().unwrap(), 1);
    assert_eq!(store.newest().unwrap(), None);
    drop(store);
    assert!(!traces(), "after it is closed");
}

#[test]
fn two_programs_may_use_it_at_once() {
    let (_folder, path) = place();
    let write = |who: &'static str| {
        let path = path.clone();
        std::thread::spawn(move || {
            let mut store = open(&path);
            let mut id = None;
            for n in 0..50 {
                id = store.add(id, &[asked(&format!("{who} {n}"), n)]).unwrap();
                assert!(!store.list(5).unwrap().is_empty());
            }
        })
    };
    for writer in ["one", "two", "three"].map(write) {
        writer.join().unwrap();
    }
    let store = open(&path);
    for one in store.list(9).unwrap() {
        assert_eq!(one.messages, 50);
    }
    assert_eq!(store.search("two", 1000).unwrap().len(), 50);
    assert_eq!(store.check().unwrap(), None);
}

#[test]
fn its_place_is_the_state_folder() {
    let of = |pairs: &'static [(&str, &str)]| {
        default_path(move |name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.to_string()))
    };
    assert_eq!(of(&[("HOME", "/h")]), Some("/h/.local/state/golem/history.db".into()));
    assert_eq!(of(&[("HOME", "/h"), ("XDG_STATE_HOME", "/s")]), Some("/s/golem/history.db".into()));
    assert_eq!(of(&[("XDG_STATE_HOME", "")]), None);
}
