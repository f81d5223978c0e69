//! The measurement of the matcher on Home Assistant's own sentences and tests: matches, time and memory.

mod case;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::intent::file::SourceFile;
use crate::intent::file::lists;
use crate::intent::matching::matcher::Matcher;
use crate::intent::template::{IntentSet, List};
use case::HomeCase;

/// Rounds of matching each sentence; the shortest counts, because other work on the machine lengthens the others.
const ROUNDS: usize = 3;

/// The result of one language.
#[derive(Default)]
struct HomeTally {
    passed: usize,
    /// Sentences with the right intent, whatever their slots.
    intents: usize,
    failed: Vec<String>,
    times: Vec<Duration>,
}

/// Matches every test sentence and prints the results, by language.
///
/// # Errors
/// When a file cannot be read or has mistakes.
pub fn run(sentences: &[PathBuf], tests: Option<&Path>) -> Result<()> {
    let Some(tests) = tests.filter(|tests| tests.is_dir()) else {
        println!("skipped: no folder of tests.");
        println!("Fetch https://github.com/home-assistant/intents and pass --tests intents/tests;");
        println!(
            "its sentences/LANGUAGE folder, or the JSON of the PyPI package home-assistant-intents, are the SENTENCES."
        );
        return Ok(());
    };
    for (language, sources) in by_language(sentences)? {
        let folder = [tests.join(&language), tests.to_owned()].into_iter().find(|folder| folder.is_dir());
        let folder = folder.filter(|folder| folder.ends_with(&language) || folder.join("_fixtures.yaml").is_file());
        let Some(folder) = folder else {
            println!("{language}: skipped: {} has no folder for it", tests.display());
            continue;
        };
        language_report(&language, &sources, &folder)?;
    }
    Ok(())
}

fn language_report(language: &str, sources: &[SourceFile], folder: &Path) -> Result<()> {
    let before = resident();
    let start = Instant::now();
    let mut intents = IntentSet::parse(sources).map_err(|errors| anyhow::anyhow!(joined(&errors)))?;
    let fixtures = folder.join("_fixtures.yaml");
    if fixtures.is_file() {
        intents.add_lists(read_lists(&source(&fixtures)?)?);
    }
    let matcher = Matcher::new(&intents)?;
    let loaded = start.elapsed();
    let memory = resident().saturating_sub(before);
    let mut tally = HomeTally::default();
    for path in files(folder)? {
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('_')) {
            continue;
        }
        file(&source(&path)?, &intents, &matcher, &mut tally)?;
    }
    print(language, tally, loaded, memory, &matcher);
    Ok(())
}

/// The tests of one file, with the lists that it brings itself.
fn file(source: &SourceFile, intents: &IntentSet, matcher: &Matcher, tally: &mut HomeTally) -> Result<()> {
    let (cases, brings_lists) = case::read(source)?;
    let own = brings_lists.then(|| {
        let mut intents = intents.clone();
        for (name, list) in read_lists(source)? {
            intents.lists.insert(name, list);
        }
        Ok::<_, anyhow::Error>(Matcher::new(&intents)?)
    });
    let own = own.transpose()?;
    for case in cases {
        check(&case, own.as_ref().unwrap_or(matcher), tally);
    }
    Ok(())
}

fn check(case: &HomeCase, matcher: &Matcher, tally: &mut HomeTally) {
    let mut readings = Vec::new();
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        readings = matcher.exact(&case.sentence, &case.context);
        start.elapsed()
    });
    tally.times.extend(rounds.min());
    tally.intents += usize::from(readings.first().is_some_and(|best| best.intent == case.intent));
    match case.judge(readings.first()) {
        Ok(()) => tally.passed += 1,
        Err(reason) => tally.failed.push(format!("{}: {}: {reason}", case.file, case.sentence)),
    }
}

fn print(language: &str, mut tally: HomeTally, loaded: Duration, memory: u64, matcher: &Matcher) {
    for failed in &tally.failed {
        println!("{failed}");
    }
    let total = tally.passed + tally.failed.len();
    println!("{language}: {} of {total} sentences pass, {} have the right intent", tally.passed, tally.intents);
    tally.times.sort_unstable();
    let at = |share: usize| tally.times.get(tally.times.len() * share / 100).or(tally.times.last()).copied();
    let micros = |share| at(share).unwrap_or_default().as_micros();
    println!(
        "{language}: a match takes {} µs (p50), {} µs (p99), {} µs (longest)",
        micros(50),
        micros(99),
        micros(100)
    );
    let graph = matcher.graph();
    let (templates, arcs) = (graph.sentences.len(), graph.arc_count());
    let kib = memory / 1024;
    println!("{language}: {templates} templates in {arcs} arcs, loaded in {loaded:.0?}, {kib} KiB resident");
}

/// The files at `paths`, folders with all that is in them, by the language they name.
fn by_language(paths: &[PathBuf]) -> Result<BTreeMap<String, Vec<SourceFile>>> {
    let mut languages: BTreeMap<String, Vec<SourceFile>> = BTreeMap::new();
    for path in paths {
        for path in files(path)? {
            let source = source(&path)?;
            let intents = crate::intent::file::yaml::parse(&source.name, &source.text)?;
            let Some(language) = intents.get("language").and_then(|node| node.text()) else { continue };
            languages.entry(language.to_owned()).or_default().push(source);
        }
    }
    if languages.is_empty() {
        bail!("no sentences there: pass files or folders of YAML or JSON with a `language:` each");
    }
    Ok(languages)
}

/// `path` itself, or all YAML and JSON files below it in order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let listed = std::fs::read_dir(path).with_context(|| format!("cannot read the folder {}", path.display()))?;
    let mut inside = listed.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    inside.sort();
    let mut found = Vec::new();
    for path in inside {
        let known = path.extension().is_some_and(|ext| ["yaml", "yml", "json"].iter().any(|known| ext == *known));
        if path.is_dir() || known {
            found.extend(files(&path)?);
        }
    }
    Ok(found)
}

fn source(path: &Path) -> Result<SourceFile> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(SourceFile { name: path.display().to_string(), text })
}

fn read_lists(source: &SourceFile) -> Result<BTreeMap<String, List>> {
    lists::parse(source).map_err(|errors| anyhow::anyhow!(joined(&errors)))
}

fn joined(errors: &[crate::intent::error::IntentError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Bytes of this process in memory; 0 where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}
