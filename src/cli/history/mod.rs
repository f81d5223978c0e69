//! `golem history`: the conversations that were kept.

mod choice;
mod forget;
mod show;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::config::keeping::HistoryConfig;
use crate::history::{OpenHistory, Store, default_path};
use crate::runtime::assembly::env;
use crate::runtime::past::{moved, pause_file};
use choice::{Format, Which, advice};

const EXAMPLES: &str = "\
Examples:
  golem --set history.keep=kept             talk, and have it kept; the config file makes it last
  golem history list
  golem history show last
  golem history search pancakes             words that begin with it count too
  golem history export 3 4 > talks.md
  golem history export --format json > all.json
  golem history forget 3
  golem history forget --before 2026-01-01
  golem history forget --all --yes";

/// Show, search, export and forget conversations that were kept
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct HistoryArgs {
    #[command(subcommand)]
    what: HistoryCommand,
    /// Another history [default: ~/.local/state/golem/history.db]
    #[arg(long, value_name = "FILE", global = true)]
    history: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum HistoryCommand {
    /// Conversations, newest first
    List {
        /// Show this many
        #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
        limit: usize,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// What was said in a conversation
    Show {
        /// Its number, or `last`
        #[arg(value_name = "ID|last", default_value = "last")]
        which: Which,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Messages with all of these words, newest first
    Search {
        /// Words, or how they begin
        #[arg(required = true, value_name = "WORD")]
        words: Vec<String>,
        /// Show this many
        #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
        limit: usize,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Write whole conversations to standard output, oldest first
    Export {
        /// Which ones [default: all]
        #[arg(value_name = "ID|last")]
        which: Vec<Which>,
        /// How
        #[arg(long, value_enum, default_value_t = Format::Markdown)]
        format: Format,
    },
    /// Forget conversations for good
    Forget(forget::ForgetArgs),
}

/// Runs a command on the history.
pub fn run(args: &HistoryArgs, config: &HistoryConfig) -> Result<()> {
    let path = args.history.clone().or_else(|| default_path(env));
    let path = path.context("neither $XDG_STATE_HOME nor $HOME is set; name a file with --history")?;
    if let (HistoryCommand::Forget(forgotten), None, Some(file)) = (&args.what, &args.history, pause_file()) {
        forget::forget_pauses(&file, forgotten)?;
    }
    let Some(mut store) = open(&path)? else {
        let empty =
            matches!(&args.what, HistoryCommand::List { json: true, .. } | HistoryCommand::Search { json: true, .. });
        if empty || matches!(&args.what, HistoryCommand::Export { format: Format::Json, .. }) {
            println!("[]");
        }
        eprintln!("golem: {} does not exist: {}", path.display(), advice(config.keep));
        return Ok(());
    };
    match &args.what {
        HistoryCommand::List { limit, json } => show::list(&store, *limit, *json, config.keep),
        HistoryCommand::Show { which, json } => show::show(&store, *which, *json),
        HistoryCommand::Search { words, limit, json } => show::search(&store, &words.join(" "), *limit, *json),
        HistoryCommand::Export { which, format } => show::export(&store, which, *format),
        HistoryCommand::Forget(args) => forget::run(&mut store, args),
    }
}

/// The history at `path`, if there is one.
fn open(path: &Path) -> Result<Option<Store>> {
    if !path.exists() {
        return Ok(None);
    }
    let OpenHistory { store, damaged } = Store::open(path)?;
    if let Some(aside) = damaged {
        eprintln!("golem: {}", moved(path, &aside));
    }
    Ok(Some(store))
}
