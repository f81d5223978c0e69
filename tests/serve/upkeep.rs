//! The list of models, the health and the figures of a server, and its costs while it is idle.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use super::served::{Answer, Ended, PATIENCE, Served, installed, micro};
use super::{QUESTION, SPEECH, TRANSCRIPTIONS, WORDS, fixture};

#[test]
fn models_health_and_figures_are_told() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let models = golem.get("/v1/models").json();
    let ids: Vec<_> = models["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert_eq!(ids[..3], ["whisper-micro", "whisper-1", "tts-1"]);
    assert!(ids.contains(&"espeak-ng") && ids.contains(&"en-us"), "{ids:?}");
    assert_eq!(golem.get("/v1/models/espeak-ng").json()["object"], "model");
    assert_eq!(golem.get("/v1/models/Systran/faster-whisper-micro").status, 200);
    assert_eq!(golem.get("/health").json()["status"], "ok");
    assert_eq!(golem.get("/ready").json()["status"], "ready");
    let figures = golem.get("/metrics");
    assert!(figures.head.contains("text/plain; version=0.0.4"), "{}", figures.head);
    assert!(figures.text().contains("golem_serve_requests_total{endpoint=\"other\"} 5\n"), "{}", figures.text());
    // RealtimeSTT's clients get the same object on their own port.
    let mut stream = TcpStream::connect(golem.single).unwrap();
    stream.write_all(b"GET /api/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let status = Answer::read(stream).json();
    assert_eq!((&status["running"], &status["requests"]["other"]), (&json!([]), &json!(6)));
}

#[test]
fn figures_and_health_have_a_port_of_their_own_where_wyoming_serves_alone() {
    if !installed() {
        return;
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let metrics = format!("metrics.port={port}");
    let alone = ["--wyoming", "--wyoming-port", "0", "--bind", "127.0.0.1:0", "--set", metrics.as_str()];
    let mut command = micro(&alone);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut golem = Ended(command.spawn().unwrap());
    let mut told = String::new();
    let mut out = BufReader::new(golem.0.stdout.take().unwrap());
    while !told.contains("figures on http://") {
        assert!(out.read_line(&mut told).unwrap() > 0, "it ended: {told}");
    }
    assert!(told.contains(&format!("http://127.0.0.1:{port}/metrics")) && told.contains("tcp://127.0.0.1:"), "{told}");
    let get = |path: &str, host: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        Answer::read(stream)
    };
    assert_eq!(get("/health", "localhost").json()["status"], "ok");
    while get("/ready", "localhost").status == 503 {
        std::thread::yield_now();
    }
    assert_eq!(get("/ready", "localhost").json()["status"], "ready");
    assert_eq!(get("/status", "localhost").json()["running"], json!([]));
    let figures = get("/metrics", "localhost");
    assert!(figures.status == 200 && figures.text().contains("golem_serve_sessions 0\n"), "{}", figures.text());
    assert_eq!(get("/metrics", "evil.example").status, 403);
    assert_eq!(get("/v1/models", "localhost").status, 404, "nothing else is served there");
}

#[test]
fn an_idle_model_leaves_the_memory_and_comes_back() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--set", "serve.keep_loaded_s=1"]);
    let bytes = fixture(QUESTION);
    for _ in 0..2 {
        let heard = golem.form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[("language", "en")]);
        assert_eq!(heard.json()["text"], WORDS);
        assert_eq!(golem.post(SPEECH, "{\"input\": \"Good morning\"}").status, 200);
        assert!(golem.figure("golem_serve_engines") > 0);
        while golem.figure("golem_serve_engines") > 0 {
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_server_without_clients_costs_nothing() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    let _silent = (golem.connect(), TcpStream::connect(golem.wyoming).unwrap());
    let used = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", golem.process.id())).unwrap();
        let fields: Vec<u64> =
            stat.rsplit(')').next().unwrap().split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
        fields[11] + fields[12]
    };
    if !Path::new("/proc/self/stat").exists() {
        println!("skipped: this system has no /proc");
        return;
    }
    let before = used();
    // A wait that nothing ends: golem has nothing to say on this connection.
    let mut quiet = golem.connect();
    quiet.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert!(quiet.read(&mut [0]).is_err());
    let ticks = used() - before;
    assert!(ticks <= 10, "{ticks} hundredths of a second in five seconds");
}
