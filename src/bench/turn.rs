//! `golem bench turn`: the waiting time of a turn, stage by stage, for spoken questions to the installed engines.
//!
//! The replay's clock counts the time that each engine really takes, so the figures are those of a live golem whose
//! devices cost nothing and whose engines do not get into each other's way.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use clap::Args;

use super::checkout::recordings;
use crate::command::Commands;
use crate::config::speech_engine::TtsEngine;
use crate::config::{Config, TtsConfig};
use crate::device::AudioSource;
use crate::device::DeviceError;
use crate::device::wav::{SoundReader, WavWriter};
use crate::engine::registry::{self, Files, Sentences};
use crate::message::{Ledger, Note, Time};
use crate::metrics::quantile;
use crate::replay::input::ReplayInput;
use crate::replay::latency::Latency;
use crate::replay::{Audience, Engines, Replay};
use crate::signal::frame::RATE;
use crate::turn::Ticket;
use crate::worker::understander::Understander;

/// The questions that are asked.
const QUESTIONS: [&str; 10] = [
    "What is the capital of France?",
    "How are you today?",
    "What is the opposite of thin?",
    "What comes after Monday?",
    "Who wrote Romeo and Juliet?",
    "How many days are there in a week?",
    "What should I eat for breakfast?",
    "Why is the sky blue?",
    "What is the largest animal on earth?",
    "Can you give me a name for a cat?",
];
/// Voices of espeak-ng that ask every second question, so that asr hears more than one speaker.
const OTHERS: [&str; 3] = ["en-us", "en-gb", "en-gb-scotland"];

/// How to measure.
#[derive(Debug, Args)]
pub struct TurnArgs {
    /// Folder of recorded questions, one a file [default: ten, asked by the installed voice and by espeak-ng]
    #[arg(long, value_name = "FOLDER")]
    questions: Option<PathBuf>,
    /// Questions to ask, at most
    #[arg(long, default_value_t = 10)]
    count: usize,
}

/// The ledgers of the turns.
#[derive(Default)]
struct TurnWatch {
    ledgers: Vec<Ledger>,
}

impl Audience for TurnWatch {
    fn note(&mut self, _: Time, note: &Note) {
        match note {
            Note::Latency(ledger) => {
                eprintln!("{}", line(ledger));
                self.ledgers.push(*ledger);
            }
            Note::Transcript { text, .. } => eprintln!("heard: {text}"),
            Note::Reply { text, .. } => eprintln!("reply: {text}"),
            _ => {}
        }
    }

    fn sound(&mut self, _: &[f32]) -> Result<ControlFlow<()>, DeviceError> {
        Ok(ControlFlow::Continue(()))
    }
}

/// The moments of a turn in milliseconds.
fn line(ledger: &Ledger) -> String {
    let named = MOMENTS.iter().filter_map(|(name, of)| Some(format!("{name} {:.0}", of(ledger)? * 1e3)));
    named.collect::<Vec<_>>().join(", ")
}

/// A row of the table, and how to read its value from the ledger.
type LedgerColumn = (&'static str, fn(&Ledger) -> Option<f64>);

const MOMENTS: [LedgerColumn; 7] = [
    ("the turn is judged over", |ledger| ledger.endpoint),
    ("the words are known", |ledger| ledger.transcript),
    ("the reply begins", |ledger| ledger.first_token),
    ("its first clause goes to the voice", |ledger| ledger.first_clause),
    ("**its first sample sounds**", |ledger| ledger.first_sample),
    ("work that was done in the pause", |ledger| ledger.saved),
    ("work that was thrown away", |ledger| ledger.wasted),
];

/// Asks and prints the table.
///
/// # Errors
/// When an engine or a recording cannot be used.
pub fn run(args: &TurnArgs, config: &Config, files: &Files, commands: Option<Arc<Commands>>) -> Result<()> {
    // Dry run: a question that is misheard as a command must not be carried out.
    let mut config = config.clone();
    config.intents.dry_run = true;
    let folder = tempfile::tempdir()?;
    let mut questions = match &args.questions {
        Some(questions) => recordings(questions)?,
        None => spoken(&config, files, folder.path())?,
    };
    questions.truncate(args.count);
    anyhow::ensure!(!questions.is_empty(), "there is no question to ask");
    let sentences = commands.as_deref().map(|commands| Sentences::of(commands, false));
    let asr = registry::asr(&config.asr.expecting(&config.wake.phrase), files, sentences.as_ref())?;
    let llm = registry::llm(&config.llm, files, Instant::now)?;
    let voice = registry::voice(&config.tts, files)?;
    println!("ears: {}\nbrain: {}\nvoice: {}", asr.engine.describe(), llm.engine.describe(), voice.engine.describe());
    let engines = Engines {
        vad: registry::vad(files)?,
        turn: registry::turn(files)?,
        speaker: None,
        wake: None,
        asr: asr.engine,
        understander: commands.clone().map(|commands| Understander::new(commands, None)),
        llm: Some(llm.engine),
        tts: voice.engine,
    };
    let open = |path: &PathBuf| Ok(Box::new(SoundReader::open(path)?) as Box<dyn AudioSource>);
    let mut input = ReplayInput::new(questions.iter().map(open).collect::<Result<Vec<_>>>()?, None);
    let mut watch = TurnWatch::default();
    Replay::new(&config, engines, commands, Latency::default(), RATE).run(&mut input, &mut watch)?;
    let ledgers: Vec<Ledger> = watch.ledgers.into_iter().filter(|ledger| ledger.first_token.is_some()).collect();
    println!(
        "\n| from the end of speech, {} of {} questions answered | median | p95 |",
        ledgers.len(),
        questions.len()
    );
    println!("|---|---|---|");
    for (name, of) in MOMENTS {
        let mut times: Vec<f64> = ledgers.iter().filter_map(of).collect();
        times.sort_by(f64::total_cmp);
        if let (Some(median), Some(most)) = (quantile(&times, 0.5), quantile(&times, 0.95)) {
            println!("| {name} | {:.0} ms | {:.0} ms |", median * 1e3, most * 1e3);
        }
    }
    Ok(())
}

/// Records the questions into files.
pub(super) fn spoken(config: &Config, files: &Files, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut installed = registry::voice(&config.tts, files)?.engine;
    let mut paths = Vec::new();
    for (number, question) in QUESTIONS.iter().enumerate() {
        let speech = if number % 2 == 0 {
            installed.speak(question, &Ticket::standing())?
        } else {
            let voice = OTHERS[number / 2 % OTHERS.len()].to_owned();
            let tts = TtsConfig { engine: TtsEngine::Espeak, voice, ..TtsConfig::default() };
            registry::voice(&tts, files)?.engine.speak(question, &Ticket::standing())?
        };
        let path = folder.join(format!("{number:02}.wav"));
        let mut file = WavWriter::create(&path, speech.timing.rate)?;
        file.write(&speech.samples)?;
        file.finish()?;
        paths.push(path);
    }
    Ok(paths)
}
