//! The rules for entries, which keep a fetch from leaving its folder or ending in half a model.

use std::collections::HashMap;
use std::path::PathBuf;

use super::fault::KeyFault;
use super::plain::{is_digest, is_part, is_path};
use super::{CatalogueError, Engine, Entry, File, MANY, ModelKind, ModelSource, check_source};

/// The record that fetching writes beside a model's files.
const RECORD: &str = "golem.json";

/// Checks that no two models have the same folder: an engine that knows only one place has one model.
pub(super) fn folders(origin: &str, entries: &[Entry]) -> Result<(), CatalogueError> {
    let mut taken: HashMap<PathBuf, &str> = HashMap::new();
    for entry in entries {
        let Some(other) = taken.insert(entry.folder(), &entry.name) else { continue };
        let reason = format!("golem has one place for it, which \"{other}\" has; give yours that name to replace it");
        let entry = format!("\"{}\"", entry.name);
        return Err(CatalogueError::Entry { origin: origin.into(), entry, key: "engine".into(), reason });
    }
    Ok(())
}

/// The first fault of an entry.
pub(super) fn entry(entry: &Entry) -> Result<(), KeyFault> {
    let fault = |key: &str, reason: &str| Err((key.to_owned(), reason.to_owned()));
    if !is_name(&entry.name) {
        return fault("name", "use lower-case letters, digits, '.', '-' and '_', a letter or digit first");
    }
    if entry.kind != kind_of(entry.engine) {
        return fault("kind", "the engine is made for another");
    }
    if entry.languages.is_empty() || !entry.languages.iter().all(|code| is_language(code)) {
        return fault("languages", "list codes such as \"en\" or \"pt-br\", or \"multi\"");
    }
    if entry.memory_mb == 0 {
        return fault("memory_mb", "say about how many MB it takes when loaded");
    }
    for (key, text) in [("licence", &entry.licence), ("note", &entry.note)] {
        if text.trim().is_empty() || text.contains(char::is_control) {
            return fault(key, "write one line");
        }
    }
    files(entry)?;
    check_source::all(entry)?;
    if entry.bytes().is_none() && entry.estimated_mb.is_none() {
        return fault(
            "estimated_mb",
            "say about how many MB of disk it takes, as the bytes of some file are not known",
        );
    }
    Ok(())
}

fn kind_of(engine: Engine) -> ModelKind {
    match engine {
        Engine::Silero => ModelKind::Vad,
        Engine::SmartTurn => ModelKind::Turn,
        Engine::Sphinx | Engine::Whisper => ModelKind::Asr,
        Engine::Llama => ModelKind::Llm,
        Engine::Piper | Engine::Kokoro => ModelKind::Tts,
        Engine::Nli => ModelKind::Nli,
        Engine::WakeWord => ModelKind::Wake,
        Engine::Resemblyzer => ModelKind::Speaker,
    }
}

fn files(entry: &Entry) -> Result<(), KeyFault> {
    if entry.files.is_empty() {
        return Err(("files".into(), "list at least one".into()));
    }
    let archive = entry.sources.iter().any(|source| matches!(source, ModelSource::Archives { .. }));
    let mut places: Vec<&str> = Vec::with_capacity(entry.files.len());
    for (index, file) in entry.files.iter().enumerate() {
        let fault = |key: &str, reason: &str| Err((format!("files[{index}].{key}"), reason.to_owned()));
        if !is_path(file.path.strip_suffix('/').filter(|_| archive).unwrap_or(&file.path)) {
            return fault("path", "write a relative path without \"..\"; only an archive has folders");
        }
        if !is_path(file.place()) {
            return fault("to", "write a relative path without \"..\" and without a slash at the end");
        }
        if file.place() == RECORD {
            return fault("to", "golem keeps its own record under that name");
        }
        if places.iter().any(|place| collide(place, file.place())) {
            return fault("to", "another file would lie there");
        }
        digest_and_bytes(file).or_else(|(key, reason)| fault(key, reason))?;
        places.push(file.place());
    }
    Ok(())
}

fn digest_and_bytes(file: &File) -> Result<(), (&'static str, &'static str)> {
    if file.sha256.as_deref().is_some_and(|digest| !is_digest(digest)) {
        return Err(("sha256", "write 64 hex digits in lower case"));
    }
    if file.bytes == Some(0) {
        return Err(("bytes", "a model has no empty files; leave it out when it is not known"));
    }
    Ok(())
}

/// Whether two places are the same, or one is a folder above the other.
fn collide(a: &str, b: &str) -> bool {
    let within = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    within(a, b) || within(b, a)
}

fn is_name(name: &str) -> bool {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    is_part(name) && name.chars().all(known) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// `en`, `fil`, `pt-br`, or the word for many.
fn is_language(code: &str) -> bool {
    let mut parts = code.split('-');
    let primary = parts.next().is_some_and(|part| (2..=3).contains(&part.len()));
    let lower = code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    code == MANY || (primary && lower && parts.all(|part| (2..=8).contains(&part.len())))
}
