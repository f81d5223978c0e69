//! A client of Wyoming.

#![allow(dead_code)] // each test program uses its part

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::boxes::{Sample, samples};
use super::served::{PATIENCE, Served};

/// A Wyoming client.
pub struct Wyoming(pub BufReader<TcpStream>);

impl Wyoming {
    pub fn new(golem: &Served) -> Self {
        let stream = TcpStream::connect(golem.wyoming).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::new(stream))
    }

    pub fn send(&mut self, kind: &str, data: &Value, payload: &[u8]) {
        let data = data.to_string();
        let header = json!({"type": kind, "data_length": data.len(), "payload_length": payload.len()});
        let bytes = [format!("{header}\n{data}").as_bytes(), payload].concat();
        self.0.get_mut().write_all(&bytes).unwrap();
    }

    /// The next event: its type, its data and its payload.
    pub fn next(&mut self) -> (String, Value, Vec<u8>) {
        let mut line = String::new();
        assert!(self.0.read_line(&mut line).unwrap() > 0, "it hung up");
        let header: Value = serde_json::from_str(&line).unwrap();
        let mut part = |key: &str| {
            let mut bytes = vec![0; usize::try_from(header[key].as_u64().unwrap_or(0)).unwrap()];
            self.0.read_exact(&mut bytes).unwrap();
            bytes
        };
        let (data, payload) = (part("data_length"), part("payload_length"));
        let data = if data.is_empty() { Value::Null } else { serde_json::from_slice(&data).unwrap() };
        (header["type"].as_str().unwrap().into(), data, payload)
    }

    /// Whether golem has hung up and sends nothing more.
    pub fn ended(&mut self) -> bool {
        self.0.read(&mut [0]).unwrap() == 0
    }

    /// Begins an utterance.
    pub fn begin(&mut self, language: &str, sound: &[f32]) {
        self.send("transcribe", &json!({"language": language}), &[]);
        self.send("audio-start", &format(), &[]);
        self.more(sound);
    }

    /// Sends more of the utterance.
    pub fn more(&mut self, sound: &[f32]) {
        for piece in samples(sound, Sample::S16, 1, false).chunks(2_048) {
            self.send("audio-chunk", &format(), piece);
        }
    }

    /// Says an utterance; returns the transcript or the error.
    pub fn say(&mut self, language: &str, sound: &[f32]) -> (String, Value) {
        self.begin(language, sound);
        self.send("audio-stop", &json!({}), &[]);
        loop {
            let (kind, data, _) = self.next();
            match kind.as_str() {
                "transcript-start" | "transcript-chunk" => {}
                "transcript" => {
                    assert_eq!(self.next().0, "transcript-stop");
                    return (kind, data);
                }
                _ => return (kind, data),
            }
        }
    }

    /// The rest of a transcript: the text of its chunks joined, and the whole.
    pub fn words(&mut self) -> (String, Value) {
        let mut chunks = String::new();
        loop {
            let (kind, data, _) = self.next();
            match kind.as_str() {
                "transcript-start" => {}
                "transcript-chunk" => chunks.push_str(data["text"].as_str().unwrap()),
                "transcript" => {
                    assert_eq!(self.next().0, "transcript-stop");
                    return (chunks, data);
                }
                other => panic!("{other}: {data}"),
            }
        }
    }
}

fn format() -> Value {
    json!({"rate": 16_000, "width": 2, "channels": 1})
}

/// Samples from the beginning of a sound to its end.
pub fn heard(client: &mut Wyoming) -> usize {
    let (kind, format, _) = client.next();
    assert_eq!(
        (kind.as_str(), &format["width"], &format["channels"]),
        ("audio-start", &json!(2), &json!(1)),
        "{format}"
    );
    let mut bytes = 0;
    loop {
        let (kind, data, payload) = client.next();
        match kind.as_str() {
            "audio-chunk" => assert_eq!(data["rate"], format["rate"]),
            "audio-stop" => return bytes / 2,
            other => panic!("{other}: {data}"),
        }
        bytes += payload.len();
    }
}
