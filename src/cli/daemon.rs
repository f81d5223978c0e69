//! `golem --daemon`: golem without a screen, for clients that connect to its socket.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use crossbeam_channel::{Receiver, select};
use signal_hook::consts::SIGHUP;

use super::notify;
use super::process;
use crate::config::Config;
use crate::control::server::Socket;
use crate::control::{Note, Update, plain_line};
use crate::runtime::engines::ConfiguredEngines;
use crate::runtime::service::{Load, Service, ServiceChannels};
use crate::runtime::stderr::Redirected;
use crate::serve::{Satellite, SpeechServer};

/// Default address of a satellite.
const SATELLITE: &str = "127.0.0.1:10700";

#[derive(Clone, Debug, Default, Args)]
pub struct DaemonArgs {
    /// Keep listening without a screen; `golem` attaches to it, `golem ctl` steers it
    #[arg(long, conflicts_with_all = ["input", "plain", "json"])]
    daemon: bool,
    /// Write the daemon's log to FILE instead of standard error
    #[arg(long, value_name = "FILE", requires = "daemon")]
    log: Option<PathBuf>,
    /// Be a satellite of Home Assistant at ADDR: it hears, answers and speaks through golem [default: 127.0.0.1:10700]
    #[arg(long, value_name = "ADDR", requires = "daemon", num_args = 0..=1, default_missing_value = SATELLITE)]
    wyoming_satellite: Option<String>,
}

impl DaemonArgs {
    /// Whether a daemon is wanted.
    pub fn wanted(&self) -> bool {
        self.daemon
    }
}

/// Runs until a signal or a client ends it.
pub fn run(args: &DaemonArgs, path: &Path, record: Option<&Path>, load: Load) -> Result<()> {
    let log = args.log.as_deref().map(open_log).transpose()?;
    let _redirected = log.as_ref().and_then(Redirected::to);
    let satellite = args.wyoming_satellite.as_deref();
    let own = || load().map(|config| if satellite.is_some() { Satellite::settings(config) } else { config });
    let config = own()?;
    // Take the socket before anything is loaded: it fails if another golem runs here.
    let socket = Socket::take(path)?;
    let signals = process::signals()?;
    let server = speech_server(&config)?;
    let mut satellite =
        satellite.map(|place| Satellite::start(place, &config).map_err(super::serve::fault)).transpose()?;
    let engines = satellite.as_ref().map_or_else(|| Arc::new(ConfiguredEngines) as _, Satellite::engines);
    let (mut service, ends) = Service::start(config, &own, engines, Some(socket), record, &mut super::settings::warn)?;
    if let Some(satellite) = &satellite {
        tracing::info!("a satellite of Home Assistant on {}", satellite.address);
        satellite.announce_at(ends.requests.clone());
    }
    let ended = serve(&mut service, &ends, satellite.as_mut(), &signals);
    notify::ending();
    drop(satellite);
    // The dialogue ends at once, and before the server, whose clients may still wait for their answers.
    service.end(ends);
    ended.and(server.map_or(Ok(()), |server| super::serve::end(server, signals)))
}

/// The speech server, if the daemon is one too. It has engines of its own, so that clients and the dialogue never wait
/// for each other.
fn speech_server(config: &Config) -> Result<Option<SpeechServer>> {
    if config.serve.in_daemon.is_empty() {
        return Ok(None);
    }
    let mut config = config.clone();
    config.serve.protocols.clone_from(&config.serve.in_daemon);
    // On this port are the figures of the dialogue.
    config.metrics.port = 0;
    let mut server = SpeechServer::start(&config).map_err(super::serve::fault)?;
    for (port, address) in &server.addresses {
        tracing::info!("serves {port} on {address}");
    }
    server.log_engines()?;
    Ok(Some(server))
}

fn open_log(path: &Path) -> Result<File> {
    let file = File::options().append(true).create(true).open(path);
    file.with_context(|| format!("cannot write the log {}; name another file with --log", path.display()))
}

fn serve(
    service: &mut Service,
    ends: &ServiceChannels,
    mut satellite: Option<&mut Satellite>,
    signals: &Receiver<i32>,
) -> Result<()> {
    let beats = notify::beats();
    loop {
        select! {
            recv(beats) -> _ => notify::alive(),
            recv(ends.updates) -> update => {
                let update = update.context("golem has ended; the log says why")?;
                service.take(&update);
                if let (Some(satellite), Update::Note { note, .. }) = (satellite.as_deref_mut(), &update) {
                    satellite.observe(note);
                }
                write_down(&update);
                match update {
                    Update::Listening => notify::ready(),
                    Update::Fatal { reason } => bail!(reason),
                    _ => {}
                }
            },
            recv(ends.process) -> request => {
                if request.map_or(true, |request| service.run(request)) {
                    return Ok(());
                }
            },
            recv(signals) -> signal => match signal {
                Ok(SIGHUP) => drop(service.reload()),
                Ok(signal) => {
                    process::tell(signal);
                    return Ok(());
                }
                Err(_) => return Ok(()),
            },
        }
    }
}

/// Logs updates about the state of the daemon, but no words that people say to it.
fn write_down(update: &Update) {
    match update {
        Update::Ready(ready) => tracing::info!("ready: {}: {}", ready.part, ready.what),
        Update::Listening => tracing::info!("golem listens"),
        Update::Notice { text, .. } => tracing::warn!("{text}"),
        Update::Recording { folder } => tracing::info!("the session is recorded into {folder}"),
        Update::Dropped { samples } => tracing::warn!("{samples} samples of the microphone dropped so far"),
        Update::Fatal { reason } => tracing::error!("{reason}"),
        Update::Note { note: note @ Note::Error { .. }, .. } => {
            tracing::warn!("{}", plain_line(note).unwrap_or_default());
        }
        Update::Note { note, .. } => {
            if let Some(line) = plain_line(note) {
                tracing::debug!("{line}");
            }
        }
        Update::Away | Update::Lost { .. } | Update::Spoken { .. } | Update::Level(_) | Update::Offers { .. } => {}
    }
}
