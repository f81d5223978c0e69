//! The probe of the hub before anything is fetched.

use std::time::Duration;

use super::super::catalogue::{Entry, ModelSource};
use super::Options;
use super::client::{Ask, FetchClient};
use super::url::quote;

/// Longest wait for the hub to be connected to.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the hub would send the first of `entries` that comes from it; the body is not read. If no entry comes from
/// the hub, sends no request and returns `true`.
pub fn hub_answers(entries: &[&Entry], options: &Options) -> bool {
    let on_hub = entries.iter().find_map(|entry| {
        let source = entry.sources.iter().find_map(|source| match source {
            ModelSource::Hub { hub, revision } => Some((hub, revision)),
            _ => None,
        });
        source.zip(entry.files.first())
    });
    let Some(((hub, revision), file)) = on_hub else { return true };
    let patient = Options { stall: PATIENCE.min(options.stall), ..options.clone() };
    let url = format!("{}/{hub}/resolve/{}/{}", options.endpoint, quote(revision, false), quote(&file.path, true));
    FetchClient::new(&patient).is_ok_and(|client| client.get(&url, Ask::default()).is_ok())
}
