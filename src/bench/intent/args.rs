//! The arguments of `golem bench intent`.

use std::path::PathBuf;

use clap::Args;

use super::run::AsrUnderTest;

/// The condition without noise.
pub(super) const CLEAN: &str = "clean";

#[derive(Debug, Args)]
pub struct IntentArgs {
    /// Folder of recorded commands; a manifest.tsv in it or above it labels them
    pub(super) folder: PathBuf,
    /// Commands files [default: fixtures/intents/NAME OF THE FOLDER.yaml of the checkout]
    #[arg(long, value_name = "PATH")]
    pub(super) intents: Vec<PathBuf>,
    /// The ears: PocketSphinx, Whisper, or both with a vote
    #[arg(long, value_enum, default_value_t)]
    pub(super) ears: AsrUnderTest,
    /// Folder of noise to mix in [default: noise/kitchen, two folders above]
    #[arg(long, value_name = "FOLDER")]
    pub(super) noise: Option<PathBuf>,
    /// Decibels from the loudest 128 ms of the voice down to those of the noise; none for clean only
    #[arg(long, value_delimiter = ',', default_value = "24,18,12,6", value_name = "DB,…")]
    pub(super) snr: Vec<f32>,
    /// Only so many commands, spread over the folder, and as many of what is none
    #[arg(long)]
    pub(super) count: Option<usize>,
    /// Least score of a reading that is accepted [default: the config's]
    #[arg(long)]
    pub(super) threshold: Option<f32>,
    /// Seed of the noises
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Threads, each with engines of its own
    #[arg(long, default_value_t = 2)]
    pub(super) threads: usize,
    /// Also listens for other things than these commands, to show whether a threshold does the same in all domains
    #[arg(long)]
    pub(super) domains: bool,
    /// Draws the curve of false accepts and false rejects into this SVG file
    #[arg(long, value_name = "FILE")]
    pub(super) plot: Option<PathBuf>,
    /// Names every command that was not understood
    #[arg(long)]
    pub(super) errors: bool,
    /// One JSON object instead of tables
    #[arg(long)]
    pub(super) json: bool,
}
