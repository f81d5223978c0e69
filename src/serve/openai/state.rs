//! The state shared by the HTTP endpoints.

use std::sync::Arc;

use axum::extract::State;
use tokio::sync::watch;

use crate::serve::admission::ServeToken;
use crate::serve::figures::Endpoint;
use crate::serve::services::Services;

/// The engines, and the token that a client must show to use them.
pub struct HttpState {
    /// The engines.
    pub services: Arc<Services>,
    /// The token; `None` lets everyone in who can connect.
    pub token: Option<ServeToken>,
    /// Changes when golem ends.
    pub ends: watch::Receiver<bool>,
    /// The kind of request as which requests to unknown paths are counted.
    pub other: Endpoint,
}

/// The state, as axum hands it over.
pub type Shared = State<Arc<HttpState>>;
