//! The servers that are compared: golem and faster-whisper, with the same weights and as many threads.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::json;

use super::args::ServeBenchArgs;
use super::process::ServerProcess;
use crate::config::Config;

/// The servers, as the tables have them.
const GOLEM: &str = "golem serve";
const FASTER_WHISPER: &str = "faster-whisper";
/// The peer's side.
const PEER: &str = include_str!("../../../scripts/peer-serve");

/// By what the servers are reached.
#[derive(Clone, Copy, Debug)]
pub struct ServedInterface {
    /// Golem's flag for the protocol, such as `--openai`.
    pub flag: &'static str,
    /// Whether clients speak, rather than upload.
    pub streams: bool,
    /// What a server writes before its address, as in [`ServerProcess::start`].
    pub mark: &'static str,
}

/// The script that runs faster-whisper as a server.
pub fn compare<R>(
    args: &ServeBenchArgs,
    model: &Path,
    interface: ServedInterface,
    mut measure: impl FnMut(&str, &ServerProcess) -> Result<Vec<R>>,
    print_ratios: impl Fn(&R, &R),
    limit: impl Fn(&str, &[R]) -> String,
) -> Result<()> {
    let own = measure(GOLEM, &ServerProcess::start(golem(args, model, interface.flag)?, "", interface.mark)?)?;
    let Some(python) = &args.peer else {
        println!("\n{}", limit(GOLEM, &own));
        return Ok(());
    };
    let other = measure(FASTER_WHISPER, &peer(args, python, model, interface)?)?;
    for (own, other) in own.iter().zip(&other) {
        print_ratios(own, other);
    }
    println!("\n{}\n{}", limit(GOLEM, &own), limit(FASTER_WHISPER, &other));
    Ok(())
}

/// The command for `golem serve` with that model and that protocol (`--openai`).
///
/// # Errors
/// When the path of golem's executable is unknown.
fn golem(args: &ServeBenchArgs, model: &Path, protocol: &str) -> Result<Command> {
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

/// Faster-whisper in the Python of the arguments, with that model: for clients who speak where `streams` is set, or
/// else who upload. `marker` is as in [`ServerProcess::start`].
///
/// # Errors
/// When it does not start.
fn peer(args: &ServeBenchArgs, python: &Path, model: &Path, interface: ServedInterface) -> Result<ServerProcess> {
    let ServedInterface { streams, mark, .. } = interface;
    let mut command = Command::new(python);
    command.args(["-c", PEER]);
    let task = json!({"model": model, "threads": args.threads, "workers": args.recognisers, "streams": streams});
    ServerProcess::start(command, &task.to_string(), mark)
}

/// How many times more one is than the other.
pub fn times(more: f64, less: f64) -> String {
    if less > 0.0 { format!("{:.2} x", more / less) } else { "-".into() }
}
