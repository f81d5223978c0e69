//! RealtimeSTT's protocols, as its own clients speak them: a control and a data socket for each client.
//!
//! RealtimeSTT's server has one recorder for all its clients. Here each client has a session of its own: nobody hears what
//! another one says.

mod control;
mod data;
mod link;
mod packet;
mod parameters;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, RawQuery, State, WebSocketUpgrade};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};

use self::link::{LinkKey, LinkSide, RecorderLinks};
use super::http::PeerAddress;
use super::live::socket::LiveSocket;
use super::openai::error::ApiError;
use super::openai::guard;
use super::openai::state::HttpState;

/// Longest message in bytes: what the `websockets` library takes, on which RealtimeSTT's server stands.
const LONGEST: usize = 1 << 20;

/// The two sockets of RealtimeSTT's server, at any path.
pub struct RecorderRouters {
    /// Commands.
    pub control: Router,
    /// Sound and words.
    pub data: Router,
}

/// The state of a router.
#[derive(Clone)]
struct RecorderState {
    http: Arc<HttpState>,
    links: Arc<RecorderLinks>,
}

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;
type Peer = Extension<PeerAddress>;

/// The routers.
pub fn routers(http: &Arc<HttpState>) -> RecorderRouters {
    let state = RecorderState { http: Arc::clone(http), links: Arc::default() };
    let guarded = |router: Router<RecorderState>| {
        router.layer(from_fn_with_state(Arc::clone(http), guard::guard)).with_state(state.clone())
    };
    RecorderRouters { control: guarded(Router::new().fallback(control)), data: guarded(Router::new().fallback(data)) }
}

async fn control(State(state): State<RecorderState>, peer: Peer, query: RawQuery, upgrade: Upgrade) -> Response {
    let Ok(upgrade) = upgrade else { return ApiError::no_socket().into_response() };
    let Some(place) = state.links.admit() else {
        return ApiError::busy(state.http.services.config.serve.sessions).into_response();
    };
    let key = key(&peer, &query);
    upgrade.max_message_size(LONGEST).on_upgrade(async move |socket| {
        let link = state.links.join(LinkSide::Control, &key, &state.http.services.config);
        control::serve(LiveSocket::new(socket), link, state.http.ends.clone()).await;
        drop(place);
    })
}

async fn data(State(state): State<RecorderState>, peer: Peer, query: RawQuery, upgrade: Upgrade) -> Response {
    let Ok(upgrade) = upgrade else { return ApiError::no_socket().into_response() };
    let services = &state.http.services;
    let Some(place) = services.admit() else { return ApiError::busy(services.config.serve.sessions).into_response() };
    let key = key(&peer, &query);
    upgrade.max_message_size(LONGEST).on_upgrade(async move |socket| {
        let link = state.links.join(LinkSide::Data, &key, &state.http.services.config);
        data::serve(LiveSocket::new(socket), &state.http, link, place).await;
    })
}

/// What the two sockets of a client have in common.
fn key(Extension(PeerAddress(peer)): &Peer, RawQuery(query): &RawQuery) -> LinkKey {
    LinkKey { peer: *peer, session: guard::value(query.as_deref().unwrap_or_default(), "session") }
}
