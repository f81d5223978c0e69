//! `golem models fetch`: the command that fetches models.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Result, bail};
use clap::Args;

use super::bar::Bar;
use super::folders::{ModelFolders, print, short, tell};
use crate::cli::ask::Asker;
use crate::cli::process::interrupted;
use crate::cli::usage::Usage;
use crate::model::bytes::Bytes;
use crate::model::catalogue::{Engine, Entry, ModelKind};
use crate::model::error::ModelError;
use crate::model::fetch::{FetchOutcome, Fetcher, Options, free};
use crate::model::profile::{self, Level, SpokenLanguages};
use crate::model::stage::{PARTIAL, weight};
use crate::model::{store, verify};
use crate::runtime::assembly::env;

/// What to fetch, and from where
#[derive(Debug, Args)]
pub(super) struct FetchArgs {
    /// Models, as `golem models list` names them
    #[arg(value_name = "NAME", required_unless_present = "profile")]
    names: Vec<String>,
    /// All models of a profile
    #[arg(long, value_parser = ["tiny", "balanced", "quality"])]
    profile: Option<String>,
    /// What the profile is to speak
    #[arg(long, value_parser = ["en", "ru", "both"], default_value = "en", requires = "profile")]
    language: String,
    /// Take the files from a folder: another machine's models folder, or repositories of the hub
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Open no connection
    #[arg(long)]
    offline: bool,
    /// Do not ask before fetching
    #[arg(short, long)]
    yes: bool,
    /// Files fetched at once
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    parallel: u8,
    /// End instead of waiting when another golem fetches the same model
    #[arg(long)]
    no_wait: bool,
}

pub(super) fn run(args: &FetchArgs, shelf: &ModelFolders) -> Result<()> {
    let entries = wanted(args, shelf)?;
    if let Some(from) = args.from.as_ref().filter(|from| !from.is_dir()) {
        bail!("{} is not a folder: --from wants the folder that holds the models", from.display());
    }
    let mut options = Options::from_env(env);
    options.offline |= args.offline;
    options.from.clone_from(&args.from);
    options.parallel = args.parallel.into();
    options.wait = !args.no_wait;
    let stop = interrupted();
    let missing = missing(&entries, shelf, &stop)?;
    if missing.is_empty() {
        return Ok(());
    }
    let models = store::writable(&shelf.places)?;
    if !agreed(&missing, &models, args)? {
        bail!("nothing was fetched");
    }
    fetch_all(&missing, &options, &models, &stop)
}

/// The models that were asked for, each once.
fn wanted<'a>(args: &FetchArgs, shelf: &'a ModelFolders) -> Result<Vec<&'a Entry>> {
    let mut entries = Vec::new();
    for name in &args.names {
        entries.push(shelf.catalogue.get(name)?);
    }
    if let Some(profile) = &args.profile {
        let level = Level::ALL.into_iter().find(|level| level.name() == profile);
        let speech = SpokenLanguages::ALL.into_iter().find(|speech| speech.name() == args.language);
        let (Some(level), Some(speech)) = (level, speech) else {
            bail!(Usage(format!("there is no profile {profile} for {}", args.language)));
        };
        entries.extend(profile::plan(&shelf.catalogue, level, speech)?.entries);
    }
    let mut seen = std::collections::HashSet::new();
    entries.retain(|entry| seen.insert(&entry.name));
    Ok(entries)
}

/// The models that are missing or damaged.
fn missing<'a>(entries: &[&'a Entry], shelf: &ModelFolders, stop: &AtomicBool) -> Result<Vec<&'a Entry>> {
    let mut missing = Vec::new();
    for &entry in entries {
        let bar = Bar::new(&entry.name);
        let place = store::find(&shelf.places, entry);
        let sound = place.as_ref().map(|place| verify::is_sound(place, entry, stop, &bar)).transpose()?;
        bar.clear();
        match place {
            Some(place) if sound == Some(true) => print(&format!("{} is at {}", entry.name, short(&place))),
            _ => missing.push(entry),
        }
    }
    Ok(missing)
}

/// Shows what would be fetched, and asks where there is a person to ask.
fn agreed(entries: &[&Entry], models: &Path, args: &FetchArgs) -> Result<bool> {
    let mut total = 0;
    let mut exact = true;
    for entry in entries {
        let size = entry.size();
        let left = size.bytes.saturating_sub(weight(&models.join(PARTIAL).join(&entry.name)));
        (total, exact) = (total + left, exact && size.exact);
        tell(&format!("{:<28} {:>9}  {}", entry.name, Bytes(size.bytes).to_string(), entry.licence));
        if let Some(remark) = &entry.unverified {
            tell(&format!("      not verified: {remark}"));
        }
    }
    let about = if exact { "" } else { "about " };
    tell(&format!("{about}{} to {}", Bytes(total), short(models)));
    // Check the space for all of them, so that the disk is not full before the last.
    let there = free(models).map_err(|error| ModelError::io(models, error))?;
    if total > there {
        return Err(ModelError::Space { needed: total, free: there, folder: models.into() }.into());
    }
    if args.yes || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(true);
    }
    Asker::new(std::io::stdin().lock(), std::io::stderr()).agree("Fetch?", true)
}

/// Fetches models one after the other, with a bar for each, and says how to use them.
///
/// # Errors
/// When a model cannot be fetched; those before it stay.
pub fn fetch_all(entries: &[&Entry], options: &Options, models: &Path, stop: &AtomicBool) -> Result<()> {
    for entry in entries {
        let bar = Bar::new(&entry.name);
        let result = Fetcher::new(options.clone(), models.into(), stop, &bar).fetch(entry);
        bar.clear();
        let (FetchOutcome::There(place) | FetchOutcome::Fetched(place)) = result?;
        let used = setting(entry).map(|setting| format!("; to use it: --set {setting}")).unwrap_or_default();
        print(&format!("{} is at {}{used}", entry.name, short(&place)));
    }
    Ok(())
}

/// The setting that chooses a model.
fn setting(entry: &Entry) -> Option<String> {
    match entry.engine {
        Engine::Sphinx => return Some("asr.engine=sphinx".into()),
        Engine::Kokoro => return Some("tts.engine=kokoro".into()),
        _ => {}
    }
    let value = entry.setting()?;
    let key = match entry.kind {
        ModelKind::Asr => "asr.model",
        ModelKind::Llm => "llm.model",
        ModelKind::Tts => "tts.voice",
        ModelKind::Vad | ModelKind::Turn | ModelKind::Nli | ModelKind::Wake | ModelKind::Speaker => return None,
    };
    Some(format!("{key}={value}"))
}
