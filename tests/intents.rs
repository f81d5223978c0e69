//! `golem intents` as a person and a program meet it, and the matcher on paraphrases.

#[path = "common/program.rs"]
mod program;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use golem::intent::file::SourceFile;
use golem::intent::matching::interpret::{Hypothesis, InterpretSettings, Interpreter};
use golem::intent::matching::matcher::Matcher;
use golem::intent::matching::tolerant::Tolerant;
use golem::intent::template::IntentSet;
use golem::intent::template::sample;
use golem::intent::{Slots, Understanding};
use proptest::prelude::*;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/intents").join(name)
}

fn golem(arguments: &[&str], input: &str) -> Output {
    let mut command = program::golem(&[&["intents"], arguments].concat());
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("golem runs");
    let _ = child.stdin.take().expect("stdin is piped").write_all(input.as_bytes());
    child.wait_with_output().expect("golem ends")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn interpreter(name: &str) -> Interpreter {
    let text = fs::read_to_string(fixture(name)).unwrap();
    let intents = IntentSet::parse(&[SourceFile { name: name.into(), text }]).unwrap();
    Interpreter::of(&intents, InterpretSettings::default()).unwrap()
}

fn understand(interpreter: &Interpreter, text: &str) -> Understanding {
    interpreter.understand(&[Hypothesis { text, weight: 0.0 }], None, &Slots::new())
}

/// Wrong accepts, and wrong rejects or misunderstandings, of a file of paraphrases.
fn judged(grammar: &str, paraphrases: &str) -> (Vec<String>, Vec<String>) {
    let interpreter = interpreter(grammar);
    let text = fs::read_to_string(fixture(paraphrases)).unwrap();
    let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (said, intent) = (fields.next().unwrap(), fields.next().unwrap());
        let slots = fields.next().unwrap_or_default();
        let understanding = understand(&interpreter, said);
        let best = understanding.best.as_ref().filter(|_| understanding.accepted);
        let got = best.map(|best| {
            let pairs = best.slots.iter().map(|(name, value)| format!("{name}={value}"));
            (best.intent.clone(), pairs.collect::<Vec<_>>().join(" "))
        });
        match (intent, got) {
            ("-", None) => {}
            ("-", Some(got)) => accepted.push(format!("{said}: {got:?}")),
            (intent, Some(got)) if got == (intent.into(), slots.into()) => {}
            (_, _) => rejected.push(format!("{said}: {} {:?}", understanding.reason, understanding.best)),
        }
    }
    (accepted, rejected)
}

#[test]
fn paraphrases_are_understood_and_nothing_else_is() {
    for (grammar, paraphrases) in [("desktop.yaml", "paraphrases.tsv"), ("desktop-ru.yaml", "paraphrases-ru.tsv")] {
        let (accepted, rejected) = judged(grammar, paraphrases);
        println!("{paraphrases}: {} false accepts, {} false rejects", accepted.len(), rejected.len());
        assert!(accepted.is_empty(), "{paraphrases}, false accepts:\n{}", accepted.join("\n"));
        assert!(rejected.len() <= 1, "{paraphrases}, {} false rejects:\n{}", rejected.len(), rejected.join("\n"));
    }
}

#[test]
fn a_second_hypothesis_repairs_the_first_but_takes_nothing_from_it() {
    let interpreter = interpreter("desktop.yaml");
    let of = |texts: &[&str]| {
        let weights = [0.0, -0.5, -1.0];
        let hypotheses: Vec<_> = texts.iter().zip(weights).map(|(text, weight)| Hypothesis { text, weight }).collect();
        interpreter.understand(&hypotheses, None, &Slots::new())
    };
    let repaired = of(&["open the brow sir", "open the browser"]);
    assert!(repaired.accepted && repaired.best.unwrap().slots["app"] == "browser");
    assert!(!of(&["do not open the browser", "open the browser"]).accepted);
    assert!(!of(&["my friend said open the browser", "open the browser"]).accepted);
    assert!(!of(&[]).accepted && !of(&["", " ?! "]).accepted);
}

#[test]
fn an_unsure_recogniser_keeps_an_exact_sentence_back() {
    let interpreter = interpreter("desktop.yaml");
    let said = [Hypothesis { text: "open the browser", weight: 0.0 }];
    assert!(interpreter.understand(&said, Some(0.9), &Slots::new()).accepted);
    let unsure = interpreter.understand(&said, Some(0.3), &Slots::new());
    assert!(!unsure.accepted && unsure.reason.contains("not sure"), "{unsure:?}");
}

#[test]
fn an_order_in_the_making_is_known() {
    let interpreter = interpreter("desktop.yaml");
    for beginning in
        ["open", "open the", "um could you open the", "set the volume to", "turn on the living", "take a note"]
    {
        assert!(interpreter.unfinished(beginning), "{beginning}");
    }
    for whole in ["open the browser", "set the volume to twenty", "take a note buy milk", "please mute"] {
        assert!(interpreter.complete(whole) && !interpreter.unfinished(whole), "{whole}");
    }
    for other in ["the weather is nice", "hello there", "", "open the refrigerator"] {
        assert!(!interpreter.unfinished(other) && !interpreter.complete(other), "{other}");
    }
}

#[test]
fn samples_of_the_grammars_are_understood_as_what_they_are() {
    for name in ["desktop.yaml", "desktop-ru.yaml"] {
        let text = fs::read_to_string(fixture(name)).unwrap();
        let intents = IntentSet::parse(&[SourceFile { name: name.into(), text }]).unwrap();
        let interpreter = Interpreter::of(&intents, InterpretSettings::default()).unwrap();
        for sample in sample::sample(&intents, 300, 3) {
            let understanding = understand(&interpreter, &sample.sentence);
            assert!(understanding.accepted, "{sample:?}: {understanding:?}");
        }
    }
}

#[test]
fn check_tells_mistakes_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.yaml");
    fs::write(&bad, "language: en\nintents:\n  A:\n    data:\n    - sentences:\n      - \"open (the door\"\n").unwrap();
    let output = golem(&["check", &bad.display().to_string()], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("bad.yaml:6:15"), "{}", out(&output));

    let fine = golem(&["check", &fixture("desktop.yaml").display().to_string()], "");
    assert_eq!(fine.status.code(), Some(0), "{}", out(&fine));
    assert!(out(&fine).contains("no mistakes"), "{}", out(&fine));

    let nowhere = golem(&["check", "/nonexistent/x.yaml"], "");
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("/nonexistent/x.yaml"));
}

#[test]
fn match_answers_every_line_with_json() {
    let grammar = fixture("desktop.yaml").display().to_string();
    let output = golem(&["match", "-", "--intents", &grammar], "open the browser\n\ndon't open the browser\n");
    let text = out(&output);
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(lines[0]["intent"], "OpenApp");
    assert_eq!(lines[0]["slots"]["app"], "browser");
    assert_eq!(lines[0]["accepted"], true);
    assert_eq!(lines[1]["reason"], "nothing said");
    assert!(lines[2]["intent"].is_null() && lines[2]["accepted"] == false);
    for key in ["text", "score", "reason", "sentence", "response", "runner_up", "candidate", "us"] {
        assert!(lines[2].as_object().unwrap().contains_key(key), "{key}");
    }
}

#[test]
fn match_takes_lists_and_context() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let grammar = write(
        "g.yaml",
        "language: en\nintents:\n  On:\n    data:\n    - sentences: ['light[s] on']\n      requires_context: {area: {slot: true}}\n    - sentences: ['light[s] on in {area}']\n",
    );
    let lists = write("l.yaml", "lists:\n  area:\n    values: [kitchen]\n");
    let said = |arguments: &[&str]| out(&golem(arguments, ""));
    let with_list = said(&["match", "lights on in kitchen", "--intents", &grammar, "--lists", &lists]);
    assert!(with_list.starts_with("On  area=\"kitchen\"  score 1.00"), "{with_list}");
    let without = said(&["match", "lights on", "--intents", &grammar]);
    assert!(without.starts_with("rejected: no match"), "{without}");
    let with_context = said(&["match", "lights on", "--intents", &grammar, "--context", "area=hall"]);
    assert!(with_context.contains("area=\"hall\""), "{with_context}");
    assert_eq!(golem(&["match", "x", "--intents", &grammar, "--context", "area"], "").status.code(), Some(2));
}

#[test]
fn samples_and_words_are_printed() {
    let grammar = fixture("desktop.yaml").display().to_string();
    let sampled = out(&golem(&["sample", "-n", "50", "--seed", "4", "--intents", &grammar], ""));
    assert_eq!(sampled.lines().count(), 50);
    assert_eq!(sampled, out(&golem(&["sample", "-n", "50", "--seed", "4", "--intents", &grammar], "")));
    let words = out(&golem(&["words", "--intents", &grammar], ""));
    for word in ["browser", "seventy", "minutes", "unmute"] {
        assert!(words.lines().any(|line| line == word), "{word}");
    }
}

#[test]
fn the_help_shows_examples() {
    let help = out(&golem(&["--help"], ""));
    for part in ["check", "match", "sample", "words", "Examples:"] {
        assert!(help.contains(part), "{help}");
    }
}

/// Most steps of a match: some ten milliseconds.
const MOST_STEPS: usize = 100_000;

/// A grammar made to be slow: optionals in optionals, a thousand ways, the same words in every order.
fn thicket() -> IntentSet {
    let ways: Vec<String> = (0..1000).map(|n| format!("way{n} to")).collect();
    let optionals = "[a [the [to [of [my]]]]] ".repeat(12);
    let text = format!(
        "language: en\nintents:\n  A:\n    data:\n    - sentences:\n      - \"{optionals} go ({})\"\n      - \"(a;the;to;of;my;me) {{x}} {{y}} {{x}}\"\n      - \"{{w}} to {{w}} the {{w}}\"\nlists:\n  x:\n    values: [the, a the, the to, \"[a] [the] to {{y}}\"]\n  y:\n    range: {{from: 0, to: 1000000}}\n  w:\n    wildcard: true\n",
        ways.join("|")
    );
    IntentSet::parse(&[SourceFile { name: "thicket".into(), text }]).unwrap()
}

#[test]
fn the_search_is_bounded_where_everything_fits() {
    let matcher = Matcher::new(&thicket()).unwrap();
    let tolerant = Tolerant::new(matcher.graph(), "en");
    for word in ["the", "to", "a", "two", "way7", "way7 too", "go"] {
        let text = vec![word; 60 / word.split(' ').count()].join(" ");
        let (_, steps) = tolerant.nearest(matcher.graph(), &text);
        assert!(steps < MOST_STEPS, "{word}: {steps}");
        tolerant.progress(matcher.graph(), &text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_that_is_said_is_too_much(text in "((the|a|to|for|open|browser|not|set|volume|fifty|%|timer|um|[a-zа-я' ]{0,9}|\\PC{0,3}) ){0,24}") {
        for name in ["desktop.yaml", "desktop-ru.yaml"] {
            let interpreter = interpreter(name);
            let understanding = understand(&interpreter, &text);
            let best = understanding.best.as_ref();
            prop_assert!(best.is_none_or(|best| (0.0..=1.0).contains(&best.score)));
            let next = understanding.runner_up.as_ref();
            prop_assert!(next.is_none_or(|next| best.is_some_and(|best| best.score >= next.score)));
            interpreter.progress(&text);
        }
    }

    #[test]
    fn a_negation_is_never_forgiven(seed in 0_u64..1000, at in 0_usize..8, word in "(not|don't|never|no|without)") {
        let text = fs::read_to_string(fixture("desktop.yaml")).unwrap();
        let intents = IntentSet::parse(&[SourceFile { name: "desktop.yaml".into(), text }]).unwrap();
        let interpreter = Interpreter::of(&intents, InterpretSettings::default()).unwrap();
        // Leave out notes, because their wildcard takes any words.
        for sample in sample::sample(&intents, 5, seed).iter().filter(|sample| sample.intent != "Note") {
            let mut words: Vec<&str> = sample.sentence.split(' ').collect();
            words.insert(at.min(words.len()), &word);
            let understanding = understand(&interpreter, &words.join(" "));
            prop_assert!(!understanding.accepted, "{words:?}: {understanding:?}");
        }
    }
}
