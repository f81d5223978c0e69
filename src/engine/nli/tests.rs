//! Tests with a small model trained for them: against transformers' results, and on sentences that it was not trained
//! on.

use std::path::PathBuf;

use serde::Deserialize;

use super::*;
use crate::engine::recording::{self, fixture};
use crate::intent::matching::zeroshot::{self, Choice, UtteranceKind, Wording};
use crate::turn::TurnClock;

/// The results of transformers for one utterance.
#[derive(Deserialize)]
struct Case {
    text: String,
    hypotheses: Vec<String>,
    multi_label: bool,
    logits: Vec<Vec<f32>>,
    probabilities: Vec<f32>,
    /// Index of the true hypothesis.
    truth: usize,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(&std::fs::read_to_string(fixture("parity/nli.json")).unwrap()).unwrap()
}

fn library() -> Option<PathBuf> {
    recording::installed("runtime/libonnxruntime.so")
}

fn open(library: &Path) -> Nli {
    Nli::open(library, &fixture("models/nli-micro"), 1).unwrap()
}

fn worst(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f32::max)
}

#[test]
fn logits_and_probabilities_are_those_of_transformers() {
    let Some(library) = library() else { return };
    let mut nli = open(&library);
    let (mut logits, mut probabilities, now) = (0.0_f32, 0.0_f32, Ticket::standing());
    for case in cases() {
        let ours = nli.logits(&case.text, &case.hypotheses, &now).unwrap().unwrap();
        logits = logits.max(worst(&ours.concat(), &case.logits.concat()));
        let ours = nli.classify(&case.text, &case.hypotheses, case.multi_label, &now).unwrap().unwrap();
        probabilities = probabilities.max(worst(&ours, &case.probabilities));
    }
    println!("logits differ by {logits:e}, probabilities by {probabilities:e} at most");
    assert!(logits < 1e-4 && probabilities < 1e-4, "{logits}, {probabilities}");
}

#[test]
fn sentences_never_seen_are_understood() {
    let Some(library) = library() else { return };
    let mut nli = open(&library);
    let (cases, mut wrong) = (cases(), Vec::new());
    for case in &cases {
        let answer = nli.classify(&case.text, &case.hypotheses, case.multi_label, &Ticket::standing());
        let answer = answer.unwrap().unwrap();
        let best = (0..answer.len()).max_by(|&a, &b| answer[a].total_cmp(&answer[b])).unwrap();
        if best != case.truth {
            wrong.push((&case.text, &case.hypotheses[best]));
        }
    }
    println!("{} of {} wrong: {wrong:?}", wrong.len(), cases.len());
    assert!(cases.len() >= 40 && wrong.len() * 20 <= cases.len(), "more than one in twenty: {wrong:?}");
}

#[test]
fn verdicts_that_are_sure_enough_are_right() {
    let Some(library) = library() else { return };
    let mut nli = open(&library);
    let (cases, wording) = (cases(), Wording::of("en"));
    let about = |case: &&Case| case.multi_label;
    let Some(first) = cases.iter().find(about) else { panic!("no command") };
    let choices: Vec<Choice> = first
        .hypotheses
        .iter()
        .map(|wants| {
            let description = wants.strip_prefix(wording.wants.0).unwrap();
            Choice::new(wants, Some(description), &[])
        })
        .collect();
    let (mut commands, mut proposed) = (0, 0);
    for case in cases.iter().filter(|case| !case.multi_label) {
        let meant = cases.iter().filter(about).find(|command| command.text == case.text);
        let meant = meant.map(|command| command.hypotheses[command.truth].as_str());
        let judge = |asked: &[String], alone: bool| nli.classify(&case.text, asked, alone, &Ticket::standing());
        let verdict = zeroshot::verdict(&choices, &wording, judge).unwrap().unwrap();
        commands += usize::from(meant.is_some());
        if verdict.kind == UtteranceKind::Command && verdict.probability >= zeroshot::THRESHOLD {
            proposed += 1;
            assert_eq!(verdict.intent.as_deref(), meant, "{}: {verdict:?}", case.text);
        }
    }
    println!("{proposed} of {commands} commands are sure enough, all of them right");
    assert!(proposed * 10 >= commands * 7, "only {proposed} of {commands}");
}

#[test]
fn byte_level_tokenizers_are_read_too() {
    let json = std::fs::read_to_string(fixture("models/whisper-micro/tokenizer.json")).unwrap();
    let config = labels::NliConfig::parse(r#"{"pad_token_id": 7, "max_position_embeddings": 34}"#).unwrap();
    let pairs = Pairs::new(&json, &config).unwrap();
    let batch = pairs.encode(&"Turn on the light. ".repeat(50), &["Stop.".into(), "Set a timer.".into()]).unwrap();
    assert_eq!((batch.rows, batch.length), (2, config.window()));
    assert!(batch.columns.iter().all(|column| column.len() == 2 * config.window()));
    let batch = pairs.encode("Hello.", &["Stop.".into(), "Set a timer for one hour.".into()]).unwrap();
    let [ids, mask, _] = &batch.columns;
    assert!(batch.length < config.window());
    let padded = |n: &usize| mask[*n] == 0;
    assert!((0..ids.len()).any(|n| padded(&n)) && (0..ids.len()).filter(padded).all(|n| ids[n] == 7));
}

#[test]
fn long_texts_are_cut_and_long_hypotheses_refused() {
    let Some(library) = library() else { return };
    let mut nli = open(&library);
    let now = Ticket::standing();
    let hypotheses = vec!["This person is asking a question.".to_string()];
    let long = "what is it ".repeat(1_000);
    assert_eq!(nli.logits(&long, &hypotheses, &now).unwrap().unwrap().len(), 1);
    assert_eq!(nli.logits("", &hypotheses, &now).unwrap().unwrap().len(), 1);
    assert!(nli.classify("hello", &[], false, &now).unwrap().unwrap().is_empty());
    let error = nli.logits("hello", &[long], &now).unwrap_err();
    assert!(error.to_string().contains("shorten it"), "{error}");
    let clock = TurnClock::new();
    let ticket = clock.ticket(1);
    clock.raise(2);
    assert_eq!(nli.classify("hello", &hypotheses, false, &ticket).unwrap(), None);
}

#[test]
fn spoiled_folders_are_refused() {
    let Some(library) = library() else { return };
    let refusal = |dir: &Path| Nli::open(&library, dir, 1).err().expect("it must be refused");
    assert!(matches!(refusal(Path::new("/nowhere")), EngineError::Missing { .. }));
    for name in ["config.json", "tokenizer.json", "model.onnx"] {
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(fixture("models/nli-micro")).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        let path = copy.path().join(name);
        let whole = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(refusal(copy.path()), EngineError::Missing { .. }), "{name}");
        for spoiled in [&whole[..whole.len() / 2], &[], b"{}", b"\xff\xfe"] {
            if name == "config.json" && spoiled == b"{}" {
                continue; // Labels without names are MNLI's three.
            }
            std::fs::write(&path, spoiled).unwrap();
            let error = refusal(copy.path());
            assert!(matches!(error, EngineError::Unusable { .. }), "{name}: {error}");
        }
    }
    let vad = recording::installed("models/silero/silero_vad.onnx");
    if let Some(vad) = vad {
        let copy = tempfile::tempdir().unwrap();
        for name in ["config.json", "tokenizer.json"] {
            std::fs::copy(fixture("models/nli-micro").join(name), copy.path().join(name)).unwrap();
        }
        std::fs::copy(vad, copy.path().join("model.onnx")).unwrap();
        assert!(refusal(copy.path()).to_string().contains("no text classifier"));
    }
}
