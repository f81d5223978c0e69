//! `golem ctl`: steering a golem that runs.

mod shown;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use self::shown::{offered, shown};
use crate::control::client::Client;
use crate::control::server::{self, SocketError};
use crate::control::wire::{Answer, Wish};
use crate::control::{Mode, Part, clean};
use crate::runtime::assembly::env;

const EXAMPLES: &str = "\
Examples:
  golem ctl status                    is it listening, and with what?
  golem ctl listen                    bound to a key: speak after it
  golem ctl say \"The tea is ready.\"
  golem ctl ask what time is it
  golem ctl mode intent               take commands and nothing else
  golem ctl offers                    which microphones, loudspeakers, voices, ears and brains there are
  golem ctl switch loudspeaker USB    go on with another one
  golem ctl status --json | jq .muted
  golem ctl reload                    after a change of the config";

/// Where the golem is that runs.
#[derive(Clone, Debug, Default, Args)]
pub struct SocketArgs {
    /// Control socket [default: $GOLEM_SOCKET, or golem.sock under $XDG_RUNTIME_DIR]
    #[arg(long, value_name = "PATH", global = true)]
    socket: Option<PathBuf>,
}

impl SocketArgs {
    /// Where the socket is.
    pub fn path(&self) -> PathBuf {
        self.socket.clone().unwrap_or_else(|| server::path(env))
    }
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CtlArgs {
    /// The answer as a line of JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: Ctl,
}

#[derive(Debug, Subcommand)]
enum Ctl {
    /// Show how golem is and what it works with
    Status,
    /// Show what it has counted and timed
    Metrics,
    /// Stop listening
    Mute,
    /// Listen again
    Unmute,
    /// Listen now, whatever golem is doing, until the person is silent
    Listen,
    /// Stop speaking; no to a command that waits for a yes
    Stop,
    /// Say the last reply again
    Repeat,
    /// Say a text
    Say {
        /// The text
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Ask a question, or give a command, as if it had been said
    Ask {
        /// The words
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Yes to a command that waits for it
    Yes,
    /// No to a command that waits for a yes
    No,
    /// Change what golem takes words for
    Mode {
        /// Conversation and commands, or commands only
        mode: ModeArg,
    },
    /// List the microphones, loudspeakers, voices, ears and brains to switch to
    Offers,
    /// Go on with another microphone, loudspeaker or voice, other ears or another brain
    Switch {
        /// What to exchange
        part: PartArg,
        /// Which one, as `golem ctl offers` calls it
        name: String,
    },
    /// Read the config again
    Reload,
    /// End golem
    Quit,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PartArg {
    Microphone,
    Loudspeaker,
    Voice,
    Ears,
    Brain,
}

impl PartArg {
    fn part(self) -> Part {
        match self {
            Self::Microphone => Part::Microphone,
            Self::Loudspeaker => Part::Loudspeaker,
            Self::Voice => Part::Voice,
            Self::Ears => Part::Ears,
            Self::Brain => Part::Brain,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeArg {
    Chat,
    Intent,
}

impl Ctl {
    fn wish(&self) -> Wish {
        match self {
            Self::Status => Wish::Status,
            Self::Metrics => Wish::Metrics,
            Self::Mute => Wish::Mute,
            Self::Unmute => Wish::Unmute,
            Self::Listen => Wish::Listen,
            Self::Stop => Wish::Stop,
            Self::Repeat => Wish::Repeat,
            Self::Say { text } => Wish::Say { text: text.join(" ") },
            Self::Ask { text } => Wish::Ask { text: text.join(" ") },
            Self::Yes => Wish::Answer { yes: true },
            Self::No => Wish::Answer { yes: false },
            Self::Mode { mode: ModeArg::Chat } => Wish::Mode { mode: Mode::Chat },
            Self::Mode { mode: ModeArg::Intent } => Wish::Mode { mode: Mode::Intent },
            Self::Offers => Wish::Offers,
            Self::Switch { part, name } => Wish::Switch { part: part.part(), name: name.clone() },
            Self::Reload => Wish::Reload,
            Self::Quit => Wish::Quit,
        }
    }
}

/// Sends golem one request and shows the answer, or the outcome where that arrives later.
pub fn run(args: &CtlArgs, socket: &Path) -> Result<()> {
    let client = Client::connect(socket)?;
    match &args.what {
        Ctl::Offers => {
            let offers = client.offers()?;
            print(args.json.then_some(&offers), || offered(&offers))
        }
        Ctl::Switch { part, name } => {
            let ready = client.switch(part.part(), name)?;
            print(args.json.then_some(&ready), || format!("{}: {}\n", ready.part, clean(&ready.what)))
        }
        other => answered(client, other, args.json),
    }
}

fn answered(mut client: Client, what: &Ctl, json: bool) -> Result<()> {
    let answer = client.ask(what.wish())?;
    print(json.then_some(&answer), || shown(&answer))?;
    match answer {
        Answer::Refused { reason } => bail!(reason),
        _ => Ok(()),
    }
}

/// As a line of JSON where that is wanted, else in words.
fn print(json: Option<&impl Serialize>, words: impl FnOnce() -> String) -> Result<()> {
    match json {
        Some(thing) => println!("{}", serde_json::to_string(thing)?),
        None => print!("{}", words()),
    }
    Ok(())
}

/// The golem that runs on `socket`, if one does and this one was not asked to be another (`own`).
///
/// # Errors
/// When something is there that golem cannot talk to.
pub fn running(socket: &Path, own: bool) -> Result<Option<Client>, SocketError> {
    match Client::connect(socket) {
        Ok(_) if own => {
            eprintln!("golem: one runs on {} already; this one runs beside it with its own settings", socket.display());
            Ok(None)
        }
        Ok(client) => Ok(Some(client)),
        Err(SocketError::Absent(_) | SocketError::Long(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
