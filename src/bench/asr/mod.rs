//! The measurement of Whisper on recordings of people: words wrong, time, page faults and memory of each model, beside
//! faster-whisper on the same recordings in the same run.
//!
//! Each candidate runs in a process of its own (golem's is golem again), so that memory and faults are its own.

pub mod corpus;
mod figures;
mod probe;
mod windows;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Args;

use self::corpus::WordRecording;
use self::figures::AsrFigures;
use self::probe::{ProbeResult, ProbeTask};
use crate::config::{Config, sample};
use crate::engine::registry::Files;
use crate::model::{Places, is_whisper};

/// The script that runs faster-whisper.
const PEER: &str = include_str!("../../../scripts/peer-ears");

#[derive(Clone, Debug, Args)]
pub struct AsrBenchArgs {
    /// Folders with a manifest.tsv (path, seconds, label) in or above them: recordings labelled with their words are heard
    /// [default: sentences and keywords in ../shared/speech of the checkout]
    folders: Vec<PathBuf>,
    /// Whisper models, by name or folder [default: the one that golem would take]
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    models: Vec<String>,
    /// Numbers of threads to try
    #[arg(long, value_delimiter = ',', value_name = "COUNT")]
    threads: Vec<usize>,
    /// A Python that has faster-whisper, to measure beside golem: int8, a beam of 5
    #[arg(long, value_name = "PYTHON")]
    peer: Option<PathBuf>,
    /// Hear at most so many recordings
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    /// Find the shortest window that costs a model no accuracy, instead
    #[arg(long)]
    windows: bool,
    /// Write the window that was found into the config
    #[arg(long, requires = "windows")]
    write: bool,
    /// Hear what standard input names, and print what was heard: how golem calls itself
    #[arg(long, hide = true)]
    probe: bool,
}

/// Measures; `config_path` is where `--write` writes.
pub fn run(args: &AsrBenchArgs, config: &Config, files: &Files, config_path: Option<&Path>) -> Result<()> {
    if args.probe {
        return probe::run(config);
    }
    let models = models(args, files)?;
    let folders = if args.folders.is_empty() { default_folders() } else { args.folders.clone() };
    if let Some(missing) = folders.iter().find(|folder| args.folders.is_empty() && !folder.is_dir()) {
        println!("skipped: no recordings at {}; name their folder", missing.display());
        return Ok(());
    }
    let corpus = corpus::read(&folders, args.limit)?;
    let seconds: f64 = corpus.iter().map(|recording| recording.seconds).sum();
    println!("{} recordings with their words, {seconds:.0} s", corpus.len());
    if args.windows {
        return windows::find(&models, config, &corpus, config_path.filter(|_| args.write));
    }
    figures::print_head();
    for model in &models {
        let threads = if args.threads.is_empty() { vec![config.asr.threads] } else { args.threads.clone() };
        for threads in threads {
            compare(args, config, model, threads, &corpus)?;
        }
    }
    Ok(())
}

/// A row for golem and, where there is a peer, one for it and one of ratios.
fn compare(args: &AsrBenchArgs, config: &Config, model: &Path, threads: usize, corpus: &[WordRecording]) -> Result<()> {
    let name = model.file_name().unwrap_or_default().to_string_lossy();
    let count = if threads == 0 { String::new() } else { format!(", threads {threads}") };
    let task = ProbeTask { model: model.into(), threads, paths: corpus.iter().map(|one| one.path.clone()).collect() };
    let own = AsrFigures::of(&child(golem(config)?, &task)?, corpus);
    figures::print_row(&format!("golem, {name}, {}{count}", config.asr.compute_type), &own);
    let Some(python) = &args.peer else { return Ok(()) };
    let mut command = Command::new(python);
    command.args(["-c", PEER]);
    let peer = AsrFigures::of(&child(command, &task)?, corpus);
    figures::print_row(&format!("faster-whisper, {name}, int8{count}"), &peer);
    figures::print_ratios(&own, &peer);
    Ok(())
}

/// The command that runs golem again, with the same settings.
fn golem(config: &Config) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    for (key, value) in sample::changes(config) {
        let value = value.as_str().map_or_else(|| value.to_string(), ToString::to_string);
        command.args(["--set", &format!("{key}={value}")]);
    }
    command.args(["bench", "ears", "--probe"]);
    Ok(command)
}

/// Runs `command` on `task` and reads its result.
fn child(mut command: Command, task: &ProbeTask) -> Result<ProbeResult> {
    let told = format!("{}", command.get_program().display());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().with_context(|| told.clone())?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(serde_json::to_string(task)?.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{told} failed, as told above");
    serde_json::from_slice(&output.stdout).with_context(|| format!("{told} answered something else than figures"))
}

/// The folders of the models asked for.
fn models(args: &AsrBenchArgs, files: &Files) -> Result<Vec<PathBuf>> {
    if args.models.is_empty() {
        let advice = "no Whisper model is installed: golem setup fetches one";
        return Ok(vec![files.whisper.clone().context(advice)?]);
    }
    let places = Places::from_env(|name| std::env::var(name).ok());
    let find = |name: &String| places.find(name, is_whisper).with_context(|| format!("no Whisper model \"{name}\""));
    args.models.iter().map(find).collect()
}

fn default_folders() -> Vec<PathBuf> {
    ["sentences", "keywords"].map(|name| super::checkout::speech().join(name)).to_vec()
}
