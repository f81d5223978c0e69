//! `golem wake`: the wake phrase tried on the microphone or a recording, and recorded in its owner's voice.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::process::interrupted;
use super::usage::Usage;
use crate::config::Config;
use crate::device::capture::Capture;
use crate::device::wav::{SoundReader, WavWriter};
use crate::device::{AudioSource, MicFrame};
use crate::dialog::vad::Gate;
use crate::engine::registry::{self, Files};
use crate::runtime::assembly::files;
use crate::runtime::stderr::hush;
use crate::runtime::wake;
use crate::signal::frame::{FRAME, FRAME_TIME, RATE};

/// Longest wait for a frame before looking whether to end.
const PATIENCE: Duration = Duration::from_millis(200);
/// Score from which a moment is shown.
const SHOWN: f32 = 0.05;
/// Recordings that are asked for.
const TAKES: usize = 3;
/// Longest recording of a phrase, in frames: 4 s.
const LONGEST: usize = 125;
/// Frames without a voice that end a recording: 0.5 s.
const SILENCE: usize = 16;

const EXAMPLES: &str = "\
Examples:
  golem wake test --phrase \"hey golem\"        say it, and other things; Ctrl-C ends it
  golem wake test --input talk.wav            the same with a recording
  golem wake record                           three recordings of you saying it";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct WakeArgs {
    #[command(subcommand)]
    what: WakeSub,
}

#[derive(Debug, Subcommand)]
enum WakeSub {
    /// Show how much what you say sounds like the phrase, until Ctrl-C
    Test {
        /// Hear a recording instead of the microphone
        #[arg(long, short, value_name = "FILE")]
        input: Option<PathBuf>,
        /// The phrase [default: the config's wake.phrase]
        #[arg(long, value_name = "TEXT")]
        phrase: Option<String>,
    },
    /// Record the phrase three times in your voice: golem then hears you better than others
    Record {
        /// The phrase [default: the config's wake.phrase]
        #[arg(long, value_name = "TEXT")]
        phrase: Option<String>,
    },
}

pub fn run(args: &WakeArgs, config: &Config) -> Result<()> {
    let (WakeSub::Test { phrase, .. } | WakeSub::Record { phrase }) = &args.what;
    let phrase = phrase.as_deref().unwrap_or(&config.wake.phrase).trim();
    if !phrase.chars().any(char::is_alphabetic) {
        let hint = "there is no wake phrase; set wake.phrase in the config, or give one with --phrase \"hey golem\"";
        return Err(Usage(hint.into()).into());
    }
    let files = files(config);
    match &args.what {
        WakeSub::Test { input, .. } => test(phrase, input.as_deref(), config, &files),
        WakeSub::Record { .. } => record(phrase, config, &files),
    }
}

/// Shows the score over time, and the verdict.
fn test(phrase: &str, input: Option<&Path>, config: &Config, files: &Files) -> Result<()> {
    let mut shown = None;
    let mut spotter = wake::spotter(phrase, files, &mut |done| {
        let percent = (done * 10.0).floor() * 10.0;
        if shown != Some(percent) {
            shown = Some(percent);
            eprintln!("learning \"{phrase}\": {percent:.0} %");
        }
    })?;
    let mut vad = registry::vad(files)?;
    let mut source: Box<dyn AudioSource> = match input {
        Some(path) => Box::new(SoundReader::open(path)?),
        None => Box::new(hush(|| Capture::open(&config.audio))?),
    };
    if input.is_none() {
        println!("say \"{phrase}\"; Ctrl-C ends");
    }
    let stop = interrupted();
    let (mut frames, mut best, mut calls, mut called) = (0_u32, (0.0_f32, 0.0), 0, None);
    while !stop.load(Ordering::SeqCst) {
        let frame = match source.next(PATIENCE)? {
            MicFrame::Frame(frame) => frame,
            MicFrame::End => break,
            MicFrame::Nothing | MicFrame::Notice(_) => continue,
        };
        let score = spotter.hear(&frame, vad.probability(&frame)?)?;
        frames += 1;
        let at = FRAME_TIME.as_secs_f64() * f64::from(frames);
        if score > best.0 {
            best = (score, at);
        }
        // Count a phrase once, however long it scores above the threshold.
        let calls_now = score >= config.wake.bar() && called.is_none_or(|since: f64| at - since > 1.0);
        if calls_now {
            (called, calls) = (Some(at), calls + 1);
        }
        if score >= SHOWN {
            println!("{}", line(at, score, calls_now));
        }
    }
    let setting = if config.wake.confirm { "wake.threshold" } else { "wake.threshold_alone" };
    println!("{}", verdict(calls, best, &format!("{setting} is {:.2}", config.wake.bar())));
    Ok(())
}

/// One moment as a line.
fn line(at: f64, score: f32, called: bool) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=30")]
    let bar = "#".repeat((score.clamp(0.0, 1.0) * 30.0).round() as usize);
    let called = if called { "called" } else { "" };
    format!("{at:8.2} s  {score:.2}  {bar:<30}  {called}").trim_end().to_owned()
}

/// The verdict on a test; `bar` says from which score on a call counts.
fn verdict(calls: u32, (score, at): (f32, f64), bar: &str) -> String {
    match calls {
        0 if score < SHOWN => format!("not called: nothing sounded like the phrase ({bar})"),
        0 => format!("not called: {score:.2} at most, at {at:.2} s ({bar})"),
        1 => format!("called once: {score:.2} at most, at {at:.2} s ({bar})"),
        _ => format!("called {calls} times: {score:.2} at most, at {at:.2} s ({bar})"),
    }
}

/// Records the phrase into the data folder.
fn record(phrase: &str, config: &Config, files: &Files) -> Result<()> {
    let folder = wake::folder(&files.wake_kept, phrase);
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    close(&files.wake_kept)?;
    let mut capture = hush(|| Capture::open(&config.audio))?;
    let mut vad = registry::vad(files)?;
    let stop = interrupted();
    for take in 1..=TAKES {
        println!("{take} of {TAKES}: say \"{phrase}\"");
        let mut gate = Gate::new(config.vad.clone());
        let (mut sound, mut begun, mut silent) = (Vec::<f32>::new(), false, 0);
        while sound.len() < LONGEST * FRAME && silent < SILENCE {
            if stop.load(Ordering::SeqCst) {
                return Ok(());
            }
            let MicFrame::Frame(frame) = capture.next(PATIENCE)? else { continue };
            let voiced = gate.push(vad.probability(&frame)?);
            begun |= gate.confirmed();
            silent = if voiced || !begun { 0 } else { silent + 1 };
            sound.extend_from_slice(&frame[..]);
            if !begun {
                // Keep a little sound from before the voice.
                let spare = sound.len().saturating_sub(10 * FRAME);
                sound.drain(..spare);
            }
        }
        let end = sound.len().saturating_sub(silent.saturating_sub(2) * FRAME);
        let mut writer = WavWriter::create(&folder.join(format!("{take}.wav")), RATE)?;
        writer.write(&sound[..end])?;
        writer.finish()?;
    }
    println!("kept in {}; golem learns them when it starts next", folder.display());
    Ok(())
}

/// Restricts a folder of recordings to its owner (mode 0700).
fn close(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
        .with_context(|| folder.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_line_with_its_score_as_a_bar() {
        assert_eq!(line(3.5, 1.0, true), format!("    3.50 s  1.00  {}  called", "#".repeat(30)));
        assert_eq!(line(12.25, 0.1, false), "   12.25 s  0.10  ###");
    }

    #[test]
    fn a_verdict_says_how_near_it_was() {
        let bar = "wake.threshold is 0.50";
        assert_eq!(
            verdict(0, (0.01, 1.0), bar),
            "not called: nothing sounded like the phrase (wake.threshold is 0.50)"
        );
        assert_eq!(verdict(0, (0.31, 2.5), bar), "not called: 0.31 at most, at 2.50 s (wake.threshold is 0.50)");
        assert_eq!(verdict(1, (0.9, 2.5), bar), "called once: 0.90 at most, at 2.50 s (wake.threshold is 0.50)");
        assert_eq!(verdict(3, (0.9, 2.5), bar), "called 3 times: 0.90 at most, at 2.50 s (wake.threshold is 0.50)");
    }
}
