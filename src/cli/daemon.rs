//! `golem --daemon`: golem without a screen, for whoever connects to its socket.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::Builder;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use crossbeam_channel::{Receiver, bounded, select};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::files;
use super::notify::Notifier;
use super::process::Redirected;
use crate::config::Config;
use crate::config::file::ConfigError;
use crate::config::reload::Reload;
use crate::control::hub::{Chore, Desk, Errand, Hub};
use crate::control::server::{Server, Socket};
use crate::control::{Mode, Note, Update, plain_line};
use crate::runtime::{Equipment, Golem};
use crate::worker::meter::Meter;

/// News that may wait for the hub.
const UPDATES: usize = 1024;
/// How long golem may take to end. Engines that still load are not waited for.
const PARTING: Duration = Duration::from_millis(700);

#[derive(Clone, Debug, Default, Args)]
pub struct DaemonArgs {
    /// Keep listening without a screen; `golem` attaches to it, `golem ctl` steers it
    #[arg(long, conflicts_with_all = ["input", "plain", "json"])]
    daemon: bool,
    /// Write the daemon's log to FILE instead of standard error
    #[arg(long, value_name = "FILE", requires = "daemon")]
    log: Option<PathBuf>,
}

impl DaemonArgs {
    /// Whether a daemon is wanted.
    pub fn wanted(&self) -> bool {
        self.daemon
    }
}

/// Where settings come from, again and again.
type Load<'a> = &'a dyn Fn() -> Result<Config, ConfigError>;

/// Runs until it is told to end.
pub fn run(args: &DaemonArgs, path: &Path, load: Load) -> Result<()> {
    let log = args.log.as_deref().map(open_log).transpose()?;
    let _redirected = log.as_ref().and_then(Redirected::to);
    let config = load()?;
    // A golem that finds another one here says so before it loads anything.
    let socket = Socket::take(path)?;
    let signals = signals()?;
    let (updates_in, updates) = bounded(UPDATES);
    let (errands_in, errands) = bounded(1);
    let began = Instant::now();
    let commands = super::commands(&config)?;
    let clerk = super::clerk(commands.is_some());
    let (past, meter) = (super::history::past(&config.history), Meter::default());
    let _exporter = super::chat::export(config.metrics.port, &meter);
    let equipment = Equipment { files: files(&config), commands, clerk, past, meter };
    let golem = Golem::start(config.clone(), equipment, updates_in).context("golem cannot start")?;
    let desk = Desk { commands: golem.commands().context("golem has ended")?, errands: errands_in };
    let mode = if config.intents.only { Mode::Intent } else { Mode::Chat };
    let hub = Arc::new(Hub::new(desk, mode, began));
    let server = Server::start(socket, Arc::clone(&hub))?;
    tracing::info!("golem serves {}", server.path().display());

    let notifier = Notifier::new(super::env, std::process::id());
    let mut daemon = Daemon { golem, hub, config, load, notifier };
    let ended = daemon.serve(&updates, &errands, &signals);
    daemon.notifier.ending();
    let Daemon { golem, .. } = daemon;
    // Nobody reads news any more, and nobody waits for an errand: neither keeps anything from ending.
    drop((updates, errands));
    end(golem);
    drop(server);
    ended
}

fn open_log(path: &Path) -> Result<File> {
    let file = File::options().append(true).create(true).open(path);
    file.with_context(|| format!("cannot write the log {}; name another file with --log", path.display()))
}

/// Signals as they come.
fn signals() -> Result<Receiver<i32>> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("the system gives golem no signals")?;
    let (sender, receiver) = bounded(8);
    // It ends with the process, as signals do.
    Builder::new().name("golem-signals".into()).spawn(move || {
        for signal in signals.forever() {
            if sender.send(signal).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// Ends golem, but waits no longer than a person does.
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

struct Daemon<'a> {
    golem: Golem,
    hub: Arc<Hub>,
    config: Config,
    load: Load<'a>,
    notifier: Notifier,
}

impl Daemon<'_> {
    fn serve(&mut self, updates: &Receiver<Update>, errands: &Receiver<Errand>, signals: &Receiver<i32>) -> Result<()> {
        let beats = self.notifier.beats();
        loop {
            select! {
                recv(beats) -> _ => self.notifier.alive(),
                recv(updates) -> update => {
                    let update = update.context("golem has ended; the log says why")?;
                    self.hub.take(&update);
                    write_down(&update);
                    match update {
                        Update::Listening => self.notifier.ready(),
                        Update::Fatal(reason) => bail!(reason),
                        _ => {}
                    }
                },
                recv(errands) -> errand => {
                    let Ok(Errand { chore, answer }) = errand else { return Ok(()) };
                    let done = match chore {
                        Chore::Reload => self.reload(),
                        Chore::Quit => Ok(String::new()),
                    };
                    // Whoever asked may have left meanwhile.
                    let _ = answer.send(done);
                    if chore == Chore::Quit {
                        tracing::info!("told to end");
                        return Ok(());
                    }
                },
                recv(signals) -> signal => match signal {
                    Ok(SIGHUP) => drop(self.reload()),
                    _ => return Ok(()),
                },
            }
        }
    }

    /// Reads the settings again; wrong ones change nothing.
    fn reload(&mut self) -> Result<String, String> {
        let outcome = (self.load)().map_err(|error| error.to_string()).and_then(|new| {
            let reload = Reload::new(&self.config, &new);
            if !reload.live.is_empty() && !self.golem.configure(reload.config.clone()) {
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
}

/// What belongs in the log of a daemon: how it fares, and not what people say to it.
fn write_down(update: &Update) {
    match update {
        Update::Ready(ready) => tracing::info!("ready: {}: {}", ready.part, ready.what),
        Update::Listening => tracing::info!("golem listens"),
        Update::Notice(text) => tracing::warn!("{text}"),
        Update::Dropped(samples) => tracing::warn!("{samples} samples of the microphone dropped so far"),
        Update::Fatal(reason) => tracing::error!("{reason}"),
        Update::Note(_, note @ Note::Error { .. }) => tracing::warn!("{}", plain_line(note).unwrap_or_default()),
        Update::Note(_, note) => {
            if let Some(line) = plain_line(note) {
                tracing::debug!("{line}");
            }
        }
        Update::Spoken { .. } | Update::Level(_) | Update::Offers(_) => {}
    }
}
