//! The HTTP connections: their number, their time limits, and their orderly end.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::accept::accept;

/// Most connections at a time; others wait in the system's queue.
const CONNECTIONS: usize = 256;

/// The peer of a request; every request carries it.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress {
    /// The client's address.
    pub address: IpAddr,
    /// When its connection was taken.
    pub connected: Instant,
}

/// Serves `router` on `listener` until `ends` changes; then waits until the last connection has its answer. `patience`
/// is the time for the head of a request, for the next request of a connection that is kept open, and to take a piece
/// of an answer.
pub async fn serve(listener: TcpListener, router: Router, patience: Duration, mut ends: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, accept(&listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            next = next => next,
            Some(_) = connections.join_next() => continue,
            _ = ends.changed() => break,
        };
        let peer = PeerAddress { address: peer.ip().to_canonical(), connected: Instant::now() };
        give_up_after(&stream, patience);
        let mut connection = http1::Builder::new();
        connection.timer(TokioTimer::new()).header_read_timeout(patience);
        let endpoints = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            endpoints.call(request)
        });
        // A connection that becomes a WebSocket ends here: its session holds a place of its own, and watches `ends`
        // itself.
        let served = connection.serve_connection(TokioIo::new(stream), service).with_upgrades();
        let mut ends = ends.clone();
        connections.spawn(async move {
            let _place = place;
            let mut served = pin!(served);
            let done = tokio::select! {
                done = served.as_mut() => done,
                _ = ends.changed() => {
                    served.as_mut().graceful_shutdown();
                    served.await
                }
            };
            if let Err(error) = done {
                tracing::debug!("a connection ended: {error}");
            }
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Has the system close a connection whose client takes no data for `patience`. It would hold a place otherwise, and
/// delay the end of the server.
fn give_up_after(stream: &TcpStream, patience: Duration) {
    #[cfg(target_os = "linux")]
    {
        let milliseconds = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds) {
            tracing::debug!("a client may take its answer as slowly as it likes: {error}");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, patience);
}
