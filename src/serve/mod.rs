//! The speech server: golem's ears and voice for other programs, over the protocols that they speak already.
//!
//! Connections are served by tokio on threads of its own; engines work on theirs (`pool`) and never wait for a client.

mod admission;
mod error;
mod figures;
mod http;
mod live;
mod openai;
mod pcm;
mod pool;
mod rate;
mod realtimestt;
mod services;
mod voice_name;
mod wyoming;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::Receiver;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use self::error::ServeError;

use self::admission::ServeToken;
use self::figures::Endpoint;
use self::openai::state::HttpState;
use self::services::{Services, ServicesEnds};
use crate::config::Config;
use crate::config::serve::ServeProtocol;

/// Threads that serve connections: what they do is wait, copy and format.
const THREADS: usize = 2;

/// What a port is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServePort {
    /// OpenAI's endpoints over HTTP.
    Http,
    /// Wyoming.
    Wyoming,
    /// RealtimeSTT's commands.
    RecorderControl,
    /// RealtimeSTT's sound and words.
    RecorderData,
    /// Both on one socket.
    RecorderSingle,
}

/// A running server. Dropping it ends it without waiting for anyone.
pub struct SpeechServer {
    /// What is served where.
    pub addresses: Vec<(ServePort, SocketAddr)>,
    /// What became of the recognisers' engines …
    pub ears: Receiver<Result<String, String>>,
    /// … and of the voice.
    pub voice: Receiver<Result<String, String>>,
    services: Arc<Services>,
    runtime: Runtime,
    ending: watch::Sender<bool>,
    connections: JoinSet<()>,
    threads: Vec<JoinHandle<()>>,
}

impl SpeechServer {
    /// Listens where `config` says, with its ports open but engines that are loaded meanwhile.
    ///
    /// # Errors
    /// When the settings would let strangers in, a port is taken, or the system refuses a thread.
    pub fn start(config: &Config) -> Result<Self, ServeError> {
        let serve = &config.serve;
        let speaks = |protocol| serve.protocols.contains(&protocol);
        if serve.protocols.is_empty() {
            return Err(ServeError::Nothing);
        }
        let token = match serve.token_file.as_str() {
            "" => None,
            path => Some(ServeToken::read(Path::new(path))?),
        };
        let own = admission::address(&serve.bind)?;
        let mut listeners = Vec::new();
        if speaks(ServeProtocol::OpenAi) {
            admission::may_listen(own, token.is_some())?;
            listeners.push((ServePort::Http, bind(own)?));
        }
        if speaks(ServeProtocol::Wyoming) {
            let address = SocketAddr::new(own.ip(), serve.wyoming_port);
            if !address.ip().is_loopback() && serve.wyoming_allow.is_empty() {
                return Err(ServeError::NoPeers(address));
            }
            listeners.push((ServePort::Wyoming, bind(address)?));
        }
        if speaks(ServeProtocol::RealtimeStt) {
            admission::may_listen(own, token.is_some())?;
            for (port, number) in [
                (ServePort::RecorderControl, serve.realtimestt_control_port),
                (ServePort::RecorderSingle, serve.realtimestt_port),
                (ServePort::RecorderData, serve.realtimestt_data_port),
            ] {
                listeners.push((port, bind(SocketAddr::new(own.ip(), number))?));
            }
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("golem-serve")
            .enable_io()
            .enable_time()
            .build()?;
        let (services, ServicesEnds { ears, voice, threads }) = Services::start(config)?;
        let services = Arc::new(services);
        let (ending, ends) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut addresses = Vec::new();
        let state = |other| {
            Arc::new(HttpState { services: Arc::clone(&services), token: token.clone(), ends: ends.clone(), other })
        };
        let recorder = realtimestt::routers(&state(Endpoint::RealtimeStt));
        for (port, listener) in listeners {
            addresses.push((port, listener.local_addr()?));
            let _inside = runtime.enter();
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let ends = ends.clone();
            let router = match port {
                ServePort::Http => openai::router(state(Endpoint::Other)),
                ServePort::RecorderControl => recorder.control.clone(),
                ServePort::RecorderData => recorder.data.clone(),
                ServePort::RecorderSingle => recorder.single.clone(),
                ServePort::Wyoming => {
                    connections.spawn_on(wyoming::serve(listener, Arc::clone(&services), ends), runtime.handle());
                    continue;
                }
            };
            connections.spawn_on(http::serve(listener, router, ends), runtime.handle());
        }
        Ok(Self { addresses, ears, voice, services, runtime, ending, connections, threads })
    }

    /// The engines are loaded: readiness probes may say so.
    pub fn loaded(&self) {
        self.services.loaded();
    }

    /// Takes no more connections, lets those that are served end, and ends.
    pub fn end(self) {
        let Self { services, runtime, ending, mut connections, threads, .. } = self;
        let _ = ending.send(true);
        runtime.block_on(async {
            while connections.join_next().await.is_some() {}
            // Live sessions have connections of their own.
            services.emptied().await;
        });
        drop(runtime);
        drop(services);
        for thread in threads {
            // A thread that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let fault = |error: std::io::Error| ServeError::Bind { address, reason: error.to_string() };
    let listener = TcpListener::bind(address).map_err(fault)?;
    listener.set_nonblocking(true).map_err(fault)?;
    Ok(listener)
}
