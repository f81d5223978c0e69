//! The first run: an offer to set up, or the starter pack at once.

use std::io::{IsTerminal, stderr, stdin, stdout};

use anyhow::Result;

use super::ask::Asker;
use super::settings::SettingArgs;
use super::setup::{self, SetupArgs};
use crate::config::Config;
use crate::model::is_starter;
use crate::runtime::assembly::files;

/// Printed where there is no terminal to ask on.
const ONE_LINE: &str =
    "no settings and no models of your own yet: the starter pack talks; golem setup gets better ones";

/// Whether golem was never set up here: there is no config, and nothing but the starter pack.
fn is_first(settings: &SettingArgs, config: &Config) -> bool {
    let written = settings.path().is_none_or(|(path, _)| path.exists());
    let files = files(config);
    let own = files.whisper.is_some() || files.piper.is_some() || files.gguf.is_some_and(|path| !is_starter(&path));
    !written && !own
}

/// On the first run, offers to set up where there is a terminal; returns whether the settings may have changed. If the
/// user declines, writes a config with the defaults and does not ask again.
///
/// # Errors
/// When setting up fails, or the config cannot be written.
pub fn welcome(settings: &SettingArgs, config: &Config) -> Result<bool> {
    if !is_first(settings, config) {
        return Ok(false);
    }
    if !(stdin().is_terminal() && stdout().is_terminal()) {
        eprintln!("golem: {ONE_LINE}");
        return Ok(false);
    }
    let mut asker = Asker::new(stdin().lock(), stderr());
    eprintln!("Welcome. Golem can talk at once with its starter pack: small talk, sums and commands, in English.");
    if asker.agree("Shall it choose and fetch better ears, a brain and a voice first?", true)? {
        drop(asker);
        setup::run(&SetupArgs::default(), settings)?;
    } else {
        let path = setup::write_config(settings, config, None, "en")?;
        eprintln!("The starter pack it is; golem setup whenever you like. Settings: {}", path.display());
    }
    Ok(true)
}
