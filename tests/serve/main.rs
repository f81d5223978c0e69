//! The speech server as other programs meet it: every form of answer, errors in the shape that clients parse, limits,
//! tokens, clients that leave or lie, and an orderly end.

#[path = "../common/boxes.rs"]
mod boxes;
#[path = "../common/place.rs"]
mod place;
#[path = "../common/real.rs"]
mod real;
#[path = "../common/served.rs"]
mod served;
#[path = "../common/sockets.rs"]
mod sockets;
#[path = "../common/wyoming.rs"]
mod wyoming;

mod home_assistant;
mod languages;
mod load;
mod origins;
mod refusals;
mod speech;
mod transcription;
mod upkeep;

use std::fs;

use golem::device::wav::read_all;
use place::root;
use served::Answer;

const TRANSCRIPTIONS: &str = "/v1/audio/transcriptions";
const SPEECH: &str = "/v1/audio/speech";

fn fixture(name: &str) -> Vec<u8> {
    fs::read(root().join("fixtures/audio/whisper").join(name)).unwrap()
}

/// A recording, and what is said in it.
const QUESTION: &str = "05-flite-rms.flac";
const WORDS: &str = "Who wrote Romeo and Juliet?";

fn sound(name: &str) -> Vec<f32> {
    read_all(&root().join("fixtures/audio/whisper").join(name)).unwrap()
}

/// Checks the shape of an error.
#[track_caller]
fn refused(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let error = &answer.json()["error"];
    assert!(error["message"].as_str().unwrap().contains(words), "{error}");
    for key in ["type", "param", "code"] {
        assert!(error.get(key).is_some(), "{key}: {error}");
    }
}
