//! The way back to a client: events that it has to take in time.

use std::time::Duration;

use serde_json::json;
use tokio::net::tcp::OwnedWriteHalf;

use super::frame::{self, FrameFault, WyomingEvent};

/// Time for a client to take an event.
const TAKING: Duration = Duration::from_secs(30);

/// The half of a connection that golem writes to.
pub struct WyomingOutput(OwnedWriteHalf);

impl WyomingOutput {
    /// Writes to `half`.
    pub fn new(half: OwnedWriteHalf) -> Self {
        Self(half)
    }

    /// Sends an event.
    ///
    /// # Errors
    /// When the connection breaks, or the client does not take it in time.
    pub async fn send(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        let sent = tokio::time::timeout(TAKING, frame::write(&mut self.0, event)).await;
        sent.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())).map_err(FrameFault::from)
    }

    /// Says what went wrong.
    ///
    /// # Errors
    /// As [`WyomingOutput::send`].
    pub async fn error(&mut self, text: &str, code: &str) -> Result<(), FrameFault> {
        self.send(&WyomingEvent::new("error", json!({"text": text, "code": code}))).await
    }
}
