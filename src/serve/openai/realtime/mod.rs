//! OpenAI's Realtime API, as far as it transcribes: transcription sessions over a WebSocket, in the present form and
//! the older one.

mod event;
mod g711;
mod items;
mod session;
mod settings;

use std::sync::Arc;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{RawQuery, State, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};

use self::settings::RealtimeSettings;
use super::error::ApiError;
use super::guard::value;
use super::models;
use super::state::HttpState;
use crate::serve::figures::Endpoint;
use crate::serve::live::socket::LiveSocket;

/// Longest message in bytes: 15 MB of sound in Base64, as OpenAI allows, and the JSON around it.
const LONGEST: usize = 21 << 20;
/// The subprotocol that clients in browsers name beside their token.
const PROTOCOL: &str = "realtime";

/// `GET /v1/realtime`.
pub async fn connect(
    State(state): State<Arc<HttpState>>,
    RawQuery(query): RawQuery,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else { return ApiError::no_socket().into_response() };
    let query = query.unwrap_or_default();
    let asked = |name| value(&query, name).unwrap_or_default();
    let model = asked("model");
    if !models::listens(&model, &state.services.model) {
        return ApiError::no_model(&model).into_response();
    }
    let Some(place) = state.services.sessions.admit(Endpoint::Realtime) else {
        return ApiError::busy(state.services.config.serve.sessions).into_response();
    };
    let settings = RealtimeSettings::new(&model, &asked("language"));
    upgrade.max_message_size(LONGEST).max_frame_size(LONGEST).protocols([PROTOCOL]).on_upgrade(async move |socket| {
        session::serve(LiveSocket::new(socket), &state, settings, place).await;
    })
}
