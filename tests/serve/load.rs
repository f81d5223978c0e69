//! Many clients at once, clients that leave or lie, and an orderly end while one is served.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::json;

use super::place::root;
use super::served::{Answer, Served, form, installed};
use super::sockets::Socket;
use super::{QUESTION, SPEECH, TRANSCRIPTIONS, WORDS, fixture, refused};

/// Bytes of an upload that are sent last.
const LAST: usize = 20;

/// An upload.
fn upload(headers: &str) -> Vec<u8> {
    form(TRANSCRIPTIONS, Some(("a.flac", &fixture(QUESTION))), &[("language", "en")], headers)
}

/// An upload that golem takes, and whose end is not sent yet.
fn begun(golem: &Served) -> TcpStream {
    const TAKEN: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let whole = upload("Expect: 100-continue\r\n");
    let mut stream = golem.connect();
    stream.write_all(&whole[..whole.len() - LAST]).unwrap();
    let mut answer = [0; TAKEN.len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, TAKEN);
    stream
}

/// Sends the end of an upload, and reads the answer.
fn ended(mut stream: TcpStream) -> Answer {
    let whole = upload("");
    stream.write_all(&whole[whole.len() - LAST..]).unwrap();
    Answer::read(stream)
}

#[test]
fn slow_uploads_keep_no_place_from_those_who_are_heard() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--sessions", "1"]);
    let heard = || golem.ask(&upload(""));
    let mut slow: Vec<TcpStream> = (0..3).map(|_| begun(&golem)).collect();
    assert_eq!(golem.figure("golem_serve_sessions"), 0);
    assert_eq!(heard().json()["text"], WORDS);
    assert_eq!(golem.post(SPEECH, "{\"input\": \"Hi\"}").status, 200);
    slow.push(begun(&golem));
    refused(&heard(), 429, "4 uploads");
    for stream in slow {
        assert_eq!(ended(stream).json()["text"], WORDS);
    }
}

#[test]
fn beyond_the_limit_golem_is_busy_and_a_client_that_leaves_makes_room() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--sessions", "1"]);
    let bytes = fixture(QUESTION);
    let live = Socket::open(golem.http, "/v1/realtime", &[]).unwrap();
    let sessions = |golem: &Served| golem.figure("golem_serve_sessions");
    assert_eq!(sessions(&golem), 1);
    let running = golem.get("/status").json()["running"].take();
    assert_eq!((&running[0]["number"], &running[0]["endpoint"]), (&json!(1), &json!("realtime")));
    assert_eq!((&running[0]["heard_ms"], running.as_array().unwrap().len()), (&json!(0), 1));
    assert_eq!(golem.figure("golem_serve_endpoint_sessions{endpoint=\"realtime\"}"), 1);
    assert_eq!(golem.figure("golem_serve_session_heard_seconds{session=\"1\"}"), 0);
    let busy = golem.form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[]);
    refused(&busy, 429, "limit");
    assert!(busy.head.contains("retry-after: 1"), "{}", busy.head);
    assert_eq!(golem.post(SPEECH, "{\"input\": \"Hi\"}").status, 429);
    drop(live);
    while sessions(&golem) > 0 {
        std::thread::yield_now();
    }
    assert_eq!(golem.get("/status").json()["running"], json!([]));
    assert_eq!(golem.form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[]).status, 200);
}

#[test]
fn garbage_and_clients_that_leave_harm_no_one() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let head = format!(
        "POST {TRANSCRIPTIONS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    );
    let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    for bytes in [
        &b"nonsense\r\n\r\n"[..],
        &hello,
        &vec![0xff; 100_000],
        &vec![b'A'; 1 << 20],
        format!("{head}Content-Length: 99999999999999\r\n\r\n").as_bytes(),
        format!("{head}Content-Length: 50\r\n\r\n--x\r\n").as_bytes(),
        format!("{head}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n").as_bytes(),
    ] {
        let mut stream = golem.connect();
        // Ignore errors: golem may hang up in the middle.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let mut stream = TcpStream::connect(golem.wyoming).unwrap();
        let _ = stream.write_all(bytes);
    }
    let silent: Vec<_> = (0..20).map(|_| (golem.connect(), TcpStream::connect(golem.wyoming).unwrap())).collect();
    // Clients that leave in the middle of their upload, and while they are served.
    for _ in 0..4 {
        drop(begun(&golem));
        golem.connect().write_all(&upload("")).unwrap();
    }
    let bytes = fixture(QUESTION);
    loop {
        let answer = golem.form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[("language", "en")]);
        if answer.status == 200 {
            assert_eq!(answer.json()["text"], WORDS);
            break;
        }
        assert_eq!(answer.status, 429, "{}", answer.text());
    }
    drop(silent);
}

#[test]
fn clients_are_served_side_by_side_and_each_gets_its_own_words() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--sessions", "8", "--set", "serve.recognisers=2"]);
    let manifest = fs::read_to_string(root().join("fixtures/audio/whisper/manifest.tsv")).unwrap();
    let rows: Vec<Vec<&str>> = manifest.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let rows: Vec<_> = rows.into_iter().filter(|row| row[2].len() > 12).collect();
    std::thread::scope(|scope| {
        for part in rows.chunks(rows.len().div_ceil(6)) {
            let golem = &golem;
            scope.spawn(move || {
                for row in part {
                    let bytes = fixture(row[0]);
                    let answer = golem.form(TRANSCRIPTIONS, Some((row[0], &bytes)), &[("language", row[1])]);
                    assert_eq!(answer.json()["text"], row[2], "{}", row[0]);
                }
            });
        }
    });
}

#[test]
fn a_signal_lets_what_is_being_heard_end_first() {
    if !installed() {
        return;
    }
    let mut golem = Served::micro(&[]);
    let stream = begun(&golem);
    golem.signal("TERM");
    while TcpStream::connect(golem.http).is_ok() {
        std::thread::yield_now();
    }
    assert_eq!(ended(stream).json()["text"], WORDS);
    assert_eq!(golem.process.wait().unwrap().code(), Some(0));
}
