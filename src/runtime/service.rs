//! The service: a golem that runs in this process, and the socket at which other programs reach it. Golem with a screen
//! and the daemon share it.

use std::path::Path;
use std::sync::Arc;
use std::thread::Builder;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::assembly::{self, clerk, commands, places};
use super::engines::EngineSource;
use super::past::past;
use super::{Equipment, Golem};
use crate::command::CommandError;
use crate::config::Config;
use crate::config::file::ConfigError;
use crate::config::reload::Reload;
use crate::control::hub::{Hub, ProcessAction, ProcessRequest, Routes};
use crate::control::server::{Server, Socket, SocketError};
use crate::control::{Request, Update};
use crate::engine::speaker::KnownVoices;
use crate::session::{SessionError, SessionFolder, SessionRecorder};
use crate::worker::exporter::Exporter;
use crate::worker::meter::MetricsMeter;

/// Most updates that wait for their reader: a few seconds of meter readings and all that is said in them.
pub const UPDATES: usize = 1024;
/// Longest time for golem to end. Engines that still load are not waited for.
const PARTING: Duration = Duration::from_millis(700);

/// Reads the settings; called again for each reload.
pub type Load<'a> = &'a (dyn Fn() -> Result<Config, ConfigError> + Sync);

/// Reasons why a golem does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The commands files are wrong.
    #[error(transparent)]
    Commands(#[from] CommandError),
    /// The system refused a thread.
    #[error("golem cannot start")]
    Thread(#[source] std::io::Error),
    /// Golem has ended already.
    #[error("golem has ended")]
    Ended,
    /// The socket cannot be served.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The session cannot be recorded.
    #[error(transparent)]
    Record(#[from] SessionError),
}

/// A running golem that can be reached.
pub struct Service<'a> {
    golem: Golem,
    hub: Arc<Hub>,
    config: Config,
    load: Load<'a>,
    server: Option<Server>,
    _exporter: Option<Exporter>,
}

/// The channels of a golem.
pub struct ServiceChannels {
    /// The updates of golem.
    pub updates: Receiver<Update>,
    /// Requests to the process, for [`Service::run`].
    pub process: Receiver<ProcessRequest>,
    /// The channel for requests to the dialogue.
    pub requests: Sender<Request>,
}

/// The socket at `path` for a golem with a screen. Golem can run without one: the reason is logged then.
pub fn socket(path: &Path) -> Option<Socket> {
    match Socket::take(path) {
        Ok(socket) => Some(socket),
        // Run without a socket: this golem was started beside another on purpose.
        Err(SocketError::Running(_)) => None,
        Err(error) => {
            tracing::warn!("golem cannot be steered by other programs: {error}");
            None
        }
    }
}

impl<'a> Service<'a> {
    /// Starts golem under `config` with the engines of `engines`. It is served on `socket` and recorded into the folder
    /// `record`, if these are given. What it has to do without goes to the log and to `warn`.
    ///
    /// # Errors
    /// When the commands files are wrong, the session cannot be recorded, or the system refuses a thread.
    pub fn start(
        config: Config,
        load: Load<'a>,
        engines: Arc<dyn EngineSource>,
        socket: Option<Socket>,
        record: Option<&Path>,
        warn: &mut dyn FnMut(&str),
    ) -> Result<(Self, ServiceChannels), StartError> {
        let began = Instant::now();
        let (updates_in, updates) = bounded(UPDATES);
        let (process_in, process) = bounded(1);
        let commands = commands(&config)?;
        let clerk = clerk(commands.is_some());
        let session = record.map(|folder| SessionRecorder::start(SessionFolder::create(folder)?)).transpose()?;
        let (past, meter) = (past(&config, warn), MetricsMeter::default());
        let exporter = export(config.metrics.port, &meter, warn);
        let (files, places) = (assembly::files(&config), places());
        let equipment = Equipment {
            files,
            find: engines.exchangeable().then_some(assembly::files),
            engines,
            places,
            commands,
            clerk,
            past,
            meter: meter.clone(),
            session,
        };
        let golem = Golem::start(config.clone(), equipment, updates_in).map_err(StartError::Thread)?;
        let requests = golem.requests().ok_or(StartError::Ended)?;
        let routes = Routes { dialogue: requests.clone(), process: process_in };
        let hub = Arc::new(Hub::new(routes, meter, config.intents.mode(), began));
        let server = socket.map(|socket| Server::start(socket, Arc::clone(&hub))).transpose()?;
        if let Some(server) = &server {
            tracing::info!("golem serves {}", server.path().display());
        }
        let service = Self { golem, hub, config, load, server, _exporter: exporter };
        Ok((service, ServiceChannels { updates, process, requests }))
    }

    /// Sends an update to all clients that follow.
    pub fn take(&self, update: &Update) {
        self.hub.take(update);
    }

    /// Does what a client asks of the process; true when golem is to end.
    pub fn run(&mut self, request: ProcessRequest) -> bool {
        let ProcessRequest { action, outcome } = request;
        let done = match action {
            ProcessAction::Reload => self.reload(),
            ProcessAction::Quit => Ok(String::new()),
        };
        // Ignore the error: the client may have disconnected meanwhile.
        let _ = outcome.send(done);
        let quit = action == ProcessAction::Quit;
        if quit {
            tracing::info!("told to end");
        }
        quit
    }

    /// Reads the settings again; wrong ones change nothing.
    ///
    /// # Errors
    /// When the settings are wrong, with the reason.
    pub fn reload(&mut self) -> Result<String, String> {
        let outcome = (self.load)().map_err(|error| error.to_string()).and_then(|new| {
            let reload = Reload::new(&self.config, &new);
            if reload.config.speaker.checks() {
                let files = assembly::files(&reload.config);
                KnownVoices::open(&files.speaker, &files.voices).map_err(|error| error.to_string())?;
            }
            let enrolled = reload.config.speaker.checks();
            if (enrolled || !reload.live.is_empty()) && !self.golem.configure(reload.config.clone()) {
                return Err("golem has not taken the last change yet; try again".into());
            }
            self.config = reload.config.clone();
            Ok(reload.told())
        });
        match &outcome {
            Ok(told) => tracing::info!("config: {told}"),
            Err(reason) => tracing::error!("the config was not read: {reason}"),
        }
        outcome
    }

    /// Closes the socket, so that others can take it.
    pub fn hang_up(&mut self) {
        self.server = None;
    }

    /// Ends golem, and then the socket.
    pub fn end(self, ends: ServiceChannels) {
        // Closes the channels, so that no thread blocks on an update or a request while golem ends.
        drop(ends);
        let Self { golem, server, .. } = self;
        end(golem);
        drop(server);
    }
}

/// Ends golem, but waits no longer than a person would.
fn end(golem: Golem) {
    let (done, over) = bounded::<()>(0);
    let ending = Builder::new().name("golem-end".into()).spawn(move || {
        drop(golem);
        drop(done);
    });
    if ending.is_ok() && over.recv_timeout(PARTING).is_err_and(|error| error.is_timeout()) {
        tracing::warn!("golem ended while it was still starting");
    }
}

/// Serves the metrics to Prometheus, if the config names a port. If that port is taken, warns and runs without.
fn export(port: u16, meter: &MetricsMeter, warn: &mut dyn FnMut(&str)) -> Option<Exporter> {
    if port == 0 {
        return None;
    }
    let meter = meter.clone();
    let started = Exporter::start(port, move || meter.read().prometheus());
    started
        .inspect_err(|error| {
            tracing::warn!("no metrics: port {port}: {error}");
            warn(&format!("no metrics on port {port}: {error}; metrics.port names another"));
        })
        .ok()
}
