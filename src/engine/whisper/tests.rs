//! Tests of Whisper on real folders and recordings, with a small model that knows a few phrases in two languages.

use std::path::{Path, PathBuf};

use super::*;
use crate::engine::recording::{self, fixture};
use crate::turn::TurnClock;

/// The small model's folder.
fn folder() -> PathBuf {
    fixture("models/whisper-micro")
}

/// One thread: the model is too small to share, and other tests run beside this one.
fn config(language: &str, audio_context: AudioContext) -> config::AsrConfig {
    config::AsrConfig { language: language.into(), audio_context, threads: 1, ..config::AsrConfig::default() }
}

fn open(language: &str, audio_context: AudioContext) -> Whisper {
    Whisper::open(&folder(), &config(language, audio_context)).unwrap()
}

/// Recordings with their language and words.
fn phrases() -> Vec<(PathBuf, String, String)> {
    let manifest = std::fs::read_to_string(fixture("audio/whisper/manifest.tsv")).unwrap();
    let row = |line: &str| {
        let mut cells = line.split('\t').map(ToString::to_string);
        let mut cell = || cells.next().expect("three cells a row");
        (fixture("audio/whisper").join(cell()), cell(), cell())
    };
    manifest.lines().skip(1).map(row).collect()
}

fn hear(whisper: &mut Whisper, audio: &[f32]) -> Transcript {
    whisper.start().unwrap();
    assert_eq!(whisper.accept(audio).unwrap(), None);
    whisper.finish(&Ticket::standing()).unwrap()
}

/// Asserts that every phrase is recognised word for word.
fn every_phrase_is_understood(context: AudioContext) {
    let phrases = phrases();
    assert!(phrases.len() >= 20);
    let mut wrong = Vec::new();
    for language in ["en", "ru"] {
        let mut whisper = open(language, context);
        for (path, _, text) in phrases.iter().filter(|(_, tag, _)| tag == language) {
            let heard = hear(&mut whisper, &recording::read(path));
            assert_eq!(heard.language.as_deref(), Some(language));
            assert!(heard.mean_logprob.is_some_and(|mean| mean > -1.0), "{heard:?}");
            assert!(heard.alternatives.iter().all(|other| *other != heard.text), "{heard:?}");
            if heard.text != *text {
                wrong.push(format!("{text:?} was heard as {:?}", heard.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn phrases_are_understood_in_a_window_as_long_as_they_need() {
    every_phrase_is_understood(AudioContext::Auto);
}

#[test]
fn phrases_are_understood_in_the_full_window() {
    every_phrase_is_understood(AudioContext::Full);
}

#[test]
fn the_language_is_heard() {
    let mut whisper = open("auto", AudioContext::Auto);
    for (path, language, text) in phrases() {
        let heard = hear(&mut whisper, &recording::read(&path));
        assert_eq!((heard.language.as_deref(), heard.text), (Some(language.as_str()), text));
    }
}

#[test]
fn silence_is_known_for_what_it_is() {
    let mut whisper = open("en", AudioContext::Auto);
    let (path, ..) = &phrases()[0];
    let speech = hear(&mut whisper, &recording::read(path)).no_speech.unwrap();
    let silence = hear(&mut whisper, &vec![0.0; 2 * RATE as usize]).no_speech.unwrap();
    assert!(speech < 0.5 && silence > 0.5, "speech {speech}, silence {silence}");
    assert_eq!(hear(&mut whisper, &[]), Transcript::default());
}

#[test]
fn more_audio_may_follow_a_decode() {
    let mut whisper = open("en", AudioContext::Auto);
    let (path, _, text) = &phrases()[0];
    let audio = recording::read(path);
    let half = audio.len() / 2;
    hear(&mut whisper, &audio[..half]);
    whisper.accept(&audio[half..]).unwrap();
    assert_eq!(whisper.finish(&Ticket::standing()).unwrap().text, *text);
}

#[test]
fn a_recording_longer_than_a_window_is_read_in_parts() {
    let mut whisper = open("en", AudioContext::Auto);
    let (first, second) = (&phrases()[0], &phrases()[2]);
    let mut audio = recording::read(&first.0);
    // A faint hum, then a pause for the cut, just before 30 s.
    audio.resize(59 * RATE as usize / 2, 0.001);
    audio.resize(30 * RATE as usize, 0.0);
    audio.extend(recording::read(&second.0));
    assert_eq!(hear(&mut whisper, &audio).text, format!("{} {}", first.2, second.2));
}

#[test]
fn stale_work_ends_without_words() {
    let mut whisper = open("en", AudioContext::Auto);
    let clock = TurnClock::new();
    let ticket = clock.ticket(1);
    clock.raise(2);
    whisper.accept(&recording::read(&phrases()[0].0)).unwrap();
    assert_eq!(whisper.finish(&ticket).unwrap(), Transcript::default());
}

#[test]
fn greedy_search_has_no_other_readings() {
    let mut whisper =
        Whisper::open(&folder(), &config::AsrConfig { beam: 1, ..config("en", AudioContext::Auto) }).unwrap();
    let (path, _, text) = &phrases()[0];
    let heard = hear(&mut whisper, &recording::read(path));
    assert_eq!((heard.text, heard.alternatives), (text.clone(), Vec::new()));
}

/// A copy of the model's folder that a test may spoil.
fn copy() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

fn refusal(dir: &Path) -> EngineError {
    Whisper::open(dir, &config("en", AudioContext::Auto)).err().expect("it must be refused")
}

#[test]
fn spoiled_models_are_refused() {
    let copy = copy();
    let model = copy.path().join("model.bin");
    let whole = std::fs::read(&model).unwrap();
    let mut other = whole.clone();
    let name = other.windows(11).position(|bytes| bytes == b"WhisperSpec").unwrap();
    other[name..name + 11].copy_from_slice(b"UnknownSpec");
    let noise = vec![7; 100_000];
    for spoiled in [&whole[..whole.len() - 10], &whole[..whole.len() / 2], &whole[..5], &[], &noise, &other] {
        std::fs::write(&model, spoiled).unwrap();
        let error = refusal(copy.path());
        assert!(matches!(error, EngineError::Unusable { .. }), "{error}");
    }
}

#[test]
fn missing_files_are_named() {
    assert!(matches!(refusal(Path::new("/nowhere")), EngineError::Missing { .. }));
    for name in ["config.json", "model.bin"] {
        let copy = copy();
        std::fs::remove_file(copy.path().join(name)).unwrap();
        assert!(refusal(copy.path()).to_string().contains(name));
    }
}

#[test]
fn a_vocabulary_may_come_in_three_forms() {
    let (path, _, text) = &phrases()[0];
    let audio = recording::read(path);
    let copy = copy();
    let tokens: Vec<String> =
        serde_json::from_str(&std::fs::read_to_string(folder().join("vocabulary.json")).unwrap()).unwrap();
    for name in ["vocabulary.json", "tokenizer.json"] {
        std::fs::remove_file(copy.path().join(name)).ok();
    }
    assert!(refusal(copy.path()).to_string().contains("vocabulary.json"));

    let (special, plain): (Vec<_>, Vec<_>) = tokens.iter().enumerate().partition(|(_, token)| token.starts_with("<|"));
    let vocabulary: serde_json::Map<_, _> = plain.iter().map(|(id, token)| ((*token).clone(), (*id).into())).collect();
    let added: Vec<_> = special.iter().map(|(id, token)| serde_json::json!({"id": id, "content": token})).collect();
    let tokenizer = serde_json::json!({"model": {"vocab": vocabulary}, "added_tokens": added});
    let lines = tokens.join("\n") + "\n";
    for (name, content) in [("tokenizer.json", tokenizer.to_string()), ("vocabulary.txt", lines)] {
        std::fs::write(copy.path().join(name), content).unwrap();
        let mut whisper = Whisper::open(copy.path(), &config("en", AudioContext::Auto)).unwrap();
        assert_eq!(hear(&mut whisper, &audio).text, *text, "{name}");
    }
}

#[test]
fn what_the_model_lacks_is_refused_with_advice() {
    let asr = |language: &str, compute_type: &str| config::AsrConfig {
        compute_type: compute_type.into(),
        ..config(language, AudioContext::Auto)
    };
    for (asr, advice) in [(asr("xx", "default"), "asr.language"), (asr("en", "int4"), "asr.compute_type")] {
        let error = Whisper::open(&folder(), &asr).err().unwrap();
        assert!(error.to_string().contains(advice), "{error}");
    }
}

#[test]
fn the_log_mel_is_that_of_the_official_package() {
    let samples = recording::read(&fixture("parity/mel.flac"));
    for mels in [80, 128] {
        let reference = std::fs::read(fixture(&format!("parity/mel{mels}.f32"))).unwrap();
        let reference = reference.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()));
        let mel = LogMel::new(mels).compute(&samples, reference.len() / mels);
        assert_eq!(mel.len(), reference.len());
        let worst = mel.iter().zip(reference).map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f32::max);
        println!("{mels} mels differ by {worst:e} at most");
        assert!(worst < 1e-4, "{mels} mels differ by {worst}");
    }
}

/// Texts to be scored: the phrase without the model's capital and closing sign, as in templates, and wrong ones near
/// it. Those lack a word at either end, or are the other phrases of the language.
fn rivals(text: &str, phrases: &[(PathBuf, String, String)], language: &str) -> Vec<String> {
    let plain = |text: &str| text.trim_end_matches(['.', '?']).to_lowercase();
    let said = plain(text);
    let words: Vec<&str> = said.split(' ').collect();
    let mut rivals = vec![said.clone()];
    if words.len() > 1 {
        rivals.extend([words[1..].join(" "), words[..words.len() - 1].join(" ")]);
    }
    let others = phrases.iter().filter(|(_, tag, _)| tag == language).map(|(.., other)| plain(other));
    rivals.extend(others.filter(|other| *other != said));
    rivals
}

#[test]
fn what_was_said_is_likelier_than_what_was_not() {
    let phrases = phrases();
    let mut wrong = Vec::new();
    for language in ["en", "ru"] {
        let mut whisper = open(language, AudioContext::Auto);
        for (path, _, text) in phrases.iter().filter(|(_, tag, _)| tag == language) {
            hear(&mut whisper, &recording::read(path));
            let rivals = rivals(text, &phrases, language);
            let scores = whisper.score(&rivals, &Ticket::standing()).unwrap().unwrap();
            let best = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
            let next = (1..scores.len()).map(|n| scores[n]).fold(f32::NEG_INFINITY, f32::max);
            println!("{:6.2} before {next:6.2}: {text}", scores[0]);
            assert!(scores.iter().all(|score| *score <= 0.0), "{scores:?}");
            if best != 0 {
                wrong.push(format!("{text:?} was taken for {:?}", rivals[best]));
            }
        }
    }
    assert!(wrong.len() <= 1, "{wrong:#?}");
}

#[test]
fn the_words_that_were_heard_are_as_likely_as_the_decoder_says() {
    let mut whisper = open("en", AudioContext::Auto);
    for (path, language, _) in phrases() {
        if language != "en" {
            continue;
        }
        let heard = hear(&mut whisper, &recording::read(&path));
        let score = whisper.score(std::slice::from_ref(&heard.text), &Ticket::standing()).unwrap().unwrap()[0];
        let mean = heard.mean_logprob.unwrap();
        assert!((score - mean).abs() < 0.2, "{}: {score}, when decoded {mean}", heard.text);
    }
}

#[test]
fn texts_that_cannot_be_weighed_are_told_apart() {
    let mut whisper = open("en", AudioContext::Auto);
    let texts = ["hello".to_string(), String::new(), " . ".into(), "la ".repeat(5_000)];
    assert_eq!(whisper.score(&texts, &Ticket::standing()).unwrap(), None, "nothing was heard yet");
    hear(&mut whisper, &recording::read(&phrases()[3].0));
    let scores = whisper.score(&texts, &Ticket::standing()).unwrap().unwrap();
    assert!(scores[0] > -1.0 && scores[1..].iter().all(|score| *score == f32::NEG_INFINITY), "{scores:?}");
    let clock = TurnClock::new();
    let ticket = clock.ticket(1);
    clock.raise(2);
    assert_eq!(whisper.score(&texts, &ticket).unwrap(), None, "a stale question has no answer");
    whisper.start().unwrap();
    assert_eq!(whisper.score(&texts, &Ticket::standing()).unwrap(), None, "forgotten with a new utterance");
}
