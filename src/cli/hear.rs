//! `golem transcribe` and `golem vad`: recordings in, words or stretches of voice out.

mod progress;
pub(super) mod write;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use self::progress::ProgressLine;
use self::write::{FileTranscript, OutputTarget, TranscriptFormat};
use crate::config::Config;
use crate::device::wav::SoundReader;
use crate::dialog::vad::Gate;
use crate::engine::Vad;
use crate::engine::options::{AsrOptions, WordTiming};
use crate::engine::registry;
use crate::runtime::assembly::files;
use crate::runtime::recordings::RecordingAsr;
use crate::signal::frame::FRAME_TIME;
use crate::transcribe::listen::{FileListener, TranscriptPart};
use crate::turn::Ticket;

#[derive(Debug, Args)]
pub struct TranscribeArgs {
    /// Sound or film files of nearly any kind and rate; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Hear everything, also where no voice is found
    #[arg(long)]
    all: bool,
    /// What is spoken, such as en or ru; auto hears it anew in each part, of asr.languages if they are set
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// Write to a file (.txt, .json, .srt or .vtt), or into a folder a file for each recording
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    form: FormArgs,
    /// When each word was said and how sure the ears are of it: a line per word, with --json in each part
    #[arg(long, conflicts_with_all = ["timestamps", "srt", "vtt"])]
    words: bool,
}

impl TranscribeArgs {
    /// The form that was asked for.
    fn asked(&self) -> Option<TranscriptFormat> {
        self.form.asked().or(self.words.then_some(TranscriptFormat::Words))
    }

    /// Subtitles are cut at words where their times are known; nothing else needs them unasked.
    fn timing(&self, target: &OutputTarget) -> WordTiming {
        match target.form() {
            _ if self.words => WordTiming::Required,
            TranscriptFormat::Srt | TranscriptFormat::Vtt => WordTiming::WhereKnown,
            _ => WordTiming::Off,
        }
    }
}

/// The form, at most one.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags, of which clap takes one")]
#[group(multiple = false)]
struct FormArgs {
    /// A line per part with its times, as on a terminal
    #[arg(long)]
    timestamps: bool,
    /// A line of JSON per file: file, text, seconds, ms, what the engine knows besides, and each part with start and end
    #[arg(long)]
    json: bool,
    /// Subtitles as SubRip
    #[arg(long)]
    srt: bool,
    /// Subtitles as WebVTT
    #[arg(long)]
    vtt: bool,
}

impl FormArgs {
    fn asked(&self) -> Option<TranscriptFormat> {
        let forms = [
            (self.timestamps, TranscriptFormat::Lines),
            (self.json, TranscriptFormat::Json),
            (self.srt, TranscriptFormat::Srt),
            (self.vtt, TranscriptFormat::Vtt),
        ];
        forms.into_iter().find_map(|(asked, form)| asked.then_some(form))
    }
}

#[derive(Debug, Args)]
pub struct VadArgs {
    /// Sound or film files of nearly any kind and rate; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A line of JSON per file, with the probability of every 32 ms frame
    #[arg(long)]
    json: bool,
}

/// Does `work` on every file. If a file fails, prints the error and goes on with the next.
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
    let usual = if std::io::stdout().is_terminal() { TranscriptFormat::Lines } else { TranscriptFormat::Text };
    let target = OutputTarget::choose(args.asked(), args.output.as_deref(), &args.files, usual)?;
    let mut config = config.clone();
    if let Some(language) = &args.language {
        config.asr.language.clone_from(language);
    }
    let ears = RecordingAsr::choose(&config);
    let choice = ears.open()?;
    let mut asr = choice.engine;
    eprintln!("ears: {} ({})", asr.describe(), choice.why);
    asr.follow(&AsrOptions { words: args.timing(&target), ..AsrOptions::default() })?;
    let mut vad = if args.all { None } else { voice_filter(&config) };
    let mut listener = FileListener::new(asr.as_mut(), vad.as_deref_mut(), &config, ears.pause_limit());
    let stop = Ticket::standing();
    each(&args.files, |file| {
        let mut reader = SoundReader::open(file)?;
        if target.shows_parts() && args.files.len() > 1 {
            write::show(&format!("{}:\n", file.display()))?;
        }
        let (mut parts, mut shown) = (Vec::new(), Ok(()));
        let line = ProgressLine::new(file);
        let on_part = |part: TranscriptPart| {
            if target.shows_parts() && shown.is_ok() {
                line.clear();
                shown = write::show(&write::line(&part));
            }
            parts.push(part);
        };
        let heard = listener.hear(&mut reader, &stop, on_part, |progress| line.show(progress));
        line.clear();
        let seconds = heard.with_context(|| file.display().to_string())?.as_secs_f64();
        shown?;
        if let Some(warning) = reader.warning() {
            eprintln!("golem: {warning}");
        }
        let ms = line.elapsed().as_secs_f64() * 1e3;
        target.write(&FileTranscript { file, parts: &parts, seconds, ms })
    })
}

/// The voice detector. If it cannot be loaded, prints why, and everything is transcribed.
fn voice_filter(config: &Config) -> Option<Box<dyn Vad>> {
    match registry::vad(&files(config)) {
        Ok(vad) => Some(vad),
        Err(error) => {
            eprintln!("golem: everything is heard, voice or not: {error}");
            None
        }
    }
}

pub fn vad(args: &VadArgs, config: &Config) -> Result<()> {
    let mut engine = registry::vad(&files(config))?;
    each(&args.files, |file| {
        let mut reader = SoundReader::open(file)?;
        engine.reset();
        let mut probabilities = Vec::new();
        while let Some(frame) = reader.next_frame() {
            probabilities.push(engine.probability(&frame)?);
        }
        if let Some(warning) = reader.warning() {
            eprintln!("golem: {warning}");
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
