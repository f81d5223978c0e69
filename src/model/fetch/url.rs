//! Files under a plain address.

use super::super::catalogue::Entry;
use super::super::digest::Expected;
use super::hub::quote;
use super::{Plan, Want};

/// What to fetch for a model under `base`.
pub(super) fn plan(entry: &Entry, base: &str) -> Plan {
    let base = base.trim_end_matches('/');
    let wants = entry.files.iter().map(|file| Want {
        url: format!("{base}/{}", quote(&file.path, true)),
        place: file.place().to_owned(),
        bytes: file.bytes,
        expected: file.sha256.clone().map_or(Expected::Anything, Expected::Sha256),
    });
    Plan { revision: None, wants: wants.collect() }
}
