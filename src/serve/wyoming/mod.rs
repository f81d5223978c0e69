//! Wyoming, the protocol of Home Assistant's voice programs: speech recognition and synthesis over plain TCP.

mod frame;
mod info;
mod intake;
mod meaning;
mod output;
mod reader;
pub mod satellite;
mod session;
mod speaking;
mod text;
mod utterance;
mod waking;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::accept::{accept, is_served};
use super::services::Services;

/// Most connections at a time; more are hung up on.
const CONNECTIONS: usize = 64;

/// Serves clients on `listener` until `ends` changes; then waits until the last one has its answer.
pub async fn serve(listener: TcpListener, services: Arc<Services>, mut ends: watch::Receiver<bool>) {
    let mut sessions = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            Some(_) = sessions.join_next() => continue,
            _ = ends.changed() => break,
        };
        if !is_served(&stream, peer, &services.config.serve.wyoming_allow, (sessions.len(), CONNECTIONS)) {
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
