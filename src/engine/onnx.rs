//! ONNX Runtime, loaded once per process and shared by every engine that runs ONNX models.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::SessionBuilder;

use super::{EngineError, reinstall};

/// Name of the library in messages.
const WHAT: &str = "ONNX Runtime";
/// Bytes of the header of every 64-bit ELF file.
const ELF_HEADER: usize = 64;

/// Loads the ONNX Runtime library at `lib`. Call it before any other use of ONNX. Later calls, from any thread, check
/// the file and change nothing. The runtime's own log goes to `tracing`, never to the terminal.
///
/// # Errors
/// [`EngineError::Missing`] when the file does not exist, [`EngineError::Unusable`] when it is cut short, not a
/// library, another library, or too old.
pub fn init_runtime(lib: &Path) -> Result<(), EngineError> {
    require(WHAT, lib, reinstall())?;
    let unusable = |reason: String| EngineError::Unusable { what: WHAT.into(), path: lib.into(), reason };
    whole(lib).map_err(unusable)?;
    let lib = std::path::absolute(lib).map_err(|error| unusable(error.to_string()))?;
    let first = ort::init_from(&lib)
        .map_err(|error| unusable(error.to_string()))?
        .with_name("golem")
        .with_telemetry(false)
        .with_logger(Arc::new(|level, _, _, place: &str, message: &str| log(level, place, message)))
        .commit();
    if first {
        let environment = ort::environment::Environment::current().map_err(|error| unusable(error.to_string()))?;
        environment.set_log_level(LogLevel::Warning);
    }
    Ok(())
}

/// Opens the model at `path` on one thread that sleeps when idle: for small models that run all the time.
///
/// # Errors
/// [`EngineError::Missing`] or [`EngineError::Unusable`], naming the model as `what`.
pub(super) fn open_small(what: &str, path: &Path) -> Result<Session, EngineError> {
    open(what, path, 1)
}

/// Opens the model at `path` on `threads` threads that sleep when idle.
///
/// # Errors
/// [`EngineError::Missing`] or [`EngineError::Unusable`], naming the model as `what`.
pub(super) fn open(what: &str, path: &Path, threads: usize) -> Result<Session, EngineError> {
    require(what, path, reinstall())?;
    let open = || builder(threads)?.commit_from_file(path);
    open().map_err(|error| EngineError::Unusable { what: what.into(), path: path.into(), reason: error.to_string() })
}

/// A builder of sessions on `threads` threads that sleep when idle.
pub(super) fn builder(threads: usize) -> ort::Result<SessionBuilder> {
    Ok(Session::builder()?
        .with_intra_threads(threads.max(1))?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        .with_log_level(LogLevel::Warning)?)
}

/// Returns an error with `hint` when `path` is not a file.
pub(super) fn require(what: &str, path: &Path, hint: &str) -> Result<(), EngineError> {
    if path.is_file() {
        return Ok(());
    }
    Err(EngineError::Missing { what: what.into(), path: path.into(), hint: hint.into() })
}

/// Refuses an ELF library that ends before its section table: mapping a truncated library kills the process.
fn whole(lib: &Path) -> Result<(), String> {
    let mut header = [0; ELF_HEADER];
    let mut file = File::open(lib).map_err(|error| error.to_string())?;
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    file.read_exact(&mut header).map_err(|_| "it is too short to be a library".to_string())?;
    if cfg!(not(target_os = "linux")) {
        return Ok(());
    }
    if !header.starts_with(b"\x7fELF") {
        return Err("it is not a shared library".into());
    }
    // Offset, entry size and count of the section table, which linkers write last (ELF-64, little-endian).
    let word = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let table = (0..4).fold(0, |sum, n| sum | word(40 + 2 * n) << (16 * n));
    let end = table.saturating_add(word(58) * word(60));
    if length < end { Err(format!("it is cut short: {length} of {end} bytes")) } else { Ok(()) }
}

/// Passes a line of the runtime's log on to `tracing`.
fn log(level: LogLevel, place: &str, message: &str) {
    match level {
        LogLevel::Fatal | LogLevel::Error => tracing::error!(target: "onnxruntime", place, "{message}"),
        LogLevel::Warning => tracing::warn!(target: "onnxruntime", place, "{message}"),
        LogLevel::Info => tracing::debug!(target: "onnxruntime", place, "{message}"),
        LogLevel::Verbose => tracing::trace!(target: "onnxruntime", place, "{message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_says_what_to_do() {
        let error = init_runtime(Path::new("/nowhere/libonnxruntime.so")).unwrap_err();
        assert!(matches!(error, EngineError::Missing { .. }));
        assert!(error.to_string().contains("scripts/golem"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_library_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in [("short.so", vec![0x7f; 10]), ("text.so", vec![b'x'; 5000])] {
            let path = dir.path().join(name);
            std::fs::write(&path, content).unwrap();
            let error = init_runtime(&path).unwrap_err();
            assert!(matches!(error, EngineError::Unusable { .. }), "{error}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_library_that_was_cut_short_is_refused_before_it_is_mapped() {
        let dir = tempfile::tempdir().unwrap();
        let whole = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let path = dir.path().join("half.so");
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let error = init_runtime(&path).unwrap_err();
        assert!(error.to_string().contains("cut short"), "{error}");
    }
}
