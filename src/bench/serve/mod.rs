//! The measurement of golem as a speech-to-text server: how long clients wait, how much speech it transcribes in a
//! second, and the limit of that, beside faster-whisper with the same protocol in the same run.
//!
//! Each server runs in a process of its own with the same weights and as many threads. The clients are in this process,
//! on the same machine: golem's remote asr, which uploads, or people who speak into a live session.

mod args;
mod crowd;
mod process;
mod sentences;
mod servers;
mod streaming;
mod streams;
mod uploads;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

pub use self::args::ServeBenchArgs;
use self::crowd::SpokenSample;
use super::asr::corpus;
use super::checkout::speech;
use crate::device::wav::read_all;
use crate::engine::registry::Files;
use crate::model::{Places, is_whisper};

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
    let voiced = if args.streams { streams::voiced(&samples, files)? } else { Vec::new() };
    for model in models(args, files)? {
        let name = model.file_name().unwrap_or_default().to_string_lossy();
        let seconds: f64 = samples.iter().map(|sample| sample.seconds).sum();
        #[expect(clippy::cast_precision_loss, reason = "a count of recordings")]
        let mean = seconds / samples.len() as f64;
        println!(
            "{name}, int8, {} recognisers with {} threads; {} recordings of {mean:.1} s on average",
            args.recognisers,
            args.threads,
            samples.len()
        );
        if args.streams {
            streams::run(args, &model, &voiced)?;
        } else {
            uploads::run(args, &model, &samples)?;
        }
    }
    Ok(())
}

/// Recordings with their words, in a random order.
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

fn models(args: &ServeBenchArgs, files: &Files) -> Result<Vec<PathBuf>> {
    if args.model.is_empty() {
        let model = files.whisper.clone().context("no Whisper model is installed: golem setup fetches one")?;
        return Ok(vec![model]);
    }
    let places = Places::from_env(|name| std::env::var(name).ok());
    let find = |name: &String| places.find(name, is_whisper).with_context(|| format!("no Whisper model \"{name}\""));
    args.model.iter().map(find).collect()
}
