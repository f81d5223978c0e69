//! Text into speech: `POST /v1/audio/speech`, sent from the first clause on.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream::unfold;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::error::ApiError;
use super::models;
use super::sound::{SpeechEncoder, SpeechFormat};
use super::sse;
use super::state::HttpState;
use crate::config::voice_ref::VoiceRef;
use crate::dialog::text::clause::Clauses;
use crate::serve::figures::{Endpoint, ServeFigures};
use crate::serve::pool::voice::{SpeakRequest, Speaking, SpokenEvent};
use crate::serve::services::VoiceName;

/// Longest request in bytes, and longest text in characters, which is OpenAI's own limit.
const LONGEST_BODY: usize = 256 * 1024;
const LONGEST_TEXT: usize = 4_096;
/// Speeds that clients may ask for, which are OpenAI's, and those that all voices can do.
const SPEEDS: RangeInclusive<f32> = 0.25..=4.0;
const VOICE_SPEEDS: RangeInclusive<f32> = 0.5..=3.0;

/// The body of a request. Unknown fields are ignored, as OpenAI does.
#[derive(Debug, Deserialize)]
struct SpeechBody {
    #[serde(default, deserialize_with = "given")]
    model: String,
    input: String,
    #[serde(default, deserialize_with = "given")]
    voice: VoiceField,
    response_format: Option<String>,
    speed: Option<f32>,
    #[serde(default, deserialize_with = "given")]
    stream_format: SpeechSending,
}

/// A field that may be null, as if it were missing.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(field: D) -> Result<T, D::Error> {
    Option::deserialize(field).map(Option::unwrap_or_default)
}

/// The way in which sound is sent.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum SpeechSending {
    /// As the body of the answer.
    #[default]
    Audio,
    /// As server-sent events, in base64.
    Sse,
}

/// A voice by its name, or as an object that names it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum VoiceField {
    Name(String),
    Object { id: String },
}

impl Default for VoiceField {
    fn default() -> Self {
        Self::Name(String::new())
    }
}

/// Speaks a text.
pub async fn speak(State(state): State<Arc<HttpState>>, request: Request) -> Response {
    serve(&state, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn serve(state: &HttpState, request: Request) -> Result<Response, ApiError> {
    let services = &state.services;
    let settings = &services.config.serve;
    let body = tokio::time::timeout(settings.patience(), to_bytes(request.into_body(), LONGEST_BODY)).await;
    let body = body.map_err(|_| ApiError::too_slow())?;
    let body =
        body.map_err(|_| ApiError::request(format!("the request has more than {LONGEST_BODY} bytes, or broke off")))?;
    let (request, format, sending) = read(&body, &services.voices)?;
    // Admit the client only now: one that sends slowly keeps no place from others.
    let place = services.sessions.admit(Endpoint::Speech).ok_or_else(|| ApiError::busy(settings.sessions))?;
    let mut speaking = services.speak(request, Some(place));
    // Wait for the first piece: a fault of the voice is then still an error of the request, not of the stream.
    let (samples, rate) = match speaking.events.recv().await {
        Some(SpokenEvent::Piece(samples, rate)) => (samples, rate),
        Some(SpokenEvent::End) => return Err(ApiError::bad("input", "there is nothing in it that can be spoken")),
        Some(SpokenEvent::Fault(fault)) => return Err(fault.into()),
        None => return Err(ApiError::internal("golem broke while it spoke; its log says why")),
    };
    let figures = services.figures.clone();
    figures.spoken(length(&samples, rate));
    let broken = |error: std::io::Error| ApiError::internal(error.to_string());
    let (mut encoder, mut first) = SpeechEncoder::new(format, rate).map_err(broken)?;
    first.extend(encoder.take(&samples).map_err(broken)?);
    let speech = SpeechStream { speaking, encoder, first: Some(first.into()), ended: false, figures };
    Ok(match sending {
        SpeechSending::Audio => stream(format, speech),
        SpeechSending::Sse => events(speech),
    })
}

/// The request in a body, to a golem that has these voices.
fn read(body: &[u8], voices: &[VoiceName]) -> Result<(SpeakRequest, SpeechFormat, SpeechSending), ApiError> {
    let body: SpeechBody = serde_json::from_slice(body).map_err(|error| {
        ApiError::request(format!(
            "the request is not what it should be: {error}; send {{\"input\": \"Good morning\"}}"
        ))
    })?;
    if !models::speaks(&body.model, voices) {
        return Err(ApiError::no_model(&body.model));
    }
    let format =
        body.response_format.as_deref().map_or(Some(SpeechFormat::default()), SpeechFormat::of).ok_or_else(|| {
            let known = SpeechFormat::NAMES.map(|(name, _)| name).join(", ");
            let asked = body.response_format.as_deref().unwrap_or_default();
            ApiError::bad("response_format", format!("\"{asked}\" is not served; write one of {known}"))
        })?;
    let speed = body.speed.unwrap_or(1.0);
    if !SPEEDS.contains(&speed) {
        return Err(ApiError::bad("speed", format!("write a number from {} to {}", SPEEDS.start(), SPEEDS.end())));
    }
    let speed = speed.clamp(*VOICE_SPEEDS.start(), *VOICE_SPEEDS.end());
    if body.input.chars().count() > LONGEST_TEXT {
        return Err(ApiError::bad("input", format!("it has more than {LONGEST_TEXT} characters; send it in parts")));
    }
    let clauses = Clauses::spoken(&body.input);
    if clauses.is_empty() {
        return Err(ApiError::bad("input", "there is nothing in it that can be spoken"));
    }
    let (VoiceField::Name(voice) | VoiceField::Object { id: voice }) = &body.voice;
    let VoiceRef { name, speaker } = models::voice(&body.model, voice, voices);
    let (voice, speaker) = (name.to_owned(), speaker.map(str::to_owned));
    Ok((SpeakRequest { clauses, voice, speaker, speed, rate: format.rate() }, format, body.stream_format))
}

/// Speech that is sent as it is made.
struct SpeechStream {
    speaking: Speaking,
    encoder: SpeechEncoder,
    first: Option<Bytes>,
    /// All of it has been sent.
    ended: bool,
    figures: ServeFigures,
}

fn stream(format: SpeechFormat, speech: SpeechStream) -> Response {
    let kind = HeaderValue::from_static(format.content_type());
    let pieces = unfold(Some(speech), async |speech| {
        let mut speech = speech?;
        let piece = speech.piece().await?;
        let goes_on = piece.is_ok();
        Some((piece, goes_on.then_some(speech)))
    });
    ([(header::CONTENT_TYPE, kind)], Body::from_stream(pieces)).into_response()
}

/// The same as events.
fn events(speech: SpeechStream) -> Response {
    sse::respond(unfold(Some(speech), async |speech| {
        let mut speech = speech?;
        Some(match speech.piece().await {
            Some(Ok(bytes)) => (json!({"type": "speech.audio.delta", "audio": STANDARD.encode(&bytes)}), Some(speech)),
            // Send the error as an event: a client's library raises an object with the field "error".
            Some(Err(error)) => (ApiError::internal(error.to_string()).body(), None),
            None => (done(), None),
        })
    }))
}

/// The last event. Golem counts no tokens, but clients expect the field.
fn done() -> Value {
    json!({"type": "speech.audio.done", "usage": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}})
}

impl SpeechStream {
    /// The next bytes; `None` at the end. An error breaks off the answer, so that clients notice it.
    async fn piece(&mut self) -> Option<std::io::Result<Bytes>> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        if self.ended {
            return None;
        }
        match self.speaking.events.recv().await {
            Some(SpokenEvent::Piece(samples, rate)) => {
                self.figures.spoken(length(&samples, rate));
                Some(self.encoder.take(&samples).map(Bytes::from))
            }
            Some(SpokenEvent::End) => {
                self.ended = true;
                Some(self.encoder.finish().map(Bytes::from))
            }
            Some(SpokenEvent::Fault(fault)) => {
                tracing::warn!("speech broke off: {fault:?}");
                Some(Err(std::io::Error::other("speech broke off")))
            }
            None => Some(Err(std::io::Error::other("the server is ending"))),
        }
    }
}

/// The duration of so many samples.
fn length(samples: &[f32], rate: u32) -> Duration {
    Duration::from_micros(samples.len() as u64 * 1_000_000 / u64::from(rate.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8]) -> Result<(SpeakRequest, SpeechFormat, SpeechSending), ApiError> {
        let (name, what, language) = ("en_US-joe-medium".into(), "Piper".into(), "en_US".into());
        super::read(body, &[VoiceName { name, what, language, speakers: Vec::new() }])
    }

    #[test]
    fn null_is_as_good_as_nothing() {
        let (request, format, sending) = read(
            br#"{"input":"Hello","model":null,"voice":null,"response_format":null,"speed":null,"stream_format":null}"#,
        )
        .unwrap();
        let (plain, ..) = read(br#"{"input":"Hello"}"#).unwrap();
        let heard = |request: &SpeakRequest| (request.voice.clone(), request.speed, request.rate);
        assert_eq!(heard(&request), heard(&plain));
        assert_eq!((format, sending), (SpeechFormat::Mp3, SpeechSending::Audio));
    }

    #[test]
    fn a_voice_may_be_named_as_the_model() {
        for (body, voice) in [
            (r#"{"input":"Hi","model":"en_US-joe-medium"}"#, "en_US-joe-medium"),
            (r#"{"input":"Hi","model":"en_US-joe-medium","voice":"alloy"}"#, "en_US-joe-medium"),
            (r#"{"input":"Hi","model":"piper","voice":"alloy"}"#, ""),
            (r#"{"input":"Hi","model":"piper","voice":"en-gb"}"#, "en-gb"),
        ] {
            assert_eq!(read(body.as_bytes()).unwrap().0.voice, voice, "{body}");
        }
    }

    #[test]
    fn a_voice_may_be_named_with_one_of_its_speakers() {
        for (body, voice, speaker) in [
            (r#"{"input":"Hi"}"#, "", None),
            (r#"{"input":"Hi","voice":"en_GB-vctk-medium#p225"}"#, "en_GB-vctk-medium", Some("p225")),
            (r#"{"input":"Hi","voice":{"id":"en_GB-vctk-medium#3"}}"#, "en_GB-vctk-medium", Some("3")),
            (r#"{"input":"Hi","model":"en_US-joe-medium#2"}"#, "en_US-joe-medium", Some("2")),
        ] {
            let (request, ..) = read(body.as_bytes()).unwrap();
            assert_eq!((request.voice.as_str(), request.speaker.as_deref()), (voice, speaker), "{body}");
        }
    }

    #[test]
    fn requests_are_read_as_clients_write_them() {
        let (request, format, sending) =
            read(br#"{"model":"tts-1","input":"Hello. Bye.","voice":"alloy","speed":2,"instructions":"x"}"#).unwrap();
        let heard = (request.voice.as_str(), request.speed, request.rate, format);
        assert_eq!((heard, sending), (("", 2.0, Some(24_000), SpeechFormat::Mp3), SpeechSending::Audio));
        let (request, format, sending) =
            read(br#"{"input":"Hello","voice":{"id":"en-us"},"response_format":"pcm","stream_format":"sse"}"#).unwrap();
        assert_eq!((request.voice.as_str(), request.rate), ("en-us", Some(24_000)));
        assert_eq!((format, sending), (SpeechFormat::Pcm, SpeechSending::Sse));
    }

    #[test]
    fn a_speed_that_no_voice_can_do_is_the_nearest_that_all_can() {
        for (asked, spoken) in [(0.25, 0.5), (0.5, 0.5), (1.5, 1.5), (3.0, 3.0), (4.0, 3.0)] {
            let (request, ..) = read(format!(r#"{{"input":"Hello","speed":{asked}}}"#).as_bytes()).unwrap();
            assert!((request.speed - spoken).abs() < f32::EPSILON, "{asked}: {}", request.speed);
        }
    }

    #[test]
    fn what_cannot_be_spoken_is_refused_with_what_can() {
        let long = format!(r#"{{"input":"{}"}}"#, "a".repeat(LONGEST_TEXT + 1));
        for (body, status, word) in [
            ("nonsense", 400, "Good morning"),
            (r#"{"voice":"alloy"}"#, 400, "input"),
            (r#"{"input":" ** "}"#, 400, "nothing"),
            (r#"{"input":"Hi","response_format":"aac"}"#, 400, "mp3, wav, pcm, flac, opus"),
            (r#"{"input":"Hi","speed":4.01}"#, 400, "0.25 to 4"),
            (r#"{"input":"Hi","speed":0.24}"#, 400, "0.25 to 4"),
            (r#"{"input":"Hi","stream_format":"carrier pigeon"}"#, 400, "sse"),
            (r#"{"input":"Hi","model":"davinci"}"#, 404, "/v1/models"),
            (&long, 400, "4096"),
        ] {
            let error = read(body.as_bytes()).map(|_| ()).unwrap_err();
            assert_eq!(error.status.as_u16(), status, "{body}");
            assert!(error.message.contains(word), "{body}: {}", error.message);
        }
    }
}
