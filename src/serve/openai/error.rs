//! Errors in the shape of OpenAI's.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::serve::pool::listener::ListenFault;
use crate::serve::pool::voice::SpeakFault;

/// An error response: what is wrong with a request, or with golem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// What is wrong and what to send instead.
    pub message: String,
    /// The field that is wrong.
    pub param: Option<&'static str>,
    /// The error code.
    pub code: Option<&'static str>,
}

impl ApiError {
    fn new(status: StatusCode, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), param: None, code }
    }

    /// The field `param` is wrong.
    pub fn bad(param: &'static str, message: impl Into<String>) -> Self {
        Self { param: Some(param), ..Self::request(message) }
    }

    /// The request is wrong as a whole.
    pub fn request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, None, message)
    }

    /// The upload has more than so many megabytes.
    pub fn too_large(megabytes: u64) -> Self {
        let message = format!("the upload has more than {megabytes} MB; send less, or raise serve.max_upload_mb");
        Self { param: Some("file"), ..Self::new(StatusCode::PAYLOAD_TOO_LARGE, None, message) }
    }

    /// All places are taken.
    pub fn busy(places: usize) -> Self {
        let message = format!("golem serves {places} clients already, which is its limit; try again");
        Self::new(StatusCode::TOO_MANY_REQUESTS, Some("rate_limit_exceeded"), message)
    }

    /// All places for uploads are taken.
    pub fn busy_uploads(places: usize) -> Self {
        let message = format!("{places} uploads come in already, which is golem's limit; try again");
        Self::new(StatusCode::TOO_MANY_REQUESTS, Some("rate_limit_exceeded"), message)
    }

    /// The token is missing or wrong.
    pub fn unauthorized() -> Self {
        let message = "golem wants its token here: Authorization: Bearer TOKEN, the first line of serve.token_file";
        Self::new(StatusCode::UNAUTHORIZED, Some("invalid_api_key"), message)
    }

    /// The request came through a name that may be a web page's.
    pub fn foreign_host() -> Self {
        let message = "without a token golem answers to addresses and localhost only; set serve.token_file";
        Self::new(StatusCode::FORBIDDEN, Some("foreign_host"), message)
    }

    /// The request came from a web page of another server.
    pub fn foreign_page() -> Self {
        let message = "without a token golem answers to web pages of this machine only; name the page's origin in \
                       serve.allow_origins, or set serve.token_file";
        Self::new(StatusCode::FORBIDDEN, Some("foreign_page"), message)
    }

    /// There is no model of that name.
    pub fn no_model(name: &str) -> Self {
        let message = format!("there is no model \"{name}\" here; GET /v1/models lists those there are");
        let error = Self::new(StatusCode::NOT_FOUND, Some("model_not_found"), message);
        Self { param: Some("model"), ..error }
    }

    /// There is no such endpoint.
    pub fn nowhere() -> Self {
        let message = "there is nothing here; golem serves /v1/audio/transcriptions, /v1/audio/translations, /v1/realtime, \
                       /v1/audio/speech, /v1/audio/voices, /v1/models, /health, /ready and /metrics";
        Self::new(StatusCode::NOT_FOUND, Some("unknown_url"), message)
    }

    /// The endpoint serves WebSockets only.
    pub fn no_socket() -> Self {
        Self::new(StatusCode::UPGRADE_REQUIRED, None, "this is for WebSockets: connect with ws:// instead of http://")
    }

    /// The endpoint takes another method.
    pub fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, None, "this endpoint takes another method: POST for audio, else GET")
    }

    /// Golem broke.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, message)
    }

    /// The engines are not loaded yet.
    pub fn loading() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            Some("loading"),
            "golem is loading its models, or no recogniser works",
        )
    }

    /// The client took too long to send its request.
    pub fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, None, "the request did not come in time")
    }

    /// The error type, as OpenAI's clients know it.
    fn kind(&self) -> &'static str {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            StatusCode::UNAUTHORIZED => "authentication_error",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request_error",
        }
    }

    /// The body.
    pub fn body(&self) -> serde_json::Value {
        json!({"error": {"message": self.message, "type": self.kind(), "param": self.param, "code": self.code}})
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let mut response = (self.status, json, self.body().to_string()).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        response
    }
}

impl From<ListenFault> for ApiError {
    fn from(fault: ListenFault) -> Self {
        match fault {
            ListenFault::Unreadable(reason) => Self {
                code: Some("unreadable_audio"),
                ..Self::bad("file", format!("the upload cannot be heard: {reason}"))
            },
            ListenFault::TooLong(minutes) => {
                let message = format!("the recording lasts longer than {minutes} minutes; send it in parts");
                Self { param: Some("file"), ..Self::new(StatusCode::PAYLOAD_TOO_LARGE, None, message) }
            }
            ListenFault::Refused(reason) => Self::request(reason),
            ListenFault::Failed(reason) => Self::internal(reason),
        }
    }
}

impl From<SpeakFault> for ApiError {
    fn from(fault: SpeakFault) -> Self {
        match fault {
            SpeakFault::Voice(reason) => {
                tracing::debug!("{reason}");
                Self::bad("voice", "there is no such voice here; GET /v1/audio/voices lists those there are")
            }
            SpeakFault::Speaker(reason) => Self::bad("voice", reason),
            SpeakFault::Failed(reason) => Self::internal(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_shape_that_clients_parse() {
        let error = ApiError::bad("voice", "no \"x\"");
        let body = error.body();
        assert_eq!(body["error"]["type"], "invalid_request_error");
        assert_eq!(body["error"]["param"], "voice");
        assert!(body["error"]["code"].is_null());
        let busy = ApiError::busy(8).into_response();
        assert_eq!((busy.status().as_u16(), busy.headers()["retry-after"].to_str().unwrap()), (429, "1"));
        for (fault, status) in [
            (ListenFault::Unreadable("x".into()), 400),
            (ListenFault::TooLong(1), 413),
            (ListenFault::Refused("x".into()), 400),
            (ListenFault::Failed("x".into()), 500),
        ] {
            assert_eq!(ApiError::from(fault).status.as_u16(), status);
        }
        let speaker = ApiError::from(SpeakFault::Speaker("the voice has one".into()));
        assert_eq!(speaker, ApiError::bad("voice", "the voice has one"));
    }
}
