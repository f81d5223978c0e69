//! `golem models`: what models there are, which are here, and bringing and removing them.

mod bar;
pub mod fetch;
mod keep;
mod list;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};

use super::{Usage, interrupted};
use crate::model::Places;
use crate::model::catalogue::{Catalogue, ModelKind};
use crate::runtime::assembly::{env, places};

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

/// What every command here needs.
struct Shelf {
    catalogue: Catalogue,
    places: Places,
}

/// Runs `golem models`; the user's own catalogue lies beside the config file.
pub fn run(args: &ModelsArgs, config: Option<&Path>) -> Result<()> {
    let own = config.map(Catalogue::own_path);
    let shelf = Shelf { catalogue: Catalogue::load(own.as_deref())?, places: places() };
    match &args.what {
        ModelsCommand::List(args) => list::run(args, &shelf),
        ModelsCommand::Fetch(args) => fetch::run(args, &shelf),
        ModelsCommand::Verify { names } => keep::verify(names, &shelf),
        ModelsCommand::Remove { names, force } => keep::remove(names, *force, &shelf),
        ModelsCommand::Import(args) => keep::import(args, &shelf),
        ModelsCommand::Path { name } => keep::path(name.as_deref(), &shelf),
    }
}

/// What a kind of model does, for headings, and the word for it on the command line.
fn title(kind: ModelKind) -> (&'static str, &'static str) {
    match kind {
        ModelKind::Vad => ("Finding voices", "vad"),
        ModelKind::Turn => ("Knowing when a speaker has finished", "turn"),
        ModelKind::Asr => ("Hearing", "asr"),
        ModelKind::Llm => ("Thinking", "llm"),
        ModelKind::Tts => ("Speaking", "tts"),
        ModelKind::Nli => ("Judging what a sentence means", "nli"),
        ModelKind::Wake => ("Hearing a wake word", "wake"),
        ModelKind::Speaker => ("Telling speakers apart", "speaker"),
    }
}

const KINDS: [ModelKind; 8] = [
    ModelKind::Vad,
    ModelKind::Turn,
    ModelKind::Asr,
    ModelKind::Llm,
    ModelKind::Tts,
    ModelKind::Nli,
    ModelKind::Wake,
    ModelKind::Speaker,
];

/// Prints a line; a pager that was closed early is no failure.
fn print(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The same to standard error.
fn tell(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The user's home as `~`, so that paths fit the screen.
fn short(path: &Path) -> String {
    let home = env("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    match home.as_deref().and_then(|home| path.strip_prefix(home).ok()) {
        Some(inside) => format!("~/{}", inside.display()),
        None => path.display().to_string(),
    }
}
