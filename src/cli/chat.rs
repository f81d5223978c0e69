//! `golem`: hands-free conversation with a microphone and a loudspeaker.

use std::io::IsTerminal;

use anyhow::{Context, Result};

use super::{files, process};
use crate::config::Config;
use crate::runtime::{Equipment, Golem};
use crate::tui;

/// News that may wait for the screen: a few seconds of meter readings and all that is said in them.
const UPDATES: usize = 1024;

pub fn run(config: &Config, plain: bool, json: bool) -> Result<()> {
    let stop = super::interrupted();
    let log = process::open_log();
    let _redirected = log.as_ref().and_then(process::Redirected::to);
    let (updates_in, updates) = crossbeam_channel::bounded(UPDATES);
    let commands = super::commands(config)?;
    let clerk = super::clerk(commands.is_some());
    let equipment = Equipment { files: files(config), commands, clerk };
    let golem = Golem::start(config.clone(), equipment, updates_in).context("golem cannot start")?;
    let commands = golem.commands().context("golem has ended")?;
    if plain || json || !std::io::stdout().is_terminal() {
        tui::run_plain(updates, commands, stop, json)?;
    } else {
        tui::run(updates, commands, stop)?;
    }
    Ok(())
}
