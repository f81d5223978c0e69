//! The last steps of setup: fetching the models and writing the config.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml::Value;

use super::super::models::fetch::fetch_all;
use super::super::process::interrupted;
use crate::cli::settings::SettingArgs;
use crate::config::{Config, sample};
use crate::model::Places;
use crate::model::catalogue::{Catalogue, Entry};
use crate::model::fetch::{Options, hub_answers};
use crate::model::profile::{Level, ProfilePlan, Reach, SpokenLanguages, plan};
use crate::model::store;
use crate::runtime::assembly::env;

/// First line of a config that setup wrote.
const TITLE: &str = "Golem's settings, written by `golem setup`; every one with its explanation. Change what you like.";

/// The settings that name models.
const NAMING: [&str; 3] = ["asr.model", "llm.model", "tts.voice"];

/// The best profile whose models are all installed.
pub fn installed(catalogue: &Catalogue, speech: SpokenLanguages, places: &Places) -> Result<Option<Level>> {
    for level in Level::ALL.into_iter().rev() {
        let plan = plan(catalogue, level, speech)?;
        if plan.entries.iter().all(|entry| store::find(places, entry).is_some()) {
            return Ok(Some(level));
        }
    }
    Ok(None)
}

/// The part of the plan that is possible now; prints what happens to the rest.
pub fn in_reach<'a>(plan: ProfilePlan<'a>, catalogue: &'a Catalogue, places: &Places) -> ProfilePlan<'a> {
    let here = |entry: &Entry| store::find(places, entry).is_some();
    let missing: Vec<_> = plan.entries.iter().copied().filter(|entry| !here(entry)).collect();
    let reach = Reach { hub: hub_answers(&missing, &Options::from_env(env)) };
    let (plan, told) = plan.within(reach, catalogue, here);
    for line in &told {
        eprintln!("  {line}");
    }
    plan
}

/// Fetches missing models. Those that were fetched stay if the rest fails.
pub fn fetch(plan: &ProfilePlan, offline: bool, from: Option<PathBuf>, places: &Places) -> Result<()> {
    let stop = interrupted();
    let mut options = Options::from_env(env);
    options.offline |= offline;
    options.from = from;
    let missing: Vec<_> = plan.entries.iter().copied().filter(|entry| store::find(places, entry).is_none()).collect();
    fetch_all(&missing, &options, &store::writable(places)?, &stop)
        .context("what was fetched is kept, golem setup goes on from there")
}

/// Writes the config: the user's settings from before, and those of the plan. An older file is kept beside it.
pub fn write_config(
    settings: &SettingArgs,
    config: &Config,
    plan: Option<&ProfilePlan>,
    language: &str,
) -> Result<PathBuf> {
    let (path, _) = settings.path().context("neither $XDG_CONFIG_HOME nor $HOME is set; name a file with --config")?;
    let mut changes = sample::changes(config);
    // Keep the model names of servers: they name no files.
    let served = |key: &str| match key {
        "asr.model" => !config.asr.servers().is_empty(),
        "llm.model" => !config.llm.servers().is_empty(),
        "tts.voice" | "tts.engine" => !config.tts.servers().is_empty(),
        _ => false,
    };
    let names = |key: &str| NAMING.contains(&key) && !served(key);
    match plan {
        Some(plan) => {
            let needed = plan.settings(language);
            // Drop the old names of models, which may be gone. Without a name golem chooses from the installed models.
            changes.retain(|(key, _)| !names(key));
            let needed = needed.into_iter().filter(|(key, _)| !served(key));
            changes.extend(needed.map(|(key, value)| (key.to_owned(), Value::String(value))));
        }
        // Without names golem uses the starter pack.
        None => changes.retain(|(key, _)| !names(key)),
    }
    replace(&path, &sample::with(TITLE, &changes))?;
    Ok(path)
}

/// Puts `text` into the file at `path` in one step; another text there moves to `NAME.old`.
fn replace(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let cannot = || format!("cannot write {}; name another file with --config", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(cannot)?;
    match std::fs::read_to_string(path) {
        Ok(old) if old == text => return Ok(()),
        Ok(_) => {
            let kept = path.with_extension("toml.old");
            std::fs::copy(path, &kept).with_context(cannot)?;
            eprintln!("Your settings of before are kept in {}.", kept.display());
        }
        Err(_) => {}
    }
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(cannot)?;
    file.write_all(text.as_bytes()).with_context(cannot)?;
    file.as_file().sync_all().with_context(cannot)?;
    file.persist(path).map_err(|error| error.error).with_context(cannot)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_config_is_kept_and_the_same_one_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/config.toml");
        replace(&path, "first").unwrap();
        replace(&path, "first").unwrap();
        assert!(!path.with_extension("toml.old").exists());
        replace(&path, "second").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(std::fs::read_to_string(path.with_extension("toml.old")).unwrap(), "first");
    }
}
