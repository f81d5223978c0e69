//! `golem`: hands-free conversation with a microphone and a loudspeaker, here or in a golem that runs already.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, Sender};

use super::{files, process};
use crate::config::Config;
use crate::control::client::Client;
use crate::control::{Command, Mode, Update};
use crate::runtime::{Equipment, Golem};
use crate::tui;
use crate::worker::exporter::Exporter;
use crate::worker::meter::Meter;

/// News that may wait for the screen: a few seconds of meter readings and all that is said in them.
const UPDATES: usize = 1024;

/// Talks; with `elsewhere`, shows the golem that runs there.
pub fn run(config: &Config, elsewhere: Option<Client>, plain: bool, json: bool) -> Result<()> {
    let stop = super::interrupted();
    let log = process::open_log();
    let _redirected = log.as_ref().and_then(process::Redirected::to);
    let (updates_in, updates) = crossbeam_channel::bounded(UPDATES);
    if let Some(client) = elsewhere {
        let attached = client.attach(updates_in)?;
        let commands = attached.commands().context("golem has hung up")?;
        return show(config, updates, commands, stop, tui::Sound::Elsewhere, plain, json);
    }
    let commands = super::commands(config)?;
    let clerk = super::clerk(commands.is_some());
    let (past, meter) = (super::history::past(&config.history), Meter::default());
    let _exporter = export(config.metrics.port, &meter);
    let equipment = Equipment { files: files(config), commands, clerk, past, meter };
    let golem = Golem::start(config.clone(), equipment, updates_in).context("golem cannot start")?;
    let commands = golem.commands().context("golem has ended")?;
    show(config, updates, commands, stop, tui::Sound::Here, plain, json)
}

fn show(
    config: &Config,
    updates: Receiver<Update>,
    commands: Sender<Command>,
    stop: Arc<AtomicBool>,
    sound: tui::Sound,
    plain: bool,
    json: bool,
) -> Result<()> {
    let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    if plain || json || dumb || !std::io::stdout().is_terminal() {
        tui::run_plain(updates, commands, stop, json)?;
    } else {
        let mode = if config.intents.only { Mode::Intent } else { Mode::Chat };
        tui::run(updates, commands, stop, config.screen, mode, sound)?;
    }
    Ok(())
}

/// Gives the figures to Prometheus, where the config names a port. A port that is taken is told, and golem talks without.
pub fn export(port: u16, meter: &Meter) -> Option<Exporter> {
    if port == 0 {
        return None;
    }
    let meter = meter.clone();
    let started = Exporter::start(port, move || meter.read().prometheus());
    started
        .inspect_err(|error| {
            tracing::warn!("no metrics: port {port}: {error}");
            eprintln!("golem: no metrics on port {port}: {error}; metrics.port names another");
        })
        .ok()
}
