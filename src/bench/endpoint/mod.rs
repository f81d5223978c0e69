//! The measurement of endpointing: cut-offs against delay on recordings of people, for silence, for the turn model, and
//! for golem.

mod pauses;
mod report;
mod rules;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;

use super::checkout::{checkout, speech};
use crate::config::Config;
use crate::engine::registry::Files;
use crate::intent::file::SourceFile;
use crate::intent::matching::interpret::{InterpretSettings, Interpreter};
use crate::intent::template::IntentSet;
use pauses::PauseListener;
use report::EndReport;
use rules::BenchDelays;

/// What is known of the words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum EndWords {
    /// Nothing.
    Off,
    /// What Whisper hears at each pause.
    #[default]
    On,
}

/// How to measure.
#[derive(Debug, Args)]
pub struct EndpointArgs {
    /// Folder with the recordings' manifest.tsv [default: ../shared/speech of the checkout]
    #[arg(long, value_name = "FOLDER")]
    recordings: Option<PathBuf>,
    /// Whether Whisper hears the words at each pause, so that golem's rules about words count
    #[arg(long, value_enum, default_value_t)]
    words: EndWords,
    /// Commands file that the recorded commands are of [default: fixtures/intents/coffee.yaml of the checkout]
    #[arg(long, value_name = "FILE")]
    intents: Option<PathBuf>,
    /// Milliseconds that a judgement of the turn model takes
    #[arg(long, default_value_t = 80)]
    ear_ms: u64,
    /// Milliseconds that the words take
    #[arg(long, default_value_t = 300)]
    words_ms: u64,
    /// Only every so many recordings
    #[arg(long, default_value_t = 1)]
    step: usize,
    /// One JSON object instead of tables
    #[arg(long)]
    json: bool,
    /// Draws the curves into this SVG file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Measures and prints.
///
/// # Errors
/// When a recording or an engine cannot be used.
pub fn run(args: &EndpointArgs, config: &Config, files: &Files) -> Result<()> {
    let folder = args.recordings.clone().unwrap_or_else(speech);
    let intents = args.intents.clone().unwrap_or_else(|| checkout().join("fixtures/intents/coffee.yaml"));
    let words = args.words == EndWords::On;
    let interpreter = words.then(|| interpreter(&intents, config)).transpose()?;
    let mut listener = PauseListener::open(config, files, words, interpreter)?;
    let pauses = listener.hear(&folder, args.step)?;
    let ends = pauses.iter().filter(|pause| pause.length.is_none()).count();
    ensure!(ends > 0 && ends < pauses.len(), "the recordings have {ends} ends among {} pauses", pauses.len());
    let delays = BenchDelays { ear: args.ear_ms, words: args.words_ms };
    let report = EndReport::new(&config.turn, &pauses, delays, (listener.ear_ms, listener.words_ms));
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    args.svg.as_deref().map_or(Ok(()), |path| report.chart().write(path))
}

/// An interpreter that knows the commands of a file.
fn interpreter(path: &Path, config: &Config) -> Result<Interpreter> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the commands file {}; name one with --intents", path.display()))?;
    let source = SourceFile { name: path.display().to_string(), text };
    let intents = IntentSet::parse(&[source]).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow!("{}", lines.join("\n"))
    })?;
    let settings = InterpretSettings { threshold: config.intents.threshold, margin: config.intents.margin };
    Ok(Interpreter::of(&intents, settings)?)
}
