//! The guard before every endpoint: access control, also for web pages of other servers, and the count of requests.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;

use super::cors;
use super::drain::LentBody;
use super::error::ApiError;
use super::state::HttpState;
use crate::config::web_origin::WebOrigin;
use crate::serve::admission::{ServeToken, is_literal_host};
use crate::serve::figures::Endpoint;
use crate::serve::page::PageFile;

/// Prefix of a token among the subprotocols of a WebSocket, as OpenAI's clients in browsers send it.
const KEY_PROTOCOL: &str = "openai-insecure-api-key.";

/// Lets a request through, or refuses it.
pub async fn guard(State(state): State<Arc<HttpState>>, request: Request, next: Next) -> Response {
    let allowed = allowed(&state);
    let origin = cors::origin(allowed, request.headers()).cloned();
    // Browsers send preflight requests without the token.
    let mut response = if origin.is_some() && cors::is_preflight(&request) {
        cors::preflight()
    } else {
        checked(&state, request, next).await
    };
    if !allowed.is_empty() {
        cors::mark(response.headers_mut(), origin);
    }
    response
}

/// The origins whose pages may use the endpoints: none on a port without the token that the settings want.
fn allowed(state: &HttpState) -> &[WebOrigin] {
    let serve = &state.services.config.serve;
    if state.token.is_none() && !serve.token_file.is_empty() { &[] } else { &serve.allow_origins }
}

/// The response to a request that may be refused, counted. What an error leaves of the request is read here.
async fn checked(state: &HttpState, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let path = request.uri().path();
    let endpoint = endpoint(path).unwrap_or(state.other);
    let query = request.uri().query().unwrap_or_default();
    let open = is_open(path) && !is_socket(request.headers());
    let refusal = if open { None } else { refusal(state.token.as_ref(), allowed(state), request.headers(), query) };
    let (body, request) = LentBody::lend(request);
    let response = match refusal {
        Some(error) => error.into_response(),
        None => next.run(request).await,
    };
    let status = response.status();
    // A WebSocket counts its utterances itself.
    if status != StatusCode::SWITCHING_PROTOCOLS {
        state.services.figures.answered(endpoint, status.as_u16(), began.elapsed());
    }
    if status.is_client_error() || status.is_server_error() {
        body.drain().await;
    }
    response
}

/// Whether a path needs no token: those of programs that watch the server, and the page, which asks for it. A WebSocket
/// always needs one, because RealtimeSTT's clients open theirs at the path of the page.
fn is_open(path: &str) -> bool {
    ["/health", "/ready"].contains(&path) || PageFile::ALL.iter().any(|file| file.path() == path)
}

/// Whether a request asks for a WebSocket.
fn is_socket(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

fn endpoint(path: &str) -> Option<Endpoint> {
    Some(match path {
        "/v1/audio/transcriptions" => Endpoint::Transcription,
        "/v1/audio/translations" => Endpoint::Translation,
        "/v1/audio/speech" => Endpoint::Speech,
        "/v1/realtime" => Endpoint::Realtime,
        _ => return None,
    })
}

/// Why a request with these headers is refused, if it is. Pages of the origins `allowed` are as good as golem's own.
fn refusal(token: Option<&ServeToken>, allowed: &[WebOrigin], headers: &HeaderMap, query: &str) -> Option<ApiError> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let is_socket = is_socket(headers);
    let Some(token) = token else {
        if !is_literal_host(text(header::HOST).unwrap_or("localhost")) {
            return Some(ApiError::foreign_host());
        }
        // Check the origin too: browsers let any page open a WebSocket, and name the page.
        let origin =
            text(header::ORIGIN).filter(|_| is_socket).map(|origin| origin.rsplit('/').next().unwrap_or_default());
        let own = origin.is_none_or(is_literal_host) || cors::origin(allowed, headers).is_some();
        return (!own).then(ApiError::foreign_page);
    };
    let bearer = text(header::AUTHORIZATION).and_then(|value| {
        let (scheme, shown) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| shown.trim())
    });
    let shown = bearer.or_else(|| text(header::HeaderName::from_static("x-api-key")));
    let known = shown.is_some_and(|shown| token.is(shown));
    // Accept the token as a subprotocol too: a web page cannot set headers of a WebSocket.
    let protocols = || text(header::SEC_WEBSOCKET_PROTOCOL).unwrap_or_default().split(',');
    let named =
        || protocols().filter_map(|protocol| protocol.trim().strip_prefix(KEY_PROTOCOL)).any(|key| token.is(key));
    let in_query = || ["token", "api_key"].iter().filter_map(|name| value(query, name)).any(|key| token.is(&key));
    (!known && !(is_socket && (named() || in_query()))).then(ApiError::unauthorized)
}

/// The value of `name` in a query.
pub fn value(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const SOCKET: (&str, &str) = ("upgrade", "WebSocket");
    const PAGE: (&str, &str) = ("origin", "https://app.example");

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
        let asked =
            |pairs, query| refusal(Some(&token), &[], &headers(pairs), query).map(|error| error.status.as_u16());
        let status = |pairs| asked(pairs, "");
        assert_eq!(asked(&[SOCKET], "session=1&token=secret%2Dword"), None);
        assert_eq!(asked(&[SOCKET], "token=secret"), Some(401));
        assert_eq!(asked(&[], "token=secret-word"), Some(401), "only a WebSocket shows it so");
        assert_eq!(
            status(&[SOCKET, ("sec-websocket-protocol", "realtime, openai-insecure-api-key.secret-word")]),
            None
        );
        assert_eq!(status(&[("authorization", "Bearer secret-word")]), None);
        assert_eq!(status(&[("authorization", "bearer  secret-word"), ("host", "my.example")]), None);
        assert_eq!(status(&[("x-api-key", "secret-word")]), None);
        assert_eq!(status(&[("authorization", "Bearer secret")]), Some(401));
        assert_eq!(status(&[("authorization", "secret-word")]), Some(401));
        assert_eq!(status(&[]), Some(401));
    }

    #[test]
    fn without_a_token_a_web_page_is_not_let_in_by_its_name() {
        let status = |pairs| refusal(None, &[], &headers(pairs), "").map(|error| error.status.as_u16());
        assert_eq!(status(&[SOCKET, ("origin", "http://127.0.0.1:8880")]), None);
        assert_eq!(status(&[SOCKET, ("origin", "https://evil.example")]), Some(403));
        assert_eq!(status(&[SOCKET, ("origin", "null")]), Some(403));
        assert_eq!(status(&[("origin", "https://evil.example")]), None, "reading an answer needs more than asking");
        assert_eq!(status(&[("host", "127.0.0.1:8880")]), None);
        assert_eq!(status(&[]), None);
        assert_eq!(status(&[("host", "evil.example")]), Some(403));
    }

    #[test]
    fn an_allowed_page_is_let_in_and_needs_the_token_like_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "secret-word").unwrap();
        let token = ServeToken::read(&path).unwrap();
        let named = [WebOrigin::Only("https://app.example".into())];
        let status = |token, allowed: &[WebOrigin], pairs| {
            refusal(token, allowed, &headers(pairs), "").map(|error| error.status.as_u16())
        };
        assert_eq!(status(None, &named, &[SOCKET, PAGE]), None);
        assert_eq!(status(None, &named, &[SOCKET, ("origin", "https://evil.example")]), Some(403));
        for allowed in [WebOrigin::Any, WebOrigin::Null] {
            assert_eq!(status(None, &[allowed], &[SOCKET, ("origin", "null")]), None);
        }
        assert_eq!(status(None, &named, &[SOCKET, ("origin", "null")]), Some(403));
        assert_eq!(status(None, &[WebOrigin::Null], &[SOCKET, PAGE]), Some(403));
        assert_eq!(status(None, &[WebOrigin::Any], &[SOCKET, PAGE, ("host", "evil.example")]), Some(403));
        assert_eq!(status(Some(&token), &[WebOrigin::Any], &[SOCKET, PAGE]), Some(401));
        assert_eq!(status(Some(&token), &[], &[SOCKET, PAGE, ("authorization", "Bearer secret-word")]), None);
    }
}
