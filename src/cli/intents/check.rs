//! `golem intents check`: mistakes and unwise lines in commands files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use super::sources::{print_lines, with_lists};
use crate::command::CommandError;
use crate::engine::espeak;
use crate::engine::sphinx::arpabet;
use crate::intent::file::check::check;
use crate::intent::grammar::grammar;
use crate::intent::matching::matcher::Matcher;
use crate::intent::template::vocabulary;
use crate::phrases::Language;
use crate::runtime::assembly::{open_book, places};

/// Prints the mistakes and notes about the files; an error if there are mistakes.
pub fn run(paths: &[PathBuf], lists: &[PathBuf]) -> Result<()> {
    let report = look(paths, lists)?;
    let errors = report.errors.len();
    let lines = report.errors.iter().map(|error| format!("error: {error}"));
    let lines = lines.chain(report.warnings.iter().map(|warning| format!("warning: {warning}")));
    let lines = lines.chain(report.notes.iter().map(|note| format!("note: {note}")));
    print_lines(lines.chain(report.summary))?;
    if errors > 0 {
        bail!("{errors} {} in {}", if errors == 1 { "mistake" } else { "mistakes" }, names(paths));
    }
    Ok(())
}

/// The result of a check.
#[derive(Default)]
struct CheckReport {
    errors: Vec<String>,
    warnings: Vec<String>,
    /// Remarks that are not mistakes, yet worth knowing.
    notes: Vec<String>,
    summary: Option<String>,
}

fn look(paths: &[PathBuf], lists: &[PathBuf]) -> Result<CheckReport> {
    let of = |error: CommandError| match error {
        CommandError::Intents(errors) => Ok(errors.iter().map(ToString::to_string).collect()),
        wrong @ CommandError::Wrong { .. } => Ok(vec![wrong.to_string()]),
        unreadable @ CommandError::Read { .. } => Err(anyhow!(unreadable)),
    };
    let book = match open_book(paths) {
        Ok(book) => book,
        Err(error) => return Ok(CheckReport { errors: of(error)?, ..CheckReport::default() }),
    };
    let intents = match with_lists(book.intents().clone(), lists) {
        Ok(intents) => intents,
        Err(error) => {
            return Ok(CheckReport { errors: of(error.downcast::<CommandError>()?)?, ..CheckReport::default() });
        }
    };
    let matcher = match Matcher::new(&intents) {
        Ok(matcher) => matcher,
        Err(error) => return Ok(CheckReport { errors: vec![error.to_string()], ..CheckReport::default() }),
    };
    let speller = Pronouncer::new(&intents.language);
    let mut warnings: Vec<String> =
        book.warnings().iter().map(|warning| format!("{}: {}", warning.place, warning.text)).collect();
    warnings.extend(check(&intents, &matcher, &|word| speller.knows(word)).iter().map(ToString::to_string));
    let mut notes: Vec<String> = (intents.intents.keys())
        .filter_map(|name| Some(format!("{name} cannot be carried out here: {}", book.unavailable(name)?)))
        .collect();
    notes.push(match grammar(&intents) {
        Ok(grammar) => format!("the ears listen for a grammar of {} steps between words", grammar.automaton.size()),
        Err(error) => format!("PocketSphinx cannot listen for them: {error}"),
    });
    let (sentences, words) = (matcher.graph().sentences.len(), vocabulary::words(&intents).len());
    let (intents, warned) = (intents.intents.len(), warnings.len());
    let summary = format!("{intents} intents, {sentences} templates, {words} words: no mistakes, {warned} warnings");
    Ok(CheckReport { errors: Vec::new(), warnings, notes, summary: Some(summary) })
}

fn names(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// Whether the recogniser can know how words sound: from its dictionary, or else from espeak-ng.
struct Pronouncer {
    dictionary: Option<HashSet<String>>,
    espeak: bool,
}

impl Pronouncer {
    /// The words of other languages are left to Whisper, which needs no dictionary: the dictionary is English.
    fn new(language: &str) -> Self {
        if !language.is_empty() && !Language::English.has(language) {
            return Self { dictionary: None, espeak: false };
        }
        let places = places();
        let dictionary = dictionary(&places.at("pocketsphinx/en-us/cmudict-en-us.dict"));
        let espeak = espeak::find_data(places.runtimes()).is_some_and(|data| espeak::init(&data).is_ok());
        Self { dictionary, espeak }
    }

    fn knows(&self, word: &str) -> bool {
        let Some(dictionary) = &self.dictionary else { return true };
        let spelled = || espeak::phonemes(word, "en-us").ok().and_then(|ipa| arpabet(&ipa));
        dictionary.contains(word) || (self.espeak && spelled().is_some_and(|phones| !phones.is_empty()))
    }
}

/// The words of a pronouncing dictionary; none where it is not installed.
fn dictionary(path: &Path) -> Option<HashSet<String>> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
}
