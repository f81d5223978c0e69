//! Faults of an entry of a catalogue.

use toml::Table;

/// A key and what is wrong with it.
pub(super) type KeyFault = (String, String);

/// Checks that a table has no unknown keys.
pub(super) fn unknown_key(table: &Table, known: &[&str]) -> Result<(), KeyFault> {
    let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) else { return Ok(()) };
    let near = known.iter().max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)));
    let near = near.filter(|near| strsim::jaro_winkler(near, key) > 0.7);
    let hint = near.map_or(format!("there are {}", known.join(", ")), |near| format!("did you mean {near}?"));
    Err((key.clone(), format!("there is no such key; {hint}")))
}
