//! Runs of the whole golem program: conversations through a golem that serves, findings of the doctor, and settings.

use std::fs;
use std::process::Output;

use golem::config::{AsrConfig, TtsConfig};
use golem::device::wav::read_all;
use golem::engine::Transcriber;
use golem::turn::Ticket;
use serde_json::Value;

use super::place::{data, root};
use super::served::{Served, installed};
use super::{SENTENCE, asr, ears, heard, program, real, spoken, tts, voice};

fn golem(words: &[&str], flags: &[&str]) -> Output {
    let flags = flags.iter().flat_map(|flag| ["--set", flag]);
    program::golem(words).env("GOLEM_DATA", data()).args(flags).output().unwrap()
}

#[test]
fn a_golem_in_the_cellar_hears_and_speaks() {
    if !installed() {
        return;
    }
    let served = Served::micro(&[]);
    let url = format!("http://{}", served.http);
    let mut ears = ears(&asr(&url));
    let question = read_all(&root().join("fixtures/audio/whisper/05-flite-rms.flac")).unwrap();
    assert_eq!(heard(&mut ears, &question), "Who wrote Romeo and Juliet?");
    assert_eq!(heard(&mut ears, &question), "Who wrote Romeo and Juliet?", "over the same connection");
    let russian = AsrConfig { language: "ru".into(), ..asr(&url) };
    let weather = read_all(&root().join("fixtures/audio/whisper/24-espeak-ru-f1.flac")).unwrap();
    let mut ears = self::ears(&russian);
    ears.accept(&weather).unwrap();
    let heard = ears.finish(&Ticket::standing()).unwrap();
    assert_eq!(heard.text, "Какая сегодня погода?");
    assert!(heard.mean_logprob.is_some_and(|logprob| logprob < 0.0) && heard.no_speech.is_some(), "{heard:?}");

    let (mut voice, own) = voice(&tts(&url));
    for text in [SENTENCE, "It costs $5 and 10 ct."] {
        let (samples, timing) = spoken(&mut voice, text);
        assert_eq!((timing.rate, own.len()), (22_050, 0), "espeak's own rate");
        assert!(samples.iter().any(|sample| sample.abs() > 0.05) && samples.len() > 22_050);
        assert!(timing.words.last().is_some_and(|word| word.text_end + 1 >= text.len()), "{timing:?}");
    }
    let (mut unknown, own) = self::voice(&TtsConfig { voice: "nobody".into(), ..tts(&url) });
    spoken(&mut unknown, "Hello.");
    assert_eq!(own.try_iter().collect::<Vec<_>>(), ["Hello."], "the server has no such voice");
}

#[test]
fn a_whole_conversation_goes_through_a_golem_in_the_cellar() {
    if !installed() {
        return;
    }
    let served = Served::micro(&[]);
    let (asr_url, tts_url) = (format!("asr.url=http://{}", served.http), format!("tts.url=http://{}", served.http));
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.jsonl");
    let input = ["--input", "fixtures/audio/whisper/05-flite-rms.flac", "--events", events.to_str().unwrap()];
    let flags = ["asr.engine=openai", "tts.engine=openai", &asr_url, &tts_url, "intents.enabled=false"];
    let output = golem(&input, &flags);
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains(&format!("ears: whisper-1 at http://{}", served.http)), "{printed}");
    let text = fs::read_to_string(&events).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(text.contains("Who wrote Romeo and Juliet?"), "{text}");
    let heard = events.iter().filter(|event| event["type"] == "heard").count();
    assert!(heard > 0, "{text}");
    let metrics = served.get("/metrics").text();
    assert!(metrics.contains("golem_serve"), "{metrics}");
}

#[test]
fn the_doctor_says_of_both_how_they_are_and_what_to_type() {
    if !installed() {
        return;
    }
    let served = Served::micro(&[]);
    let asr_url = format!("asr.url=http://{}", served.http);
    let flags = ["asr.engine=openai", &asr_url, "tts.engine=openai", "tts.url=http://127.0.0.1:1"];
    let output = golem(&["doctor", "--quick", "--json"], &flags);
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let finding = |subject: &str| findings.iter().find(|finding| finding["subject"] == subject).cloned().unwrap();
    assert_eq!(finding("ears server")["verdict"], "ok", "{findings:?}");
    let voice = finding("voice server");
    assert!(voice["seen"].as_str().unwrap().contains("nothing listens there"), "{voice}");
    assert!(voice["next"].as_str().unwrap().contains("tts.url"), "{voice}");
}

#[test]
fn the_settings_are_refused_with_what_to_write() {
    for (flags, wanted) in [
        (&["asr.engine=openai", "asr.url=box:80"][..], "http://"),
        (&["tts.engine=openai", "tts.url=http://me:hidden@host"], "key_env"),
        (&["tts.url=http://box"], "tts.engine"),
        (&["asr.engine=openai", "asr.key_env=sk-hidden"], "not the key"),
    ] {
        let output = golem(&["config", "check"], flags);
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && printed.contains(wanted) && !printed.contains("hidden"), "{printed}");
    }
    assert!(golem(&["config", "check"], &["asr.engine=openai", "tts.engine=openai"]).status.success());
}

#[test]
fn published_weights_hear_in_the_cellar_what_they_have_said_there() {
    let Some(models) = real::models() else { return };
    let mut command = real::golem(&models, &["serve"]);
    command.current_dir(root());
    let served = Served::start(&mut command);
    let url = format!("http://{}", served.http);
    let text = "The quick brown fox jumps over the lazy dog.";
    let (mut voice, own) = voice(&tts(&url));
    let (samples, timing) = spoken(&mut voice, text);
    assert_eq!((own.len(), timing.words.len()), (0, 9));
    let audio = golem::signal::resample::resample(&samples, timing.rate, 16_000);
    let words = heard(&mut ears(&asr(&url)), &audio).to_lowercase();
    // Piper says it in another way each time: one of the words may differ.
    let right = text.to_lowercase().split(' ').filter(|word| words.split(' ').any(|heard| heard == *word)).count();
    assert!(right >= 8, "{words}");
}
