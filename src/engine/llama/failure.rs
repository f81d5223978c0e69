//! Failures of llama.cpp.

use crate::engine::EngineError;

pub(super) fn failed(reason: impl Into<String>) -> EngineError {
    EngineError::Failed { engine: "llama.cpp", reason: reason.into() }
}
