//! What every endpoint knows.

use std::sync::Arc;

use crate::serve::admission::ServeToken;
use crate::serve::services::Services;

/// The engines, and what a client must show to use them.
pub struct HttpState {
    /// The engines.
    pub services: Arc<Services>,
    /// `None` lets everyone in who can connect.
    pub token: Option<ServeToken>,
}
