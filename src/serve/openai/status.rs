//! The endpoints for monitoring: health, readiness and figures.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::error::ApiError;
use super::guard;
use super::state::{HttpState, Shared};

/// The endpoints, for a router that guards them.
pub fn routes() -> Router<Arc<HttpState>> {
    Router::new()
        .route("/health", get(async || health()))
        .route("/ready", get(async |State(state): Shared| ready(&state)))
        .route("/metrics", get(async |State(state): Shared| metrics(&state)))
        .route("/status", get(async |State(state): Shared| status(&state)))
}

/// The endpoints alone, for a port of their own.
pub fn router(state: Arc<HttpState>) -> Router {
    routes().fallback(async || nowhere()).layer(from_fn_with_state(Arc::clone(&state), guard::guard)).with_state(state)
}

/// The error of a path that such a port does not have.
fn nowhere() -> ApiError {
    let message = "there is nothing here; this port has /health, /ready, /metrics and /status".into();
    ApiError { status: StatusCode::NOT_FOUND, message, param: None, code: Some("unknown_url") }
}

/// An answer of JSON.
pub fn json_response(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], value.to_string()).into_response()
}

/// The answer that the server is alive.
fn health() -> Response {
    json_response(&json!({"status": "ok"}))
}

/// The answer whether its models are loaded and a recogniser works.
fn ready(state: &HttpState) -> Response {
    if state.services.ready() {
        json_response(&json!({"status": "ready"}))
    } else {
        ApiError::loading().into_response()
    }
}

/// The figures for Prometheus.
fn metrics(state: &HttpState) -> Response {
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
