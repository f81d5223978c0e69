//! Addresses: the plan for files under a plain address, and the quoting of its parts.

use std::fmt::Write as _;

use super::super::catalogue::Entry;
use super::super::digest::Expected;
use super::plan::{FetchPlan, PlannedFile};

/// The plan of a fetch from the plain address `base`.
pub(super) fn plan(entry: &Entry, base: &str) -> FetchPlan {
    let base = base.trim_end_matches('/');
    let wants = entry.files.iter().map(|file| PlannedFile {
        url: format!("{base}/{}", quote(&file.path, true)),
        place: file.place().to_owned(),
        bytes: file.bytes,
        expected: file.sha256.clone().map_or(Expected::Anything, Expected::Sha256),
    });
    FetchPlan { revision: None, wants: wants.collect() }
}

/// Percent-encodes what an address may not hold; with `slashes`, slashes stay as they are.
pub(super) fn quote(text: &str, slashes: bool) -> String {
    let mut quoted = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'/' if slashes => quoted.push('/'),
            b'-' | b'_' | b'.' | b'~' => quoted.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => quoted.push(byte.into()),
            byte => write!(quoted, "%{byte:02X}").expect("a string can be written to"),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_quoted() {
        assert_eq!(quote("refs/pr/1", false), "refs%2Fpr%2F1");
        assert_eq!(quote("en/voice é.onnx", true), "en/voice%20%C3%A9.onnx");
    }
}
