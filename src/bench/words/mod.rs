//! The measurement of word times: golem's beside faster-whisper's, with the same weights on the same recordings.

mod compare;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::json;

use self::compare::{WordPlace, WordShift, spoken};
use super::asr::corpus;
use crate::config::Config;
use crate::device::wav::SoundReader;
use crate::engine::options::{AsrOptions, WordTiming};
use crate::engine::registry::{self, Files};
use crate::engine::whisper::Whisper;
use crate::engine::{Transcriber, Vad};
use crate::message::TimedWord;
use crate::metrics::quantile;
use crate::transcribe::listen::FileListener;
use crate::transcribe::segment::PauseLimit;
use crate::turn::Ticket;

/// The script that runs faster-whisper.
const PEER: &str = include_str!("../../../scripts/peer-words");
/// The peer as it comes; and other ways of hearing the same, which show how far its times are its own: a beam, and seconds
/// at the beginning that are left out.
const WAYS: [(&str, u8, f64); 3] =
    [("as it comes", 5, 0.0), ("with a beam of 1", 1, 0.0), ("without the first 0.1 s", 5, 0.1)];
/// Times that differ by no more than this, in seconds, count as the same: people hear no smaller shift of a word.
const SAME: f64 = 0.05;

#[derive(Clone, Debug, Args)]
pub struct WordBenchArgs {
    /// Folders with a manifest.tsv (path, seconds, label) in or above them [default: sentences in ../shared/speech of the
    /// checkout]
    folders: Vec<PathBuf>,
    /// A Python that has faster-whisper (pip install faster-whisper)
    #[arg(long, value_name = "PYTHON")]
    peer: Option<PathBuf>,
    /// Hear so many recordings
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    limit: usize,
    /// Hear everything, also where no voice is found: as faster-whisper does
    #[arg(long)]
    all: bool,
    /// Print each word whose times differ
    #[arg(long)]
    list: bool,
}

/// Measures golem's word times and prints how far they are from the peer's.
///
/// # Errors
/// When a recording, a model or the peer cannot be used.
pub fn run(args: &WordBenchArgs, config: &Config, files: &Files) -> Result<()> {
    let Some(python) = &args.peer else {
        println!("skipped: name a Python that has faster-whisper: --peer venv/bin/python");
        return Ok(());
    };
    let Some(model) = &files.whisper else {
        println!("skipped: no Whisper model is installed: golem setup fetches one");
        return Ok(());
    };
    let folders =
        if args.folders.is_empty() { vec![super::checkout::speech().join("sentences")] } else { args.folders.clone() };
    if let Some(missing) = folders.iter().find(|folder| !folder.is_dir()) {
        println!("skipped: no recordings at {}; name their folder", missing.display());
        return Ok(());
    }
    let corpus = corpus::read(&folders, Some(args.limit))?;
    let paths: Vec<&Path> = corpus.iter().map(|recording| recording.path.as_path()).collect();
    let [theirs, others @ ..] = peer(python, model, &paths)?;
    let mut asr = Whisper::open(model, &config.asr)?;
    asr.follow(&AsrOptions { words: WordTiming::Required, ..AsrOptions::default() })?;
    let mut vad = if args.all { None } else { Some(registry::vad(files)?) };
    let (mut differences, mut counts) = (Vec::new(), [0, 0]);
    for (path, theirs) in paths.iter().zip(&theirs) {
        let parts = golem(&mut asr, vad.as_deref_mut(), config, path)?;
        let found = compare::differences(&parts, theirs);
        counts[0] += parts.iter().map(Vec::len).sum::<usize>();
        counts[1] += spoken(theirs).len();
        for difference in found.iter().filter(|found| args.list && !found.within(SAME)) {
            println!("{}: {difference}", path.file_name().unwrap_or_default().to_string_lossy());
        }
        differences.extend(found);
    }
    let name = model.file_name().unwrap_or_default().to_string_lossy();
    println!("{} recordings, {name}: {} words of golem, {} of faster-whisper", paths.len(), counts[0], counts[1]);
    print_table(&differences);
    for ((name, ..), other) in WAYS[1..].iter().zip(others) {
        let found: Vec<WordShift> =
            other.iter().zip(&theirs).flat_map(|(one, other)| compare::between(one, other)).collect();
        print_row(&format!("faster-whisper {name}, beside itself"), &found);
    }
    Ok(())
}

/// Golem's words of a recording, part by part.
fn golem(
    asr: &mut Whisper,
    vad: Option<&mut (dyn Vad + 'static)>,
    config: &Config,
    path: &Path,
) -> Result<Vec<Vec<TimedWord>>> {
    let mut parts = Vec::new();
    let mut listener = FileListener::new(asr, vad, config, PauseLimit::Windows);
    listener.hear(
        &mut SoundReader::open(path)?,
        &Ticket::standing(),
        |part| parts.push(part.transcript.words),
        |_| (),
    )?;
    Ok(parts)
}

/// Words of a recording, with their beginnings and ends in seconds.
type PeerWords = Vec<(String, f64, f64)>;

/// The peer's words of each recording, in each of its [`WAYS`].
fn peer(python: &Path, model: &Path, paths: &[&Path]) -> Result<[Vec<PeerWords>; WAYS.len()]> {
    let named = || format!("{}", python.display());
    let mut child = Command::new(python)
        .args(["-c", PEER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(named)?;
    if let Some(mut input) = child.stdin.take() {
        let ways = WAYS.map(|(_, beam, skip)| json!({"beam": beam, "skip": skip}));
        input.write_all(json!({"model": model, "paths": paths, "ways": ways}).to_string().as_bytes())?;
    }
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{} failed, as it says above; pip install faster-whisper there", named());
    serde_json::from_slice(&output.stdout).with_context(|| format!("{} answered something else than words", named()))
}

/// Prints a row for all words that both transcribed, and one for each place in a part.
fn print_table(differences: &[WordShift]) {
    println!(
        "| words | heard by both | within 50 ms, start and end | start | end | start, median ms | p95 | end, median ms | p95 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    print_row("all", differences);
    for (name, place) in WordPlace::ALL {
        let some: Vec<WordShift> = differences.iter().filter(|found| found.place == place).cloned().collect();
        print_row(name, &some);
    }
}

fn print_row(name: &str, differences: &[WordShift]) {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred words")]
    let share = |close: &dyn Fn(&WordShift) -> bool| {
        100.0 * differences.iter().filter(|found| close(found)).count() as f64 / differences.len().max(1) as f64
    };
    let spread = |of: fn(&WordShift) -> f64| {
        let mut all: Vec<f64> = differences.iter().map(|found| of(found).abs() * 1e3).collect();
        all.sort_by(f64::total_cmp);
        [0.5, 0.95].map(|share| quantile(&all, share).unwrap_or(0.0))
    };
    let ([start, start_most], [end, end_most]) = (spread(|found| found.start), spread(|found| found.end));
    println!(
        "| {name} | {} | {:.1} % | {:.1} % | {:.1} % | {start:.0} | {start_most:.0} | {end:.0} | {end_most:.0} |",
        differences.len(),
        share(&|found| found.within(SAME)),
        share(&|found| compare::same(found.start, SAME)),
        share(&|found| compare::same(found.end, SAME)),
    );
}
