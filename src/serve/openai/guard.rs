//! The guard before every endpoint: who may come in, and the count of those who did.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::drain::drain;
use super::error::ApiError;
use super::state::HttpState;
use crate::serve::admission::{ServeToken, is_literal_host};
use crate::serve::figures::Endpoint;
use crate::serve::page::PageFile;

/// Lets a request through, or refuses it.
pub async fn guard(State(state): State<Arc<HttpState>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let path = request.uri().path();
    let endpoint = endpoint(path);
    let refusal = if is_open(path) { None } else { refusal(state.token.as_ref(), request.headers()) };
    let response = match refusal {
        Some(error) => {
            drain(request.into_body()).await;
            error.into_response()
        }
        None => next.run(request).await,
    };
    state.services.figures.answered(endpoint, response.status().as_u16(), began.elapsed());
    response
}

/// Whether a path needs no token: those of programs that watch the server, and the page, which asks for it.
fn is_open(path: &str) -> bool {
    ["/health", "/ready"].contains(&path) || PageFile::ALL.iter().any(|file| file.path() == path)
}

fn endpoint(path: &str) -> Endpoint {
    match path {
        "/v1/audio/transcriptions" => Endpoint::Transcription,
        "/v1/audio/translations" => Endpoint::Translation,
        "/v1/audio/speech" => Endpoint::Speech,
        _ => Endpoint::Other,
    }
}

/// Why a request with these headers may not come in.
fn refusal(token: Option<&ServeToken>, headers: &HeaderMap) -> Option<ApiError> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(token) = token else {
        let host = text(header::HOST).unwrap_or("localhost");
        return (!is_literal_host(host)).then(ApiError::foreign_host);
    };
    let bearer = text(header::AUTHORIZATION).and_then(|value| {
        let (scheme, shown) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| shown.trim())
    });
    let shown = bearer.or_else(|| text(header::HeaderName::from_static("x-api-key")));
    let known = shown.is_some_and(|shown| token.is(shown));
    (!known).then(ApiError::unauthorized)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_token_is_shown_as_clients_show_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "secret-word").unwrap();
        let token = ServeToken::read(&path).unwrap();
        let status = |pairs| refusal(Some(&token), &headers(pairs)).map(|error| error.status.as_u16());
        assert_eq!(status(&[("authorization", "Bearer secret-word")]), None);
        assert_eq!(status(&[("authorization", "bearer  secret-word"), ("host", "my.example")]), None);
        assert_eq!(status(&[("x-api-key", "secret-word")]), None);
        assert_eq!(status(&[("authorization", "Bearer secret")]), Some(401));
        assert_eq!(status(&[("authorization", "secret-word")]), Some(401));
        assert_eq!(status(&[]), Some(401));
    }

    #[test]
    fn without_a_token_a_web_page_is_not_let_in_by_its_name() {
        let status = |pairs| refusal(None, &headers(pairs)).map(|error| error.status.as_u16());
        assert_eq!(status(&[("host", "127.0.0.1:8880")]), None);
        assert_eq!(status(&[]), None);
        assert_eq!(status(&[("host", "evil.example")]), Some(403));
    }
}
