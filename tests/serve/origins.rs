//! Web pages of other servers: those that may use golem, and what their browsers learn.

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};

use super::served::{Answer, Served, form, installed, micro};
use super::sockets::{Refusal, Socket};
use super::{QUESTION, SPEECH, TRANSCRIPTIONS, WORDS, fixture, refused};

const PAGE: &str = "https://app.example";
const EVIL: &str = "https://evil.example";

/// The answer to a request with the method and headers of a browser.
fn ask(golem: &Served, method: &str, path: &str, headers: &str) -> Answer {
    let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    golem.ask(head.as_bytes())
}

/// The question of a browser whether a page may send its request.
fn preflight(golem: &Served, path: &str, origin: &str) -> Answer {
    let asked = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,content-type\r\n";
    ask(golem, "OPTIONS", path, &format!("Origin: {origin}\r\n{asked}"))
}

/// Whether the head of an answer has a line.
fn says(answer: &Answer, line: &str) -> bool {
    answer.head.lines().any(|other| other == line)
}

/// The origin whose pages may read an answer.
fn reader(answer: &Answer) -> Option<&str> {
    answer.head.lines().find_map(|line| line.strip_prefix("access-control-allow-origin: "))
}

fn socket(address: SocketAddr, path: &str, origin: &str) -> Result<Socket, Refusal> {
    Socket::open(address, path, &[("origin", origin)])
}

#[test]
fn a_named_page_may_use_every_endpoint_and_others_may_not() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--set", "serve.allow_origins=[\"https://app.example\"]"]);
    for path in [TRANSCRIPTIONS, SPEECH, "/v1/models", "/status"] {
        let answer = preflight(&golem, path, PAGE);
        assert_eq!((answer.status, reader(&answer)), (204, Some(PAGE)), "{path}: {}", answer.head);
        assert!(says(&answer, "vary: origin") && says(&answer, "access-control-allow-methods: get, post"));
        assert!(answer.head.contains("access-control-allow-headers: authorization, content-type"), "{}", answer.head);
        let other = preflight(&golem, path, EVIL);
        assert!(other.status >= 400 && !other.head.contains("access-control"), "{path}: {}", other.head);
    }
    let bytes = fixture(QUESTION);
    let upload = |origin: &str| {
        let headers = format!("Origin: {origin}\r\n");
        golem.ask(&form(TRANSCRIPTIONS, Some(("a.flac", &bytes)), &[("language", "en")], &headers))
    };
    let heard = upload(PAGE);
    assert_eq!((&heard.json()["text"], reader(&heard)), (&WORDS.into(), Some(PAGE)));
    assert!(says(&heard, "vary: origin"), "{}", heard.head);
    let other = upload(EVIL);
    assert_eq!((other.status, reader(&other)), (200, None), "as without the setting");
    assert!(says(&golem.get("/health"), "vary: origin"), "a cache keeps answers apart");
    refused(&ask(&golem, "GET", "/v1/nothing", &format!("Origin: {PAGE}\r\n")), 404, "/v1/models");
    let named =
        [(golem.http, "/v1/realtime"), (golem.control, "/"), (golem.data, "/"), (golem.single, "/ws/transcribe")];
    for (address, path) in named {
        assert!(socket(address, path, PAGE).is_ok(), "{path}");
        let refusal = socket(address, path, EVIL).err().unwrap();
        assert!(refusal.status == 403 && refusal.body.to_string().contains("serve.allow_origins"), "{refusal:?}");
    }
    let rebound =
        format!("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nOrigin: {PAGE}\r\n\r\n");
    refused(&golem.ask(rebound.as_bytes()), 403, "token");
}

#[test]
fn all_pages_may_be_named_and_need_the_token() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "secret-word\n").unwrap();
    let figures = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let port = format!("metrics.port={}", figures.port());
    let all = ["--set", "serve.allow_origins=[\"*\"]", "--set", port.as_str(), "--token-file", token.to_str().unwrap()];
    let golem = Served::micro(&all);
    let (asked, shown) = ("Origin: null\r\n", "Origin: null\r\nAuthorization: Bearer secret-word\r\n");
    assert_eq!(preflight(&golem, "/v1/models", "null").status, 204);
    let refusal = ask(&golem, "GET", "/v1/models", asked);
    refused(&refusal, 401, "Bearer");
    assert_eq!(reader(&refusal), Some("null"), "the page can read why");
    let models = ask(&golem, "GET", "/v1/models", shown);
    assert_eq!((models.status, reader(&models)), (200, Some("null")));
    // The port of the figures is open to programs of this machine without the token, and so to no page.
    let mut stream = TcpStream::connect(figures).unwrap();
    stream
        .write_all(format!("GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{asked}\r\n").as_bytes())
        .unwrap();
    let status = Answer::read(stream);
    assert_eq!((status.status, reader(&status)), (200, None));
    assert_eq!(socket(golem.http, "/v1/realtime", PAGE).err().unwrap().status, 401);
    assert!(socket(golem.http, "/v1/realtime?token=secret-word", PAGE).is_ok());
}

#[test]
fn a_page_that_is_a_file_may_be_named() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&["--set", "serve.allow_origins=[\"null\"]"]);
    let models = ask(&golem, "GET", "/v1/models", "Origin: null\r\n");
    assert_eq!((models.status, reader(&models)), (200, Some("null")));
    // RealtimeSTT's own page is opened as a file, and connects to both sockets.
    for (address, path) in [(golem.control, "/"), (golem.data, "/"), (golem.http, "/v1/realtime")] {
        assert!(socket(address, path, "null").is_ok(), "{path}");
        assert_eq!(socket(address, path, PAGE).err().unwrap().status, 403, "{path}");
    }
}

#[test]
fn without_the_setting_nothing_is_said_of_origins() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    for answer in
        [preflight(&golem, TRANSCRIPTIONS, PAGE), ask(&golem, "GET", "/health", "Origin: http://localhost\r\n")]
    {
        assert!(!answer.head.contains("access-control") && !answer.head.contains("vary"), "{}", answer.head);
    }
    assert_eq!(preflight(&golem, TRANSCRIPTIONS, PAGE).status, 405);
    assert_eq!(socket(golem.data, "/", PAGE).err().unwrap().status, 403);
    let output = micro(&["--set", "serve.allow_origins=[\"http://localhost:3000/\"]"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("no origin of web pages") && said.contains("as in http://localhost:3000"), "{said}");
}
