//! A WebSocket client as strangers' programs have one.

#![allow(dead_code)] // each test program uses its part

use std::net::{SocketAddr, TcpStream};

use serde_json::Value;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::HandshakeError;
use tungstenite::{Error, Message, WebSocket};

use super::served::PATIENCE;

/// A connection.
pub struct Socket(WebSocket<TcpStream>);

/// The status and the body of a refusal.
#[derive(Debug)]
pub struct Refusal {
    pub status: u16,
    pub body: Value,
}

impl Socket {
    /// Connects to a path with headers.
    pub fn open(address: SocketAddr, path: &str, headers: &[(&'static str, &str)]) -> Result<Self, Refusal> {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(HandshakeError::Failure(Error::Http(answer))) => {
                let body = answer.body().as_deref().unwrap_or_default();
                let body = serde_json::from_slice(body).unwrap_or(Value::Null);
                Err(Refusal { status: answer.status().as_u16(), body })
            }
            Err(error) => panic!("{error}"),
        }
    }

    pub fn send(&mut self, value: &Value) {
        self.0.send(Message::text(value.to_string())).unwrap();
    }

    pub fn send_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).unwrap();
    }

    pub fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.0.send(Message::binary(bytes)).unwrap();
    }

    /// The next object; `None` where the server closes.
    pub fn read(&mut self) -> Option<Value> {
        loop {
            match self.0.read() {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(text.as_str()).unwrap()),
                Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::AlreadyClosed) => return None,
                Ok(_) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Objects up to the first of the type `last`.
    #[track_caller]
    pub fn until(&mut self, last: &str) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let value = self.read().unwrap_or_else(|| panic!("it closed after {all:#?}"));
            let found = value["type"] == last;
            all.push(value);
            if found {
                return all;
            }
        }
    }

    /// The status with which the server closes; earlier messages are skipped.
    pub fn closed(&mut self) -> u16 {
        loop {
            match self.0.read() {
                Ok(Message::Close(frame)) => return frame.map_or(1005, |frame| frame.code.into()),
                Ok(_) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Closes, and waits until the server has agreed.
    pub fn close(mut self) {
        self.0.close(None).unwrap();
        while self.0.read().is_ok() {}
    }
}

/// Types of objects, without those that are named.
pub fn types(values: &[Value], without: &[&str]) -> Vec<String> {
    let types = values.iter().map(|value| value["type"].as_str().unwrap_or_default().to_owned());
    types.filter(|kind| !without.contains(&kind.as_str())).collect()
}

/// Samples as 16 bits, little-endian.
pub fn pcm(sound: &[f32]) -> Vec<u8> {
    #[allow(clippy::cast_possible_truncation)]
    sound.iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect()
}

/// A packet of sound as RealtimeSTT's clients send it.
pub fn packet(metadata: &Value, sound: &[u8]) -> Vec<u8> {
    let metadata = metadata.to_string();
    let length = u32::try_from(metadata.len()).unwrap();
    [&length.to_le_bytes()[..], metadata.as_bytes(), sound].concat()
}
