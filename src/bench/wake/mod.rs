//! `golem bench wake`: misses of the wake phrase, and false alarms where it was not said.
//!
//! The phrases are single words that people were recorded with; the spotter is fitted to synthetic voices alone. All
//! recordings without the word, and the noise, must not wake golem. They are heard as they are, in noise, and slower
//! and faster. Other speeds lengthen the test but leave the speakers the same, as the report says.

mod figures;
mod hearing;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;

use super::checkout::speech;
use crate::config::Config;
use crate::engine::registry::{self, Files};
use figures::PhraseFigures;
use hearing::{WakeRecording, WakeRig};

#[derive(Debug, Args)]
pub struct WakeBenchArgs {
    /// Folder of recordings with a manifest.tsv [default: ../shared/speech of the checkout]
    #[arg(long, value_name = "FOLDER")]
    speech: Option<PathBuf>,
    /// Phrase to listen for, as the manifest labels it; may be repeated [default: all labels of its folder "keywords"]
    #[arg(long, value_name = "TEXT")]
    phrase: Vec<String>,
    /// How often all is heard: as it is, in noise, slower, faster, slower and faster in noise
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=6))]
    rounds: u8,
    /// Do not ask the ears what was said
    #[arg(long)]
    spotter_only: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Write the curves as a picture, with the published figures of others as points
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Measures.
///
/// # Errors
/// When a recording or an engine cannot be used.
pub fn run(args: &WakeBenchArgs, config: &Config, files: &Files) -> Result<()> {
    let folder = args.speech.clone().unwrap_or_else(speech);
    let recordings = hearing::read(&folder)?;
    let phrases = if args.phrase.is_empty() { labels(&recordings) } else { args.phrase.clone() };
    ensure!(!phrases.is_empty(), "{} labels no keyword; name one with --phrase", folder.display());
    let names: Vec<&str> = phrases.iter().map(String::as_str).collect();
    let mut shown = 0;
    let spotter = registry::spotter_of(&names, &config.wake.language, &[], files, &mut |done| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most ten")]
        let tenth = (done * 10.0) as u8;
        if tenth != shown {
            shown = tenth;
            eprintln!("fitting: {tenth}0 %");
        }
    });
    let mut rig = WakeRig {
        vad: registry::vad(files)?,
        spotter: spotter.context("the wake phrase cannot be listened for")?,
        ears: (!args.spotter_only)
            .then(|| {
                registry::asr(
                    &phrases.iter().fold(config.asr.clone(), |asr, phrase| asr.expecting(phrase)),
                    files,
                    None,
                )
            })
            .transpose()?
            .map(|ears| ears.engine),
    };
    let ears = rig.ears.as_ref().map_or_else(|| "none".to_owned(), |ears| ears.describe());
    eprintln!("ears: {ears}");
    let rounds = rig.hear(&recordings, &phrases, args.rounds)?;
    let figures: Vec<PhraseFigures> =
        phrases.iter().enumerate().map(|(at, phrase)| PhraseFigures::of(phrase, at, &rounds, &config.wake)).collect();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&figures)?);
    } else {
        figures::print(&figures, &rounds, &ears);
    }
    args.svg.as_deref().map_or(Ok(()), |path| figures::chart(&figures).write(path))
}

/// The labels of all keywords, once each.
fn labels(recordings: &[WakeRecording]) -> Vec<String> {
    let mut labels: Vec<String> =
        recordings.iter().filter(|recording| recording.keyword).map(|recording| recording.label.clone()).collect();
    labels.sort();
    labels.dedup();
    labels
}
