//! Tests that the figures follow from the notes.

use super::*;
use crate::message::{CancelReason, Consent, Decision, Ignored, Ledger, Note, Part, State, Time};
use crate::order::Outcome;

fn value(metrics: &Metrics, name: &str, label: &str, of: &str) -> u64 {
    let json = metrics.json();
    let samples = json[name]["samples"].as_array().unwrap_or_else(|| panic!("no {name}")).clone();
    let sample = samples.into_iter().find(|sample| label.is_empty() || sample[label] == of);
    let sample = sample.unwrap_or_else(|| panic!("no {name} of {of}"));
    sample.get("value").or(sample.get("count")).and_then(serde_json::Value::as_u64).unwrap()
}

fn told(notes: &[Note]) -> Metrics {
    let mut metrics = Metrics::default();
    for note in notes {
        metrics.note(note);
    }
    metrics
}

fn cancel(turn: u64, reason: CancelReason) -> Note {
    Note::Cancel { turn, reason }
}

fn transcript(ignored: Option<Ignored>) -> Note {
    Note::Transcript { utterance: 1, text: "words".into(), ignored }
}

#[test]
fn a_cut_ends_in_a_resumption_or_a_cancellation() {
    let metrics = told(&[
        Note::Cut { turn: 1 },
        Note::Resume { turn: 1, clause: 0 },
        Note::Cut { turn: 1 },
        cancel(1, CancelReason::Words),
        // Neither is a barge-in: a key cancels a reply that was not cut, and a reply held from its start resumes uncut.
        cancel(2, CancelReason::Key),
        Note::Resume { turn: 3, clause: 0 },
        cancel(4, CancelReason::Other),
    ]);
    assert_eq!(value(&metrics, "golem_cuts_total", "", ""), 2);
    assert_eq!(value(&metrics, "golem_barge_ins_total", "outcome", "resumed"), 1);
    assert_eq!(value(&metrics, "golem_barge_ins_total", "outcome", "cancelled"), 1);
    for reason in ["words", "key", "other"] {
        assert_eq!(value(&metrics, "golem_cancels_total", "reason", reason), 1, "{reason}");
    }
}

#[test]
fn utterances_commands_and_failures_are_counted() {
    let decision = |accepted| Note::Decision(Box::new(Decision { accepted, ..Decision::default() }));
    let outcome = |error: Option<&str>| Note::Outcome {
        turn: 1,
        decision: 1,
        outcome: Outcome { error: error.map(Into::into), ..Outcome::default() },
    };
    let heard = |text: &str, interrupted| Note::Heard { turn: 1, text: text.into(), interrupted };
    let metrics = told(&[
        transcript(None),
        transcript(Some(Ignored::Ghost)),
        transcript(Some(Ignored::Ghost)),
        transcript(Some(Ignored::Backchannel)),
        Note::Typed { turn: 2, text: "typed".into() },
        decision(true),
        decision(false),
        outcome(None),
        outcome(Some("no")),
        Note::Confirmed { turn: 1, decision: 1, answer: Consent::Late },
        Note::Error { part: Part::Llm, reason: "slow".into() },
        heard("all", false),
        heard("some", true),
        heard("", true),
        Note::Muted { on: true },
    ]);
    let of = |name: &str, label: &str, of: &str| value(&metrics, name, label, of);
    assert_eq!(of("golem_transcripts_total", "result", "ghost"), 2);
    assert_eq!(of("golem_transcripts_total", "result", "words"), 1);
    assert_eq!(of("golem_typed_total", "", ""), 1);
    assert_eq!(of("golem_commands_total", "decision", "accepted"), 1);
    assert_eq!(of("golem_command_outcomes_total", "result", "failed"), 1);
    assert_eq!(of("golem_confirmations_total", "answer", "late"), 1);
    assert_eq!(of("golem_errors_total", "stage", "llm"), 1);
    assert_eq!(of("golem_replies_total", "heard", "part"), 1);
    assert_eq!(of("golem_replies_total", "heard", "nothing"), 1);
    assert_eq!(of("golem_muted", "", ""), 1);
}

#[test]
fn a_turn_is_timed_moment_by_moment_and_stage_by_stage() {
    let ledger = Ledger {
        endpoint: Some(0.5),
        transcript: Some(0.7),
        first_token: Some(0.8),
        first_clause: Some(1.0),
        first_sample: Some(1.1),
        ..Ledger::new(4, Time::from_secs(9))
    };
    let alarm = Ledger { first_clause: Some(0.0), first_sample: Some(0.1), ..Ledger::new(5, Time::ZERO) };
    let metrics = told(&[Note::SpeechEnd { utterance: 4, voiced: 2.0 }, Note::Latency(ledger), Note::Latency(alarm)]);
    let json = metrics.json();
    let sum = |name: &str, place: usize| json[name]["samples"][place]["sum"].as_f64().unwrap();
    assert!((sum("golem_latency_seconds", 4) - 1.1).abs() < 1e-9);
    assert!((sum("golem_stage_seconds", 1) - 0.2).abs() < 1e-9);
    assert!((sum("golem_stage_seconds", 4) - 0.1).abs() < 1e-9);
    assert!((sum("golem_asr_real_time_factor", 0) - 0.1).abs() < 1e-9);
    assert_eq!(value(&metrics, "golem_latency_seconds", "until", "first_sound"), 1, "an alarm answers nobody");
}

#[test]
fn a_voice_that_comes_to_nothing_is_a_false_wake() {
    let start = |utterance| Note::SpeechStart { utterance };
    let idle = Note::State { state: State::Idle };
    let metrics = told(&[
        // Words: no false wake, nor when golem is idle again afterwards.
        start(1),
        transcript(None),
        idle.clone(),
        // A ghost, and a voice too short for words: one each, once.
        start(2),
        transcript(Some(Ignored::Ghost)),
        idle.clone(),
        start(3),
        idle.clone(),
        idle,
        // Not over yet.
        start(4),
    ]);
    assert_eq!(value(&metrics, "golem_voices_total", "", ""), 4);
    assert_eq!(value(&metrics, "golem_false_wakes_total", "", ""), 2);
    assert_eq!(metrics.summary().false_wakes, 2);
}

#[test]
fn the_summary_says_the_same_in_short() {
    let ledger = Ledger { first_token: Some(0.4), first_sample: Some(0.9), ..Ledger::new(1, Time::ZERO) };
    let mut metrics = told(&[
        Note::Duck { on: true },
        Note::Cut { turn: 1 },
        cancel(1, CancelReason::Words),
        transcript(Some(Ignored::Ghost)),
        Note::Heard { turn: 1, text: "some".into(), interrupted: true },
        Note::Latency(ledger),
    ]);
    metrics.process(Process { memory: 1 << 20, threads: 9, files: 12 });
    let summary = metrics.summary();
    assert_eq!(summary.barge_ins, BargeIns { lowered: 1, cut: 1, resumed: 0, cancelled: 1 });
    assert_eq!((summary.transcripts["ghost"], summary.replies["part"], summary.cancels["words"]), (1, 1, 1));
    assert_eq!((summary.memory, summary.threads, summary.files), (1 << 20, 9, 12));
    let sound = summary.latency["first_sound"];
    assert_eq!((sound.count, sound.max), (1, 0.9));
    assert!(sound.p50 > 0.75 && sound.p50 <= 0.9 && sound.p95 <= 0.9, "{sound:?}");
    assert!(!summary.latency.contains_key("endpoint"), "never reached");
    let read: Summary = serde_json::from_str(&serde_json::to_string(&summary).unwrap()).unwrap();
    assert_eq!(read, summary);
}

#[test]
fn the_text_is_what_prometheus_reads() {
    let mut metrics = told(&[transcript(None)]);
    metrics.dropped(512);
    metrics.dropped(12);
    metrics.process(Process { memory: 1 << 20, threads: 9, files: 12 });
    let text = metrics.prometheus();
    let mut typed = std::collections::BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let mut words = rest.splitn(3, ' ');
            let (what, name, rest) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
            assert!(matches!(what, "HELP" | "TYPE") && !rest.is_empty(), "{line}");
            if what == "TYPE" {
                assert_eq!(typed.insert(name, rest), None, "{name} is told twice");
            }
            continue;
        }
        let (series, number) = line.rsplit_once(' ').unwrap();
        number.parse::<f64>().unwrap_or_else(|_| panic!("{line}"));
        let name = series.split('{').next().unwrap();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let kind = typed.get(name).or_else(|| typed.get(family?)).unwrap_or_else(|| panic!("{line} has no type"));
        assert_eq!(*kind == "counter", name.ends_with("_total"), "{line}");
        assert!(Metrics::names().contains(&name.to_string()), "{name}");
    }
    assert!(text.contains("golem_dropped_samples_total 512\n"), "{text}");
    assert!(text.contains("golem_transcripts_total{result=\"words\"} 1\n"));
    assert!(text.contains("golem_latency_seconds_bucket{until=\"endpoint\",le=\"+Inf\"} 0\n"));
    assert!(text.contains("process_resident_memory_bytes 1048576\n"));
    assert!(text.ends_with('\n'));
}

#[test]
fn its_size_does_not_grow() {
    let size = std::mem::size_of::<Metrics>();
    assert!(size < 4096, "{size}");
    let mut metrics = Metrics::default();
    for utterance in 0..100_000 {
        metrics.note(&Note::SpeechEnd { utterance, voiced: 1.0 });
        metrics.note(&cancel(utterance, CancelReason::Words));
    }
    assert!(metrics.prometheus().len() < 20_000);
}

#[test]
fn quantiles_are_by_nearest_rank() {
    let sorted = [1.0, 2.0, 3.0, 4.0];
    assert_eq!(quantile(&sorted, 0.5), Some(2.0));
    assert_eq!(quantile(&sorted, 0.95), Some(4.0));
    assert_eq!(quantile(&sorted, 0.0), Some(1.0));
    assert_eq!(quantile(&[], 0.5), None);
}
