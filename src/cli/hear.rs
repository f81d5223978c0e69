//! `golem transcribe` and `golem vad`: recordings in, words or stretches of voice out.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use super::files;
use crate::config::Config;
use crate::device::wav::{Reader, read_all};
use crate::dialog::vad::{FRAME_TIME, Gate};
use crate::engine::{FRAME, RATE, Transcriber, registry};
use crate::message::Transcript;
use crate::turn::Ticket;

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
    let choice = registry::ears(&config.asr, &files(config))?;
    let mut ears = choice.engine;
    eprintln!("ears: {} ({})", ears.describe(), choice.why);
    each(&args.files, |file| {
        let samples = read_all(file)?;
        let began = Instant::now();
        let transcript = hear(ears.as_mut(), &samples).with_context(|| file.display().to_string())?;
        let ms = began.elapsed().as_secs_f64() * 1e3;
        print_transcript(args, file, &samples, &transcript, ms);
        Ok(())
    })
}

fn print_transcript(args: &TranscribeArgs, file: &Path, samples: &[f32], transcript: &Transcript, ms: f64) {
    if args.json {
        #[allow(clippy::cast_precision_loss)]
        let seconds = samples.len() as f64 / f64::from(RATE);
        let line = json!({
            "file": file.display().to_string(), "text": transcript.text, "seconds": seconds, "ms": (ms * 10.0).round() / 10.0,
            "language": transcript.language, "mean_logprob": transcript.mean_logprob, "no_speech": transcript.no_speech,
            "alternatives": transcript.alternatives,
        });
        println!("{line}");
    } else if args.files.len() > 1 {
        println!("{}: {}", file.display(), transcript.text);
    } else {
        println!("{}", transcript.text);
    }
}

/// Feeds a whole recording the way the dialogue would, frame by frame.
fn hear(ears: &mut dyn Transcriber, samples: &[f32]) -> Result<Transcript> {
    ears.start()?;
    for frame in samples.chunks(FRAME) {
        ears.accept(frame)?;
    }
    Ok(ears.finish(&Ticket::standing())?)
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
        let voiced = gate.push(*probability);
        run = if voiced { run + 1 } else { 0 };
        let now = f64::from(index + 1) * frame;
        match voices.last_mut() {
            Some(last) if voiced && now - last[1] < silence => last[1] = now,
            _ if voiced && gate.confirmed() => voices.push([now - f64::from(run) * frame, now]),
            _ => {}
        }
    }
    voices
}
