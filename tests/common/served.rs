//! A golem that serves, and requests to it as a stranger's program sends them.

#![allow(dead_code)] // each test program uses its part

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::place::{data, root};

/// Longest wait for an answer: a test that waits longer has failed.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Whether the files that set-up installs are here; if not, prints that the test is skipped.
pub fn installed() -> bool {
    let there = data().join("runtime/libonnxruntime.so").exists();
    if !there {
        println!("skipped: {} does not hold what scripts/golem installs", data().display());
    }
    there
}

/// Golem with the fixtures' little Whisper and with espeak-ng, whatever this machine's config says.
pub fn micro(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_golem"));
    command.arg("serve").args(arguments).current_dir(root());
    command.args(["--set", "asr.model=fixtures/models/whisper-micro", "--set", "asr.engine=whisper"]);
    command.args(["--set", "asr.threads=1", "--set", "tts.engine=espeak"]);
    command.env("GOLEM_HOME", root()).env("GOLEM_CONFIG", "/nonexistent/golem.toml").env("GOLEM_DATA", data());
    command.env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR")).env_remove("GOLEM_LOG");
    command
}

/// A process that ends with the test.
pub struct Ended(pub Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Ignore errors: the process may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A golem that serves all protocols; it ends with this.
pub struct Served {
    pub process: Child,
    pub http: SocketAddr,
    pub wyoming: SocketAddr,
    /// RealtimeSTT's one socket, and its two.
    pub single: SocketAddr,
    pub control: SocketAddr,
    pub data: SocketAddr,
    /// The text it printed as it started.
    pub told: String,
    out: BufReader<ChildStdout>,
    errors: BufReader<ChildStderr>,
}

impl Served {
    /// Starts it on free ports and waits until its models are loaded.
    pub fn start(command: &mut Command) -> Self {
        command.args(["--openai", "--wyoming", "--wyoming-port", "0", "--realtimestt"]);
        command.args(["--set", "serve.realtimestt_control_port=0", "--set", "serve.realtimestt_data_port=0"]);
        command.args(["--set", "serve.realtimestt_port=0"]);
        if !command.get_args().any(|argument| argument == "--bind") {
            command.args(["--bind", "127.0.0.1:0"]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut errors = BufReader::new(process.stderr.take().unwrap());
        let mut told = String::new();
        while !told.contains("data socket on ws://") {
            assert!(out.read_line(&mut told).unwrap() > 0, "it ended: {told}{}", rest(&mut errors));
        }
        let mut loading = String::new();
        while !loading.ends_with("ready\n") {
            assert!(errors.read_line(&mut loading).unwrap() > 0, "it ended: {loading}");
        }
        let address = |scheme: &str| {
            let place = told.split(scheme).nth(1).unwrap().split(['/', '\n']).next().unwrap();
            place.parse::<SocketAddr>().unwrap()
        };
        let (http, wyoming) = (address("http://"), address("tcp://"));
        let (control, data) = (address("control socket on ws://"), address("data socket on ws://"));
        let single = address("single socket on ws://");
        told.push_str(&loading);
        Self { process, http, wyoming, single, control, data, told, out, errors }
    }

    /// Starts it with the fixtures' models.
    pub fn micro(arguments: &[&str]) -> Self {
        Self::start(&mut micro(arguments))
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Sends a whole request and reads the whole answer.
    pub fn ask(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        // Ignore errors: a server that refuses a request may do so before it has read all of it.
        let _ = stream.write_all(request);
        Answer::read(stream)
    }

    /// A connection to HTTP.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.http).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> Answer {
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())
    }

    /// A number among the figures.
    pub fn figure(&self, name: &str) -> u64 {
        let figures = self.get("/metrics").text();
        let line = figures.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_else(|| {
            panic!("no {name}: {figures}");
        });
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// `POST path` with JSON.
    pub fn post(&self, path: &str, json: &str) -> Answer {
        self.ask(&post(path, "application/json", json.as_bytes(), ""))
    }

    /// `POST path` with a form: the file by its name, and fields.
    pub fn form(&self, path: &str, file: Option<(&str, &[u8])>, fields: &[(&str, &str)]) -> Answer {
        self.ask(&form(path, file, fields, ""))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Ignore errors: the process may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn rest(errors: &mut BufReader<ChildStderr>) -> String {
    let mut text = String::new();
    let _ = errors.read_to_string(&mut text);
    text
}

/// A request with a body.
pub fn post(path: &str, kind: &str, body: &[u8], headers: &str) -> Vec<u8> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend(body);
    request
}

/// A request with a form.
pub fn form(path: &str, file: Option<(&str, &[u8])>, fields: &[(&str, &str)], headers: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    if let Some((name, bytes)) = file {
        let head = format!("--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        body.extend(head.bytes());
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--xyz--\r\n");
    post(path, "multipart/form-data; boundary=xyz", &body, headers)
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads an answer until the server hangs up.
    pub fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        // Ignore errors: a connection that is reset has delivered its bytes.
        let _ = stream.read_to_end(&mut bytes);
        Self::of(&bytes)
    }

    pub fn of(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap_or_else(|| {
            panic!("no answer: {}", String::from_utf8_lossy(bytes));
        });
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut body = bytes[end + 4..].to_vec();
        if head.contains("transfer-encoding: chunked") {
            body = joined(&body);
        }
        Self { status, head, body }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{} {}", self.status, self.text()))
    }
}

/// The chunks of a body.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|end| end == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap().trim(), 16).unwrap();
        if length == 0 {
            break;
        }
        body.extend(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 4 + length..];
    }
    body
}
