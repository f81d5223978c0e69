//! RealtimeSTT's protocols, as its own clients speak them: a control and a data socket for each client, or a single
//! socket.
//!
//! RealtimeSTT's server has one recorder for all its clients. Here each client has a session of its own, and hears
//! nothing of the others.

mod control;
mod data;
mod link;
mod packet;
mod parameters;
mod segments;
mod single;
mod status;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, RawQuery, State, WebSocketUpgrade};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use self::link::{LinkKey, LinkSide, RecorderLink, RecorderLinks};
use self::packet::LONGEST_COMMAND;
use super::figures::Endpoint;
use super::http::PeerAddress;
use super::live::socket::LiveSocket;
use super::openai::error::ApiError;
use super::openai::guard;
use super::openai::state::HttpState;
use super::openai::status::json_response;

/// Longest message in bytes: the limit of the `websockets` library, which RealtimeSTT's server uses.
const LONGEST: usize = 1 << 20;

/// The routers of RealtimeSTT's protocols, each on a port of its own.
pub struct RecorderRouters {
    /// Commands, at any path.
    pub control: Router,
    /// Sound and words, at any path.
    pub data: Router,
    /// Both on one socket, and the requests that programs make before they connect.
    pub single: Router,
}

/// The state of a router.
#[derive(Clone)]
struct RecorderHttp {
    http: Arc<HttpState>,
    links: Arc<RecorderLinks>,
}

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;
type Peer = Extension<PeerAddress>;

/// The routers.
pub fn routers(http: &Arc<HttpState>) -> RecorderRouters {
    let state = RecorderHttp { http: Arc::clone(http), links: Arc::default() };
    let guarded = |router: Router<RecorderHttp>| {
        router.layer(from_fn_with_state(Arc::clone(http), guard::guard)).with_state(state.clone())
    };
    let single = Router::new()
        .route("/ws/transcribe", get(single))
        .route("/health", get(health))
        .route("/api/config", get(config))
        .route("/api/metrics", get(figures))
        .fallback(async || nowhere());
    RecorderRouters {
        control: guarded(Router::new().fallback(control)),
        data: guarded(Router::new().fallback(data)),
        single: guarded(single),
    }
}

async fn control(
    State(state): State<RecorderHttp>,
    peer: Peer,
    query: RawQuery,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    let Ok(upgrade) = upgrade else { return ApiError::no_socket().into_response() };
    let Some(place) = state.links.admit() else {
        return ApiError::busy(state.http.services.config.serve.sessions).into_response();
    };
    let link = link(&state, LinkSide::Control, &peer, &query, &headers);
    upgrade.max_message_size(LONGEST_COMMAND).max_frame_size(LONGEST_COMMAND).on_upgrade(async move |socket| {
        control::serve(LiveSocket::new(socket), link, state.http.ends.clone()).await;
        drop(place);
    })
}

async fn data(
    State(state): State<RecorderHttp>,
    peer: Peer,
    query: RawQuery,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    let Ok(upgrade) = upgrade else { return ApiError::no_socket().into_response() };
    let services = &state.http.services;
    let Some(place) = services.sessions.admit(Endpoint::RealtimeStt) else {
        return ApiError::busy(services.config.serve.sessions).into_response();
    };
    let link = link(&state, LinkSide::Data, &peer, &query, &headers);
    upgrade.max_message_size(LONGEST).max_frame_size(LONGEST).on_upgrade(async move |socket| {
        data::serve(LiveSocket::new(socket), &state.http, link, place).await;
    })
}

async fn single(State(state): State<RecorderHttp>, upgrade: Upgrade) -> Response {
    let Ok(upgrade) = upgrade else { return ApiError::no_socket().into_response() };
    let name = format!("session-{}", state.links.count());
    upgrade.max_message_size(LONGEST).max_frame_size(LONGEST).on_upgrade(async move |socket| {
        let (socket, http) = (LiveSocket::new(socket), &state.http);
        match http.services.sessions.admit(Endpoint::RealtimeStt) {
            Some(place) => single::serve(socket, http, &name, place).await,
            None => single::refuse(socket, &http.services).await,
        }
    })
}

/// Health, with those of RealtimeSTT's keys that golem has a value for.
async fn health(State(state): State<RecorderHttp>) -> Response {
    let services = &state.http.services;
    let ready = services.ready();
    json_response(&json!({
        "ok": ready, "ready": ready, "activeSessions": services.sessions.count(),
        "scheduler": {"mode": "low-memory-one-model", "workers": {"main": {"name": "main", "ready": ready}}},
    }))
}

async fn figures(State(state): State<RecorderHttp>) -> Response {
    super::openai::status::status(&state.http)
}

async fn config(State(state): State<RecorderHttp>) -> Response {
    json_response(&single::shown(&state.http.services))
}

/// The error of a path that the port of the single socket does not have. It names the server that golem stands for: the
/// other one that RealtimeSTT brings has the same port by default.
fn nowhere() -> ApiError {
    let message = "there is nothing here; this port has the WebSocket /ws/transcribe of RealtimeSTT's multi-user server, \
                   and its /health, /api/config and /api/metrics; stt-server-production (realtimestt.remote.v1) has no \
                   counterpart in golem";
    ApiError { status: StatusCode::NOT_FOUND, message: message.into(), param: None, code: Some("unknown_url") }
}

/// The link of a socket. It is joined as soon as the client requests the socket: later, sockets would overtake each
/// other.
fn link(
    state: &RecorderHttp,
    side: LinkSide,
    Extension(peer): &Peer,
    RawQuery(query): &RawQuery,
    headers: &HeaderMap,
) -> Arc<RecorderLink> {
    let session = guard::value(query.as_deref().unwrap_or_default(), "session");
    let program = headers.get(USER_AGENT).map(|name| name.as_bytes().to_vec());
    let key = LinkKey { peer: peer.address, program, session };
    state.links.join(side, &key, peer.connected, &state.http.services.config)
}
