//! The reader of a client's events: a task of its own, so that a wait for an event can be cancelled without losing a
//! part of it.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use super::frame::{self, FrameFault, WyomingEvent};

/// Events that are read ahead: a client that sends faster than it is heard waits.
const AHEAD: usize = 1;

/// The events of a client. Dropping it ends the reading.
pub struct EventReader {
    events: Receiver<Result<WyomingEvent, FrameFault>>,
    /// An event that came while the one before it was still being answered.
    early: Option<Result<WyomingEvent, FrameFault>>,
    _task: JoinSet<()>,
}

impl EventReader {
    /// Reads from `half`. An event that has begun must be complete within `patience`.
    pub fn start(half: OwnedReadHalf, patience: Duration) -> Self {
        let (sender, events) = channel(AHEAD);
        let mut task = JoinSet::new();
        task.spawn(read(BufReader::new(half), patience, sender));
        Self { events, early: None, _task: task }
    }

    /// The next event; `None` when the client has hung up.
    pub async fn next(&mut self) -> Option<Result<WyomingEvent, FrameFault>> {
        match self.early.take() {
            Some(event) => Some(event),
            None => self.events.recv().await,
        }
    }

    /// Drops what comes until the client has hung up.
    pub async fn drain(&mut self) {
        while self.next().await.is_some() {}
    }

    /// Waits until the client has hung up; waits for ever if it has sent another event.
    pub async fn gone(&mut self) {
        if self.early.is_none() {
            self.early = self.events.recv().await;
        }
        if self.early.is_some() {
            std::future::pending::<()>().await;
        }
    }
}

async fn read(
    mut input: BufReader<OwnedReadHalf>,
    patience: Duration,
    events: Sender<Result<WyomingEvent, FrameFault>>,
) {
    loop {
        if input.fill_buf().await.is_ok_and(<[u8]>::is_empty) {
            return;
        }
        let event = match tokio::time::timeout(patience, frame::read(&mut input)).await {
            Ok(Ok(None)) => return,
            Ok(Ok(Some(event))) => Ok(event),
            Ok(Err(fault)) => Err(fault),
            Err(_) => Err(FrameFault::Short),
        };
        // End after a fault: it is unknown where the next event begins.
        let ends = event.is_err();
        if events.send(event).await.is_err() || ends {
            return;
        }
    }
}
