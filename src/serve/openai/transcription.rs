//! Recordings into words: `POST /v1/audio/transcriptions` and `/v1/audio/translations`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde_json::Value;

use super::error::ApiError;
use super::form::{FormFields, ResponseFormat};
use super::state::HttpState;
use super::upload::{self, UploadForm, UploadPlaces};
use super::{answer, models, prompt, sse};
use crate::engine::options::{AsrOptions, AsrTask, WordTiming};
use crate::serve::error::LISTENER_FAILED;
use crate::serve::figures::{Endpoint, ServeFigures};
use crate::serve::language::spoken;
use crate::serve::pool::listener::{HeardEvent, ListenHandle, ListenRequest, RecordingSound};
use crate::transcribe::listen::{TranscriptPart, text};

/// Words in the language that was spoken.
pub async fn transcribe(
    State(state): State<Arc<HttpState>>,
    Extension(uploads): Extension<UploadPlaces>,
    request: Request,
) -> Response {
    serve(&state, &uploads, request, AsrTask::Transcribe).await.unwrap_or_else(IntoResponse::into_response)
}

/// Words in English.
pub async fn translate(
    State(state): State<Arc<HttpState>>,
    Extension(uploads): Extension<UploadPlaces>,
    request: Request,
) -> Response {
    serve(&state, &uploads, request, AsrTask::Translate).await.unwrap_or_else(IntoResponse::into_response)
}

async fn serve(
    state: &HttpState,
    uploads: &UploadPlaces,
    request: Request,
    task: AsrTask,
) -> Result<Response, ApiError> {
    let settings = &state.services.config.serve;
    let endpoint = match task {
        AsrTask::Transcribe => Endpoint::Transcription,
        AsrTask::Translate => Endpoint::Translation,
    };
    let UploadForm { file, fields } = upload::read(request, settings, uploads).await?;
    if !models::hears(&fields.model, &state.services.model) {
        return Err(ApiError::no_model(&fields.model));
    }
    if fields.words && task == AsrTask::Translate {
        return Err(ApiError::bad("timestamp_granularities", "the words of a translation have no times"));
    }
    // Admit the client only now: one that sends slowly keeps no place from others.
    let place = state.services.sessions.admit(endpoint).ok_or_else(|| ApiError::busy(settings.sessions))?;
    let began = Instant::now();
    let asked = options(&fields, &settings.language, task);
    let request = ListenRequest { sound: RecordingSound::File(file), options: asked.clone() };
    let mut hearing = state.services.hear(request, place);
    let figures = state.services.figures.clone();
    if fields.stream {
        // Wait for the first event: a fault of the upload is then still an error of the request, not of the stream.
        let first = Some(next(&mut hearing).await?);
        return Ok(stream(TranscriptStream {
            hearing,
            first,
            text: String::new(),
            language: None,
            task,
            began,
            figures,
        }));
    }
    let mut parts = Vec::new();
    let length = loop {
        match next(&mut hearing).await? {
            Heard::Part(part) => parts.push(*part),
            Heard::End(length) => break length,
        }
    };
    figures.heard(length, began.elapsed());
    Ok(whole(fields.format, &asked, &parts, length))
}

/// The options for the recogniser.
fn options(fields: &FormFields, usual: &str, task: AsrTask) -> AsrOptions {
    let words = match fields.format {
        _ if fields.words => WordTiming::Required,
        // Subtitles are cut at words.
        ResponseFormat::Srt | ResponseFormat::Vtt => WordTiming::WhereKnown,
        ResponseFormat::Json | ResponseFormat::Text | ResponseFormat::VerboseJson => WordTiming::Off,
    };
    let names = prompt::expected(&fields.keywords, &fields.prompt);
    AsrOptions { task, names, words, ..spoken(&fields.language, &fields.languages, usual) }
}

fn whole(format: ResponseFormat, asked: &AsrOptions, parts: &[TranscriptPart], length: Duration) -> Response {
    let (kind, body) = answer::body(format, asked, parts, length);
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
    /// The language that was heard, where it is known.
    language: Option<String>,
    task: AsrTask,
    began: Instant,
    figures: ServeFigures,
}

fn stream(words: TranscriptStream) -> Response {
    sse::respond(unfold(Some(words), async |words| {
        let mut words = words?;
        let (event, goes_on) = words.event().await;
        Some((event, goes_on.then_some(words)))
    }))
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
                let parts = std::slice::from_ref(&*part);
                if self.language.is_none() {
                    self.language = answer::language(parts, self.task).map(str::to_owned);
                }
                let said = text(parts);
                self.text = if self.text.is_empty() { said } else { format!("{} {said}", self.text) };
                (event, true)
            }
            Ok(Heard::End(length)) => {
                self.figures.heard(length, self.began.elapsed());
                (answer::done(&self.text, self.language.as_deref(), length), false)
            }
            // Send the error as an event: a client's library raises an object with the field "error".
            Err(error) => (error.body(), false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recogniser_gets_the_languages_and_the_names_of_a_request() {
        let form = |fields: &[(&str, &str)]| {
            let mut form = FormFields::default();
            for (name, value) in fields {
                form.take(name, value).unwrap();
            }
            options(&form, "de", AsrTask::Transcribe)
        };
        let options =
            form(&[("keywords[]", "nuki"), ("prompt", "EcoBee"), ("languages[]", "en"), ("languages[]", "ru")]);
        assert_eq!(options.names, ["nuki", "EcoBee"]);
        assert_eq!((options.language.as_deref(), options.languages.join(" ")), (Some("auto"), "en ru".into()));
        assert_eq!(form(&[]).language.as_deref(), Some("de"));
    }
}
