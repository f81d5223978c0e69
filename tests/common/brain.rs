//! A server with a language model, as a test wants it: it answers over a real socket and remembers what it was asked.

#![allow(dead_code)] // each test program uses its part

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::spawn;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use serde_json::{Value, json};

/// A request for a reply.
#[derive(Clone, Debug)]
pub struct Asked {
    /// First line and headers, in lower case.
    pub head: String,
    /// The body.
    pub body: Value,
}

/// A server that runs.
pub struct BrainServer {
    /// Its address.
    pub url: String,
    asked: Receiver<Asked>,
    closed: Receiver<()>,
}

impl BrainServer {
    /// A server that answers each request for a reply with `answer`, and all others as servers do.
    pub fn start(answer: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::templated(json!({}), answer)
    }

    /// A server like that of [`Self::start`], which also answers with `prompt` when it is asked for the prompt of a
    /// question.
    pub fn templated(prompt: Value, answer: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (asked_in, asked) = unbounded();
        let (closed_in, closed) = unbounded();
        let answer = Arc::new(answer);
        spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let (answer, asked_in, closed_in) = (Arc::clone(&answer), asked_in.clone(), closed_in.clone());
                let prompt = prompt.clone();
                spawn(move || {
                    let Some(asked) = read(&mut stream) else { return };
                    if let Some(list) = aside(&asked.head, &prompt) {
                        let _ = write!(
                            stream,
                            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{list}",
                            list.len()
                        );
                        return;
                    }
                    let _ = asked_in.send(asked.clone());
                    answer(&asked, &mut stream);
                    // A client that is still there gets the end; one that hung up is noticed.
                    let _ = closed_in.send(());
                });
            }
        });
        Self { url, asked, closed }
    }

    /// The next request for a reply.
    pub fn asked(&self) -> Asked {
        self.asked.recv_timeout(PATIENCE).expect("the server is asked")
    }

    /// The requests for a reply that came since.
    pub fn all_asked(&self) -> Vec<Asked> {
        self.asked.try_iter().collect()
    }

    /// How many requests for a reply came since.
    pub fn count(&self) -> usize {
        self.all_asked().len()
    }

    /// Waits until the answer to a request is over.
    pub fn over(&self) {
        self.closed.recv_timeout(PATIENCE).expect("the connection is closed");
    }
}

/// Longest wait, longer than any machine takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// The answer to a request for the list of models, to load one, or for a prompt.
fn aside(head: &str, prompt: &Value) -> Option<String> {
    let path = head.split_whitespace().nth(1)?;
    match path {
        "/api/generate" => Some(json!({ "model": "m", "done": true, "done_reason": "load" }).to_string()),
        "/api/tags" => Some(json!({ "models": [{ "name": "m:latest" }] }).to_string()),
        "/apply-template" | "/tokenize" => Some(prompt.to_string()),
        "/v1/models" => Some(json!({ "data": [{ "id": "m" }] }).to_string()),
        _ => None,
    }
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let length = stream.read(&mut piece).ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&piece[..length]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let wanted = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        if bytes.len() >= end + 4 + wanted {
            let body = serde_json::from_slice(&bytes[end + 4..]).unwrap_or_default();
            return Some(Asked { head, body });
        }
    }
}

/// Begins an answer that ends with its connection.
pub fn begin(stream: &mut TcpStream) {
    say(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
}

/// Sends `text`.
pub fn say(stream: &mut TcpStream, text: &str) {
    // A client may have hung up.
    let _ = stream.write_all(text.as_bytes());
    let _ = stream.flush();
}

/// Says nothing until the client hangs up.
pub fn stall(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 16]);
}

/// Refuses a request.
pub fn refuse(stream: &mut TcpStream, status: &str, body: &str) {
    say(stream, &format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()));
}

/// A line of Ollama's stream with these fields of a message.
pub fn ollama(message: &Value) -> String {
    format!("{}\n", json!({ "model": "m", "message": message, "done": false }))
}

/// The last line of Ollama's stream.
pub const OLLAMA_END: &str = "{\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":40}\n";

/// An event of OpenAI's stream with these fields of a delta.
pub fn openai(delta: &Value) -> String {
    format!("data: {}\n\n", json!({ "choices": [{ "index": 0, "delta": delta }] }))
}

/// The end of OpenAI's stream.
pub const OPENAI_END: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
