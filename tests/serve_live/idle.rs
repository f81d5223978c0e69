//! Live sessions that are idle, and clients that find no free place.

use serde_json::json;

use super::served::{Served, installed};
use super::sockets::{Socket, pcm};
use super::{QUESTION, Recorder, WORDS, append, sound, until};

#[test]
fn idle_sessions_give_way_to_clients_that_find_no_place() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--sessions", "3", "--set", "serve.idle_s=1"]);
    let realtime = "/v1/realtime?model=whisper-1&language=en";
    let mut recorder = Recorder::open(&golem, "/");
    let mut single = Socket::open(golem.single, "/ws/transcribe", &[]).unwrap();
    single.until("ready");
    let mut openai = Socket::open(golem.http, realtime, &[]).unwrap();
    assert_eq!(openai.read().unwrap()["type"], "session.created");
    // Each try waits for golem's answer; all tries together last longer than a second.
    let next = || {
        let tried = || Socket::open(golem.http, realtime, &[]).inspect_err(|refused| assert_eq!(refused.status, 429));
        let mut socket = (0..100_000).find_map(|_| tried().ok()).expect("no idle session gave way");
        assert_eq!(socket.read().unwrap()["type"], "session.created");
        socket
    };
    // The first to go is the one that has been idle the longest.
    let mut first = next();
    assert_eq!(recorder.data.closed(), 1013);
    assert_eq!(recorder.ask(&json!({"command": "get_parameter", "parameter": "language"}))["status"], "success");
    let _second = next();
    let fault = single.read().unwrap();
    assert_eq!((&fault["type"], &fault["where"]), (&json!("error"), &json!("admission")));
    assert!(fault["message"].as_str().unwrap().contains("idle"), "{fault}");
    assert_eq!(single.closed(), 1013);
    let _third = next();
    let fault = openai.read().unwrap();
    assert_eq!((&fault["type"], &fault["error"]["code"]), (&json!("error"), &json!("session_expired")));
    assert_eq!(openai.closed(), 1013);
    assert_eq!(golem.figure("golem_serve_sessions"), 3);
    // The new clients are heard in the places of the old ones.
    append(&mut first, &pcm(&sound(QUESTION, 24_000)));
    assert_eq!(until(&mut first, "completed").last().unwrap()["transcript"], WORDS);
}
