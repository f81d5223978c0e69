//! The endpoints for monitoring: health, readiness and figures.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::error::ApiError;
use super::state::HttpState;

/// An answer of JSON.
pub fn json_response(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], value.to_string()).into_response()
}

/// The answer that the server is alive.
pub fn health() -> Response {
    json_response(&json!({"status": "ok"}))
}

/// The answer whether its models are loaded.
pub fn ready(state: &HttpState) -> Response {
    if state.services.ready() {
        json_response(&json!({"status": "ready"}))
    } else {
        ApiError::loading().into_response()
    }
}

/// The figures for Prometheus.
pub fn metrics(state: &HttpState) -> Response {
    let services = &state.services;
    let text = services.figures.render(services.engines()) + &services.sessions.render();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// The figures as JSON, for the page and for clients of RealtimeSTT's protocols.
pub fn status(state: &HttpState) -> Response {
    let services = &state.services;
    let mut status = services.figures.status();
    status["ready"] = services.ready().into();
    status["sessions"] = services.sessions.count().into();
    status["running"] = services.sessions.status();
    status["places"] = services.config.serve.sessions.into();
    status["engines"] = services.engines().into();
    status["model"] = services.model.clone().into();
    json_response(&status)
}
