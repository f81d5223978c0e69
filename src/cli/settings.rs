//! The settings that every command takes.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::process;
use crate::config::Config;
use crate::config::file::{self, Layer};
use crate::config::merge::merge;
use crate::model::catalogue::{Catalogue, CatalogueError};
use crate::runtime::assembly::env;

/// Settings, for every command.
#[derive(Clone, Debug, Args)]
pub(super) struct SettingArgs {
    /// Config file [default: ~/.config/golem/config.toml]
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,
    /// Change a setting, such as asr.engine=sphinx; `golem config default` lists them
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    pub(super) set: Vec<String>,
    /// How much goes to the log: error, warn, info, debug or trace; $GOLEM_LOG chooses more finely, and wins
    #[arg(long, value_name = "LEVEL", global = true, value_enum, hide_possible_values = true)]
    pub(super) log_level: Option<process::LogLevel>,
}

impl SettingArgs {
    /// Whether this golem was asked for other settings than the usual ones.
    pub(super) fn given(&self) -> bool {
        self.config.is_some() || !self.set.is_empty()
    }

    pub(super) fn path(&self) -> Option<(PathBuf, bool)> {
        let named = self.config.clone().map(|path| (path, true));
        named.or_else(|| file::default_path(env).map(|path| (path, false)))
    }

    /// Defaults <- file <- environment <- flags.
    pub(super) fn load(&self) -> Result<Config, file::ConfigError> {
        let mut layers: Vec<Layer> = Vec::new();
        if let Some((path, named)) = self.path() {
            layers.extend(file::file_layer(&path, named)?);
        }
        layers.extend(file::env_layers(std::env::vars()));
        for flag in &self.set {
            layers.push(file::flag_layer(flag)?);
        }
        merge(&layers)
    }
}

/// Prints a warning about something that golem has to do without.
pub(super) fn warn(text: &str) {
    eprintln!("golem: {text}");
}

/// All models that are known by name, including the user's own.
pub(super) fn catalogue(settings: &SettingArgs) -> Result<Catalogue, CatalogueError> {
    Catalogue::load(settings.path().map(|(path, _)| Catalogue::own_path(&path)).as_deref())
}
