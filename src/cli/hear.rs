//! `golem transcribe` and `golem vad`: recordings in, words or stretches of voice out.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use super::files;
use crate::config::Config;
use crate::device::wav::Reader;
use crate::dialog::vad::{FRAME_TIME, Gate};
use crate::engine::registry::{self, Choice};
use crate::engine::sphinx::{Recorded, SphinxFiles};
use crate::engine::{FRAME, RATE, Transcriber};
use crate::message::Transcript;
use crate::model::Places;
use crate::turn::Ticket;
use crate::worker::ear::decibels;

#[derive(Debug, Args)]
pub struct TranscribeArgs {
    /// WAV or FLAC files of any rate
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A line of JSON per file: file, text, seconds, ms and what the engine knows besides
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct VadArgs {
    /// WAV or FLAC files of any rate
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A line of JSON per file, with the probability of every 32 ms frame
    #[arg(long)]
    json: bool,
}

/// Does `work` on every file; one that fails is told and does not keep the others from their turn.
fn each(files: &[PathBuf], mut work: impl FnMut(&Path) -> Result<()>) -> Result<()> {
    let mut failed = 0;
    for file in files {
        if let Err(error) = work(file) {
            eprintln!("golem: {error:#}");
            failed += 1;
        }
    }
    anyhow::ensure!(failed == 0, "{failed} of {} files failed", files.len());
    Ok(())
}

pub fn transcribe(args: &TranscribeArgs, config: &Config) -> Result<()> {
    let (choice, parting) = ears(config)?;
    let mut ears = choice.engine;
    eprintln!("ears: {} ({})", ears.describe(), choice.why);
    each(&args.files, |file| {
        let mut reader = Reader::open(file)?;
        let mut hearing = Hearing::default();
        let began = Instant::now();
        hearing.hear(ears.as_mut(), &mut reader, parting).with_context(|| file.display().to_string())?;
        let ms = began.elapsed().as_secs_f64() * 1e3;
        if let Some(warning) = reader.warning() {
            eprintln!("golem: {}: {warning}", file.display());
        }
        print_transcript(args, file, &hearing, ms);
        Ok(())
    })
}

/// The ears for recordings: those of the dialogue, but where that is `PocketSphinx`'s dictation, one that hears whole
/// parts, with all of English and with what is said in conversations with golem.
fn ears(config: &Config) -> Result<(Choice<dyn Transcriber>, Parting)> {
    const ENGLISH: &str = "en-us";
    let (asr, found) = (&config.asr, files(config));
    let named = asr.engine == "sphinx" || asr.model == ENGLISH;
    let sphinx = named || found.whisper.is_none();
    let english = [ENGLISH, ""].contains(&asr.model.as_str()) && ["auto", "sphinx"].contains(&asr.engine.as_str());
    if !(sphinx && english && found.grammar.is_none()) {
        return Ok((registry::ears(asr, &found, None)?, WINDOWS));
    }
    let mut config = config.clone();
    config.asr.model = ENGLISH.into(); // a recording may be about anything, not only what the starter brain knows
    let general = files(&config).sphinx;
    let starter = |name: &str| Places::from_env(super::env).at(&format!("starter/{name}"));
    let (dictionary, model) = (starter("talk.dict"), starter("talk.lm"));
    let talk = (dictionary.is_file() && model.is_file()).then(|| SphinxFiles {
        dictionary,
        language_model: Some(model),
        ..general.clone()
    });
    let engine = Box::new(Recorded::open(&[Some(general), talk].into_iter().flatten().collect::<Vec<_>>())?);
    let why = if named {
        "the config says so"
    } else {
        "no Whisper model is installed; golem setup fetches one that hears better"
    };
    Ok((Choice { engine, why: why.into() }, SENTENCES))
}

/// Where a recording is parted, so that a long one is heard in bounded memory.
#[derive(Clone, Copy)]
struct Parting {
    /// Samples after which a pause parts it …
    after: usize,
    /// … when it is so many frames long.
    pause: usize,
}

/// For engines that are best in windows as long as Whisper knows.
const WINDOWS: Parting = Parting { after: 20 * RATE as usize, pause: 1 };
/// For engines that weigh language models: at pauses (0.5 s) between speakers or thoughts.
const SENTENCES: Parting = Parting { after: RATE as usize, pause: 16 };
/// Where it is parted anyhow.
const PART_AT_LAST: usize = 29 * RATE as usize;
/// A frame this far below the recording's loudest so far is a pause between words.
const PAUSE_DB: f32 = 35.0;

/// A recording on its way through the ears.
#[derive(Default)]
struct Hearing {
    parts: Vec<Transcript>,
    samples: usize,
}

impl Hearing {
    /// Feeds a recording the way the dialogue would, frame by frame.
    fn hear(&mut self, ears: &mut dyn Transcriber, reader: &mut Reader, parting: Parting) -> Result<()> {
        let (mut part, mut quiet, mut loudest) = (0, 0, f32::MIN);
        ears.start()?;
        while let Some(frame) = reader.next_frame() {
            ears.accept(&frame[..])?;
            self.samples += FRAME;
            part += FRAME;
            let level = decibels(&frame[..]);
            loudest = loudest.max(level);
            quiet = if level < loudest - PAUSE_DB { quiet + 1 } else { 0 };
            let pause = quiet >= parting.pause && quiet * FRAME < part; // after something was heard
            if part >= PART_AT_LAST || (part >= parting.after && pause) {
                self.parts.push(ears.finish(&Ticket::standing())?);
                ears.start()?;
                (part, quiet) = (0, 0);
            }
        }
        if part > 0 {
            self.parts.push(ears.finish(&Ticket::standing())?);
        }
        Ok(())
    }

    fn text(&self) -> String {
        let texts = self.parts.iter().map(|part| part.text.trim()).filter(|text| !text.is_empty());
        texts.collect::<Vec<_>>().join(" ")
    }
}

fn print_transcript(args: &TranscribeArgs, file: &Path, hearing: &Hearing, ms: f64) {
    if args.json {
        #[allow(clippy::cast_precision_loss)]
        let seconds = hearing.samples as f64 / f64::from(RATE);
        let first = hearing.parts.iter().find(|part| !part.text.is_empty()).cloned().unwrap_or_default();
        let line = json!({
            "file": file.display().to_string(), "text": hearing.text(), "seconds": seconds, "ms": (ms * 10.0).round() / 10.0,
            "language": first.language, "mean_logprob": first.mean_logprob, "no_speech": first.no_speech,
            "alternatives": first.alternatives,
        });
        println!("{line}");
    } else if args.files.len() > 1 {
        println!("{}: {}", file.display(), hearing.text());
    } else {
        println!("{}", hearing.text());
    }
}

pub fn vad(args: &VadArgs, config: &Config) -> Result<()> {
    let mut engine = registry::vad(&files(config))?;
    each(&args.files, |file| {
        let mut reader = Reader::open(file)?;
        engine.reset();
        let mut probabilities = Vec::new();
        while let Some(frame) = reader.next_frame() {
            probabilities.push(engine.probability(&frame)?);
        }
        if let Some(warning) = reader.warning() {
            eprintln!("golem: {}: {warning}", file.display());
        }
        let voices = stretches(&probabilities, config);
        if args.json {
            println!(
                "{}",
                json!({"file": file.display().to_string(), "voices": voices, "probabilities": probabilities})
            );
        } else {
            let list: Vec<_> = voices.iter().map(|[from, to]| format!("{from:.2}-{to:.2}")).collect();
            println!("{}: {}", file.display(), if list.is_empty() { "no voice".into() } else { list.join(" ") });
        }
        Ok(())
    })
}

/// Beginnings and ends of voices in seconds, as the dialogue's gate sees them.
fn stretches(probabilities: &[f32], config: &Config) -> Vec<[f64; 2]> {
    let mut gate = Gate::new(config.vad.clone());
    let frame = FRAME_TIME.as_secs_f64();
    let silence = std::time::Duration::from_millis(config.turn.silence_ms).as_secs_f64();
    let mut voices: Vec<[f64; 2]> = Vec::new();
    let mut run = 0_u32;
    for (index, probability) in (0_u32..).zip(probabilities) {
        let open = gate.push(*probability);
        run = if open { run + 1 } else { 0 };
        let now = f64::from(index + 1) * frame;
        match voices.last_mut() {
            Some(last) if open && now - last[1] < silence => last[1] = now,
            _ if open && gate.confirmed() => voices.push([now - f64::from(run) * frame, now]),
            _ => {}
        }
    }
    voices
}
