//! ONNX Runtime, loaded once for all engines that need it.

use std::path::Path;

use super::EngineError;

/// Loads ONNX Runtime from the shared library `lib`. The first library loaded serves the whole process.
///
/// # Errors
/// When the library is missing or is not an ONNX Runtime of this version.
pub fn init_runtime(lib: &Path) -> Result<(), EngineError> {
    if !lib.is_file() {
        return Err(EngineError::Missing {
            what: "ONNX Runtime".into(),
            path: lib.into(),
            hint: "install it with `golem models fetch runtime`".into(),
        });
    }
    let environment = ort::init_from(lib).map_err(|error| EngineError::Unusable {
        what: "ONNX Runtime".into(),
        path: lib.into(),
        reason: error.to_string(),
    })?;
    // False only says that an earlier call has set the environment up.
    let _ = environment.commit();
    Ok(())
}
