//! Wyoming as Home Assistant speaks it: dictation, speech, commands and the wake phrase.

use std::fs;
use std::io::{Read, Write};
use std::time::Duration;

use serde_json::json;

use super::served::{Served, installed};
use super::wyoming::{Wyoming, heard};
use super::{QUESTION, SPEECH, WORDS, place, sound};

#[test]
fn home_assistant_is_served() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let mut client = Wyoming::new(&golem);
    client.send("describe", &json!({}), &[]);
    let (kind, info, _) = client.next();
    assert_eq!(kind, "info");
    assert_eq!(info["asr"][0]["models"][0]["name"], "whisper-micro");
    assert!(info["tts"][0]["voices"].as_array().unwrap().iter().any(|voice| voice["name"] == "en-us"), "{info}");
    client.send("ping", &json!({"text": "x"}), &[]);
    assert_eq!(client.next().1["text"], "x");
    let (kind, transcript) = client.say("ru", &sound("24-espeak-ru-f1.flac"));
    assert_eq!((kind.as_str(), &transcript["text"]), ("transcript", &json!("Какая сегодня погода?")));
    assert_eq!(client.say("en", &sound(QUESTION)).1["text"], WORDS);
    client.send("audio-stop", &json!({}), &[]);
    assert_eq!(client.words().1["text"], "");
    client.send("something-new", &json!({}), &[]);
    client.send("synthesize", &json!({"text": "Good morning. How are you?", "voice": {"name": "en-us"}}), &[]);
    let whole = heard(&mut client);
    client.send("synthesize-start", &json!({}), &[]);
    for piece in ["Good mor", "ning. How", " are you?"] {
        client.send("synthesize-chunk", &json!({"text": piece}), &[]);
    }
    client.send("synthesize", &json!({"text": "Good morning. How are you?"}), &[]);
    client.send("synthesize-stop", &json!({}), &[]);
    let streamed = heard(&mut client);
    assert_eq!(client.next().0, "synthesize-stopped");
    assert!(whole > 8_000 && streamed > 8_000, "{whole} and {streamed} samples");
    client.0.get_mut().write_all(b"{\"type\": \"audio-chunk\", \"payload_length\": 99999999999}\n").unwrap();
    assert_eq!(client.next().0, "error");
    assert!(client.ended(), "what follows a lie is not read");
}

#[test]
fn golem_hangs_up_after_an_error_because_home_assistant_waits_for_that() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let mut client = Wyoming::new(&golem);
    let (kind, error) = client.say("xx", &sound(QUESTION));
    assert!(kind == "error" && error["text"].as_str().unwrap().contains("\"xx\""), "{error}");
    assert!(client.ended());
    let text = json!({"text": "Good morning. How are you?", "voice": {"name": "nobody"}});
    for events in [
        &[("audio-start", json!({"rate": 0, "width": 2, "channels": 1}))][..],
        &[("detect", json!({}))],
        &[("synthesize", text.clone())],
        &[("synthesize", json!({"text": "Good morning.", "voice": {"name": "en-us", "speaker": "p225"}}))],
        &[
            ("synthesize-start", text.clone()),
            ("synthesize-chunk", text.clone()),
            ("synthesize", json!({"text": "Good morning."})),
            ("synthesize-stop", json!({})),
        ],
    ] {
        let mut client = Wyoming::new(&golem);
        for (kind, data) in events {
            client.send(kind, data, &[]);
        }
        let (kind, error, _) = client.next();
        assert_eq!(kind, "error", "{error}");
        assert!(client.ended(), "nothing that follows is answered");
    }
}

#[test]
fn a_text_without_a_place_is_dropped_to_its_end() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--sessions", "1"]);
    let text = json!({"text": "Good morning."});
    let mut first = Wyoming::new(&golem);
    first.send("synthesize-start", &json!({}), &[]);
    first.send("ping", &json!({}), &[]);
    assert_eq!(first.next().0, "pong");
    let mut whole = Wyoming::new(&golem);
    whole.send("synthesize", &text, &[]);
    assert_eq!(whole.next().1["code"], "busy");
    assert!(whole.ended());
    let mut second = Wyoming::new(&golem);
    second.send("synthesize-start", &json!({}), &[]);
    assert_eq!(second.next().1["code"], "busy");
    first.send("synthesize-stop", &json!({}), &[]);
    assert_eq!((heard(&mut first), first.next().0.as_str()), (0, "synthesize-stopped"));
    // There is a place by now, but it is too late for this text.
    for kind in ["synthesize-chunk", "synthesize", "synthesize-stop"] {
        second.send(kind, &text, &[]);
    }
    assert_eq!(second.next().0, "synthesize-stopped");
    assert!(second.ended());
}

#[test]
fn a_text_may_pause_for_longer_than_an_utterance() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--set", "serve.patience_s=1"]);
    let mut text = Wyoming::new(&golem);
    text.send("synthesize-start", &json!({}), &[]);
    text.send("synthesize-chunk", &json!({"text": "Good morning to you. How"}), &[]);
    text.send("ping", &json!({}), &[]);
    assert_eq!(text.next().0, "audio-start");
    while text.next().0 != "pong" {}
    // This one begins later, and is given up when its time is over.
    let mut utterance = Wyoming::new(&golem);
    utterance.begin("en", &sound(QUESTION)[..8_000]);
    utterance.0.read_to_end(&mut Vec::new()).unwrap();
    text.send("synthesize-chunk", &json!({"text": " are you?"}), &[]);
    text.send("synthesize-stop", &json!({}), &[]);
    assert_eq!(text.next().0, "audio-chunk");
    while text.next().0 != "audio-stop" {}
    assert_eq!(text.next().0, "synthesize-stopped");
}

#[test]
fn a_text_that_is_left_is_ended_for_those_who_wait_for_its_end() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--set", "serve.idle_s=1"]);
    let mut client = Wyoming::new(&golem);
    client.send("synthesize-start", &json!({}), &[]);
    client.send("synthesize-chunk", &json!({"text": "Good morning to you. How"}), &[]);
    assert!(heard(&mut client) > 0);
    assert_eq!(client.next().0, "synthesize-stopped");
    assert!(client.ended());
    let mut silent = Wyoming::new(&golem);
    silent.send("synthesize-start", &json!({}), &[]);
    assert_eq!(silent.next().0, "synthesize-stopped");
    assert!(silent.ended());
}

#[test]
fn an_utterance_is_heard_while_it_comes_in() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let mut client = Wyoming::new(&golem);
    let pause = vec![0.0; 3 * 16_000];
    client.begin("en", &[&sound(QUESTION)[..], &pause].concat());
    // The utterance goes on, and its first sentence is there.
    assert_eq!(client.next().0, "transcript-start");
    let (kind, first, _) = client.next();
    assert_eq!((kind.as_str(), &first["text"]), ("transcript-chunk", &json!(WORDS)));
    client.more(&[&sound(QUESTION)[..], &pause].concat());
    client.send("audio-stop", &json!({}), &[]);
    let (chunks, transcript) = client.words();
    assert_eq!(transcript["text"], format!("{WORDS}{chunks}"));
    assert_eq!(transcript["text"], format!("{WORDS} {WORDS}"));
}

#[test]
fn sentences_are_commands_where_clients_may_have_them() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("commands.yaml");
    let done = folder.path().join("done");
    let yaml = format!(
        r#"language: en
intents:
  Touch:
    data:
      - sentences: ["make it so"]
  Danger:
    data:
      - sentences: ["wipe the disk"]
actions:
  Touch:
    run: [touch, {done:?}]
    say: It is done.
  Danger:
    run: [touch, {done:?}]
    risk: confirm
"#
    );
    fs::write(&file, yaml).unwrap();
    let paths = format!("intents.paths=[{file:?}]");
    let recognise = Served::micro(&["--set", &paths, "--set", "serve.commands=recognise"]);
    let ask = |golem: &Served, kind: &str, text: &str| {
        let mut client = Wyoming::new(golem);
        client.send(kind, &json!({"text": text, "context": {"conversation_id": "7"}}), &[]);
        let (kind, data, _) = client.next();
        assert_eq!(data["context"]["conversation_id"], "7");
        (kind, data)
    };
    let (kind, intent) = ask(&recognise, "recognize", "make it so");
    assert_eq!((kind.as_str(), &intent["name"]), ("intent", &json!("Touch")));
    assert_eq!(ask(&recognise, "transcript", "make it so").0, "intent");
    assert_eq!(ask(&recognise, "recognize", "who wrote Romeo").0, "not-recognized");
    assert!(!done.exists());
    let run = Served::micro(&["--set", &paths, "--set", "serve.commands=run"]);
    assert_eq!(ask(&run, "transcript", "who wrote Romeo").0, "not-handled");
    let (kind, refusal) = ask(&run, "transcript", "wipe the disk");
    assert!(kind == "not-handled" && refusal["text"].as_str().unwrap().contains("yes"), "{refusal}");
    assert!(!done.exists());
    let (kind, answer) = ask(&run, "transcript", "make it so");
    assert_eq!((kind.as_str(), &answer["text"]), ("handled", &json!("It is done.")));
    assert!(done.exists());
    let none = Served::micro(&["--set", &paths]);
    let mut client = Wyoming::new(&none);
    client.send("transcript", &json!({"text": "make it so"}), &[]);
    let (kind, refusal, _) = client.next();
    assert!(kind == "not-handled" && refusal["text"].as_str().unwrap().contains("serve.commands"), "{refusal}");
}

#[test]
fn the_wake_phrase_is_waited_for() {
    const PHRASE: &str = "hey golem";
    if !installed() {
        return;
    }
    if !place::data().join("models/wake/openwakeword-features").exists() {
        println!("skipped: golem models fetch openwakeword-features");
        return;
    }
    let golem = Served::micro(&["--set", &format!("wake.phrase={PHRASE}")]);
    let say = |text: &str| {
        let pcm = golem.post(SPEECH, &json!({"input": text, "response_format": "pcm"}).to_string()).body;
        let silence = vec![0; 48_000];
        [&silence[..], &pcm, &silence].concat()
    };
    let format = json!({"rate": 24_000, "width": 2, "channels": 1, "timestamp": 5_000});
    let mut client = Wyoming::new(&golem);
    // The phrase is learned with the first wait for it.
    client.0.get_ref().set_read_timeout(Some(Duration::from_mins(8))).unwrap();
    let mut heard = |text: &str| {
        client.send("detect", &json!({"names": [PHRASE]}), &[]);
        client.send("audio-start", &format, &[]);
        say(text).chunks(4_096).for_each(|piece| client.send("audio-chunk", &format, piece));
        client.send("audio-stop", &json!({}), &[]);
        let (kind, data, _) = client.next();
        (kind, data)
    };
    let (kind, detection) = heard("Hey golem.");
    assert_eq!((kind.as_str(), &detection["name"]), ("detection", &json!(PHRASE)));
    assert!((6_000..=8_500).contains(&detection["timestamp"].as_u64().unwrap()), "{detection}");
    assert_eq!(heard("The tea is ready, and the cake is on the table.").0, "not-detected");
}
