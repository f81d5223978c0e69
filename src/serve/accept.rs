//! The next connection of a listener, whatever the system lacks for a while.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::admission::may_connect;
use crate::config::network::IpNetwork;

/// How long to wait when the system cannot give a connection, for it to have what it lacks.
const RELIEF: Duration = Duration::from_millis(100);

/// The next connection, and who is at its other end.
pub async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!("a connection could not be taken: {error}");
                tokio::time::sleep(RELIEF).await;
            }
        }
    }
}

/// Whether a connection may be served without a token: it comes from this machine or from one of `allowed`, and there are fewer
/// than `most`.
pub fn is_served(stream: &TcpStream, peer: SocketAddr, allowed: &[IpNetwork], (count, most): (usize, usize)) -> bool {
    let own = stream.local_addr().map_or(peer.ip(), |address| address.ip());
    let served = count < most && may_connect(peer.ip(), own, allowed);
    if !served {
        tracing::debug!("{peer} is not served");
    }
    served
}
