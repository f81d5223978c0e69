//! A streaming client: it says its recordings at the pace of their sound over RealtimeSTT's data socket, and records
//! the server's messages with their times.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::ops::Range;
use std::thread::yield_now;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tungstenite::handshake::HandshakeError;
use tungstenite::{Error, Message, WebSocket};

use super::crowd::SpokenSample;
use crate::signal::frame::RATE;
use crate::signal::pcm::pcm;

/// Samples in a message: 64 ms, as RealtimeSTT's own client sends them.
const PIECE: usize = 1_024;
/// Silence before the first recording, and behind each, in seconds: people think, or hear the answer.
const SILENCES: (f64, f64) = (0.5, 2.0);
/// Longest wait for the last words after the end of the sound; after it they count as lost.
const DRAIN: Duration = Duration::from_mins(1);
/// Longest wait until the system takes a message, and until the server has a place for the client.
const TAKING: Duration = Duration::from_secs(30);

/// A recording, and where the voice is in it.
pub struct VoicedSample<'a> {
    /// The recording.
    pub sample: &'a SpokenSample,
    /// The voice, from the first voiced sample to the end of the last one, in seconds.
    pub voice: Range<f64>,
}

/// The sound that a client says.
pub struct StreamScript<'a> {
    /// 16 kHz, -1..=1.
    audio: Vec<f32>,
    /// Its utterances, and where their voices are in the sound, in seconds.
    pub utterances: Vec<(&'a SpokenSample, Range<f64>)>,
}

impl<'a> StreamScript<'a> {
    /// These recordings one after the other, with silence between them.
    pub fn new(samples: impl Iterator<Item = &'a VoicedSample<'a>>) -> Self {
        let mut script = Self { audio: silence(SILENCES.0), utterances: Vec::new() };
        for VoicedSample { sample, voice } in samples {
            let start = script.seconds();
            script.utterances.push((sample, start + voice.start..start + voice.end));
            script.audio.extend_from_slice(&sample.audio);
            script.audio.extend(silence(SILENCES.1));
        }
        script
    }

    /// How long it is.
    #[expect(clippy::cast_precision_loss, reason = "a few minutes of samples")]
    pub fn seconds(&self) -> f64 {
        self.audio.len() as f64 / f64::from(RATE)
    }
}

fn silence(seconds: f64) -> Vec<f32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
    let length = (seconds * f64::from(RATE)) as usize;
    vec![0.0; length]
}

/// A server's message on the data socket.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
enum StreamMessage {
    #[serde(rename = "recording_start")]
    Began,
    #[serde(rename = "realtime")]
    Partial,
    #[serde(rename = "fullSentence")]
    Sentence { text: String },
    #[serde(other)]
    Other,
}

/// The messages that a client received. Times are seconds from the beginning of its sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamNotes {
    /// When words of an unfinished utterance came, and how many sentences had come before.
    pub partials: Vec<(f64, usize)>,
    /// When sentences came, and what they are.
    pub sentences: Vec<(f64, String)>,
    /// Whether the server hung up.
    pub gone: bool,
    /// When the client left.
    pub end: f64,
    /// Utterances that the server saw begin.
    pub began: usize,
}

impl StreamNotes {
    fn take(&mut self, message: &StreamMessage, at: f64) {
        match message {
            StreamMessage::Began => self.began += 1,
            StreamMessage::Partial => self.partials.push((at, self.sentences.len())),
            StreamMessage::Sentence { text } => self.sentences.push((at, text.clone())),
            StreamMessage::Other => {}
        }
    }

    /// Whether `utterances` have their words, and no utterance is open.
    fn complete(&self, utterances: usize) -> bool {
        self.sentences.len() >= utterances.max(self.began)
    }
}

/// A client that is connected.
pub struct StreamClient {
    socket: WebSocket<TcpStream>,
    notes: StreamNotes,
}

impl StreamClient {
    /// Connects to the data socket at `url` (`ws://ADDRESS:PORT`).
    ///
    /// # Errors
    /// When there is no server, or it refuses.
    pub fn connect(url: &str) -> Result<Self> {
        let address = url.trim_start_matches("ws://");
        let latest = Instant::now() + TAKING;
        loop {
            let stream = TcpStream::connect(address).with_context(|| url.to_owned())?;
            stream.set_nodelay(true)?;
            stream.set_write_timeout(Some(TAKING))?;
            match tungstenite::client(format!("ws://{address}/"), stream) {
                Ok((socket, _)) => return Ok(Self { socket, notes: StreamNotes::default() }),
                // The clients before may not have left their places yet.
                Err(HandshakeError::Failure(Error::Http(_))) if Instant::now() < latest => yield_now(),
                Err(error) => bail!("{url}: {error}"),
            }
        }
    }

    /// Says all of `script` from `start` on, and waits for the words.
    pub fn say(mut self, script: &StreamScript, start: Instant) -> StreamNotes {
        if self.follow(script, start).is_err() {
            self.notes.gone = true;
        }
        self.notes.end = start.elapsed().as_secs_f64();
        // Ignore errors: the server may have closed first.
        let _ = self.socket.close(None).and_then(|()| self.socket.flush());
        self.notes
    }

    /// # Errors
    /// When the server hangs up.
    fn follow(&mut self, script: &StreamScript, start: Instant) -> Result<(), Error> {
        let metadata = format!("{{\"sampleRate\": {RATE}}}");
        let mut said = 0;
        for piece in script.audio.chunks(PIECE) {
            said += piece.len();
            // Send a piece when its last sample was said.
            self.read_until(start + length(said), start)?;
            let length = u32::try_from(metadata.len()).unwrap_or_default().to_le_bytes();
            let packet = length.into_iter().chain(metadata.bytes()).chain(pcm(piece)).collect::<Vec<u8>>();
            self.socket.send(Message::binary(packet))?;
        }
        let latest = start + length(said) + DRAIN;
        while !self.notes.complete(script.utterances.len()) && Instant::now() < latest {
            self.read_until((Instant::now() + Duration::from_millis(100)).min(latest), start)?;
        }
        Ok(())
    }

    /// Takes messages until `end`.
    fn read_until(&mut self, end: Instant, start: Instant) -> Result<(), Error> {
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.socket.get_mut().set_read_timeout(Some(left))?;
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    let at = start.elapsed().as_secs_f64();
                    // Skip texts that are not messages of the protocol.
                    if let Ok(message) = serde_json::from_str(text.as_str()) {
                        self.notes.take(&message, at);
                    }
                }
                Ok(_) => {}
                Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// How long so many samples sound.
fn length(samples: usize) -> Duration {
    Duration::from_micros(samples as u64 * 1_000_000 / u64::from(RATE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_noted_in_order() {
        let mut notes = StreamNotes::default();
        for (at, message) in [
            (1.0, "{\"type\": \"recording_start\"}"),
            (2.0, "{\"type\": \"realtime\", \"text\": \"Who\"}"),
            (2.5, "{\"type\": \"transcription_start\", \"audio_bytes_base64\": \"\"}"),
            (3.0, "{\"type\": \"fullSentence\", \"text\": \"Who?\"}"),
            (4.0, "{\"type\": \"recording_start\"}"),
            (5.0, "{\"type\": \"realtime\", \"text\": \"I\"}"),
        ] {
            assert!(!notes.complete(2), "{message}");
            notes.take(&serde_json::from_str(message).unwrap(), at);
        }
        assert_eq!((&notes.partials, &notes.sentences), (&vec![(2.0, 0), (5.0, 1)], &vec![(3.0, "Who?".into())]));
        assert!(!notes.complete(1), "one is open");
    }

    #[test]
    fn a_script_has_its_voices_where_its_sound_has_them() {
        let sample = SpokenSample { audio: vec![0.1; 16_000], seconds: 1.0, words: Vec::new() };
        let voiced = VoicedSample { sample: &sample, voice: 0.25..0.75 };
        let script = StreamScript::new([&voiced, &voiced].into_iter());
        let places: Vec<_> = script.utterances.iter().map(|(_, voice)| voice.clone()).collect();
        assert_eq!(places, [0.75..1.25, 3.75..4.25]);
        assert!((script.seconds() - 6.5).abs() < 1e-9);
    }
}
