//! `golem`: hands-free conversation with a microphone and a loudspeaker, here or in a golem that runs already.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, Sender};

use super::{files, process};
use crate::config::Config;
use crate::control::client::Client;
use crate::control::{Command, Update};
use crate::runtime::{Equipment, Golem};
use crate::tui;

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
        return show(updates, commands, stop, plain, json);
    }
    let commands = super::commands(config)?;
    let clerk = super::clerk(commands.is_some());
    let equipment = Equipment { files: files(config), commands, clerk };
    let golem = Golem::start(config.clone(), equipment, updates_in).context("golem cannot start")?;
    let commands = golem.commands().context("golem has ended")?;
    show(updates, commands, stop, plain, json)
}

fn show(
    updates: Receiver<Update>,
    commands: Sender<Command>,
    stop: Arc<AtomicBool>,
    plain: bool,
    json: bool,
) -> Result<()> {
    if plain || json || !std::io::stdout().is_terminal() {
        tui::run_plain(updates, commands, stop, json)?;
    } else {
        tui::run(updates, commands, stop)?;
    }
    Ok(())
}
