//! Clients of live speech that write their WebSockets by hand: a library would keep them from breaking the rules.

use std::io::{Read, Write};
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use golem::signal::resample::resample;
use serde_json::json;

use super::served::{PATIENCE, Served};
use super::sockets::{packet, pcm};

/// First bytes of frames: those that are whole messages, and the pieces of a text.
pub const TEXT: u8 = 0x81;
pub const BINARY: u8 = 0x82;
pub const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const FIRST_PIECE: u8 = 0x01;
const NEXT_PIECE: u8 = 0x00;
const LAST_PIECE: u8 = 0x80;

/// Bit of the second byte: the payload is masked, as a client's must be.
const MASKED: u8 = 0x80;
/// A mask that leaves the payload as it is.
const MASK: [u8; 4] = [0; 4];

/// The key of RFC 6455's own example: these clients do not check the answer to it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// Most messages of a client that takes no answers: 100 MB, much more than the system keeps for it.
const MOST_UNANSWERED: usize = 1_000;

/// The protocols of live speech.
#[derive(Clone, Copy)]
pub enum LiveProtocol {
    /// RealtimeSTT's data socket.
    Data,
    /// RealtimeSTT's single socket.
    Single,
    /// OpenAI's Realtime API.
    Realtime,
}

impl LiveProtocol {
    pub const ALL: [Self; 3] = [Self::Data, Self::Single, Self::Realtime];

    /// A connection with a handshake that lacks its last, empty line.
    pub fn begin(self, golem: &Served) -> TcpStream {
        let (address, path) = match self {
            Self::Data => (golem.data, "/"),
            Self::Single => (golem.single, "/ws/transcribe"),
            Self::Realtime => (golem.http, "/v1/realtime?model=whisper-1"),
        };
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let host = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
        let key = format!("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n");
        stream.write_all(format!("GET {path} HTTP/1.1\r\n{host}{key}").as_bytes()).unwrap();
        stream
    }

    /// A connection whose session has begun: the server has sent its first messages.
    pub fn open(self, golem: &Served) -> TcpStream {
        let first = match self {
            Self::Data => "vad_detect_start",
            Self::Single => "\"ready\"",
            Self::Realtime => "session.created",
        };
        let mut stream = self.begin(golem);
        stream.write_all(b"\r\n").unwrap();
        for words in ["HTTP/1.1 101 ", "\r\n\r\n", first] {
            read_to(&mut stream, words);
        }
        if let Self::Single = self {
            // Nothing is heard before.
            stream.write_all(&frame(TEXT, b"{\"type\": \"start\"}")).unwrap();
        }
        stream
    }

    /// The frames of a sound of 16 kHz.
    fn speech(self, sound: &[f32]) -> Vec<u8> {
        match self {
            Self::Data | Self::Single => {
                let packets = sound.chunks(1_024).map(|piece| packet(&json!({"sampleRate": 16_000}), &pcm(piece)));
                packets.flat_map(|packet| frame(BINARY, &packet)).collect()
            }
            Self::Realtime => {
                let bytes = pcm(&resample(sound, 16_000, 24_000));
                let events = bytes
                    .chunks(4_800)
                    .map(|piece| json!({"type": "input_audio_buffer.append", "audio": STANDARD.encode(piece)}));
                events.flat_map(|event| frame(TEXT, event.to_string().as_bytes())).collect()
            }
        }
    }

    /// Says a sound, up to where the server has found a voice in it.
    pub fn speak(self, stream: &mut TcpStream, sound: &[f32]) {
        stream.write_all(&self.speech(sound)).unwrap();
        read_to(stream, if matches!(self, Self::Realtime) { "speech_started" } else { "recording_start" });
    }

    /// Has the server send, and takes nothing of it.
    pub fn take_nothing(self, mut stream: TcpStream, sound: &[f32]) {
        if let Self::Data = self {
            // No message is answered here. What can be had are the words of what is said, and its sound.
            self.speak(&mut stream, sound);
            // Ignore errors: golem may hang up in the middle.
            let _ = stream.write_all(&self.speech(sound).repeat(2));
            return;
        }
        // The answer to an unknown command quotes it, and so is as long.
        let unknown = frame(TEXT, json!({"type": "a".repeat(100_000)}).to_string().as_bytes());
        for _ in 0..MOST_UNANSWERED {
            if let Err(error) = stream.write_all(&unknown) {
                assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "it was never hung up on");
                return;
            }
        }
        panic!("golem keeps all answers that a client does not take");
    }
}

/// Reads up to these words. Of a server's frames, texts can be read as they come: they are not masked.
fn read_to(stream: &mut TcpStream, words: &str) {
    let mut answer: Vec<u8> = Vec::new();
    while !answer.ends_with(words.as_bytes()) {
        let mut byte = [0];
        let read = stream.read_exact(&mut byte);
        assert!(read.is_ok(), "no {words:?} but {read:?} after {}", String::from_utf8_lossy(&answer));
        answer.extend(byte);
    }
}

/// The header of a frame with a payload of so many bytes.
pub fn header(first: u8, length: u64) -> Vec<u8> {
    let mut header = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ 0..=125), _) => header.push(MASKED | length),
        (_, Ok(length)) => {
            header.push(MASKED | 0x7e);
            header.extend(length.to_be_bytes());
        }
        _ => {
            header.push(MASKED | 0x7f);
            header.extend(length.to_be_bytes());
        }
    }
    header.extend(MASK);
    header
}

/// A frame.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    [&header(first, payload.len() as u64)[..], payload].concat()
}

/// Packets of sound that are shorter than their metadata is said to be, and the end.
pub fn short_packets() -> Vec<u8> {
    let longer = [&1_000_u32.to_le_bytes()[..], b"{}"].concat();
    [frame(BINARY, &longer), frame(BINARY, &[0xff; 8]), frame(BINARY, &[1, 0, 0]), frame(CLOSE, b"")].concat()
}

/// Thousands of messages of a byte or none, a text in as many pieces, and the end.
pub fn crumbs() -> Vec<u8> {
    let messages = [frame(TEXT, b"x"), frame(BINARY, b""), frame(PING, b"")].concat();
    let pieces = frame(NEXT_PIECE, b"x").repeat(2_000);
    let text = [frame(FIRST_PIECE, b"x"), pieces, frame(LAST_PIECE, b"x")].concat();
    [messages.repeat(2_000), text, frame(CLOSE, b"")].concat()
}
