//! Other domains than the commands of one folder: wake words, and whole sentences, half of each in the grammar and the
//! other half outside. A useful confidence means the same in all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::args::{CLEAN, IntentArgs};
use super::calibration::{self, Calibration, CalibrationPoint};
use super::corpus::IntentRecording;
use super::report::IntentReport;
use super::run::{self, BenchJob, RunResult, Setup};
use crate::config::Config;
use crate::engine::registry::Files;
use crate::intent::grammar::grammar;
use crate::intent::language::text::words;
use crate::intent::matching::interpret::InterpretSettings;
use crate::intent::template::{Block, Expr, FilePlace, Intent, IntentSet, Sentence};

/// Folders of the manifest whose labels are the words that are said.
const FOLDERS: [&str; 2] = ["keywords", "sentences"];
/// The folder of voices that say no label.
const STRANGERS: &str = "voices";
/// Noise beside the clean recordings, in decibels below the voice.
const NOISE_DB: f32 = 12.0;
/// Thresholds that are shown.
const SHOWN: [f32; 4] = [0.25, 0.5, 0.75, 0.9];

/// Something to listen for.
struct Domain {
    name: &'static str,
    intents: IntentSet,
    commands: Vec<IntentRecording>,
    others: Vec<IntentRecording>,
}

/// Measures every domain. Prints what each threshold does there, and how well the confidence is calibrated in all
/// domains and in the `points` measured before.
///
/// # Errors
/// When a recording or an engine cannot be used.
pub fn print(
    args: &IntentArgs,
    root: &Path,
    noise: &Path,
    config: &Config,
    files: &Files,
    settings: InterpretSettings,
    mut points: Vec<CalibrationPoint>,
) -> Result<()> {
    let shown: Vec<String> = SHOWN.iter().map(|threshold| format!("{threshold:.2}")).collect();
    println!("\nfalse accepts / false rejects by threshold, clean and at {NOISE_DB} dB");
    println!("| domain | commands | others | {} |", shown.join(" | "));
    println!("|---|---|---|{}", "---|".repeat(SHOWN.len()));
    for name in FOLDERS {
        let domain = domain(root, name)?;
        let grammar = grammar(&domain.intents)?;
        let setup =
            Setup { config, files, intents: &domain.intents, sentences: &grammar.automaton, settings, asr: args.ears };
        let jobs = jobs(&domain, noise, args.seed)?;
        let mut heard = vec![RunResult::default(); jobs.len()];
        run::hear(&setup, &jobs, args.threads, |index, what| heard[index] = what)?;
        points.extend(calibration::points(&jobs, &heard));
        let report = IntentReport::new(&jobs, &heard, settings.threshold, 0.0);
        let at = |threshold: f32| {
            let point = report.curve.iter().find(|point| (point.threshold - threshold).abs() < 1e-3);
            point.map_or_else(String::new, |p| format!("{:.1} % / {:.1} %", 100.0 * p.false_accepts, 100.0 * p.rejects))
        };
        let cells: Vec<String> = SHOWN.into_iter().map(at).collect();
        println!("| {} | {} | {} | {} |", domain.name, domain.commands.len(), domain.others.len(), cells.join(" | "));
    }
    if let Some(Calibration { offset, slope }) = calibration::fit(&points) {
        println!("\ncalibration over all, each domain and side weighing the same: log odds that a sentence was said =");
        println!("{offset:+.2} + {slope:.2} x log odds of the confidence (perfect: 0 and 1)");
    }
    Ok(())
}

/// All recordings of a domain, clean and in noise.
fn jobs(domain: &Domain, noise: &Path, seed: u64) -> Result<Vec<BenchJob>> {
    let noises = crate::bench::checkout::recordings(noise)?;
    let mut random = fastrand::Rng::with_seed(seed);
    let all: Vec<&IntentRecording> = domain.commands.iter().chain(&domain.others).collect();
    let mut jobs: Vec<BenchJob> = Vec::new();
    for recording in &all {
        let group = if recording.meaning.is_some() { CLEAN } else { domain.name };
        jobs.push(BenchJob { recording: (*recording).clone(), group: group.into(), noise: None });
        if !noises.is_empty() {
            let under = (noises[random.usize(..noises.len())].clone(), random.usize(..80_000), NOISE_DB);
            let group = if recording.meaning.is_some() { format!("{NOISE_DB} dB") } else { domain.name.into() };
            jobs.push(BenchJob { recording: (*recording).clone(), group, noise: Some(under) });
        }
    }
    Ok(jobs)
}

/// A domain: every second label of a folder is in the grammar, the other labels and strangers are not.
fn domain(root: &Path, name: &'static str) -> Result<Domain> {
    let manifest = root.join("manifest.tsv");
    let text = std::fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?;
    let rows = labelled(&text, name);
    let labels: BTreeSet<&String> = rows.iter().map(|(_, label)| label).collect();
    let meant: BTreeSet<&String> = labels.into_iter().step_by(2).collect();
    anyhow::ensure!(!meant.is_empty(), "{} labels nothing in {name}", manifest.display());
    let (mut commands, mut others) = (Vec::new(), Vec::new());
    for (path, label) in &rows {
        let is_meant = meant.contains(label);
        let meaning = is_meant.then(|| ("say".to_owned(), BTreeMap::from([("words".to_owned(), label.clone())])));
        let recording = IntentRecording { path: root.join(path), meaning };
        if is_meant { commands.push(recording) } else { others.push(recording) }
    }
    let strangers = crate::bench::checkout::recordings(&root.join(STRANGERS)).unwrap_or_default();
    others.extend(strangers.into_iter().map(|path| IntentRecording { path, meaning: None }));
    Ok(Domain { name, intents: sentences(&meant), commands, others })
}

/// The rows of a manifest in one folder: paths, and labels as words.
fn labelled(text: &str, folder: &str) -> Vec<(PathBuf, String)> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name| header.iter().position(|title| *title == name);
    let Some((path, label)) = column("path").zip(column("label")) else { return Vec::new() };
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let (path, label) = (fields.get(path)?, words(fields.get(label)?).join(" "));
        (path.starts_with(folder) && !label.is_empty()).then(|| (PathBuf::from(path), label))
    };
    lines.filter_map(row).collect()
}

/// An intent whose slot says which of the sentences was meant.
fn sentences(meant: &BTreeSet<&String>) -> IntentSet {
    let block = |label: &&String| Block {
        sentences: vec![Sentence {
            text: (*label).clone(),
            expr: Expr::Text((*label).clone()),
            place: FilePlace::default(),
        }],
        slots: BTreeMap::from([("words".to_owned(), (*label).clone())]),
        ..Block::default()
    };
    let intent = Intent { blocks: meant.iter().map(block).collect() };
    IntentSet { language: "en".into(), intents: BTreeMap::from([("say".to_owned(), intent)]), ..IntentSet::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_labels_are_meant() {
        let text =
            "path\tseconds\tlabel\nkeywords/a.flac\t1\tView glass\nkeywords/b.flac\t1\tAlexa\nvoices/c.flac\t1\tx\n";
        let rows = labelled(text, "keywords");
        assert_eq!(rows[0], (PathBuf::from("keywords/a.flac"), "view glass".to_owned()));
        assert_eq!(rows.len(), 2);
        let labels: BTreeSet<&String> = rows.iter().map(|(_, label)| label).collect();
        assert_eq!(sentences(&labels).intents["say"].blocks.len(), 2);
    }
}
