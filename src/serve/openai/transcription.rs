//! Recordings into words: `POST /v1/audio/transcriptions` and `/v1/audio/translations`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde_json::Value;

use super::drain::drain;
use super::error::ApiError;
use super::form::{FormFields, ResponseFormat};
use super::state::HttpState;
use super::upload::{self, UploadForm};
use super::{answer, models, prompt};
use crate::engine::options::{AsrOptions, AsrTask, WordTiming};
use crate::serve::error::LISTENER_FAILED;
use crate::serve::figures::{Endpoint, ServeFigures};
use crate::serve::pool::listener::{HeardEvent, ListenHandle, ListenRequest, RecordingSound};
use crate::transcribe::listen::{TranscriptPart, text};

/// Words in the language that was spoken.
pub async fn transcribe(State(state): State<Arc<HttpState>>, request: Request) -> Response {
    serve(&state, request, AsrTask::Transcribe).await.unwrap_or_else(IntoResponse::into_response)
}

/// Words in English.
pub async fn translate(State(state): State<Arc<HttpState>>, request: Request) -> Response {
    serve(&state, request, AsrTask::Translate).await.unwrap_or_else(IntoResponse::into_response)
}

async fn serve(state: &HttpState, request: Request, task: AsrTask) -> Result<Response, ApiError> {
    let settings = &state.services.config.serve;
    let endpoint = match task {
        AsrTask::Transcribe => Endpoint::Transcription,
        AsrTask::Translate => Endpoint::Translation,
    };
    let Some(place) = state.services.sessions.admit(endpoint) else {
        drain(request.into_body()).await;
        return Err(ApiError::busy(settings.sessions));
    };
    let UploadForm { file, fields } = upload::read(request, settings).await?;
    if !models::hears(&fields.model, &state.services.model) {
        return Err(ApiError::no_model(&fields.model));
    }
    if fields.words && task == AsrTask::Translate {
        return Err(ApiError::bad("timestamp_granularities", "the words of a translation have no times"));
    }
    let began = Instant::now();
    let sound = RecordingSound::File(file);
    let mut hearing =
        state.services.hear(ListenRequest { sound, options: options(&fields, &settings.language, task) }, place);
    let figures = state.services.figures.clone();
    if fields.stream {
        // Wait for the first event: a fault of the upload is then still an error of the request, not of the stream.
        let first = next(&mut hearing).await?;
        return Ok(stream(TranscriptStream { hearing, first: Some(first), text: String::new(), began, figures }));
    }
    let mut parts = Vec::new();
    let length = loop {
        match next(&mut hearing).await? {
            Heard::Part(part) => parts.push(*part),
            Heard::End(length) => break length,
        }
    };
    figures.heard(length, began.elapsed());
    Ok(whole(fields.format, &parts, length, task))
}

/// The options for the recogniser.
fn options(fields: &FormFields, usual: &str, task: AsrTask) -> AsrOptions {
    let language = if fields.language.is_empty() { usual } else { &fields.language };
    let words = match fields.format {
        _ if fields.words => WordTiming::Required,
        // Subtitles are cut at words.
        ResponseFormat::Srt | ResponseFormat::Vtt => WordTiming::WhereKnown,
        ResponseFormat::Json | ResponseFormat::Text | ResponseFormat::VerboseJson => WordTiming::Off,
    };
    AsrOptions { language: Some(language.into()), task, names: prompt::names(&fields.prompt), words }
}

fn whole(format: ResponseFormat, parts: &[TranscriptPart], length: Duration, task: AsrTask) -> Response {
    let (kind, body) = answer::body(format, parts, length, task);
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}

/// A result of a recording, if it is not a fault.
enum Heard {
    Part(Box<TranscriptPart>),
    End(Duration),
}

async fn next(hearing: &mut ListenHandle) -> Result<Heard, ApiError> {
    match hearing.events.recv().await {
        Some(HeardEvent::Part(part)) => Ok(Heard::Part(part)),
        Some(HeardEvent::End(length)) => Ok(Heard::End(length)),
        Some(HeardEvent::Fault(fault)) => Err(fault.into()),
        None => Err(ApiError::internal(LISTENER_FAILED)),
    }
}

/// A recording whose words are sent as they are heard.
struct TranscriptStream {
    hearing: ListenHandle,
    first: Option<Heard>,
    text: String,
    began: Instant,
    figures: ServeFigures,
}

fn stream(words: TranscriptStream) -> Response {
    let events = unfold(Some(words), async |words| {
        let mut words = words?;
        let (event, goes_on) = words.event().await;
        let line = Bytes::from(format!("data: {event}\n\n"));
        Some((Ok::<_, Infallible>(line), goes_on.then_some(words)))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, Body::from_stream(events)).into_response()
}

impl TranscriptStream {
    /// The next event, and whether others follow.
    async fn event(&mut self) -> (Value, bool) {
        let heard = match self.first.take() {
            Some(first) => Ok(first),
            None => next(&mut self.hearing).await,
        };
        match heard {
            Ok(Heard::Part(part)) => {
                let event = answer::delta(&part, self.text.is_empty());
                let said = text(std::slice::from_ref(&*part));
                self.text = if self.text.is_empty() { said } else { format!("{} {said}", self.text) };
                (event, true)
            }
            Ok(Heard::End(length)) => {
                self.figures.heard(length, self.began.elapsed());
                (answer::done(&self.text, length), false)
            }
            // Send the error as an event: a client's library raises an object with the field "error".
            Err(error) => (error.body(), false),
        }
    }
}
