//! `golem replay FOLDER`: a recorded session run again.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::Usage;
use crate::config::Config;
use crate::control::{json_line, plain_line};
use crate::engine::registry;
use crate::message::{Note, Time};
use crate::runtime::assembly::{commands, files};
use crate::session::{SessionFolder, SessionReplay};
use crate::worker::echo::EchoStage;
use crate::worker::vad::VadWorker;

const EXAMPLES: &str = "\
Examples:
  golem --record ~/golem-bug                  talk until it goes wrong; the screen says REC meanwhile
  golem replay ~/golem-bug                    the same decisions, event by event
  golem replay ~/golem-bug --sound            also judge the recorded sound again
  golem --input ~/golem-bug/microphone.wav    what the present settings and models make of that sound
  golem echo-test --input ~/golem-bug/echo.wav
                                              how golem's voice came back to the microphone";

#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RerunArgs {
    /// What `golem --record` wrote
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Also have the voice detector judge the recorded sound, and compare
    #[arg(long)]
    sound: bool,
    /// A line of JSON per event
    #[arg(long)]
    json: bool,
    /// Print nothing but the outcome
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the session again; an error if it makes other decisions.
pub fn run(args: &RerunArgs) -> Result<()> {
    let folder = SessionFolder::open(&args.folder);
    let replay = SessionReplay::open(folder.clone(), |config: &Config| anyhow::Ok(commands(config)?))?;
    let (events, difference) = replay.run(|at, note| {
        if !args.quiet {
            print(at, note, args.json);
        }
    })?;
    if let Some(difference) = difference {
        let line =
            |side: &Option<(Time, Note)>| side.as_ref().map_or("nothing".into(), |(at, note)| json_line(*at, note));
        let (recorded, replayed) = (line(&difference.recorded), line(&difference.replayed));
        bail!("event {} differs\n  recorded: {recorded}\n  replayed: {replayed}", difference.event);
    }
    if events == 0 {
        return Err(Usage(format!("{} holds no events", args.folder.display())).into());
    }
    eprintln!("the same {events} events");
    if args.sound {
        let echo = folder.read()?.1.echo;
        let files = files(&Config::default());
        let stage = EchoStage::open(&echo, || registry::vad(&files))?;
        let mut ear = VadWorker::new(registry::vad(&files)?);
        if folder.echo().exists() {
            ear = ear.with_echo(stage);
        }
        let check = SessionReplay::check_sound(&folder, |frame| {
            if let Some(played) = &frame.played {
                ear.played(&played[..]);
            }
            let heard = ear.step(frame.heard)?;
            Ok((heard.probability, heard.echo))
        })?;
        eprintln!(
            "{} frames judged again: the probabilities differ by {:.6} at most, {} frames have no partner, the echo is judged \
             in another way in {}",
            check.frames, check.difference, check.unpaired, check.echoes
        );
    }
    Ok(())
}

fn print(at: Time, note: &Note, json: bool) {
    if json {
        println!("{}", json_line(at, note));
    } else if let Some(line) = plain_line(note) {
        println!("[{:7.2}] {line}", at.as_secs_f64());
    }
}
