//! `golem hints` with published weights: questions asked by golem's own voice are found, answered, and known again.

#[path = "common/place.rs"]
mod place;
#[path = "common/real.rs"]
mod real;
#[path = "common/spoken.rs"]
mod spoken;

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use spoken::spoken;

/// Statements and questions; the second question comes twice.
const TALK: [&str; 5] = [
    "We visited the museum yesterday.",
    "What is the capital of France?",
    "How many days are there in a week?",
    "I think it was a very good evening.",
    "How many days are there in a week?",
];

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The events of `golem hints --json` on a recording.
fn events(models: &Path, input: &Path, more: &[&str]) -> Vec<Value> {
    let input = input.display().to_string();
    let output = real::golem(models, &["hints", "--json", "--input", &input]).args(more).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_type<'a>(events: &'a [Value], wanted: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == wanted).collect()
}

#[test]
fn questions_are_found_and_hints_stream_and_a_question_asked_again_is_known() {
    let Some(models) = real::models() else { return };
    let folder = tempfile::tempdir().unwrap();
    let events = events(&models, &spoken(&models, folder.path(), &TALK), &[]);
    let asked: Vec<String> =
        of_type(&events, "question").iter().map(|event| event["text"].as_str().unwrap().to_lowercase()).collect();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked[0].contains("capital") && asked[1..].iter().all(|text| text.contains("days")), "{asked:?}");
    let hints = of_type(&events, "hint");
    assert_eq!(hints.len(), 3, "{events:?}");
    assert!(hints.iter().all(|hint| hint["text"].as_str().is_some_and(|text| !text.is_empty())), "{hints:?}");
    assert_eq!(
        [&hints[0]["kept"], &hints[1]["kept"], &hints[2]["kept"]].map(Value::as_bool),
        [false, false, true].map(Some)
    );
    assert_eq!(hints[2]["text"], hints[1]["text"]);
    let streamed: String = of_type(&events, "piece")
        .iter()
        .filter(|piece| piece["number"] == 1)
        .map(|piece| piece["text"].as_str().unwrap())
        .collect();
    assert_eq!(streamed.split_whitespace().collect::<Vec<_>>().join(" "), hints[0]["text"].as_str().unwrap());
    let captions = of_type(&events, "final").len();
    assert!(captions >= TALK.len(), "{captions} captions");
}

#[test]
fn a_russian_question_is_found_and_hinted() {
    let Some(models) = real::models() else { return };
    let asked = place::root().join("fixtures/audio/whisper/25-espeak-ru-f3.flac");
    let statement = place::root().join("fixtures/audio/whisper/23-espeak-ru-m7.flac");
    let russian = ["--set", "asr.language=ru"];
    let heard = events(&models, &asked, &russian);
    let questions = of_type(&heard, "question");
    assert!(
        questions.len() == 1 && questions[0]["text"].as_str().unwrap().to_lowercase().contains("который час"),
        "{heard:?}"
    );
    let hints = of_type(&heard, "hint");
    assert!(hints.len() == 1 && !hints[0]["text"].as_str().unwrap().is_empty(), "{heard:?}");
    assert!(of_type(&events(&models, &statement, &russian), "question").is_empty());
}

#[test]
fn the_pane_has_as_many_rows_as_asked_for() {
    let Some(models) = real::models() else { return };
    let folder = tempfile::tempdir().unwrap();
    let talk = spoken(&models, folder.path(), &TALK[1..2]).display().to_string();
    let output = real::golem(&models, &["hints", "--compact=3", "--input", &talk]).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let drawn = text.trim_end().rsplit("\x1b[H").next().unwrap().to_lowercase();
    assert_eq!(drawn.matches("\r\n").count(), 2, "{drawn}");
    assert!(drawn.contains("? ") && drawn.contains("capital") && drawn.contains("> "), "{drawn}");
}

#[test]
fn nobody_is_heard_without_knowing_it() {
    let Some(models) = real::models() else { return };
    let output = real::golem(&models, &["hints"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("let them know") && told(&output).contains("--others-know"), "{}", told(&output));
}
