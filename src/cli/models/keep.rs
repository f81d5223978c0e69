//! `golem models verify`, `remove`, `import` and `path`: the commands on installed models.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;

use super::bar::Bar;
use super::folders::{ModelFolders, print, short};
use crate::cli::process::interrupted;
use crate::cli::usage::Usage;
use crate::model::bytes::Bytes;
use crate::model::convert::Precision;
use crate::model::error::ModelError;
use crate::model::found::{FoundModel, detect};
use crate::model::import::Import;
use crate::model::record::is_inside;
use crate::model::store::{self, Installed};
use crate::model::verify::{Checked, ExpectedFile, FileState, check};
use crate::model::{fetch, is_starter};

/// What to import, and as what
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// GGUF file, Piper voice (.onnx), or a folder: Whisper for CTranslate2, NLI, or a Whisper checkpoint (safetensors)
    path: PathBuf,
    /// Name it is given [default: that of the file or folder]
    #[arg(long)]
    name: Option<String>,
    /// What the weights of a checkpoint become
    #[arg(long, value_parser = ["int8", "float16", "float32"], default_value = "int8")]
    precision: String,
    /// Link to the files instead of copying them
    #[arg(long)]
    link: bool,
}

/// Checks every file of the models named, or of all.
pub fn verify(names: &[String], shelf: &ModelFolders) -> Result<()> {
    let stop = interrupted();
    let all = store::installed(&shelf.places, &shelf.catalogue);
    let mut models = Vec::new();
    for name in names {
        models.push(named(&all, name, shelf)?);
    }
    if names.is_empty() {
        models.extend(all.iter().filter(|model| !is_starter(&model.path)));
    }
    let mut damaged = Vec::new();
    for model in models {
        let entry = shelf.catalogue.entries().iter().find(|entry| entry.name == model.name);
        let (folder, files) = match (&model.record, entry) {
            (Some(record), _) => (model.path.clone(), ExpectedFile::of_record(record)),
            (None, Some(entry)) => (model.root.join(entry.folder()), ExpectedFile::of_entry(entry)),
            (None, None) => {
                print(&format!("{}: golem did not put it there, so nothing is known to check it against", model.name));
                continue;
            }
        };
        let bar = Bar::new(&model.name);
        let checked = check(&folder, &files, &stop, &bar);
        bar.clear();
        let checked = checked?;
        print(&format!("{}  {}", model.name, short(&folder)));
        for file in &checked {
            print(&format!("  {:<8} {}", word(file), file.path));
        }
        if checked.iter().any(|file| matches!(file.state, FileState::Changed | FileState::Missing)) {
            damaged.push(model.name.as_str());
        }
    }
    if !damaged.is_empty() {
        bail!("damaged: {0}; `golem models fetch {0}` brings what the catalogue knows again", damaged.join(" "));
    }
    Ok(())
}

fn word(file: &Checked) -> &'static str {
    match file.state {
        FileState::Sound => "ok",
        FileState::Changed => "changed",
        FileState::Missing => "missing",
        FileState::Unknown => "unknown",
    }
}

/// Removes models, or what an unfinished fetch left of them.
pub fn remove(names: &[String], force: bool, shelf: &ModelFolders) -> Result<()> {
    for name in names {
        let all = store::installed(&shelf.places, &shelf.catalogue);
        match named(&all, name, shelf) {
            Ok(model) => {
                let freed = store::remove(model, force)?;
                print(&format!("removed {} from {}: {} are free again", model.name, short(&model.path), Bytes(freed)));
            }
            Err(error) => match store::discard(&shelf.places, name)? {
                Some(freed) => print(&format!("removed the unfinished {name}: {} are free again", Bytes(freed))),
                None => return Err(error),
            },
        }
    }
    Ok(())
}

/// The model of this name, or at this path; golem's own models come first.
fn named<'a>(all: &'a [Installed], name: &str, shelf: &ModelFolders) -> Result<&'a Installed> {
    let is = |model: &&Installed| model.name == name || (name.contains('/') && same(&model.path, Path::new(name)));
    let own = all.iter().filter(is).find(|model| model.record.is_some());
    if let Some(model) = own.or_else(|| all.iter().find(is)) {
        return Ok(model);
    }
    // `get` fails for an unknown name with the nearest known names.
    shelf.catalogue.get(name)?;
    Err(ModelError::NotInstalled { name: name.into() }.into())
}

fn same(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Takes in a model.
pub fn import(args: &ImportArgs, shelf: &ModelFolders) -> Result<()> {
    let found = detect(&args.path)?;
    let name = args.name.clone().unwrap_or_else(|| found.name());
    if !is_inside(&name) || name.contains('/') || name.starts_with('.') {
        bail!(Usage(format!(
            "{name:?} cannot be a model's name: give it one of letters, digits, -, _ and . with --name"
        )));
    }
    let precision = Precision::named(&args.precision)
        .ok_or_else(|| Usage(format!("{} is no precision: choose int8, float16 or float32", args.precision)))?;
    if args.link && matches!(found, FoundModel::Checkpoint(_)) {
        bail!(Usage("a checkpoint is converted, so it cannot be linked: leave --link out".into()));
    }
    let models = store::writable(&shelf.places)?;
    let (stop, bar) = (interrupted(), Bar::new(&name));
    let import = Import {
        models: &models,
        name: &name,
        precision,
        link: args.link,
        stop: &stop,
        progress: &bar,
        free: fetch::free,
    };
    let place = import.take(&found);
    bar.clear();
    let key = match &found {
        FoundModel::Gguf(_) => Some("llm.model"),
        FoundModel::Piper(_) => Some("tts.voice"),
        FoundModel::Whisper(_) | FoundModel::Checkpoint(_) => Some("asr.model"),
        FoundModel::Nli(_) => None,
    };
    let used = key.map(|key| format!("; to use it: --set {key}={name}")).unwrap_or_default();
    print(&format!("{name} is at {}{used}", short(&place?)));
    Ok(())
}

/// Prints where a model is, or where models go.
pub fn path(name: Option<&str>, shelf: &ModelFolders) -> Result<()> {
    let Some(name) = name else {
        print(&store::writable(&shelf.places)?.display().to_string());
        return Ok(());
    };
    let all = store::installed(&shelf.places, &shelf.catalogue);
    print(&named(&all, name, shelf)?.path.display().to_string());
    Ok(())
}
