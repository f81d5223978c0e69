//! The reader of a catalogue: entries, and every fault named by file, entry and key.

use std::collections::HashSet;

use toml::{Table, Value};

use super::fault::{KeyFault, unknown_key};
use super::{CatalogueError, Entry, check, read_source};

/// The key that all entries stand under.
const LIST: &str = "model";
/// The keys of an entry.
const KEYS: &[&str] = &[
    "name",
    "kind",
    "engine",
    "languages",
    "parameters_m",
    "estimated_mb",
    "memory_mb",
    "licence",
    "note",
    "unverified",
    "measuring",
    "source",
    "sources",
    "files",
];
/// The keys of a file.
const FILE: &[&str] = &["path", "to", "bytes", "sha256"];

/// The entries of `text`: each is valid, and no two have the same name.
pub(super) fn entries(origin: &str, text: &str) -> Result<Vec<Entry>, CatalogueError> {
    let table: Table = text
        .parse()
        .map_err(|error| CatalogueError::Syntax { origin: origin.into(), reason: format!("{error}").trim().into() })?;
    let fault = |entry: &str, (key, reason): KeyFault| CatalogueError::Entry {
        origin: origin.into(),
        entry: entry.into(),
        key,
        reason,
    };
    unknown_key(&table, &[LIST]).map_err(|found| fault("the file", found))?;
    let list = match table.get(LIST) {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(fault("the file", (LIST.into(), "begin each entry with [[model]]".into()))),
    };
    let mut names = HashSet::new();
    let mut entries = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let said = value.get("name").and_then(Value::as_str);
        let label = said.map_or_else(|| format!("entry {}", index + 1), |name| format!("\"{name}\""));
        let entry = entry(value).map_err(|found| fault(&label, found))?;
        if !names.insert(entry.name.clone()) {
            return Err(fault(&label, ("name".into(), "another entry of the file has the same".into())));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(value: &Value) -> Result<Entry, KeyFault> {
    let Value::Table(table) = value else { return Err((LIST.into(), "begin each entry with [[model]]".into())) };
    unknown_key(table, KEYS)?;
    let sources = read_source::all(table)?;
    for file in table.get("files").and_then(Value::as_array).into_iter().flatten() {
        unknown_key(file.as_table().ok_or(("files".into(), "write { path = \"…\" }".into()))?, FILE)?;
    }
    let mut table = table.clone();
    table.remove("source");
    table.insert("sources".into(), Value::Array(sources));
    let entry: Entry = Value::Table(table).try_into().map_err(|error: toml::de::Error| told(&error))?;
    check::entry(&entry)?;
    Ok(entry)
}

/// Serde's error about an entry: the key, and the reason in one line.
fn told(error: &toml::de::Error) -> KeyFault {
    let text = error.to_string();
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let quoted = text.split('`').nth(1).unwrap_or("the entry").to_owned();
    let key = lines.last().and_then(|line| line.strip_prefix("in `")?.strip_suffix('`')).map_or(quoted, str::to_owned);
    (key, lines.first().copied().unwrap_or("not as it should be").to_owned())
}
