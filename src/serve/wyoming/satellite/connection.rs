//! A connection to the satellite: the first that wants more than a description is Home Assistant's.

use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;

use super::super::frame::{FrameFault, WyomingEvent};
use super::super::output::WyomingOutput;
use super::super::reader::EventReader;
use super::info::info;
use super::link::SatelliteLink;
use super::server::ServerState;

/// Time to receive an event that has begun, or to send one.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest silence of a server that pings: Home Assistant pings every two seconds.
const SILENCE: Duration = Duration::from_secs(15);
/// Longest silence of a connection that has asked for a description at most.
const IDLE: Duration = Duration::from_mins(1);

/// Serves connection `number` from the machine `host` until it ends.
///
/// # Errors
/// When the connection breaks, or the client sends bytes that are not an event.
pub async fn attend(stream: TcpStream, number: u64, link: &SatelliteLink, host: &str) -> Result<(), FrameFault> {
    let ended = converse(stream, number, link, host).await;
    link.release(number);
    ended
}

async fn converse(stream: TcpStream, number: u64, link: &SatelliteLink, host: &str) -> Result<(), FrameFault> {
    let (input, output) = stream.into_split();
    let mut events = EventReader::start(input, PATIENCE);
    let mut output = WyomingOutput::new(output, PATIENCE);
    let mut server: Option<Receiver<WyomingEvent>> = None;
    let (mut last, mut pings) = (Instant::now(), false);
    loop {
        let limit = match server {
            None => Some(last + IDLE),
            // A muted Home Assistant does not ping.
            Some(_) => (pings && link.server() == ServerState::Ready).then_some(last + SILENCE),
        };
        let event = tokio::select! {
            event = events.next() => match event {
                None => return Ok(()),
                Some(Ok(event)) => event,
                Some(Err(fault)) => {
                    output.error(&fault.to_string(), "protocol").await?;
                    return Err(fault);
                }
            },
            event = next(server.as_mut()) => match event {
                Some(event) => {
                    output.send(&event).await?;
                    continue;
                }
                // Another connection has taken this one's place, or this one took events too slowly.
                None => return Ok(()),
            },
            () = until(limit) => return Ok(()),
        };
        last = Instant::now();
        if event.kind == "describe" {
            output.send(&info(host)).await?;
            continue;
        }
        if server.is_none() {
            server = link.claim(number);
            if server.is_none() {
                tracing::debug!("another Home Assistant is connected already");
                return Ok(());
            }
            tracing::info!("Home Assistant is connected");
        }
        if event.kind == "ping" {
            pings = true;
            output.send(&WyomingEvent::new("pong", json!({"text": event.text("text")}))).await?;
        } else {
            link.take(number, &event);
        }
    }
}

/// The next event to send; waits for ever if the connection is not the server's.
async fn next(server: Option<&mut Receiver<WyomingEvent>>) -> Option<WyomingEvent> {
    match server {
        Some(server) => server.recv().await,
        None => std::future::pending().await,
    }
}

async fn until(limit: Option<Instant>) {
    match limit {
        Some(limit) => tokio::time::sleep_until(limit).await,
        None => std::future::pending().await,
    }
}
