//! Requests, clients and settings that the server refuses, and the errors that they get.

use std::fs;
use std::io::Write;

use super::boxes::{Sample, chunk, plain, riff, samples};
use super::served::{Answer, Served, form, installed, micro, post};
use super::{QUESTION, SPEECH, TRANSCRIPTIONS, fixture, refused};

#[test]
fn what_is_wrong_is_said_in_the_shape_that_clients_parse() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--set", "serve.max_upload_mb=1", "--set", "serve.max_minutes=1"]);
    let bytes = fixture(QUESTION);
    let file = Some(("question.flac", &bytes[..]));
    refused(&golem.form(TRANSCRIPTIONS, None, &[("model", "whisper-1")]), 400, "field file");
    refused(&golem.form(TRANSCRIPTIONS, Some(("a.wav", b"")), &[]), 400, "empty");
    let text = b"these are only words, not sound, and many of them";
    let unreadable = golem.form(TRANSCRIPTIONS, Some(("a.wav", text)), &[]);
    refused(&unreadable, 400, "not a sound file");
    assert!(!unreadable.text().contains("golem-upload"), "{}", unreadable.text());
    refused(&golem.form(TRANSCRIPTIONS, file, &[("response_format", "docx")]), 400, "verbose_json");
    refused(&golem.form(TRANSCRIPTIONS, file, &[("model", "large-v3")]), 404, "/v1/models");
    refused(&golem.form(TRANSCRIPTIONS, file, &[("timestamp_granularities[]", "word")]), 400, "verbose_json");
    refused(&golem.post(TRANSCRIPTIONS, "{}"), 400, "multipart/form-data");
    refused(
        &golem.ask(&post(TRANSCRIPTIONS, "multipart/form-data; boundary=xyz", b"--xyz\r\nbroken", "")),
        400,
        "broken",
    );
    refused(&golem.form(TRANSCRIPTIONS, Some(("big.wav", &vec![0; 3 << 20])), &[]), 413, "1 MB");
    // 8-bit sound of 75 s is smaller than a megabyte and longer than a minute.
    let long = samples(&vec![0.0; 75 * 8_000], Sample::U8, 1, false);
    let long = riff(&[chunk(b"fmt ", &plain(Sample::U8, 1, 8_000)), chunk(b"data", &long)]);
    refused(&golem.form(TRANSCRIPTIONS, Some(("long.wav", &long)), &[]), 413, "1 minutes");
    refused(&golem.get("/v1/nothing"), 404, "/v1/models");
    refused(&golem.get(TRANSCRIPTIONS), 405, "POST");
    refused(&golem.get("/v1/models/nothing"), 404, "nothing");
    refused(&golem.post(SPEECH, "{\"input\": \"Hi\", \"response_format\": \"aac\"}"), 400, "mp3, wav, pcm, flac, opus");
    refused(&golem.post(SPEECH, "{\"input\": \"Hi\", \"voice\": \"nobody\"}"), 400, "/v1/audio/voices");
    refused(&golem.post(SPEECH, "{\"input\": \"Hi\", \"voice\": \"en-us#p225\"}"), 400, "one speaker");
    refused(&golem.post(SPEECH, "nonsense"), 400, "Good morning");
    let foreign = b"GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    refused(&golem.ask(foreign), 403, "token");
    let figures = golem.get("/metrics").text();
    assert!(figures.contains("golem_serve_errors_total{status=\"413\"} 2\n"), "{figures}");
}

/// The answer to a request that golem takes to its end: a client's library does not read what comes before.
fn whole(golem: &Served, request: &[u8]) -> Answer {
    let mut stream = golem.connect();
    stream.write_all(request).unwrap();
    Answer::read(stream)
}

/// The same request without its length.
fn chunked(request: &[u8]) -> Vec<u8> {
    let end = request.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&request[..end]).unwrap();
    let lines: Vec<&str> = head.lines().filter(|line| !line.starts_with("Content-Length")).collect();
    let mut chunked = format!("{}\r\nTransfer-Encoding: chunked\r\n\r\n", lines.join("\r\n")).into_bytes();
    for piece in request[end + 4..].chunks(1 << 20) {
        chunked.extend(format!("{:x}\r\n", piece.len()).bytes());
        chunked.extend(piece);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    chunked
}

#[test]
fn a_request_that_is_refused_early_is_taken_to_its_end() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--set", "serve.max_upload_mb=32"]);
    // Far more than the system takes off a client's hands while golem reads nothing.
    let bytes = vec![0; 48 << 20];
    let upload =
        |length: usize, fields: &[(&str, &str)]| form(TRANSCRIPTIONS, Some(("big.wav", &bytes[..length])), fields, "");
    refused(&whole(&golem, &upload(24 << 20, &[("response_format", "docx")])), 400, "verbose_json");
    refused(&whole(&golem, &upload(48 << 20, &[])), 413, "32 MB");
    refused(&whole(&golem, &chunked(&upload(48 << 20, &[]))), 413, "32 MB");
    refused(&whole(&golem, &post(SPEECH, "application/json", &bytes[..24 << 20], "")), 400, "262144 bytes");
    refused(&whole(&golem, &post("/v1/nothing", "text/plain", &bytes[..24 << 20], "")), 404, "/v1/models");
}

#[test]
fn a_token_is_wanted_where_there_is_one_and_beyond_this_machine() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "secret-word\n").unwrap();
    let golem = Served::micro(&["--token-file", token.to_str().unwrap()]);
    assert!(golem.told.contains("Bearer $TOKEN"), "{}", golem.told);
    refused(&golem.get("/v1/models"), 401, "Authorization: Bearer");
    let bytes = fixture(QUESTION);
    refused(&golem.form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[]), 401, "Bearer");
    assert_eq!(golem.get("/health").status, 200);
    let shown = form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[], "Authorization: Bearer secret-word\r\n");
    assert_eq!(golem.ask(&shown).status, 200);
    for (arguments, words) in [
        (&["--bind", "0.0.0.0:0"][..], "--token-file"),
        (&["--bind", "0.0.0.0:0", "--wyoming"], "serve.wyoming_allow"),
        (&["--bind", "8880"], "--bind 127.0.0.1:8880"),
        (&["--token-file", "/nonexistent"], "/nonexistent"),
        (&["--set", "serve.protocols=[]"], "golem serve --openai"),
    ] {
        let output = micro(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    let again = micro(&["--bind", &golem.http.to_string()]).output().unwrap();
    assert_eq!(again.status.code(), Some(1), "{}", String::from_utf8_lossy(&again.stderr));
}
