//! RealtimeSTT's single socket, and the requests on its port.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;

use serde_json::{Value, json};

use super::served::{Answer, Ended, Served, installed, micro};
use super::sockets::{Socket, packet, pcm, types};
use super::{QUESTION, WORDS, sound};

/// The answer to a plain request to the socket's port.
fn get(address: SocketAddr, path: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    Answer::read(stream)
}

/// Says the question at 44.1 kHz, the same in all channels.
fn ask(socket: &mut Socket, channels: usize) {
    for piece in sound(QUESTION, 44_100).chunks(4_096) {
        let metadata =
            json!({"sampleRate": 44_100, "channels": channels, "format": "pcm_s16le", "frames": piece.len()});
        let sound: Vec<f32> = piece.iter().flat_map(|sample| vec![*sample; channels]).collect();
        socket.send_bytes(packet(&metadata, &pcm(&sound)));
    }
}

/// The types of all messages up to the answer to a ping.
fn pending(socket: &mut Socket) -> Vec<String> {
    socket.send(&json!({"type": "ping"}));
    types(&socket.until("pong"), &["pong"])
}

fn metrics(socket: &mut Socket) -> Value {
    socket.send(&json!({"type": "metrics"}));
    socket.until("metrics").pop().unwrap()["metrics"].take()
}

#[test]
fn the_single_socket_has_numbered_segments_and_its_own_busy_answer() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--sessions", "1", "--set", "serve.language=en"]);
    let mut socket = Socket::open(golem.single, "/ws/transcribe", &[]).unwrap();
    let greeting = socket.until("ready");
    assert_eq!(types(&greeting, &[]), ["hello", "ready"]);
    assert!(greeting.iter().all(|message| message["settings"]["wake_word_enabled"] == false), "{greeting:?}");
    let mut other = Socket::open(golem.single, "/ws/transcribe", &[]).unwrap();
    let refused = other.read().unwrap();
    assert_eq!((&refused["type"], &refused["where"]), (&json!("error"), &json!("admission")));
    assert_eq!(other.closed(), 1013);
    socket.send(&json!({"type": "start"}));
    for channels in [1, 2] {
        ask(&mut socket, channels);
        let last = socket.until("final").pop().unwrap();
        assert_eq!((&last["text"], &last["segmentId"]), (&json!(WORDS), &json!(channels)));
    }
    pending(&mut socket);
    for (command, at) in [("{", "command"), ("{\"type\": \"sing\"}", "command")] {
        socket.send_text(command);
        assert_eq!(socket.read().unwrap()["where"], at);
    }
    let half = packet(&json!({"sampleRate": 16_000}), &[0; 3]);
    let more = packet(&json!({"sampleRate": 16_000, "frames": 3}), &[0; 4]);
    for (wrong, words) in [(vec![1], "metadata"), (vec![0; 600_000], "524288"), (half, "whole"), (more, "frames")] {
        socket.send_bytes(wrong);
        let error = socket.read().unwrap();
        assert!(error["where"] == "audio_packet" && error["message"].as_str().unwrap().contains(words), "{error}");
    }
    socket.send(&json!({"type": "clear"}));
    assert_eq!(socket.until("clear").last().unwrap()["nextSegmentId"], 3);
    let health = get(golem.single, "/health").json();
    assert_eq!((&health["activeSessions"], &health["ok"]), (&json!(1), &json!(true)));
    assert_eq!(health["scheduler"]["workers"]["main"]["ready"], true);
    assert_eq!(get(golem.single, "/api/config").json()["settings"]["model"], "whisper-micro");
}

#[test]
fn nothing_is_heard_before_a_start_nor_after_a_stop() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--set", "serve.language=en"]);
    let mut socket = Socket::open(golem.single, "/ws/transcribe", &[]).unwrap();
    socket.until("ready");
    let packets = sound(QUESTION, 44_100).chunks(4_096).len();
    ask(&mut socket, 1);
    assert_eq!(pending(&mut socket), vec!["warning"; packets]);
    socket.send(&json!({"type": "start"}));
    assert_eq!(socket.read().unwrap()["state"], "listening");
    ask(&mut socket, 1);
    let last = socket.until("final").pop().unwrap();
    assert_eq!((&last["text"], &last["segmentId"]), (&json!(WORDS), &json!(1)));
    socket.send(&json!({"type": "stop"}));
    while socket.read().unwrap()["state"] != "idle" {}
    ask(&mut socket, 1);
    assert_eq!(pending(&mut socket), vec!["warning"; packets]);
    let metrics = metrics(&mut socket);
    assert_eq!((&metrics["streaming"], &metrics["state"]), (&json!(false), &json!("idle")));
    assert_eq!((&metrics["rejectedAudioChunks"], &metrics["finalCompleted"]), (&json!(2 * packets), &json!(1)));
    assert_eq!(metrics["currentSegmentId"], 2);
}

#[test]
fn ready_is_said_when_the_models_are_loaded() {
    if !installed() {
        return;
    }
    let mut command = micro(&["--realtimestt", "--bind", "127.0.0.1:0"]);
    for port in ["realtimestt_port", "realtimestt_control_port", "realtimestt_data_port"] {
        command.args(["--set", &format!("serve.{port}=0")]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut golem = Ended(command.spawn().unwrap());
    let mut out = BufReader::new(golem.0.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("single socket on ws://") {
        assert!(out.read_line(&mut said).unwrap() > 0, "it ended: {said}");
    }
    let address = said.split("single socket on ws://").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();
    let mut socket = Socket::open(address, "/ws/transcribe", &[]).unwrap();
    assert_eq!(types(&socket.until("ready"), &[]), ["hello", "ready"]);
    assert_eq!(get(address, "/health").json()["ready"], true);
}

#[test]
fn the_server_that_golem_does_not_stand_for_is_named() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let refused = Socket::open(golem.single, "/v1/ws/transcribe", &[]).err().unwrap();
    assert_eq!((refused.status, &refused.body["error"]["code"]), (404, &json!("unknown_url")));
    let words = refused.body["error"]["message"].as_str().unwrap();
    assert!(words.contains("/ws/transcribe") && words.contains("stt-server-production"), "{words}");
}
