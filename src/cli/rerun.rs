//! `golem replay FOLDER`: a recorded session run again.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::Usage;
use crate::config::Config;
use crate::control::{json_line, plain_line};
use crate::message::{Note, Time};
use crate::runtime::assembly::{commands, files};
use crate::session::{SessionFolder, SessionReplay};

const EXAMPLES: &str = "\
Examples:
  golem --record ~/golem-bug                  talk until it goes wrong; the screen says REC meanwhile
  golem replay ~/golem-bug                    the same decisions, event by event
  golem replay ~/golem-bug --sound            also judge the recorded sound again
  golem --input ~/golem-bug/microphone.wav    what the present settings and models make of that sound";

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

/// Runs the session again; an error where it goes another way.
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
        let mut vad = crate::engine::registry::vad(&files(&Config::default()))?;
        let check = SessionReplay::check_sound(&folder, &mut *vad)?;
        eprintln!(
            "{} frames judged again: the probabilities differ by {:.6} at most, {} frames have no partner",
            check.frames, check.difference, check.unpaired
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
