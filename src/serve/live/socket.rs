//! The WebSocket of a live session, with time limits for messages and signs of life.

use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use serde_json::Value;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use crate::serve::error::LISTENER_FAILED;

/// Time for a client to take a message.
const TAKING: Duration = Duration::from_secs(30);
/// Time between two pings: a proxy that closes silent connections waits a minute.
const PING: Duration = Duration::from_secs(20);
/// Time for the closing handshake.
const CLOSING: Duration = Duration::from_secs(1);
/// Time without a sign of life after which a client has gone.
const GONE: Duration = Duration::from_mins(1);

/// Why a connection is closed, as RFC 6455 numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The session is over.
    Normal = 1000,
    /// Golem ends.
    Away = 1001,
    /// Golem broke.
    Broken = 1011,
    /// All places are taken.
    Busy = 1013,
}

/// The messages of a client.
#[derive(Clone, Debug)]
pub enum SocketMessage {
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(axum::body::Bytes),
}

/// The client has gone, or does not take what it is sent.
#[derive(Debug, PartialEq, Eq)]
pub struct SocketGone;

/// A connection.
pub struct LiveSocket {
    socket: WebSocket,
    ping: Interval,
    heard: Instant,
}

impl LiveSocket {
    /// A connection that was just made.
    pub fn new(socket: WebSocket) -> Self {
        let mut ping = interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { socket, ping, heard: Instant::now() }
    }

    /// The next message; `None` when the client has gone. Cancelling the wait loses no message.
    pub async fn next(&mut self) -> Option<SocketMessage> {
        loop {
            let message = tokio::select! {
                // Read messages before the ping: a client whose sound had to wait for room has sent signs of life that
                // are still unread.
                biased;
                message = self.socket.recv() => message?.ok()?,
                _ = self.ping.tick() => {
                    if self.heard.elapsed() > GONE {
                        return None;
                    }
                    self.put(Message::Ping(axum::body::Bytes::new())).await.ok()?;
                    continue;
                }
            };
            self.heard = Instant::now();
            match message {
                Message::Text(text) => return Some(SocketMessage::Text(text.as_str().to_owned())),
                Message::Binary(bytes) => return Some(SocketMessage::Bytes(bytes)),
                Message::Close(_) => return None,
                // Pings are answered by the library.
                Message::Ping(_) | Message::Pong(_) => {}
            }
        }
    }

    /// Sends an object.
    ///
    /// # Errors
    /// When the client has gone, or does not take it in time.
    pub async fn send(&mut self, value: &Value) -> Result<(), SocketGone> {
        self.put(Message::Text(value.to_string().into())).await
    }

    /// Sends several objects in order.
    ///
    /// # Errors
    /// As [`LiveSocket::send`].
    pub async fn send_all(&mut self, values: &[Value]) -> Result<(), SocketGone> {
        for value in values {
            self.send(value).await?;
        }
        Ok(())
    }

    /// Ends the closing handshake, whichever side began it: a client that agrees has taken all that it was sent.
    pub async fn finish(mut self) {
        // The library answers a close frame on the next read. What else comes is dropped, but has to be read: a
        // connection that closes over unread sound is reset, and the client may lose its last words.
        let agreed = async { while let Some(Ok(_)) = self.socket.recv().await {} };
        // The client may have gone without a word.
        let _ = timeout(CLOSING, agreed).await;
    }

    /// Sends `fault` and closes the connection, because its place is another client's.
    pub async fn dismiss(mut self, fault: &Value, words: &'static str) {
        if self.send(fault).await.is_ok() {
            self.close(CloseReason::Busy, words).await;
        }
    }

    /// Closes the connection because golem ends.
    pub async fn leave(self) {
        self.close(CloseReason::Away, "golem ends").await;
    }

    /// Closes the connection because the thread that listens for it has failed.
    pub async fn fail(self) {
        self.close(CloseReason::Broken, LISTENER_FAILED).await;
    }

    /// Closes the connection, and waits a moment for the client to agree.
    pub async fn close(mut self, reason: CloseReason, words: &'static str) {
        let frame = CloseFrame { code: reason as u16, reason: words.into() };
        // The client may have gone first.
        if self.put(Message::Close(Some(frame))).await.is_ok() {
            self.finish().await;
        }
    }

    async fn put(&mut self, message: Message) -> Result<(), SocketGone> {
        match timeout(TAKING, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(SocketGone),
        }
    }
}
