//! `golem say`: text in, speech out.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Args;

use super::usage::Usage;
use crate::config::Config;
use crate::device::deck::Clip;
use crate::device::playback::Playback;
use crate::device::wav::WavWriter;
use crate::dialog::text::clause::Clauses;
use crate::engine::{Synthesizer, anywhere, delivery};
use crate::runtime::assembly::files;
use crate::runtime::stderr::hush;
use crate::signal::resample::resample;
use crate::turn::Ticket;
use crate::worker::playback::ROUND;

#[derive(Debug, Args)]
pub struct SayArgs {
    /// What to say; Markdown, links, code and emoji are left out as in a reply
    text: String,
    /// Write a WAV file instead of playing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(args: &SayArgs, config: &Config) -> Result<()> {
    let texts = Clauses::spoken(&args.text);
    if texts.is_empty() {
        return Err(Usage("there is nothing to say in that text; write for example golem say \"Hello\"".into()).into());
    }
    let choice = anywhere::voice(&config.tts, &files(config), Instant::now)?;
    let mut voice = choice.engine;
    match &args.output {
        Some(path) => write(voice.as_mut(), &texts, path),
        None => play(voice.as_mut(), &texts, config),
    }
}

fn write(voice: &mut dyn Synthesizer, texts: &[String], path: &std::path::Path) -> Result<()> {
    let mut writer = None;
    for text in texts {
        let speech = delivery::speak(voice, text, &Ticket::standing())?;
        if speech.samples.is_empty() {
            continue;
        }
        let own = speech.timing.rate;
        let (writer, rate) = match &mut writer {
            Some(open) => open,
            None => writer.insert((WavWriter::create(path, own)?, own)),
        };
        // Resample: a clause in another language may have a voice with another rate.
        let samples = if own == *rate { speech.samples } else { resample(&speech.samples, own, *rate) };
        writer.write(&samples)?;
    }
    if let Some((writer, _)) = writer {
        writer.finish()?;
    }
    Ok(())
}

fn play(voice: &mut dyn Synthesizer, texts: &[String], config: &Config) -> Result<()> {
    let interrupted = super::interrupted();
    let (mut playback, mut deck) = hush(|| Playback::open(&config.audio, 10))?;
    for (clause, text) in texts.iter().enumerate() {
        let speech = delivery::speak(voice, text, &Ticket::standing())?;
        deck.queue(Clip::new(1, clause, &speech.samples, &speech.timing, deck.rate()));
    }
    while !deck.idle() {
        if interrupted.load(std::sync::atomic::Ordering::SeqCst) {
            deck.cancel(2);
        }
        deck.pump();
        deck.progress();
        if let Some(notice) = playback.tend() {
            eprintln!("golem: {notice}");
        }
        // Sleep for one round of the playback: nothing ever arrives on this channel.
        let _ = crossbeam_channel::never::<()>().recv_timeout(ROUND);
    }
    Ok(())
}
