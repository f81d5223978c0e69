//! Whole conversations through the real engines, from recordings: with the starter pack, and with Whisper and Piper.

#[path = "common/place.rs"]
mod place;
#[path = "common/program.rs"]
mod program;

use std::fs;

use place::data;
use serde_json::Value;

/// The events and the sound of one replay.
struct Run {
    events: Vec<Value>,
    raw: Vec<u8>,
    sound: Vec<u8>,
}

impl Run {
    fn of(&self, kind: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["type"] == kind).collect()
    }

    fn texts(&self, kind: &str) -> Vec<&str> {
        self.of(kind).iter().filter_map(|event| event["text"].as_str()).collect()
    }
}

/// Runs golem over `inputs` with fixed latencies; `None`, with a printed reason, where set-up has not been run.
fn replay(arguments: &[&str]) -> Option<Run> {
    if !data().join("runtime/libpocketsphinx.so").exists() {
        println!("skipped: {} does not hold what scripts/golem installs", data().display());
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let (events, sound) = (folder.path().join("events.jsonl"), folder.path().join("reply.wav"));
    let output = program::golem(&[])
        .args(["--latency", "asr=200ms,llm=20ms/token,tts=0"])
        .args(arguments)
        .arg("--events")
        .arg(&events)
        .arg("--output")
        .arg(&sound)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let raw = fs::read(&events).unwrap();
    let events = String::from_utf8_lossy(&raw).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Some(Run { events, raw, sound: fs::read(&sound).unwrap() })
}

const CONVERSATION: &[&str] = &["--input", "fixtures/audio/conversation.wav"];

#[test]
fn a_conversation_of_five_exchanges_one_of_them_interrupted() {
    let Some(run) = replay(CONVERSATION) else { return };
    let heard = run.texts("transcript");
    assert_eq!(
        heard,
        ["hello golem", "what is two plus three", "tell me a story", "tell me a joke", "thank you golem"]
    );
    assert!(run.texts("heard")[1].contains("five"), "{:?}", run.texts("heard"));
    let cut: Vec<_> = run.of("heard").into_iter().filter(|event| event["interrupted"] == true).collect();
    assert_eq!(cut.len(), 1, "the story is interrupted and nothing else");
    let whole = run.of("reply").into_iter().find(|reply| reply["turn"] == cut[0]["turn"]).unwrap();
    let kept = cut[0]["text"].as_str().unwrap();
    assert!(!kept.is_empty() && whole["text"].as_str().unwrap().starts_with(kept), "history is what was heard");
    assert_eq!(run.of("error"), Vec::<&Value>::new());
}

#[test]
fn between_the_cut_and_the_next_reply_there_is_not_one_sample() {
    let Some(run) = replay(CONVERSATION) else { return };
    let cut = run.of("cut")[0]["t"].as_f64().unwrap();
    let next = run.of("audio_start").iter().map(|event| event["t"].as_f64().unwrap()).find(|t| *t > cut).unwrap();
    let mut reader = hound::WavReader::new(&run.sound[..]).unwrap();
    let rate = f64::from(reader.spec().sample_rate);
    let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let at = |seconds: f64| (seconds * rate) as usize;
    assert!(samples[at(cut - 0.5)..at(cut)].iter().any(|sample| sample.abs() > 300), "golem was speaking");
    assert!(samples[at(cut + 0.011)..at(next - 0.011)].iter().all(|sample| *sample == 0), "and fell silent");
}

/// Lower-case words without punctuation.
fn words(text: &str) -> Vec<String> {
    let bare: String = text.chars().filter(|c| c.is_alphabetic() || *c == ' ').collect();
    bare.to_lowercase().split_whitespace().map(str::to_owned).collect()
}

/// Word edits that make `one` of `other`.
fn distance(one: &[String], other: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, word) in one.iter().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, that) in other.iter().enumerate() {
            let cost = (row[j + 1] + 1).min(row[j] + 1).min(corner + usize::from(word != that));
            corner = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[other.len()]
}

#[test]
fn transcribe_hears_the_reply() {
    let Some(run) = replay(CONVERSATION) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reply.wav");
    fs::write(&file, &run.sound).unwrap();
    let output = program::golem(&[]).arg("transcribe").arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (said, heard) = (words(&run.texts("heard").join(" ")), words(&String::from_utf8_lossy(&output.stdout)));
    assert!(said.len() > 30, "golem said something: {said:?}");
    let errors = distance(&said, &heard);
    assert!(errors * 10 <= said.len() * 2, "{errors} of {} words were misheard: {heard:?}", said.len());
}

#[test]
fn fixed_latencies_make_runs_identical_to_the_byte() {
    let Some((one, two)) = replay(CONVERSATION).zip(replay(CONVERSATION)) else { return };
    let differs = one.events.iter().zip(&two.events).find(|(a, b)| a != b);
    assert!(one.raw == two.raw, "the events differ: {differs:?}");
    assert!(one.sound == two.sound, "the sound differs");
}

#[test]
fn a_stop_phrase_ends_the_reply_and_a_backchannel_does_not() {
    let interrupt = |by: &str| replay(&[CONVERSATION, &["--interrupt", by]].concat());
    let Some(stopped) = interrupt("fixtures/audio/stop.wav@1.5#3") else { return };
    let reasons: Vec<_> = stopped.of("cancel").iter().map(|event| event["reason"].clone()).collect();
    assert_eq!(reasons[0], "stop", "{:?}", stopped.texts("transcript"));
    let Some(resumed) = interrupt("fixtures/audio/i-see.wav@1.2#3") else { return };
    let story = &resumed.of("cut")[0]["turn"];
    assert_eq!(resumed.of("resume").iter().map(|event| &event["turn"]).collect::<Vec<_>>(), [story]);
    let judged = resumed.of("transcript").into_iter().find(|event| event["ignored"] == "backchannel");
    assert_eq!(judged.expect("it is judged a backchannel")["text"], "i see");
}

#[test]
fn several_files_are_heard_in_turn_each_after_the_answer() {
    let question = "fixtures/audio/count-to-ten.wav";
    let Some(run) = replay(&["--input", question, question]) else { return };
    assert_eq!(run.texts("transcript"), ["count to ten", "count to ten"]);
    assert_eq!(run.of("cut"), Vec::<&Value>::new(), "the second waits for the answer to the first");
    let Some(rushed) = replay(&["--input", question, question, "--gap", "1.5"]) else { return };
    assert_eq!(rushed.of("cut").len(), 1, "with a fixed gap it speaks over the answer");
}

#[test]
fn whisper_and_piper_take_the_same_seats() {
    let arguments = [
        "--input",
        "fixtures/audio/whisper/01-flite-rms.flac",
        "--set=asr.model=fixtures/models/whisper-micro",
        "--set=tts.voice=fixtures/models/piper-micro/voice.onnx",
        "--set=asr.threads=1",
        // The pause has to be long enough for the words on any machine.
        "--set=turn.model=false",
    ];
    let Some(run) = replay(&arguments) else { return };
    assert_eq!(run.texts("transcript"), ["Lock the front door."]);
    assert_eq!(run.of("heard").len(), 1);
    assert!(run.sound.len() > 30_000, "the voice is heard");
    let endpoint = run.of("latency")[0]["endpoint"].as_f64().unwrap();
    let transcript = run.of("latency")[0]["transcript"].as_f64().unwrap();
    assert!(transcript - endpoint < 0.01, "the words were decoded ahead, in the pause before the end of the turn");
}
