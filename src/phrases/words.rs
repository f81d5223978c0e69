//! Helpers that both languages share: lists, lengths of time, names.

use std::time::Duration;

/// `a, b and c`, if `and` is ` and `.
pub(super) fn joined(words: &[String], and: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{}{and}{last}", others.join(", ")),
    }
}

/// Hours, minutes and seconds of a length, without zeros, each with its index in this order.
pub(super) fn parts(length: Duration) -> Vec<(i64, usize)> {
    let seconds = i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
    let parts = [(seconds / 3600, 0), (seconds / 60 % 60, 1), (seconds % 60, 2)];
    let parts: Vec<_> = parts.into_iter().filter(|(count, _)| *count > 0).collect();
    if parts.is_empty() { vec![(0, 2)] } else { parts }
}

/// A name after a comma: `, pasta`.
pub(super) fn after_comma(name: Option<&str>) -> String {
    name.map_or(String::new(), |name| format!(", {name}"))
}

/// A name as a sentence of its own: ` pasta.`
pub(super) fn after_sentence(name: Option<&str>) -> String {
    name.map_or(String::new(), |name| format!(" {name}."))
}

/// The entry of a table for an index from zero.
pub(super) fn of<'a>(names: &[&'a str], at: i8) -> &'a str {
    names.get(usize::from(at.unsigned_abs())).copied().unwrap_or_default()
}
