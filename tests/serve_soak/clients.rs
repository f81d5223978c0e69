//! The clients that misbehave, and the ways in which they do.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::json;

use super::live::{BINARY, CLOSE, LiveProtocol, TEXT, crumbs, frame, header, short_packets};
use super::served::{self, Served, form, post};
use super::wyoming::Wyoming;
use super::{CLIENTS, SPEECH, TRANSCRIPTIONS, question, sound};

/// The ways in which clients misbehave.
const KINDS: usize = 30;
const _: () = assert!(CLIENTS >= KINDS * LiveProtocol::ALL.len(), "some kinds of clients are left out");

/// Sends, and leaves without reading an answer.
fn leave(stream: TcpStream, bytes: &[u8]) {
    let mut stream = stream;
    // Ignore errors: golem may hang up in the middle.
    let _ = stream.write_all(bytes);
}

/// Reads until the server hangs up.
fn wait(mut stream: TcpStream) {
    let _ = stream.set_read_timeout(Some(served::PATIENCE));
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer);
    let reset = ended.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset);
    assert!(ended.is_ok() || reset, "it was never hung up on: {ended:?}");
}

/// Sends, and reads until the server hangs up.
fn send_and_wait(mut stream: TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).unwrap();
    wait(stream);
}

/// Sends a byte at a time until the server hangs up.
fn drip(mut stream: TcpStream, bytes: &[u8]) {
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    for byte in bytes.iter().cycle() {
        let mut answer = [0; 512];
        match stream.read(&mut answer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => return,
        }
        if stream.write_all(&[*byte]).is_err() {
            return;
        }
    }
}

fn upload() -> Vec<u8> {
    form(TRANSCRIPTIONS, Some(("a.flac", &question())), &[("language", "en")], "")
}

fn head(more: &str) -> String {
    format!(
        "POST {TRANSCRIPTIONS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=xyz\r\n{more}\r\n\r\n"
    )
}

/// The client of this number, which misbehaves in one of the ways.
pub fn misbehave(golem: &Served, number: usize) {
    const HELLO: [u8; 11] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    let http = || golem.connect();
    let wyoming = || TcpStream::connect(golem.wyoming).unwrap();
    let text = json!({"input": "Good morning to you. ".repeat(20), "response_format": "pcm"}).to_string();
    // Each way of a live client is taken at all three protocols in turn.
    let live = LiveProtocol::ALL[number / KINDS % LiveProtocol::ALL.len()];
    let socket = || live.open(golem);
    match number % KINDS {
        // Half a request, and a whole one without the patience for its answer.
        0 => leave(http(), &upload()[..upload().len() / 2]),
        1 => leave(http(), &upload()),
        // Wrong lengths.
        2 => leave(http(), format!("{}--xyz\r\n", head("Content-Length: 1073741824")).as_bytes()),
        3 => leave(http(), format!("{}--xyz\r\n", head("Content-Length: 30")).as_bytes()),
        4 => leave(http(), format!("{}FFFFFFFFFFFFFFFFF\r\n", head("Transfer-Encoding: chunked")).as_bytes()),
        5 => leave(http(), &[&head("Content-Length: 10").into_bytes()[..], &upload()].concat()),
        // Silence.
        6 => wait(http()),
        7 => wait(wyoming()),
        8 => send_and_wait(http(), head("Content-Length: 500").as_bytes()),
        // Another protocol.
        9 => leave(http(), &HELLO),
        10 => leave(wyoming(), &HELLO),
        11 => leave(wyoming(), &upload()),
        // A byte at a time.
        12 => drip(http(), b"GET /health HTTP/1.1\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        13 => {
            let mut stream = http();
            let start = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n";
            stream.write_all(format!("{}{start}", head("Content-Length: 1000000")).as_bytes()).unwrap();
            drip(stream, b"RIFF");
        }
        14 => drip(wyoming(), b"{\"type\": \"describe\", \"data\": {\"slow\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        // Half an event, and events whose lengths are lies.
        15 => {
            leave(wyoming(), b"{\"type\": \"audio-chunk\", \"payload_length\": 4000}\nabc");
            leave(wyoming(), b"{\"type\": \"audio-chunk\", \"payload_length\": 1073741824}\n");
        }
        // An utterance that is left, and one that falls silent.
        16 => Wyoming::new(golem).begin("en", &sound()),
        17 => {
            let mut client = Wyoming::new(golem);
            client.begin("en", &sound()[..8_000]);
            wait(client.0.into_inner());
        }
        // Speech of which only the beginning is read.
        18 => {
            let mut stream = http();
            stream.write_all(&post(SPEECH, "application/json", text.as_bytes(), "")).unwrap();
            let _ = stream.read(&mut [0; 100]);
        }
        19 => {
            let mut client = Wyoming::new(golem);
            client.send("synthesize", &json!({"text": "Good morning to you. ".repeat(20)}), &[]);
            let _ = client.0.get_mut().read(&mut [0; 100]);
            let _ = client.0.get_mut().shutdown(Shutdown::Both);
        }
        // Live speech: a handshake that never ends, and one after which nothing comes.
        20 => wait(live.begin(golem)),
        21 => leave(socket(), b""),
        // A frame that is said to hold 1 GB, and half a frame.
        22 => send_and_wait(socket(), &header(BINARY, 1 << 30)),
        23 => leave(socket(), &frame(BINARY, &vec![0; 100_000])[..50_000]),
        // Packets that are too short, a frame without a mask, and a text that is none.
        24 => send_and_wait(socket(), &short_packets()),
        25 => send_and_wait(socket(), &[TEXT, 1, b'x']),
        26 => send_and_wait(socket(), &frame(TEXT, &[0xff, 0xfe])),
        // Too many messages, and too many answers.
        27 => send_and_wait(socket(), &crumbs()),
        28 => live.take_nothing(socket(), &sound()),
        // The end in the middle of an utterance.
        _ => {
            let mut stream = socket();
            live.speak(&mut stream, &sound());
            send_and_wait(stream, &frame(CLOSE, b""));
        }
    }
}
