//! Failures of PocketSphinx.

use crate::engine::EngineError;

/// Name of the engine in messages.
pub(super) const NAME: &str = "PocketSphinx";

pub(super) fn failed(reason: impl Into<String>) -> EngineError {
    EngineError::Failed { engine: NAME, reason: reason.into() }
}
