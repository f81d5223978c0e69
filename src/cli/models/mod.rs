//! `golem models`: the models that are known and installed, and their fetching and removal.

mod bar;
pub mod fetch;
mod folders;
mod keep;
mod list;

use std::path::Path;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::model::catalogue::Catalogue;
use crate::runtime::assembly::places;
use folders::ModelFolders;

const EXAMPLES: &str = "\
Examples:
  golem models list --language ru             what there is for Russian
  golem models fetch whisper-base.en          fetch one; the same command goes on after a break
  golem models fetch --profile balanced --language both
  golem models fetch whisper-base.en --from /media/usb --offline
  golem models verify                         check every file that golem fetched
  golem models import ~/whisper-acft-base.en --name acft --precision int8
  golem models path whisper-base.en           where it is

Models go to the first folder of these that can be written to: $GOLEM_MODELS, ~/.local/share/golem/models.
HF_ENDPOINT (a mirror of the hub), HF_TOKEN, HTTPS_PROXY and NO_PROXY are honoured.";

/// List, fetch, verify, remove and import models
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ModelsArgs {
    #[command(subcommand)]
    what: ModelsCommand,
}

#[derive(Debug, Subcommand)]
enum ModelsCommand {
    /// What models there are, and which are here
    List(list::ModelListArgs),
    /// Bring models here: resumable, checked, and whole or not at all
    Fetch(fetch::FetchArgs),
    /// Check the files of models against what they were when they came
    Verify {
        /// Models; all that are here if none is named
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Remove models that golem fetched or imported, or what an unfinished fetch left
    Remove {
        /// Models
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
        /// Also those that golem did not put there
        #[arg(long)]
        force: bool,
    },
    /// Take in a model that is on this machine: GGUF, Piper, Whisper, NLI, or a Whisper checkpoint
    Import(keep::ImportArgs),
    /// Where a model is, or where models go
    Path {
        /// Model
        name: Option<String>,
    },
}

/// Runs `golem models`; the user's own catalogue lies beside the config file.
pub fn run(args: &ModelsArgs, config: Option<&Path>) -> Result<()> {
    let own = config.map(Catalogue::own_path);
    let shelf = ModelFolders { catalogue: Catalogue::load(own.as_deref())?, places: places() };
    match &args.what {
        ModelsCommand::List(args) => list::run(args, &shelf),
        ModelsCommand::Fetch(args) => fetch::run(args, &shelf),
        ModelsCommand::Verify { names } => keep::verify(names, &shelf),
        ModelsCommand::Remove { names, force } => keep::remove(names, *force, &shelf),
        ModelsCommand::Import(args) => keep::import(args, &shelf),
        ModelsCommand::Path { name } => keep::path(name.as_deref(), &shelf),
    }
}
