//! Devices and voices that are lost, found again and exchanged during a conversation.

use serde_json::Value;

use super::tape::Tape;
use super::{LOUD, Live, OTHER, PERSON, RATE, golem, server, voice};

#[test]
fn a_microphone_that_is_unplugged_is_missed_and_heard_again() {
    let Some(server) = server() else { return };
    let question = voice(&server, "question.wav", "What is the opposite of thin?");
    let mut live = Live::start(&server);
    let threads = live.threads();
    let notice = |words: &'static [&'static str]| {
        move |line: &Value| words.iter().all(|word| line["text"].as_str().is_some_and(|text| text.contains(word)))
    };

    server.unplug("sink_name=person");
    live.find("notice", notice(&["microphone", "Person", "lost"]));
    server.plug(PERSON);
    live.find("notice", notice(&["listening to", "Person"]));
    // A null sink sleeps through its first two seconds, and so does a player into it: this one ends after them.
    assert!(live.hears(&question).wait().expect("a child can be waited for").success());
    let mut asking = live.hears(&question);
    live.find("transcript", |line| line["text"].as_str().is_some_and(|text| text.contains("opposite")));
    live.until("audio_start");
    assert!(asking.wait().expect("a child can be waited for").success());
    println!("{threads} threads, after the loss {}", live.threads());
    assert!(live.threads() <= threads + 1, "but for one that still closes, none is left over");
    assert!(live.end("INT").success());
}

#[test]
fn loudspeaker_microphone_and_voice_are_exchanged_while_golem_speaks() {
    let Some(server) = server() else { return };
    server.plug(OTHER);
    let question = voice(&server, "question.wav", "What is the opposite of thin?");
    let tapes = ["speaker", "other"].map(|sink| Tape::start(&server, sink));
    let mut live = Live::start(&server);
    let first = "One sentence is spoken here, and it is a long one.";
    let text = format!("{first} Then another one is spoken there, and it is as long as the first.");

    live.ctl(&["say", &text]).expect("a golem with a screen of its own can be steered");
    live.until("audio_start");
    assert_eq!(live.ctl(&["switch", "loudspeaker", "Other"]), Ok("loudspeaker: Other\n".into()));
    let switched = tapes[0].position();
    let heard = live.until("heard");
    assert_eq!((&heard["text"], &heard["interrupted"]), (&text.as_str().into(), &false.into()), "{}", live.story());
    let end = tapes[0].position();
    let [here, there] = [tapes[0].sound(), tapes[1].sound()];
    let last = tapes[0].last_sound(0, end).expect("it began here");
    assert!(last < switched + RATE && there > RATE, "{last} of {switched}, {there}");
    // The same words in one piece, as long as both pieces together.
    let whole = server.folder().join("whole.wav");
    let status = golem(&server).args(["say", &text, "--output"]).arg(&whole).status();
    assert!(status.expect("golem can be started").success());
    let whole = golem::device::wav::read_all(&whole).expect("a sound file");
    let length = whole.iter().filter(|sample| sample.abs() * 32_768.0 > f32::from(LOUD)).count();
    println!("here {here}, there {there}, in one piece {length}");
    assert!((here + there).abs_diff(length) < length / 20, "{here} and {there} of {length}");

    assert_eq!(live.ctl(&["switch", "microphone", "other.monitor"]), Ok("microphone: Monitor of Other\n".into()));
    let mut asking = live.plays(&question, "other");
    live.find("transcript", |line| line["text"].as_str().is_some_and(|text| text.contains("opposite")));
    assert!(asking.wait().expect("a child can be waited for").success());

    assert_eq!(live.ctl(&["switch", "voice", "en-gb"]), Ok("voice: espeak-ng en-gb\n".into()));
    for (part, why) in [("loudspeaker", "there are:"), ("microphone", "there are:"), ("voice", "golem ctl offers")] {
        let told = live.ctl(&["switch", part, "harp"]).expect_err("there is none");
        assert!(told.contains(&format!("{part} not changed")) && told.contains(why), "{told}");
    }
    let offers: Vec<Value> = serde_json::from_str(&live.ctl(&["offers", "--json"]).expect("a list")).expect("JSON");
    let current: Vec<_> = offers.iter().filter(|offer| offer["current"] == true).map(|offer| &offer["name"]).collect();
    assert_eq!(current, ["Monitor of Other", "Other", "en-gb", "starter", "brain"], "{offers:?}");
    let status: Value = serde_json::from_str(&live.ctl(&["status", "--json"]).expect("a status")).expect("JSON");
    let part = |name: &str| {
        let parts = status["parts"].as_array().expect("parts");
        parts.iter().find(|part| part["part"] == name).expect("told")["what"].clone()
    };
    assert_eq!([part("microphone"), part("loudspeaker")], ["Monitor of Other", "Other"]);

    live.ctl(&["quit"]).expect("it ends");
    assert!(live.process.wait().expect("a child can be waited for").success());
}
