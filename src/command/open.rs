//! The reading of commands from files and folders.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::book::Book;
use super::error::CommandError;
use super::file::{self, CommandAction};
use super::keys::mistake;
use super::slots::closed_slots;
use crate::intent::file::SourceFile;
use crate::intent::file::yaml::{self, YamlNode};
use crate::intent::template::IntentSet;

/// Depth to which folders are searched.
const DEPTH: usize = 4;
/// Largest file in bytes. All of Home Assistant's sentences for a language together are a quarter of it.
const LARGEST: u64 = 4 << 20;

impl Book {
    /// Reads the sentences and actions of files and of the `.yaml`, `.yml` and `.json` files in folders, in the order
    /// of their names. A file `x.actions.yaml` beside `x.yaml` belongs to it. Later files add sentences, and their
    /// actions replace earlier ones. `available` reports whether a program of that name is installed.
    ///
    /// # Errors
    /// When something cannot be read, or the mistakes with their places.
    pub fn open(paths: &[PathBuf], available: &dyn Fn(&str) -> bool) -> Result<Self, CommandError> {
        let mut files = Vec::new();
        for path in paths {
            gather(path, 0, &mut files)?;
        }
        let mut sources = Vec::new();
        for path in &files {
            let source = SourceFile { name: path.display().to_string(), text: read(path)? };
            trusted(path, &source)?;
            sources.push(source);
        }
        Self::of(&sources, available)
    }

    /// Reads one file's text; `name` stands for the file in messages.
    ///
    /// # Errors
    /// The mistakes with their places.
    pub fn parse(name: &str, text: &str, available: &dyn Fn(&str) -> bool) -> Result<Self, CommandError> {
        Self::of(&[SourceFile { name: name.into(), text: text.into() }], available)
    }

    fn of(sources: &[SourceFile], available: &dyn Fn(&str) -> bool) -> Result<Self, CommandError> {
        let intents = IntentSet::parse(sources).map_err(CommandError::Intents)?;
        let home = std::env::home_dir();
        let closed =
            |name: &str| intents.intents.get(name).map_or_else(BTreeSet::new, |intent| closed_slots(intent, &intents));
        let reader = file::ActionReader { home: home.as_deref(), closed: &closed };
        let mut actions: Vec<(String, CommandAction)> = Vec::new();
        for section in sources.iter().filter_map(|source| actions_of(source).transpose()) {
            actions.extend(file::actions(&section?, &reader)?);
        }
        let mut book = Self::new(intents, actions)?;
        book.survey(available);
        Ok(book)
    }
}

/// The `actions:` section of a file, if it has one.
fn actions_of(source: &SourceFile) -> Result<Option<YamlNode>, CommandError> {
    // Do not read the sentences of a large file twice for nothing.
    if !source.text.contains("actions") {
        return Ok(None);
    }
    let tree = yaml::parse(&source.name, &source.text).map_err(|error| CommandError::Intents(vec![error]))?;
    Ok(tree.get("actions").cloned())
}

/// The files at `path`.
fn gather(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), CommandError> {
    let unreadable = |error: &std::io::Error| CommandError::Read { path: path.into(), reason: error.to_string() };
    if !path.is_dir() {
        std::fs::metadata(path).map_err(|error| unreadable(&error))?;
        let beside = path.with_extension("actions.yaml");
        let found = [path.to_path_buf(), beside].into_iter().filter(|file| file.is_file());
        files.extend(found.collect::<Vec<_>>());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(|error| unreadable(&error))?;
    let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    inside.sort();
    let before = files.len();
    for path in inside {
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() && depth < DEPTH {
            gather(&path, depth + 1, files)?;
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json") {
            files.push(path);
        }
    }
    if depth == 0 && files.len() == before {
        return Err(CommandError::Read { path: path.into(), reason: "there is no .yaml file in it".into() });
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, CommandError> {
    let wrong = |reason: String| CommandError::Read { path: path.into(), reason };
    let size = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
    if size > LARGEST {
        return Err(wrong(format!("it is larger than {} MiB", LARGEST >> 20)));
    }
    std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))
}

/// Refuses a file with actions that anyone on this machine could have written.
fn trusted(path: &Path, source: &SourceFile) -> Result<(), CommandError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map_or(0, |data| data.permissions().mode());
    match (mode & 0o002, actions_of(source)?) {
        (0, _) | (_, None) => Ok(()),
        (_, Some(section)) => {
            let reason = format!("anyone may change this file, and it starts programs: chmod o-w {}", path.display());
            Err(mistake(&section, reason))
        }
    }
}
