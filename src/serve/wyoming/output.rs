//! The sending half of a client's connection: each event must be taken in time.

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;

use super::frame::{self, FrameFault, WyomingEvent};

/// The half of a connection that golem writes to.
pub struct WyomingOutput {
    half: OwnedWriteHalf,
    /// Time for a client to take an event.
    patience: Duration,
}

impl WyomingOutput {
    /// An output to `half`; the client has `patience` for each event.
    pub fn new(half: OwnedWriteHalf, patience: Duration) -> Self {
        Self { half, patience }
    }

    /// Sends an event.
    ///
    /// # Errors
    /// When the connection breaks, or the client does not take it in time.
    pub async fn send(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        let sent = tokio::time::timeout(self.patience, frame::write(&mut self.half, event)).await;
        sent.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())).map_err(FrameFault::from)
    }

    /// Sends an error event.
    ///
    /// # Errors
    /// As [`WyomingOutput::send`].
    pub async fn error(&mut self, text: &str, code: &str) -> Result<(), FrameFault> {
        self.send(&WyomingEvent::new("error", json!({"text": text, "code": code}))).await
    }

    /// Ends the output: the client reads what it was sent, and then the end.
    ///
    /// # Errors
    /// When the connection is broken.
    pub async fn end(&mut self) -> Result<(), FrameFault> {
        self.half.shutdown().await.map_err(FrameFault::from)
    }
}
