//! The speech server: golem's recogniser and voice for other programs, over established protocols.
//!
//! Connections are served by tokio on threads of its own; engines work on theirs (`pool`) and never wait for a client.

mod accept;
mod admission;
mod commands;
mod error;
mod figures;
mod http;
mod idle;
mod language;
mod live;
mod openai;
mod page;
mod pool;
mod rate;
mod realtimestt;
mod services;
mod sessions;
mod sockets;
mod voice_name;
mod wyoming;
mod zeroconf;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::Receiver;
use tokio::runtime::{self, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use self::error::ServeError;
pub use self::sockets::ServePort;
pub use self::wyoming::satellite::Satellite;

use self::admission::ServeToken;
use self::figures::Endpoint;
use self::openai::state::HttpState;
use self::services::{Services, ServicesEnds};
use self::sockets::ServeSocket;
use self::zeroconf::Announcement;
use crate::config::Config;

/// Threads that serve connections: they only wait, copy and format.
const THREADS: usize = 2;

/// A running server. Dropping it ends it without waiting for anyone.
pub struct SpeechServer {
    /// The addresses that are served.
    pub addresses: Vec<(ServePort, SocketAddr)>,
    /// Load reports of the recognisers, one for each.
    pub ears: Receiver<Result<String, String>>,
    /// The load report of the voice.
    pub voice: Receiver<Result<String, String>>,
    services: Arc<Services>,
    runtime: Runtime,
    ending: watch::Sender<bool>,
    connections: JoinSet<()>,
    threads: Vec<JoinHandle<()>>,
    announcement: Option<Announcement>,
}

impl SpeechServer {
    /// Listens where `config` says. The ports are open at once; the engines are loaded meanwhile.
    ///
    /// # Errors
    /// When the settings would let strangers in, a port is taken, or the system refuses a thread.
    pub fn start(config: &Config) -> Result<Self, ServeError> {
        let serve = &config.serve;
        let token = match serve.token_file.as_str() {
            "" => None,
            path => Some(ServeToken::read(Path::new(path))?),
        };
        let sockets = sockets::open(serve, config.metrics.port, token.is_some())?;
        let wyoming = sockets.iter().find(|socket| socket.port == ServePort::Wyoming);
        let announced = wyoming.filter(|_| serve.zeroconf);
        let announcement = announced.map(|socket| Announcement::start("golem", socket.address)).transpose()?;
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("golem-serve")
            .enable_io()
            .enable_time()
            .build()?;
        let (services, ServicesEnds { ears, voice, threads }) = Services::start(config)?;
        let services = Arc::new(services);
        let (ending, ends) = watch::channel(false);
        let patience = serve.patience();
        let mut connections = JoinSet::new();
        let mut addresses = Vec::new();
        let state = |token: Option<&ServeToken>, other| {
            let (services, token, ends) = (Arc::clone(&services), token.cloned(), ends.clone());
            Arc::new(HttpState { services, token, ends, other })
        };
        let recorder = realtimestt::routers(&state(token.as_ref(), Endpoint::RealtimeStt));
        for ServeSocket { port, listener, address } in sockets {
            addresses.push((port, address));
            let _inside = runtime.enter();
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let ends = ends.clone();
            let router = match port {
                ServePort::Http => openai::router(state(token.as_ref(), Endpoint::Other)),
                // It needs no token: only this machine can connect.
                ServePort::Metrics => openai::status::router(state(None, Endpoint::Other)),
                ServePort::RecorderControl => recorder.control.clone(),
                ServePort::RecorderData => recorder.data.clone(),
                ServePort::RecorderSingle => recorder.single.clone(),
                ServePort::Wyoming => {
                    connections.spawn_on(wyoming::serve(listener, Arc::clone(&services), ends), runtime.handle());
                    continue;
                }
            };
            connections.spawn_on(http::serve(listener, router, patience, ends), runtime.handle());
        }
        Ok(Self { addresses, ears, voice, services, runtime, ending, connections, threads, announcement })
    }

    /// Notes that all engines have reported: from now on the server is ready while a recogniser works.
    pub fn loaded(&self) {
        self.services.loaded();
    }

    /// Logs which engines are loaded. When all have reported, the server is ready if a recogniser works.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn log_engines(&mut self) -> std::io::Result<()> {
        let (ears, voice, services) = (self.ears.clone(), self.voice.clone(), Arc::clone(&self.services));
        let thread = Builder::new().name("golem-serve-log".into());
        self.threads.push(thread.spawn(move || {
            for report in ears.iter().chain(&voice) {
                match report {
                    Ok(what) => tracing::info!("served: {what}"),
                    Err(reason) => tracing::warn!("not served: {reason}"),
                }
            }
            services.loaded();
        })?);
        Ok(())
    }

    /// Takes no more connections, lets those that are served end, and ends.
    pub fn end(self) {
        let Self { services, runtime, ending, mut connections, threads, announcement, .. } = self;
        drop(announcement);
        let _ = ending.send(true);
        runtime.block_on(async {
            while connections.join_next().await.is_some() {}
            // Wait for live sessions too: they outlive the HTTP connections that they began with.
            services.sessions.emptied().await;
        });
        drop(runtime);
        drop(services);
        for thread in threads {
            // The thread's panic was logged.
            let _ = thread.join();
        }
    }
}
