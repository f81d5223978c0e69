//! What every endpoint knows.

use std::sync::Arc;

use tokio::sync::watch;

use crate::serve::admission::ServeToken;
use crate::serve::figures::Endpoint;
use crate::serve::services::Services;

/// The engines, and what a client must show to use them.
pub struct HttpState {
    /// The engines.
    pub services: Arc<Services>,
    /// `None` lets everyone in who can connect.
    pub token: Option<ServeToken>,
    /// Changes when golem ends.
    pub ends: watch::Receiver<bool>,
    /// What requests to paths that the HTTP endpoints do not have are counted as.
    pub other: Endpoint,
}
