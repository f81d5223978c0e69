//! `golem config`: the settings, where they come from, and what is wrong with them.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Subcommand;

use super::settings::SettingArgs;
use super::usage::Usage;
use crate::config::file::{self, Layer};
use crate::config::{Config, check, merge};

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub enum ConfigSub {
    /// A sample file: every setting with its default
    Default,
    /// The settings in force
    Show,
    /// Where the config file is looked for
    Path,
    /// List everything that is wrong with the settings, and what to write instead; exit status 2 if anything is
    Check {
        /// Another config file than the one in force
        file: Option<PathBuf>,
    },
}

/// Shows `config`, which is in force.
pub fn run(what: &ConfigSub, config: &Config, settings: &SettingArgs) -> Result<()> {
    match what {
        ConfigSub::Default => print!("{}", file::SAMPLE),
        ConfigSub::Show => print!("{}", toml::to_string_pretty(config)?),
        ConfigSub::Path => println!("{}", path(settings)?.0.display()),
        ConfigSub::Check { file } => check(file.as_ref(), settings)?,
    }
    Ok(())
}

fn path(settings: &SettingArgs) -> Result<(PathBuf, bool)> {
    settings.path().context("neither $XDG_CONFIG_HOME nor $HOME is set; name a file with --config")
}

/// Checks the file, the environment and the flags as a start would, but does not stop at the first fault.
pub fn check(other: Option<&PathBuf>, settings: &SettingArgs) -> Result<()> {
    let (path, named) = other.map_or_else(|| path(settings), |file| Ok((file.clone(), true)))?;
    let (read, mut faults) = check::file(&path, named);
    let absent = read.is_none();
    let mut layers: Vec<Layer> = read.into_iter().collect();
    faults.extend(check::variables(std::env::vars()));
    layers.extend(file::env_layers(std::env::vars()));
    for flag in &settings.set {
        match file::flag_layer(flag) {
            Ok(layer) => layers.push(layer),
            Err(fault) => faults.push(fault),
        }
    }
    faults.extend(check::faults(&layers));
    if faults.is_empty() {
        faults.extend(merge::merge(&layers).err());
    }
    if faults.is_empty() {
        let above: Vec<_> = layers.iter().skip(usize::from(!absent)).map(|layer| layer.origin.as_str()).collect();
        let file = if absent { ", which is not there: the defaults hold" } else { "" };
        let more = if above.is_empty() { String::new() } else { format!("; above it {}", above.join(", ")) };
        println!("ok: {}{file}{more}", path.display());
        return Ok(());
    }
    for fault in &faults {
        eprintln!("golem: {fault}");
    }
    let count = if faults.len() == 1 { "one fault".to_owned() } else { format!("{} faults", faults.len()) };
    Err(Usage(format!("{count} in the settings, as told above; nothing was changed")).into())
}

/// Whether the command only looks at the settings: then a wrong setting must not end golem before it.
pub fn looks(what: &ConfigSub) -> bool {
    matches!(what, ConfigSub::Check { .. } | ConfigSub::Default | ConfigSub::Path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_settings_keep_nobody_from_seeing_the_right_ones() {
        assert!(looks(&ConfigSub::Default) && looks(&ConfigSub::Check { file: None }) && !looks(&ConfigSub::Show));
    }
}
