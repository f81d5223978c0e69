//! The speech server under two hundred clients that lie, dawdle and leave: memory and open files are as before
//! afterwards, neighbours notice nothing, and the end lets a sentence end.

#[path = "../common/boxes.rs"]
mod boxes;
#[path = "../common/place.rs"]
mod place;
#[path = "../common/served.rs"]
mod served;
#[path = "../common/sockets.rs"]
mod sockets;
#[path = "../common/wyoming.rs"]
mod wyoming;

mod clients;
mod live;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use clients::misbehave;
use golem::device::wav::read_all;
use place::root;
use serde_json::json;
use served::{Served, installed, post};
use wyoming::Wyoming;

const TRANSCRIPTIONS: &str = "/v1/audio/transcriptions";
const SPEECH: &str = "/v1/audio/speech";
const QUESTION: &str = "fixtures/audio/whisper/05-flite-rms.flac";
const WORDS: &str = "Who wrote Romeo and Juliet?";
/// Clients that misbehave, and how many of them at a time.
const CLIENTS: usize = 200;
const AT_A_TIME: usize = 16;
/// Bytes of memory that may be held after a second round and were not after the first: the heap keeps pieces between
/// what is in use. Lost uploads, utterances or engines would be more.
const TOLERANCE: u64 = 16 << 20;
/// Seconds for a piece, for all of an upload, and between requests.
const LIMITS: [&str; 6] = ["--set", "serve.patience_s=2", "--set", "serve.upload_s=3", "--set", "serve.idle_s=3"];

fn question() -> Vec<u8> {
    fs::read(root().join(QUESTION)).unwrap()
}

fn sound() -> Vec<f32> {
    read_all(&root().join(QUESTION)).unwrap()
}

fn misbehave_all(golem: &Served) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(number) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < CLIENTS) {
                    misbehave(golem, number);
                }
            });
        }
    });
}

/// Waits until no client is served and no engine is in memory; then gives the resident memory and the open files.
fn at_rest(golem: &Served, most: Option<(u64, u64)>) -> (u64, u64) {
    // Twenty looks a second at most: each waits for the server to hang up on a connection that is kept open.
    let mut now = (0, 0);
    for _ in 0..10_000 {
        now = (golem.figure("process_resident_memory_bytes"), golem.figure("process_open_fds"));
        let idle = golem.figure("golem_serve_sessions") == 0 && golem.figure("golem_serve_engines") == 0;
        if idle && most.is_none_or(|(memory, files)| now.0 <= memory && now.1 <= files) {
            return now;
        }
    }
    panic!("golem does not come to rest: {now:?} of {most:?}, {}", golem.get("/metrics").text());
}

#[test]
fn two_hundred_clients_that_lie_dawdle_and_leave_cost_nothing_and_disturb_no_one() {
    if !installed() {
        return;
    }
    let keep = ["--sessions", "64", "--set", "serve.keep_loaded_s=1"];
    let golem = Served::micro(&[&LIMITS[..], &keep].concat());
    let well = || {
        let heard = golem.form(TRANSCRIPTIONS, Some(("a.flac", &question())), &[("language", "en")]);
        assert_eq!(heard.json()["text"], WORDS);
        assert_eq!(golem.post(SPEECH, "{\"input\": \"Good morning\"}").status, 200);
    };
    let round = || {
        let (done, served) = (AtomicBool::new(false), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut neighbour = Wyoming::new(&golem);
                let sound = sound();
                while !done.load(Ordering::Relaxed) {
                    let (kind, data) = neighbour.say("en", &sound);
                    assert_eq!((kind.as_str(), &data["text"]), ("transcript", &json!(WORDS)));
                    served.fetch_add(1, Ordering::Relaxed);
                }
            });
            misbehave_all(&golem);
            done.store(true, Ordering::Relaxed);
        });
        well();
        served.into_inner()
    };
    // The lasting cost of the first clients, such as threads' stacks and the heap at its largest, is not a leak: the
    // last round must do with it. How much the heap keeps at rest differs from round to round, without growing.
    let rests = [(); 3].map(|()| {
        round();
        at_rest(&golem, None)
    });
    let (memory, files) = rests.into_iter().fold((0, 0), |most, rest| (most.0.max(rest.0), most.1.max(rest.1)));
    let served = round();
    assert!(served > 0);
    let after = at_rest(&golem, Some((memory + TOLERANCE, files)));
    println!(
        "{CLIENTS} clients more: memory {} -> {} MB, open files {files} -> {}, a neighbour got {served} transcripts meanwhile",
        memory >> 20,
        after.0 >> 20,
        after.1
    );
}

#[test]
fn the_end_waits_for_a_sentence_and_not_for_clients_that_say_nothing() {
    if !installed() {
        return;
    }
    let mut golem = Served::micro(&[]);
    let sound = sound();
    let (first, second) = sound.split_at(sound.len() / 2);
    let _silent = (golem.connect(), TcpStream::connect(golem.wyoming).unwrap());
    let mut client = Wyoming::new(&golem);
    client.begin("en", first);
    while golem.figure("golem_serve_sessions") == 0 {
        std::thread::yield_now();
    }
    golem.signal("TERM");
    while TcpStream::connect(golem.wyoming).is_ok() {
        std::thread::yield_now();
    }
    client.more(second);
    client.send("audio-stop", &json!({}), &[]);
    assert_eq!(client.words().1["text"], WORDS);
    assert_eq!(golem.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_client_that_takes_nothing_does_not_keep_golem_from_ending() {
    if !installed() {
        return;
    }
    let mut golem = Served::micro(&LIMITS);
    // Some 20 MB, more than the system takes off golem's hands.
    let text =
        json!({"input": "Good morning to you. ".repeat(190), "response_format": "pcm", "speed": 0.5}).to_string();
    let mut stream = golem.connect();
    stream.write_all(&post(SPEECH, "application/json", text.as_bytes(), "")).unwrap();
    assert!(stream.read(&mut [0; 1]).unwrap() > 0);
    golem.signal("TERM");
    assert_eq!(golem.process.wait().unwrap().code(), Some(0));
    drop(stream);
}
