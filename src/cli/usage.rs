//! Errors of usage, which end golem with exit status 2.

/// Usage that clap cannot judge: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);
