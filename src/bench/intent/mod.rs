//! `golem bench intent`: the share of recorded commands that are understood, clean and in noise, and of other speech
//! that passes for one.

mod args;
mod calibration;
mod corpus;
mod curve;
mod domains;
mod mix;
mod report;
mod run;

use std::io::IsTerminal;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};

use self::corpus::{Corpus, IntentRecording};
use self::report::IntentReport;
use self::run::{BenchJob, RunResult, Setup};
use crate::config::Config;
use crate::engine::registry::Files;
use crate::intent::file::SourceFile;
use crate::intent::grammar::grammar;
use crate::intent::matching::interpret::InterpretSettings;
use crate::intent::template::IntentSet;
use args::CLEAN;
pub use args::IntentArgs;

/// Measures and prints.
///
/// # Errors
/// When a file or an engine cannot be used.
pub fn run(args: &IntentArgs, config: &Config, files: &Files) -> Result<()> {
    let corpus = Corpus::open(&args.folder)?;
    let intents = intents(args)?;
    let grammar = grammar(&intents)?;
    grammar.warnings.iter().for_each(|warning| eprintln!("golem: {warning}"));
    let jobs = jobs(args, &corpus)?;
    let threshold = args.threshold.unwrap_or(config.intents.threshold);
    let settings = InterpretSettings { threshold, margin: config.intents.margin };
    let before = run::resident();
    let asr = run::asr(files, &grammar.automaton)?;
    let asr_mib = run::resident() - before;
    drop(asr);
    eprintln!("golem: {} recordings in all conditions, a grammar of {} arcs", jobs.len(), grammar.automaton.size());
    let setup = Setup { config, files, intents: &intents, sentences: &grammar.automaton, settings, asr: args.ears };
    let mut heard = vec![RunResult::default(); jobs.len()];
    let (began, mut done) = (Instant::now(), 0);
    run::hear(&setup, &jobs, args.threads, |index, what| {
        heard[index] = what;
        done += 1;
        progress(done, jobs.len(), began);
    })?;
    let report = IntentReport::new(&jobs, &heard, settings.threshold, asr_mib);
    if args.json {
        println!("{}", report.json());
    } else {
        report.print();
    }
    if args.errors {
        report::errors(&jobs, &heard);
    }
    if args.domains {
        let noise = args.noise.as_ref().unwrap_or(&corpus.noise);
        let points = calibration::points(&jobs, &heard);
        domains::print(args, &corpus.root, noise, config, files, settings, points)?;
    }
    if let Some(path) = &args.plot {
        std::fs::write(path, curve::svg(&report.curve, settings.threshold))
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// The commands that can be said.
fn intents(args: &IntentArgs) -> Result<IntentSet> {
    let home = super::checkout::checkout();
    let name = args.folder.canonicalize()?.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let default = vec![home.join(format!("fixtures/intents/{name}.yaml"))];
    let paths = if args.intents.is_empty() { default } else { args.intents.clone() };
    let sources: Vec<SourceFile> = paths.iter().map(|path| source(path)).collect::<Result<_>>()?;
    IntentSet::parse(&sources).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", lines.join("\n"))
    })
}

fn source(path: &Path) -> Result<SourceFile> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the commands file {}; name one with --intents", path.display()))?;
    Ok(SourceFile { name: path.display().to_string(), text })
}

/// All recordings in all conditions, a condition after the other.
fn jobs(args: &IntentArgs, corpus: &Corpus) -> Result<Vec<BenchJob>> {
    let most = args.count.unwrap_or(usize::MAX);
    let commands = spread(&corpus.commands, most);
    let folder = args.noise.as_ref().unwrap_or(&corpus.noise);
    let noises = if args.snr.is_empty() { Vec::new() } else { super::checkout::recordings(folder)? };
    let clean = |group: &str, recording: &IntentRecording| BenchJob {
        recording: recording.clone(),
        group: group.to_owned(),
        noise: None,
    };
    let mut jobs: Vec<BenchJob> = commands.iter().map(|recording| clean(CLEAN, recording)).collect();
    for snr in &args.snr {
        anyhow::ensure!(!noises.is_empty(), "no noise in {}; name a folder with --noise", folder.display());
        // The same command gets the same noise at every level.
        let mut random = fastrand::Rng::with_seed(args.seed);
        for recording in &commands {
            let (noise, from) = (noises[random.usize(..noises.len())].clone(), random.usize(..80_000));
            jobs.push(BenchJob { noise: Some((noise, from, *snr)), ..clean(&format!("{snr} dB"), recording) });
        }
    }
    for (name, recordings) in &corpus.others {
        jobs.extend(spread(recordings, most).iter().map(|recording| clean(name, recording)));
    }
    Ok(jobs)
}

/// At most so many of `all`, evenly spread.
fn spread<T: Clone>(all: &[T], most: usize) -> Vec<T> {
    let count = all.len().min(most);
    (0..count).map(|n| all[n * all.len() / count].clone()).collect()
}

/// Prints the progress on stderr: in one line on a terminal, in a line now and then elsewhere.
fn progress(done: usize, all: usize, began: Instant) {
    #[allow(clippy::cast_precision_loss)]
    let left = began.elapsed().as_secs_f64() / done as f64 * (all - done) as f64;
    let line = format!("golem: {done} of {all}, {left:.0} s to go");
    if std::io::stderr().is_terminal() {
        eprint!("\r{line}   {}", if done == all { "\n" } else { "" });
    } else if done.is_multiple_of(50) || done == all {
        eprintln!("{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_of_many_are_spread() {
        assert_eq!(spread(&[0, 1, 2, 3, 4, 5], 3), [0, 2, 4]);
        assert_eq!(spread(&[0, 1], 9), [0, 1]);
        assert!(spread::<u8>(&[], 2).is_empty());
    }
}
