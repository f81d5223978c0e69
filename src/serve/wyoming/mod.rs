//! Wyoming, the protocol of Home Assistant's voice programs: ears and voices over plain TCP.

mod frame;
mod info;
mod intake;
mod meaning;
mod output;
mod reader;
pub mod satellite;
mod session;
mod speaking;
mod utterance;
mod waking;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::admission::may_connect;
use super::services::Services;

/// Most connections at a time; more are hung up on.
const CONNECTIONS: usize = 64;
/// How long to wait when the system cannot give a connection, for it to have what it lacks.
const RELIEF: Duration = Duration::from_millis(100);

/// Serves clients on `listener` until `ends` says so; then until the last one has what it waits for.
pub async fn serve(listener: TcpListener, services: Arc<Services>, mut ends: watch::Receiver<bool>) {
    let mut sessions = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = sessions.join_next() => continue,
            _ = ends.changed() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("a connection could not be taken: {error}");
                tokio::time::sleep(RELIEF).await;
                continue;
            }
        };
        let own = stream.local_addr().map_or(peer.ip(), |address| address.ip());
        if sessions.len() >= CONNECTIONS || !may_connect(peer.ip(), own, &services.config.serve.wyoming_allow) {
            tracing::debug!("{peer} is not served");
            continue;
        }
        let (services, ends) = (Arc::clone(&services), ends.clone());
        sessions.spawn(async move {
            if let Err(error) = session::serve(stream, &services, ends).await {
                tracing::debug!("{peer}: {error}");
            }
        });
    }
    drop(listener);
    while sessions.join_next().await.is_some() {}
}
