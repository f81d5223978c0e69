//! `golem wake`: the wake phrase tried on the microphone or a recording, and recorded in its owner's voice.

mod confirmation;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use self::confirmation::{CallConfirmation, HeardCall};
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
  golem wake test --set wake.language=de      the same with the phrase as German voices say it
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
    /// Show how much what you say sounds like the phrase, and whether golem would listen, until Ctrl-C
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

/// The calls of a test.
#[derive(Clone, Copy, Debug, Default)]
struct CallTally {
    /// Those after which golem would have listened.
    called: u32,
    /// Those in which the recogniser did not hear the phrase.
    refused: u32,
}

impl CallTally {
    /// Counts and prints an answer of the recogniser, if there is one.
    fn take(&mut self, at: f64, heard: Option<HeardCall>) {
        let Some(heard) = heard else { return };
        self.called += u32::from(heard.confirmed);
        self.refused += u32::from(!heard.confirmed);
        println!("{}", answer(at, &heard));
    }
}

/// Shows the score over time, the recogniser's answers where it is asked, and the verdict.
fn test(phrase: &str, input: Option<&Path>, config: &Config, files: &Files) -> Result<()> {
    let mut shown = None;
    let mut spotter = wake::spotter(phrase, &config.wake.language, files, &mut |done| {
        let percent = (done * 10.0).floor() * 10.0;
        if shown != Some(percent) {
            shown = Some(percent);
            eprintln!("learning \"{phrase}\": {percent:.0} %");
        }
    })?;
    let mut vad = registry::vad(files)?;
    let mut ears = config.wake.confirm.then(|| CallConfirmation::open(phrase, config, files)).transpose()?;
    let mut source: Box<dyn AudioSource> = match input {
        Some(path) => Box::new(SoundReader::open(path)?),
        None => Box::new(hush(|| Capture::open(&config.audio))?),
    };
    if input.is_none() {
        println!("say \"{phrase}\"; Ctrl-C ends");
    }
    let stop = interrupted();
    let (mut at, mut best, mut called, mut tally) = (0.0, (0.0_f32, 0.0), None, CallTally::default());
    while !stop.load(Ordering::SeqCst) {
        let frame = match source.next(PATIENCE)? {
            MicFrame::Frame(frame) => frame,
            MicFrame::End => break,
            MicFrame::Nothing | MicFrame::Notice(_) => continue,
        };
        let probability = vad.probability(&frame)?;
        let score = spotter.hear(&frame, probability)?;
        at += FRAME_TIME.as_secs_f64();
        if score > best.0 {
            best = (score, at);
        }
        // Count a phrase once, however long it scores above the threshold.
        let fresh = called.is_none_or(|since: f64| at - since > 1.0);
        let calls_now = fresh && score >= config.wake.bar() && !ears.as_ref().is_some_and(CallConfirmation::listens);
        if calls_now {
            called = Some(at);
        }
        if score >= SHOWN {
            let mark = match &ears {
                _ if !calls_now => "",
                Some(_) => "asks the ears",
                None => "called",
            };
            println!("{}", line(at, score, mark));
        }
        match &mut ears {
            Some(ears) => tally.take(at, ears.hear(&frame, probability, calls_now)?),
            None => tally.called += u32::from(calls_now),
        }
    }
    if let Some(ears) = &mut ears {
        tally.take(at, ears.end()?);
    }
    let setting = if config.wake.confirm { "wake.threshold" } else { "wake.threshold_alone" };
    println!("{}", verdict(tally, best, &format!("{setting} is {:.2}", config.wake.bar())));
    Ok(())
}

/// One moment as a line; `mark` says what it leads to.
fn line(at: f64, score: f32, mark: &str) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=30")]
    let bar = "#".repeat((score.clamp(0.0, 1.0) * 30.0).round() as usize);
    format!("{at:8.2} s  {score:.2}  {bar:<30}  {mark}").trim_end().to_owned()
}

/// An answer of the recogniser as a line.
fn answer(at: f64, heard: &HeardCall) -> String {
    let verdict = if heard.confirmed { "called" } else { "not the phrase" };
    format!("{at:8.2} s  heard \"{}\": {verdict}", heard.words)
}

/// The verdict on a test; `bar` says from which score on the spotter takes sound for the phrase.
fn verdict(tally: CallTally, (score, at): (f32, f64), bar: &str) -> String {
    let called = match tally.called {
        0 if score < SHOWN => return format!("not called: nothing sounded like the phrase ({bar})"),
        0 => "not called".to_owned(),
        1 => "called once".to_owned(),
        called => format!("called {called} times"),
    };
    let refused = match tally.refused {
        0 => String::new(),
        refused => format!("; refused by the ears: {refused}"),
    };
    format!("{called}: {score:.2} at most, at {at:.2} s ({bar}){refused}")
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
        assert_eq!(line(3.5, 1.0, "called"), format!("    3.50 s  1.00  {}  called", "#".repeat(30)));
        assert_eq!(line(12.25, 0.1, ""), "   12.25 s  0.10  ###");
    }

    #[test]
    fn an_answer_of_the_ears_is_shown_and_counted() {
        let heard = |confirmed| HeardCall { words: "hey golem".into(), confirmed };
        assert_eq!(answer(3.5, &heard(true)), "    3.50 s  heard \"hey golem\": called");
        assert_eq!(answer(3.5, &heard(false)), "    3.50 s  heard \"hey golem\": not the phrase");
        let mut tally = CallTally::default();
        for heard in [None, Some(heard(true)), Some(heard(false)), Some(heard(false))] {
            tally.take(1.0, heard);
        }
        assert_eq!((tally.called, tally.refused), (1, 2));
    }

    #[test]
    fn a_verdict_says_how_near_it_was_and_what_the_ears_refused() {
        let said = |(called, refused), score| verdict(CallTally { called, refused }, (score, 2.5), "the bar");
        assert_eq!(said((0, 0), 0.01), "not called: nothing sounded like the phrase (the bar)");
        assert_eq!(said((0, 0), 0.31), "not called: 0.31 at most, at 2.50 s (the bar)");
        assert_eq!(said((1, 0), 0.9), "called once: 0.90 at most, at 2.50 s (the bar)");
        assert_eq!(said((0, 1), 0.9), "not called: 0.90 at most, at 2.50 s (the bar); refused by the ears: 1");
        assert_eq!(said((3, 2), 0.9), "called 3 times: 0.90 at most, at 2.50 s (the bar); refused by the ears: 2");
    }
}
