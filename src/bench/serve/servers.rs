//! The servers that are compared: golem and faster-whisper, with the same weights and as many threads.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::json;

use super::args::ServeBenchArgs;
use super::process::ServerProcess;
use crate::config::Config;

/// The peer's side.
const PEER: &str = include_str!("../../../scripts/peer-serve");

/// Golem as it serves, with that model and that protocol (`--openai`).
///
/// # Errors
/// When it does not know where it is.
pub fn golem(args: &ServeBenchArgs, model: &Path, protocol: &str) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    let most = args.clients.iter().max().copied().unwrap_or(1);
    let settings = [
        format!("asr.model={}", model.display()),
        format!("asr.threads={}", args.threads),
        format!("asr.compute_type={}", Config::default().asr.compute_type),
        format!("serve.recognisers={}", args.recognisers),
        "asr.engine=whisper".into(),
        "asr.language=en".into(),
        "serve.language=en".into(),
        "serve.realtimestt_port=0".into(),
        "serve.realtimestt_control_port=0".into(),
        "serve.realtimestt_data_port=0".into(),
        "tts.engine=espeak".into(),
    ];
    command.args(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
    command.args(["serve", protocol, "--bind", "127.0.0.1:0", "--sessions", &most.to_string()]);
    Ok(command)
}

/// Faster-whisper in the Python of the arguments, with that model: for clients who speak where `streams` is set, or else who
/// upload. `marker` is as in [`ServerProcess::start`].
///
/// # Errors
/// When it does not start.
pub fn peer(args: &ServeBenchArgs, python: &Path, model: &Path, streams: bool, marker: &str) -> Result<ServerProcess> {
    let mut command = Command::new(python);
    command.args(["-c", PEER]);
    let task = json!({"model": model, "threads": args.threads, "workers": args.recognisers, "streams": streams});
    ServerProcess::start(command, &task.to_string(), marker)
}

/// How many times more one is than the other.
pub fn times(more: f64, less: f64) -> String {
    if less > 0.0 { format!("{:.2} x", more / less) } else { "-".into() }
}
