//! Tests of the history with any text that people may say.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::history::export::{ExportedConversation, markdown};
use crate::history::line::exchanges;
use crate::message::{Ignored, Message, Note};

#[test]
fn hostile_texts_are_kept_and_found() {
    let (_folder, path) = place();
    let mut store = open(&path);
    let long = format!("{}needle", "x ".repeat(500_000));
    let hostile = [
        "'; DROP TABLE messages; --",
        "\" OR NEAR(a b) * ^ { } : - AND NOT",
        "nul\0 inside",
        "Ёжик в тумане",
        "naïve café",
        "e\u{301}clair \u{202e}backwards 🦀",
        &long,
    ];
    for (n, text) in hostile.iter().enumerate() {
        store.add(None, &[asked(text, i64::try_from(n).unwrap())]).unwrap();
    }
    let found = |words: &str| store.search(words, 99).unwrap().len();
    assert_eq!(found("drop table"), 1);
    assert_eq!(found("NEAR"), 1);
    assert_eq!(found("near(not and)"), 1);
    assert_eq!(found("\"or\" *"), 1);
    assert_eq!(found("inside"), 1, "behind a NUL");
    assert_eq!(found("туман"), 1, "the beginning of a word is enough");
    assert_eq!(found("ЁЖИК"), 1);
    assert_eq!(found("cafe naive"), 1, "accents do not matter");
    assert_eq!(found("needle"), 1, "at the end of a megabyte");
    assert_eq!(found("needle absent"), 0);
    for nothing in ["", " ", "\"", "*", "-- ; '", "\0"] {
        assert!(matches!(store.search(nothing, 9), Err(HistoryError::NoWord)), "{nothing:?}");
    }
    assert_eq!(store.messages(3).unwrap()[0].text, "nul\u{fffd} inside");
    assert_eq!(store.messages(7).unwrap()[0].text, long);
    assert_eq!(store.check().unwrap(), None);
}

#[test]
fn an_export_shows_what_was_said_and_nothing_more() {
    let (_folder, path) = place();
    let mut store = open(&path);
    let cut = HistoryLine { interrupted: true, ..line(Role::Assistant, "# No *stars*\nor\u{1b}[2J", 61_000) };
    let unheard = HistoryLine { interrupted: true, ..line(Role::Assistant, "", 62_000) };
    let id = store.add(None, &[asked("<b>hi</b>", 0), cut, unheard]).unwrap().unwrap();
    let (conversation, messages) = (store.conversation(id).unwrap(), store.messages(id).unwrap());
    assert_eq!(
        markdown(&conversation, &messages, &TimeZone::UTC),
        "# Conversation 1, 1970-01-01 00:00\n\n**You** (00:00:00): \\<b\\>hi\\</b\\>\n\n\
         **Golem** (00:01:01): \\# No \\*stars\\*  \nor \\[2J — *(interrupted)*\n\n\
         **Golem** (00:01:02): *(not heard)*\n"
    );
    let json = serde_json::to_value(ExportedConversation::new(&conversation, &messages)).unwrap();
    assert_eq!(json["began"], "1970-01-01T00:00:00.000Z");
    assert_eq!(json["messages"][1]["text"], "# No *stars*\nor\u{1b}[2J");
    assert_eq!(json["messages"][1]["interrupted"], true);
}

#[test]
fn news_that_nobody_said_or_heard_are_not_kept() {
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(1234);
    let of = |note: Note| HistoryLine::of(&note, at);
    let words = |ignored| Note::Transcript { utterance: 3, text: " hello ".into(), ignored };
    assert_eq!(of(words(None)), Some(HistoryLine { turn: 3, ..asked("hello", 1234) }));
    assert_eq!(
        of(Note::Typed { turn: 3, text: "hello".into() }),
        Some(HistoryLine { turn: 3, ..asked("hello", 1234) })
    );
    let heard = |text: &str| Note::Heard { turn: 3, text: text.into(), interrupted: true };
    let kept = of(heard("Hi")).unwrap();
    assert!(kept.interrupted && kept.role == Role::Assistant && kept.text == "Hi");
    let unheard = of(heard(" ")).unwrap();
    assert!(unheard.interrupted && unheard.text.is_empty(), "a reply that was silenced before its first word stays");
    let silent = Note::Heard { turn: 3, text: String::new(), interrupted: false };
    assert_eq!([of(words(Some(Ignored::Ghost))), of(silent), of(Note::Duck { on: true })], [None, None, None]);
}

#[test]
fn whole_exchanges_are_given_back() {
    let of = |lines: &[(Role, &str, bool)], most| {
        let stored: Vec<_> = lines
            .iter()
            .map(|(role, text, interrupted)| Stored {
                conversation: 1,
                turn: 1,
                role: *role,
                text: (*text).into(),
                interrupted: *interrupted,
                at: 0,
            })
            .collect();
        exchanges(&stored, most)
    };
    let (user, golem) = (Role::User, Role::Assistant);
    let lines = [
        (golem, "Sorry, I did not catch that.", false),
        (user, "tell me", false),
        (golem, "", true),
        (user, "a story", false),
        (golem, "Once", true),
        (golem, "Time is up.", false),
        (user, "go on", false),
        (golem, "upon a time.", false),
        (user, "unanswered", false),
    ];
    let all = [
        Message::new(user, "tell me a story"),
        Message::new(golem, "Once —"),
        Message::new(user, "go on"),
        Message::new(golem, "upon a time."),
    ];
    assert_eq!(of(&lines, 9), all);
    assert_eq!(of(&lines, 1), all[2..]);
    assert_eq!(of(&lines, 0), []);
    assert_eq!(of(&[], 9), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back_and_any_search_is_answered(said in ".{1,80}", sought in ".{0,40}", also in "\\PC{0,40}") {
        let (_folder, path) = place();
        let mut store = open(&path);
        let id = store.add(None, &[asked(&said, 1), asked(&also, 2)]).unwrap().unwrap();
        let messages = store.messages(id).unwrap();
        prop_assert_eq!(&messages[0].text, &said.replace('\0', "\u{fffd}"));
        prop_assert_eq!(&messages[1].text, &also);
        match store.search(&sought, 9) {
            Ok(_) | Err(HistoryError::NoWord) => {}
            Err(error) => prop_assert!(false, "{:?}: {}", sought, error),
        }
        prop_assert_eq!(store.check().unwrap(), None);
    }

    #[test]
    fn a_plain_word_that_was_said_is_found(words in prop::collection::vec("[a-zа-я]{1,9}", 1..6), pick in 0usize..6) {
        let (_folder, path) = place();
        let mut store = open(&path);
        store.add(None, &[asked(&words.join(", "), 1)]).unwrap();
        let word = &words[pick % words.len()];
        prop_assert_eq!(store.search(word, 9).unwrap().len(), 1);
    }
}
