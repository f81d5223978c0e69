//! Strict reading of a mapping: the right kind of value under a known key, or a mistake at its place.

use super::argv::Pattern;
use super::error::CommandError;
use crate::intent::file::yaml::{Data, YamlNode};

/// The error for a mistake at a value.
pub fn mistake(node: &YamlNode, reason: impl Into<String>) -> CommandError {
    CommandError::at(&node.place, reason)
}

/// The text of a value.
///
/// # Errors
/// When it is a list, a mapping or nothing.
pub fn text<'a>(node: &'a YamlNode, what: &str) -> Result<&'a str, CommandError> {
    node.text().ok_or_else(|| mistake(node, format!("{what} is a text")))
}

/// The items of a list.
///
/// # Errors
/// When it is not a list.
pub fn list<'a>(node: &'a YamlNode, what: &str) -> Result<&'a [YamlNode], CommandError> {
    match &node.data {
        Data::List(items) => Ok(items),
        _ => Err(mistake(node, format!("{what} is a list: `[…, …]`"))),
    }
}

/// The keys and values of a mapping, with each key as text and only once.
///
/// # Errors
/// When it is not a mapping, or a key stands there twice.
pub fn map<'a>(node: &'a YamlNode, what: &str) -> Result<Vec<(&'a str, &'a YamlNode, &'a YamlNode)>, CommandError> {
    if !matches!(node.data, Data::Map(_)) {
        return Err(mistake(node, format!("{what} is a mapping: `key: value`")));
    }
    let mut found: Vec<(&str, &YamlNode, &YamlNode)> = Vec::new();
    for (key, value) in node.entries() {
        let name = text(key, "a key")?;
        if found.iter().any(|(known, ..)| *known == name) {
            return Err(mistake(key, format!("\"{name}\" stands here twice")));
        }
        found.push((name, key, value));
    }
    Ok(found)
}

/// A yes or no.
///
/// # Errors
/// When it is neither.
pub fn flag(node: &YamlNode) -> Result<bool, CommandError> {
    match text(node, "a switch")? {
        "true" | "yes" | "on" => Ok(true),
        "false" | "no" | "off" => Ok(false),
        other => Err(mistake(node, format!("this is true or false, not \"{other}\""))),
    }
}

/// The text with placeholders under `key`, if the key is there.
///
/// # Errors
/// When it is not a text.
pub fn pattern(node: &YamlNode, key: &str) -> Result<Option<Pattern>, CommandError> {
    node.get(key).map(|value| Ok(Pattern::new(text(value, key)?))).transpose()
}

/// Refuses unknown keys, and names the nearest known key.
///
/// # Errors
/// At the first unknown key.
pub fn known(keys: &[(&str, &YamlNode, &YamlNode)], known: &[&str], what: &str) -> Result<(), CommandError> {
    match keys.iter().find(|(key, ..)| !known.contains(key)) {
        Some((key, node, _)) => Err(mistake(node, format!("{what} has no \"{key}\"{}", hint(key, known)))),
        None => Ok(()),
    }
}

/// `; did you mean "say"?`, or an empty text if no known word is near.
pub fn hint(word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|name| (strsim::jaro_winkler(word, name), *name));
    match near.max_by(|one, other| one.0.total_cmp(&other.0)).filter(|(likeness, _)| *likeness > 0.7) {
        Some((_, name)) => format!("; did you mean \"{name}\"?"),
        None => String::new(),
    }
}
