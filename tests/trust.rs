//! Spoken injections: nothing that is said makes golem run anything but what its owner wrote down.
//!
//! Sentences that ask for it go through matching and deciding, and to an executor that only records its orders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use golem::command::{Book, Verdict};
use golem::intent::Reading;
use golem::intent::matching::interpret::{Hypothesis, InterpretSettings, Interpreter};
use golem::intent::matching::matcher::Matcher;
use golem::order::{Deed, Order};
use proptest::prelude::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One sentence of the corpus.
struct Injection {
    line: usize,
    text: String,
    /// What may be done: intents, in lower case; none at all for nothing.
    may: Vec<String>,
}

fn injections() -> Vec<Injection> {
    let text = std::fs::read_to_string(root().join("fixtures/intents/injections.tsv")).unwrap();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    let injection = |(number, line): (usize, &str)| {
        let columns: Vec<&str> = line.split('\t').collect();
        assert_eq!(columns.len(), 3, "line {}: language, sentence, what may be done", number + 1);
        let may = columns[2].split(',').filter(|may| *may != "-").map(str::to_lowercase).collect();
        Injection { line: number + 1, text: columns[1].into(), may }
    };
    lines.map(injection).collect()
}

/// A book whose programs are all there, and the two ways of understanding for it.
struct Listener {
    book: Book,
    matcher: Matcher,
    interpreter: Interpreter,
}

impl Listener {
    fn new(file: &str) -> Self {
        let path: PathBuf = root().join(file);
        let book = Book::open(&[path], &|_| true).unwrap_or_else(|error| panic!("{error}"));
        let matcher = Matcher::new(book.intents()).unwrap();
        let interpreter = Interpreter::of(book.intents(), InterpretSettings::default()).unwrap();
        Self { book, matcher, interpreter }
    }

    fn all() -> Vec<(&'static str, Self)> {
        ["fixtures/intents/trust.yaml", "models/starter/commands/en.yaml", "models/starter/commands/ru.yaml"]
            .map(|file| (file, Self::new(file)))
            .into()
    }

    /// Every reading that either way would act on.
    fn readings(&self, text: &str) -> Vec<Reading> {
        let understanding = self.interpreter.understand(&[Hypothesis { text, weight: 0.0 }], None, &BTreeMap::new());
        let tolerant = understanding.best.filter(|_| understanding.accepted);
        self.matcher.exact(text, &BTreeMap::new()).into_iter().chain(tolerant).collect()
    }

    /// The orders that are carried out on hearing `text` when nobody says yes to anything.
    fn carried_out(&self, text: &str) -> Vec<Order> {
        let verdicts = self.readings(text).into_iter().map(|reading| self.book.decide(&reading));
        verdicts.filter_map(|verdict| if let Verdict::Run(order) = verdict { Some(order) } else { None }).collect()
    }
}

/// Whether an order is harmless whatever is said: golem's own deeds and answers.
fn is_words_only(order: &Order) -> bool {
    matches!(order.deed, Deed::Say | Deed::Builtin(_))
}

/// Whether an argument vector is one of the file's own with words in the places made for them.
fn is_of_the_file(argv: &[String]) -> bool {
    let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
    let percent =
        |text: &str| text.strip_suffix('%').is_some_and(|number| number.parse::<u8>().is_ok_and(|n| n <= 100));
    match argv.as_slice() {
        ["record-note", "--", _] | ["tell-time"] => true,
        ["search-words", words] => !words.starts_with('-'),
        ["open-place", place] => ["--place=web", "--place=console"].contains(place),
        ["set-volume", level] => percent(level),
        _ => false,
    }
}

#[test]
fn no_injection_does_more_than_the_file_allows() {
    let corpus = injections();
    assert!(corpus.len() >= 70, "the corpus has shrunk to {}", corpus.len());
    let listeners = Listener::all();
    let mut wrong = Vec::new();
    for Injection { line, text, may } in &corpus {
        for (file, listener) in &listeners {
            for order in listener.carried_out(text) {
                let intent = order.intent.to_lowercase();
                // The file of the tests has one intent where the starter has several.
                let named = may.iter().any(|may| *may == intent || may.starts_with(&intent));
                if !named && !(order.deed == Deed::Say) {
                    wrong.push(format!("line {line}, {file}: \"{text}\" does {:?}", order.deed));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_note_holds_the_words_as_they_are_in_one_argument() {
    let listener = Listener::new("fixtures/intents/trust.yaml");
    let mut notes = 0;
    for Injection { line, text, may } in injections() {
        for order in listener.carried_out(&text) {
            let Deed::Run(argv) = &order.deed else { continue };
            assert!(is_of_the_file(argv), "line {line}: {argv:?}");
            if may == ["note"] {
                assert_eq!(argv.len(), 3, "line {line}: {argv:?}");
                notes += 1;
            }
        }
    }
    assert!(notes >= 5, "only {notes} notes were taken");
}

#[test]
fn no_action_of_the_starter_files_hands_words_to_a_shell_or_does_harm_unasked() {
    for (file, listener) in Listener::all() {
        let warnings: Vec<String> =
            listener.book.warnings().iter().map(|warning| format!("{}: {}", warning.place, warning.text)).collect();
        assert!(warnings.is_empty(), "{file}: {warnings:?}");
        for (name, action) in listener.book.actions() {
            assert!(action.danger.is_none() || action.risk != golem::order::Risk::Safe, "{file}: {name}");
        }
    }
}

#[test]
fn the_starter_files_do_the_same_in_both_languages() {
    let names = |file: &str| Listener::new(file).book.actions().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names("models/starter/commands/en.yaml"), names("models/starter/commands/ru.yaml"));
}

#[test]
fn examples_of_the_starter_files_mean_what_they_stand_for() {
    for (file, listener) in Listener::all() {
        for (name, action) in listener.book.actions() {
            let Some(example) = &action.example else { continue };
            let readings = listener.matcher.exact(example, &BTreeMap::new());
            assert!(readings.first().is_some_and(|reading| reading.intent == *name), "{file}: {example}: {readings:?}");
        }
    }
}

#[test]
fn plain_commands_still_work() {
    let english = Listener::new("models/starter/commands/en.yaml");
    let does = |text: &str| english.carried_out(text).first().map(|order| order.intent.clone());
    for (text, intent) in
        [("open the browser", "OpenBrowser"), ("please open a terminal", "OpenTerminal"), ("stop", "StopTalking")]
    {
        assert_eq!(does(text).as_deref(), Some(intent), "{text}");
    }
    assert_eq!(does("power off the computer"), None, "it asks first");
    assert!(english.carried_out("what time is it").iter().all(is_words_only));
}

#[test]
fn the_log_shows_what_was_decided_and_done() {
    use golem::executor::Journal;
    use golem::executor::journal::{JournalEntry, JournalRecord};
    use golem::message::Decision;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("commands.jsonl");
    let decision =
        Decision { transcript: "what time is it".into(), intent: Some("Time".into()), ..Decision::default() };
    let record = JournalRecord { id: 7, entry: JournalEntry::Decision(Box::new(decision)), ..JournalRecord::default() };
    Journal::open(&path).unwrap().append(&record).unwrap();
    let log = |more: &[&str]| {
        let mut golem = std::process::Command::new(env!("CARGO_BIN_EXE_golem"));
        let output =
            golem.args(["log", "--journal"]).arg(&path).args(more).env("GOLEM_CONFIG", "/nonexistent/golem.toml");
        String::from_utf8(output.output().unwrap().stdout).unwrap()
    };
    assert!(log(&[]).contains("Time  \"what time is it\""), "{}", log(&[]));
    assert!(log(&["--json", "-n", "1"]).contains("\"transcript\":\"what time is it\""));
    assert_eq!(log(&["-n", "0"]), "");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_said_only_the_files_own_programs_run(words in "(take a note |search for |open the |volume |)[-a-z$;&|`'\" (){}<>~/.*]{0,40}") {
        thread_local! {
            static LISTENER: Listener = Listener::new("fixtures/intents/trust.yaml");
        }
        let orders = LISTENER.with(|listener| listener.carried_out(&words));
        for order in orders {
            if let Deed::Run(argv) = &order.deed {
                prop_assert!(is_of_the_file(argv), "{:?} runs {:?}", words, argv);
            }
        }
    }
}
