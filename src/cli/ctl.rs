//! `golem ctl`: steering a golem that runs.

mod shown;

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use self::shown::{offered, shown};
use crate::control::client::Client;
use crate::control::followed::Followed;
use crate::control::server::{self, SocketError};
use crate::control::wire::Response;
use crate::control::{Mode, Part, Request, clean};
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
  golem ctl next                      the next thesis of golem prompter, bound to a key
  golem ctl events hints | jq -r 'select(.type == \"hint\").text'
                                      hints as they come, for another program to draw
  golem ctl reload                    after a change of the config";

/// Where the golem is that runs.
#[derive(Clone, Debug, Default, Args)]
pub struct SocketArgs {
    /// Control socket [default: $GOLEM_SOCKET, or golem.sock under $XDG_RUNTIME_DIR]
    #[arg(long, value_name = "PATH", global = true)]
    socket: Option<PathBuf>,
}

impl SocketArgs {
    /// The path of the socket.
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
        #[arg(value_enum)]
        mode: Mode,
    },
    /// List the microphones, loudspeakers, voices, ears and brains to switch to
    Offers,
    /// Go on with another microphone, loudspeaker or voice, other ears or another brain
    Switch {
        /// What to exchange
        #[arg(value_enum)]
        part: Part,
        /// Which one, as `golem ctl offers` calls it
        name: String,
    },
    /// Show the next thesis of golem prompter
    Next,
    /// Show the thesis before it again
    Back,
    /// Follow what happens, a line of JSON per event
    Events {
        /// Whose events
        #[arg(value_enum, default_value_t = Followed::Golem)]
        of: Followed,
    },
    /// Read the config again
    Reload,
    /// End golem
    Quit,
}

impl Ctl {
    fn request(&self) -> Request {
        match self {
            Self::Status => Request::Status,
            Self::Metrics => Request::Metrics,
            Self::Mute => Request::Mute,
            Self::Unmute => Request::Unmute,
            Self::Listen => Request::Listen,
            Self::Stop => Request::Stop,
            Self::Repeat => Request::Repeat,
            Self::Say { text } => Request::Say { text: text.join(" ") },
            Self::Ask { text } => Request::Ask { text: text.join(" ") },
            Self::Yes => Request::Answer { yes: true },
            Self::No => Request::Answer { yes: false },
            Self::Mode { mode } => Request::Mode { mode: *mode },
            Self::Offers => Request::Offers,
            Self::Switch { part, name } => Request::Switch { part: *part, name: name.clone() },
            Self::Next => Request::Next,
            Self::Back => Request::Back,
            Self::Events { .. } => Request::Subscribe { level: false },
            Self::Reload => Request::Reload,
            Self::Quit => Request::Quit,
        }
    }

    /// The running program that takes the request.
    fn followed(&self) -> Followed {
        match self {
            Self::Next | Self::Back => Followed::Prompter,
            Self::Events { of } => *of,
            _ => Followed::Golem,
        }
    }
}

/// Sends golem one request and shows the answer, or the outcome where that arrives later.
pub fn run(args: &CtlArgs, socket: &Path) -> Result<()> {
    let followed = args.what.followed();
    let client = match Client::connect(&followed.socket(socket)) {
        Err(SocketError::Absent(path)) if followed != Followed::Golem => {
            bail!("no golem {followed} runs at {}; start one, see golem help hints", path.display())
        }
        client => client?,
    };
    match &args.what {
        Ctl::Events { .. } => events(client),
        Ctl::Offers => {
            let offers = client.offers()?;
            print(args.json.then_some(&offers), || offered(&offers))
        }
        Ctl::Switch { part, name } => {
            let ready = client.switch(*part, name)?;
            print(args.json.then_some(&ready), || format!("{}: {}\n", ready.part, clean(&ready.what)))
        }
        other => answered(client, other, args.json),
    }
}

/// Shows events until golem hangs up, or until their reader has gone away.
fn events(mut client: Client) -> Result<()> {
    client.subscribe(false)?;
    while let Some(line) = client.read_line()? {
        let mut out = std::io::stdout().lock();
        match out.write_all(&line).and_then(|()| out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
    Ok(())
}

fn answered(mut client: Client, what: &Ctl, json: bool) -> Result<()> {
    let answer = client.ask(what.request())?;
    print(json.then_some(&answer), || shown(&answer))?;
    match answer {
        Response::Refused { reason } => bail!(reason),
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
