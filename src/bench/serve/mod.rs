//! The measurement of golem as a server of ears: how long clients wait, how much speech it hears in a second, and where
//! that ends, beside faster-whisper behind the same endpoint in the same run.
//!
//! Each server runs in a process of its own with the same weights and as many threads; the clients are golem's own ears
//! elsewhere, in this process, on the same machine.

mod crowd;
mod process;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::json;

use self::crowd::{CrowdFigures, SpokenSample, gather};
use self::process::{ServerMemory, ServerProcess};
use super::asr::corpus;
use super::checkout::speech;
use crate::config::Config;
use crate::device::wav::read_all;
use crate::engine::registry::Files;
use crate::model::{Places, is_whisper};

/// The peer's side.
const PEER: &str = include_str!("../../../scripts/peer-serve");
/// Requests before the first that counts.
const WARM: usize = 4;
/// A server that hears so much less than this times more speech with more clients has no more to give.
const MORE: f64 = 1.1;

#[derive(Clone, Debug, Args)]
pub struct ServeBenchArgs {
    /// Folders with a manifest.tsv (path, seconds, label) in or above them [default: sentences and keywords in
    /// ../shared/speech of the checkout]
    folders: Vec<PathBuf>,
    /// Whisper model, by name or folder [default: the one that golem would take]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Numbers of clients
    #[arg(long, value_delimiter = ',', value_name = "COUNT", default_values_t = [1, 4, 16, 64],
        value_parser = clap::value_parser!(u16).range(1..=256))]
    clients: Vec<u16>,
    /// Recordings that are sent for each number of clients, in all
    #[arg(long, value_name = "COUNT", default_value_t = 96)]
    requests: usize,
    /// Recognisers, each with a model in memory, and threads of each
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
    recognisers: u16,
    /// Threads of a recogniser
    #[arg(long, value_name = "COUNT", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: u16,
    /// A Python that has faster-whisper, to measure beside golem: int8, a beam of 5
    #[arg(long, value_name = "PYTHON")]
    peer: Option<PathBuf>,
}

/// A row of the table.
struct CrowdRow {
    figures: CrowdFigures,
    memory: ServerMemory,
    /// Processor cores that the server kept busy.
    cores: f64,
}

/// Measures and prints.
///
/// # Errors
/// When a recording, a model or a server cannot be used.
pub fn run(args: &ServeBenchArgs, files: &Files) -> Result<()> {
    let folders = if args.folders.is_empty() {
        ["sentences", "keywords"].map(|name| speech().join(name)).to_vec()
    } else {
        args.folders.clone()
    };
    if let Some(missing) = folders.iter().find(|folder| args.folders.is_empty() && !folder.is_dir()) {
        println!("skipped: no recordings at {}; name their folder", missing.display());
        return Ok(());
    }
    let samples = samples(&folders, args.requests)?;
    let model = model(args, files)?;
    let name = model.file_name().unwrap_or_default().to_string_lossy();
    let seconds: f64 = samples.iter().map(|sample| sample.seconds).sum();
    #[expect(clippy::cast_precision_loss, reason = "a count of recordings")]
    let mean = seconds / samples.len() as f64;
    println!(
        "{name}, int8, {} recognisers with {} threads; {} recordings of {mean:.1} s on average, {} for each number of clients",
        args.recognisers,
        args.threads,
        samples.len(),
        args.requests
    );
    println!(
        "\n| server | clients | delay, median | p95 | s of speech per s | s per s of speech | cores busy | WER % | failed | MB | MB at most |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    let own = measure("golem serve", args, &samples, || ServerProcess::start(golem(args, &model)?, ""))?;
    let Some(python) = &args.peer else {
        println!("\n{}", saturation("golem serve", &own));
        return Ok(());
    };
    let task = json!({ "model": model, "threads": args.threads, "workers": args.recognisers });
    let peer = measure("faster-whisper", args, &samples, || {
        let mut command = Command::new(python);
        command.args(["-c", PEER]);
        ServerProcess::start(command, &task.to_string())
    })?;
    for (own, peer) in own.iter().zip(&peer) {
        print_ratios(own, peer);
    }
    println!("\n{}\n{}", saturation("golem serve", &own), saturation("faster-whisper", &peer));
    Ok(())
}

/// One server with each number of clients.
fn measure(
    name: &str,
    args: &ServeBenchArgs,
    samples: &[SpokenSample],
    start: impl FnOnce() -> Result<ServerProcess>,
) -> Result<Vec<CrowdRow>> {
    let server = start()?;
    gather(&server.url, 1, WARM, samples)?;
    let mut rows = Vec::new();
    for clients in &args.clients {
        let clients = usize::from(*clients);
        let before = server.processor_seconds();
        let figures = gather(&server.url, clients, args.requests.max(clients), samples)?;
        let cores = (server.processor_seconds() - before) / figures.took.max(1e-9);
        let row = CrowdRow { figures, memory: server.memory(), cores };
        print_row(name, &row);
        rows.push(row);
    }
    Ok(rows)
}

fn print_row(name: &str, row: &CrowdRow) {
    let CrowdRow { figures, memory, cores } = row;
    println!(
        "| {name} | {} | {:.0} ms | {:.0} ms | {:.2} | {:.3} | {cores:.1} | {:.1} | {} | {} | {} |",
        figures.clients,
        figures.delay(0.5),
        figures.delay(0.95),
        figures.pace(),
        1.0 / figures.pace().max(1e-9),
        figures.wer(),
        figures.failed,
        memory.now,
        memory.most
    );
}

/// How many times sooner golem answers, how many times more it hears, and how many times less memory it takes.
fn print_ratios(own: &CrowdRow, peer: &CrowdRow) {
    let times = |more: f64, less: f64| if less > 0.0 { format!("{:.2} x", more / less) } else { "-".into() };
    #[expect(clippy::cast_precision_loss, reason = "megabytes")]
    let memory = |row: &CrowdRow| row.memory.now as f64;
    println!(
        "| golem beside it | {} | {} | {} | {} | | | {:+.1} | | {} | |",
        own.figures.clients,
        times(peer.figures.delay(0.5), own.figures.delay(0.5)),
        times(peer.figures.delay(0.95), own.figures.delay(0.95)),
        times(own.figures.pace(), peer.figures.pace()),
        own.figures.wer() - peer.figures.wer(),
        times(memory(peer), memory(own))
    );
}

/// With how many clients a server hears as much as it can.
fn saturation(name: &str, rows: &[CrowdRow]) -> String {
    let paces: Vec<(usize, f64)> = rows.iter().map(|row| (row.figures.clients, row.figures.pace())).collect();
    match saturated(&paces) {
        Some((clients, pace)) => {
            format!("{name} has no more to give from {clients} clients on: {pace:.1} s of speech per s")
        }
        None => format!("{name} hears more with every number of clients here"),
    }
}

/// The first number of clients after which more of them are not heard [`MORE`] times faster, and its pace.
fn saturated(paces: &[(usize, f64)]) -> Option<(usize, f64)> {
    paces.windows(2).find(|pair| pair[1].1 < MORE * pair[0].1).map(|pair| pair[0])
}

/// Recordings with their words, mixed.
fn samples(folders: &[PathBuf], most: usize) -> Result<Vec<SpokenSample>> {
    let mut recordings = corpus::read(folders, None)?;
    fastrand::Rng::with_seed(1).shuffle(&mut recordings);
    recordings.truncate(most);
    ensure!(!recordings.is_empty(), "no recordings with their words there");
    let read = |one: corpus::WordRecording| {
        Ok(SpokenSample { audio: read_all(&one.path)?, seconds: one.seconds, words: one.words })
    };
    recordings.into_iter().map(read).collect()
}

fn model(args: &ServeBenchArgs, files: &Files) -> Result<PathBuf> {
    match &args.model {
        Some(name) => {
            let places = Places::from_env(|name| std::env::var(name).ok());
            places.find(name, is_whisper).with_context(|| format!("no Whisper model \"{name}\""))
        }
        None => files.whisper.clone().context("no Whisper model is installed: golem setup fetches one"),
    }
}

/// Golem as it serves, with that model.
fn golem(args: &ServeBenchArgs, model: &Path) -> Result<Command> {
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
        "tts.engine=espeak".into(),
    ];
    command.args(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
    command.args(["serve", "--openai", "--bind", "127.0.0.1:0", "--sessions", &most.to_string()]);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_saturated_when_more_clients_are_not_heard_faster() {
        assert_eq!(saturated(&[(1, 4.0), (4, 8.0), (16, 8.2), (64, 20.0)]), Some((4, 8.0)));
        assert_eq!(saturated(&[(1, 4.0), (4, 8.0)]), None);
        assert_eq!(saturated(&[(1, 4.0)]), None);
    }
}
