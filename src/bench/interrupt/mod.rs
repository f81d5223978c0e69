//! The curves of barge-in: how surely and how soon voices cut a reply, against how often other sounds do, by the rule
//! for a bare microphone and by the one behind an echo canceller.

mod curve;
mod fillers;
mod judge;
mod material;
mod report;
mod short_words;
mod sweep;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::Args;

use self::curve::{BargeFeed, Setting};
use self::judge::CutJudge;
use self::sweep::Sweep;
use crate::config::Config;
use crate::engine::registry::{self, Files};

/// What to measure.
#[derive(Clone, Debug, Args)]
pub struct InterruptArgs {
    /// Folder with recordings in folders named voices, sentences, commands, keywords, fillers, noise, residual
    /// [default: ../shared/speech of the checkout]
    folder: Option<PathBuf>,
    /// Take at most so many recordings of a folder, a kind of sound, or a word
    #[arg(long, value_name = "COUNT", default_value_t = usize::MAX, hide_default_value = true)]
    limit: usize,
    /// Have the installed recogniser judge what cut the reply, as golem does: the share of cuts that lose it
    #[arg(long)]
    words: bool,
    /// Draw the curves into an SVG file, and those behind a canceller into one beside it whose name ends in -cancelled
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Measures and prints.
pub fn run(args: &InterruptArgs, config: &Config, files: &Files) -> Result<()> {
    let speech = args.folder.clone().unwrap_or_else(super::checkout::speech);
    ensure!(speech.is_dir(), "there are no recordings at {}; name a folder of some", speech.display());
    let mut vad = registry::vad(files)?;
    let mut voices = material::voices(&speech, &mut *vad, args.limit)?;
    let noises = material::noises(&speech, &mut *vad, args.limit)?;
    ensure!(!noises.is_empty(), "no folder of {} has other sounds: noise, residual", speech.display());
    ensure!(!voices.is_empty(), "no folder of {} has voices: voices, sentences, commands, keywords", speech.display());
    let words = short_words::read(&speech, &config.tts, files, &mut *vad, args.limit)?;
    voices.extend(words.interrupting);
    let mut fillers = fillers::read(&speech, &mut *vad, args.limit)?;
    fillers.push(words.attentive);
    let judge = args.words.then(|| registry::asr(&config.asr, files, None)).transpose()?;
    let mut judge = judge.map(|chosen| CutJudge::new(config, chosen.engine));
    let sweep = Sweep { config, voices: &voices, noises: &noises };
    for feed in BargeFeed::ALL {
        let own = Setting::of(feed, &config.vad, &config.barge_in);
        let swept = sweep.settings(feed);
        println!("\n{}\n", own.in_words(&config.barge_in));
        report::print_voices(&sweep, own);
        report::print_noises(&sweep, own, judge.as_mut())?;
        report::print_fillers(&sweep, &fillers, own, judge.as_mut())?;
        report::print_settings(&swept);
        if let Some(path) = &args.svg {
            report::draw(feed, &swept, &sweep.rates(own), path)?;
        }
    }
    print_missing(&speech, &words.unspoken)
}

/// Prints the kinds of sound of which there is no recording, and the `unspoken` words that only golem's voices said.
fn print_missing(speech: &Path, unspoken: &[&str]) -> Result<()> {
    let words = unspoken.iter().map(|word| format!("\"{word}\" by people"));
    let missing: Vec<String> = fillers::missing(speech)?.into_iter().map(str::to_owned).chain(words).collect();
    if !missing.is_empty() {
        println!("\nno recording is at hand of: {}", missing.join(", "));
    }
    Ok(())
}
