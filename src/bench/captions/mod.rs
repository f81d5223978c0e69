//! The measurement of captions: what they cost the processor, and how long after a word it is first shown and stays.
//!
//! Recordings are heard at the pace of their sound. Each reading takes as long as it does on this machine, and its
//! caption counts as shown when it is done.

mod delay;
mod run;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use self::delay::delays;
use self::run::CaptionRun;
use super::asr::corpus;
use super::processor::process_time;
use crate::config::Config;
use crate::engine::options::{AsrOptions, WordTiming};
use crate::engine::registry::{self, Files};
use crate::metrics::quantile;
use crate::runtime::recordings::RecordingAsr;

#[derive(Clone, Debug, Args)]
pub struct CaptionBenchArgs {
    /// Folders with a manifest.tsv (path, seconds, label) in or above them [default: sentences in ../shared/speech of the
    /// checkout]
    folders: Vec<PathBuf>,
    /// Hear so many recordings
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
}

/// Measures and prints a table.
///
/// # Errors
/// When a recording or an engine cannot be used.
pub fn run(args: &CaptionBenchArgs, config: &Config, files: &Files) -> Result<()> {
    let folders = match args.folders.as_slice() {
        [] => vec![super::checkout::speech().join("sentences")],
        named => named.to_vec(),
    };
    if let Some(missing) = folders.iter().find(|folder| !folder.is_dir()) {
        println!("skipped: no recordings at {}; name their folder", missing.display());
        return Ok(());
    }
    let corpus = corpus::read(&folders, Some(args.limit))?;
    let mut asr = RecordingAsr::choose(config).open()?.engine;
    let options = AsrOptions { words: WordTiming::Required, ..AsrOptions::default() };
    if let Err(error) = asr.follow(&options) {
        println!("skipped: {error}");
        return Ok(());
    }
    let mut vad = registry::vad(files)?;
    let (mut found, mut sound, mut work, mut readings, mut unshown) = (Vec::new(), 0.0, Duration::ZERO, 0, 0);
    let mut gaps = Vec::new();
    for recording in &corpus {
        let before = process_time();
        let parts = CaptionRun::new(asr.as_mut(), vad.as_mut(), config).hear(&recording.path)?;
        work += process_time().saturating_sub(before);
        sound += recording.seconds;
        for part in &parts {
            readings += part.partials.len() + 1;
            let words = delays(part);
            unshown += words.iter().filter(|word| word.first >= word.settled).count();
            found.extend(words);
            gaps.extend(part.partials.windows(2).map(|pair| pair[1].0.saturating_sub(pair[0].0).as_secs_f64()));
        }
    }
    println!(
        "{} recordings, {sound:.0} s, {}; {} words in {readings} readings; {unshown} words were first shown with the whole part",
        corpus.len(),
        asr.describe(),
        found.len()
    );
    println!(
        "processor: {:.2} s for a second of sound, the times of words and the voice detector included",
        work.as_secs_f64() / sound.max(0.001)
    );
    println!("| s | median | 90 % | 95 % | most |");
    println!("|---|---|---|---|---|");
    print_row("from a word's end until it is first shown", found.iter().map(|word| word.first).collect());
    print_row("from a word's end until it stays as it is", found.iter().map(|word| word.settled).collect());
    print_row("from one text of an open part to the next", gaps);
    Ok(())
}

fn print_row(name: &str, mut all: Vec<f64>) {
    all.sort_by(f64::total_cmp);
    let [median, most_of, nearly_all, most] = [0.5, 0.9, 0.95, 1.0].map(|share| quantile(&all, share).unwrap_or(0.0));
    println!("| {name} | {median:.2} | {most_of:.2} | {nearly_all:.2} | {most:.2} |");
}
