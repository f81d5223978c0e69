//! Tests of the commands: the messages about mistakes, and the decisions.

use std::path::PathBuf;
use std::time::Duration;

use super::book::missing;
use super::*;
use crate::intent::{Reading, Slots};
use crate::order::{Deed, Order, Risk};

const SENTENCES: &str = r#"
language: en
intents:
  Note: {data: [{sentences: ["note {text}"]}]}
  Level: {data: [{sentences: ["level {percent}"]}]}
  Wipe: {data: [{sentences: ["wipe it"]}]}
  Lamp: {data: [{sentences: ["lamp {text}"]}]}
  Idle: {data: [{sentences: ["be idle"]}]}
lists:
  text: {wildcard: true}
  percent: {range: {from: 0, to: 100}}
"#;

fn parse(actions: &str) -> Result<Book, CommandError> {
    Book::parse("my.yaml", &format!("{SENTENCES}{actions}"), &|program| program != "missing")
}

/// A book of actions, each one line under `actions:`.
#[track_caller]
fn book(actions: &[&str]) -> Book {
    parse(&format!("actions:\n  {}\n", actions.join("\n  "))).unwrap()
}

#[track_caller]
fn mistake(action: &str) -> String {
    parse(&format!("actions:\n  {action}\n")).unwrap_err().to_string()
}

fn reading(intent: &str, slots: &[(&str, &str)]) -> Reading {
    Reading {
        intent: intent.into(),
        slots: slots.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect::<Slots>(),
        sentence: "note it".into(),
        score: 1.0,
        response: None,
    }
}

#[test]
fn mistakes_are_told_with_their_place_and_what_would_be_right() {
    let cases = [
        (r"Note: {runn: [x]}", r#"my.yaml:13:10: an action has no "runn"; did you mean "run"?"#),
        (r"Notes: {say: x}", r#"no sentence means "Notes"; did you mean "Note"?"#),
        (r#"Note: {run: [x, "{txt}"]}"#, r#"no sentence of Note fills {txt}; did you mean "text"?"#),
        (r#"Note: {run: ["{text}"]}"#, "may not choose the program"),
        (r#"Note: {run: [env, "{text}"]}"#, "may not choose the program"),
        (r#"Note: {run: [sh, -c, "echo {text}"]}"#, "sh would read \"echo {text}\" as a command"),
        (r#"Note: {run: [python3, x.py, "{text}"]}"#, "python3 would read"),
        (r"Note: {run: echo}", "run is a list"),
        (r"Note: {run: []}", "run names no program"),
        (r"Note: {}", "Note does nothing"),
        (r"Note: {run: [x], builtin: time}", "already does something else"),
        (r"Note: {builtin: tine}", r#"there is no builtin "tine"; did you mean"#),
        (r"Note: {say: x, risk: sure}", "risk is safe, confirm or deny"),
        (r"Note: {run: [x], risk: safe, confirm: true}", "contradict"),
        (r"Note: {run: [x], timeout: 1h}", "timeout is a time such as 10s"),
        (r#"Note: {write: {path: "~/{text}", line: x}}"#, "may not choose the file"),
        (r"Note: {write: {path: notes, line: x}}", "is not a whole path"),
        (r#"Note: {http: {url: "http://{text}/"}}"#, "may not be part of the host"),
        (r#"Note: {http: {url: "http://example.com/"}}"#, "write `remote: true` if that is meant"),
        (r"Note: {say: x, say: y}", r#""say" stands here twice"#),
        (r"Note: {say: x, detach: true}", "only what is `run` can be detached"),
    ];
    for (action, told) in cases {
        let said = mistake(action);
        assert!(said.contains(told), "{action} should say {told}, not {said}");
        assert!(said.starts_with("my.yaml:13:"), "{said}");
    }
}

#[test]
fn a_note_is_one_argument_whatever_it_says() {
    let book = book(&[r#"Note: {run: [note, --, "{text}"], say: "noted {text}: {output}", timeout: 2s}"#]);
    let words = "$(rm -rf ~); `x` \"quoted\" && --help";
    let Verdict::Run(order) = book.decide(&reading("Note", &[("text", words)])) else { panic!("it is safe") };
    assert_eq!(order.deed, Deed::Run(vec!["note".into(), "--".into(), words.into()]));
    assert_eq!(order.say, Some(format!("noted {words}: {{output}}")));
    assert_eq!(order.timeout, Duration::from_secs(2));
}

#[test]
fn trust_is_asked_for_where_it_is_needed() {
    let book = book(&[
        r"Wipe: {run: [rm, x], ask: Really wipe?}",
        r"Level: {run: [level, '{percent}'], risk: deny}",
        r"Note: {run: [missing, '{text}']}",
        r"Lamp: {run: [rm, y], risk: safe}",
    ]);
    let decide = |intent: &str| book.decide(&reading(intent, &[("text", "-x"), ("percent", "5")]));
    assert!(matches!(decide("Wipe"), Verdict::Confirm { question, .. } if question == "Really wipe?"));
    assert_eq!(decide("Level").risk(), Some(Risk::Deny));
    assert_eq!(decide("Note"), Verdict::Unavailable { reason: missing(&["missing"]) });
    assert!(matches!(decide("Idle"), Verdict::Nothing { reason } if reason.contains("Idle")));
    assert!(matches!(decide("Unheard"), Verdict::Nothing { .. }));
    let warnings: Vec<String> = book.warnings().into_iter().map(|warning| warning.text).collect();
    assert_eq!(
        warnings,
        ["this deletes without asking; write `risk: confirm`", "Idle has no action: it is understood and does nothing"]
    );
}

#[test]
fn options_and_missing_words_are_refused() {
    let book = book(&[r"Note: {run: [note, '{text}']}"]);
    assert!(matches!(book.decide(&reading("Note", &[("text", "--force")])), Verdict::Denied { .. }));
    assert!(matches!(book.decide(&reading("Note", &[])), Verdict::Nothing { .. }));
}

#[test]
fn the_first_program_that_is_there_is_taken() {
    let book = book(&[r"Level: {run: [[missing, a], [here, '{percent}%'], [other]]}"]);
    let verdict = book.decide(&reading("Level", &[("percent", "40")]));
    assert_eq!(verdict.order().unwrap().deed, Deed::Run(vec!["here".into(), "40%".into()]));
}

#[test]
fn a_request_keeps_words_in_their_place() {
    let book = book(&[r#"Lamp: {http: {url: "http://127.0.0.1:8123/lamp/{text}", body: '{"name": "{text}"}'}}"#]);
    let verdict = book.decide(&reading("Lamp", &[("text", "a/b\"?x=1")]));
    let Some(Deed::Http { method, url, body }) = verdict.order().map(|order| &order.deed) else {
        panic!("{verdict:?}")
    };
    assert_eq!((method.as_str(), url.as_str()), ("POST", "http://127.0.0.1:8123/lamp/a%2Fb%22%3Fx%3D1"));
    assert_eq!(body.as_deref(), Some(r#"{"name": "a/b\"?x=1"}"#));
    assert!(matches!(book.decide(&reading("Lamp", &[("text", "..")])), Verdict::Denied { .. }));
}

#[test]
fn help_names_what_is_there() {
    let book = book(&[
        r"Wipe: {run: [x], example: wipe it}",
        r"Note: {run: [missing], example: note it}",
        r"Idle: {say: done, example: be idle}",
    ]);
    assert_eq!(book.help(), "You can say: wipe it, or be idle.");
}

#[test]
fn files_folders_and_the_file_beside_are_read_and_later_actions_count() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        path
    };
    let sentences = write("a.yaml", SENTENCES);
    write("a.actions.yaml", "actions: {Wipe: {say: beside}}");
    let own = write("b.yml", "actions: {Wipe: {say: own}}");
    let said = |paths: &[PathBuf]| {
        let book = Book::open(paths, &|_| true).unwrap();
        book.decide(&reading("Wipe", &[])).order().unwrap().say.clone()
    };
    assert_eq!(said(std::slice::from_ref(&sentences)).as_deref(), Some("beside"));
    assert_eq!(said(&[folder.path().into()]).as_deref(), Some("own"));
    std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o666)).unwrap();
    let error = Book::open(&[folder.path().into()], &|_| true).unwrap_err().to_string();
    assert!(error.contains("chmod o-w"), "{error}");
    assert!(Book::open(&[folder.path().join("none")], &|_| true).is_err());
}

/// Command lines with a spoken word, and whether they must be refused.
const SMUGGLED: &str = include_str!("../../fixtures/intents/smuggled.tsv");

#[test]
fn no_word_gets_where_it_would_be_run_and_all_else_is_allowed() {
    let sentences = SENTENCES.replace("lamp {text}", "lamp {text} {site} {percent}")
        + "  site: {values: [{in: home, out: status}, news]}\n";
    let (mut refused, mut wrong) = (0, Vec::new());
    for line in SMUGGLED.lines().filter(|line| !line.starts_with('#')) {
        let (verdict, command) = line.split_once('\t').unwrap();
        let text = format!("{sentences}actions:\n  Lamp: {{run: {command}}}\n");
        let loaded = Book::parse("my.yaml", &text, &|_| true);
        refused += usize::from(verdict == "refused");
        if loaded.is_err() != (verdict == "refused") {
            wrong.push(format!("{command}: {}", loaded.err().map_or("is taken".into(), |error| error.to_string())));
        } else if let Ok(book) = loaded {
            // Every line that loads must be filled without an error and with its own number of arguments, whatever is
            // said.
            let said = [("text", "a/$(b)&c"), ("site", "status"), ("percent", "5")];
            let verdict = book.decide(&reading("Lamp", &said));
            let Some(Deed::Run(argv)) = verdict.order().map(|order| &order.deed) else {
                wrong.push(format!("{command}: {verdict:?}"));
                continue;
            };
            assert_eq!(argv.len(), book.actions()["Lamp"].lines()[0].len(), "{argv:?}");
        }
    }
    assert!(refused >= 60, "only {refused} ways");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn words_are_encoded_in_addresses_and_stay_below_folders() {
    let book = book(&[
        r#"Note: {run: [curl, "https://example.org/find?q={text}"]}"#,
        r#"Lamp: {run: [mpv, "/srv/music/{text}"]}"#,
    ]);
    let argument = |intent: &str, said: &str| match book.decide(&reading(intent, &[("text", said)])).order() {
        Some(Order { deed: Deed::Run(argv), .. }) => argv.last().cloned(),
        _ => None,
    };
    assert_eq!(argument("Note", "tea & milk?").as_deref(), Some("https://example.org/find?q=tea%20%26%20milk%3F"));
    assert_eq!(argument("Lamp", "slow songs").as_deref(), Some("/srv/music/slow songs"));
    assert_eq!(argument("Lamp", "../../etc/passwd"), None);
}
