//! `golem ctl`: steering a golem that runs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use crate::control::Mode;
use crate::control::client::Client;
use crate::control::server::{self, SocketError};
use crate::control::tally::{Metrics, Status};
use crate::control::wire::{Answer, Wish};

const EXAMPLES: &str = "\
Examples:
  golem ctl status                    is it listening, and with what?
  golem ctl listen                    bound to a key: speak after it
  golem ctl say \"The tea is ready.\"
  golem ctl ask what time is it
  golem ctl mode intent               take commands and nothing else
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
        self.socket.clone().unwrap_or_else(|| server::path(super::env))
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
    /// Read the config again
    Reload,
    /// End golem
    Quit,
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
            Self::Reload => Wish::Reload,
            Self::Quit => Wish::Quit,
        }
    }
}

/// Asks golem for one thing and shows the answer.
pub fn run(args: &CtlArgs, socket: &Path) -> Result<()> {
    let answer = Client::connect(socket)?.ask(args.what.wish())?;
    if args.json {
        println!("{}", serde_json::to_string(&answer)?);
    } else {
        print!("{}", shown(&answer));
    }
    match answer {
        Answer::Refused { reason } => bail!(reason),
        _ => Ok(()),
    }
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

fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Ok { text } if text.is_empty() => String::new(),
        Answer::Ok { text } => format!("{text}\n"),
        Answer::Status(status) => status_lines(status),
        Answer::Metrics(metrics) => metrics_lines(metrics),
        Answer::Refused { .. } => String::new(),
    }
}

fn status_lines(status: &Status) -> String {
    let state = match (&status.fatal, status.ready, status.muted) {
        (Some(reason), _, _) => format!("failed: {reason}"),
        (None, false, _) => "starting".into(),
        (None, true, true) => "muted".into(),
        (None, true, false) => format!("{:?}", status.state).to_lowercase(),
    };
    let mode = if status.mode == Mode::Intent { "commands only" } else { "conversation" };
    let mut text = format!(
        "{state}, {mode}\ngolem {}, process {}, running for {}, followed by {}\n",
        status.golem,
        status.pid,
        time(status.uptime),
        status.subscribers
    );
    for part in &status.parts {
        let _ = writeln!(text, "  {:<12} {}", part.part, part.what);
    }
    if status.dropped > 0 {
        let _ = writeln!(text, "  {} samples of the microphone dropped", status.dropped);
    }
    text
}

fn metrics_lines(metrics: &Metrics) -> String {
    let ignored: Vec<_> = metrics.ignored.iter().map(|(why, count)| format!("{why} {count}")).collect();
    let ignored = if ignored.is_empty() { "none".into() } else { ignored.join(", ") };
    #[allow(clippy::cast_precision_loss)] // for people
    let memory = metrics.memory as f64 / f64::from(1 << 20);
    let mut text = format!(
        "running for {}, {memory:.0} MiB, {} threads\n\
         voices {}, replies {}, commands {}, errors {}\n\
         interrupted: cut {}, resumed {}, dropped {}; ignored: {ignored}\n\
         samples dropped {}, events lost {}\n",
        time(metrics.uptime),
        metrics.threads,
        metrics.voices,
        metrics.turns,
        metrics.commands,
        metrics.errors,
        metrics.cut,
        metrics.resumed,
        metrics.cancelled,
        metrics.dropped,
        metrics.lost,
    );
    for (stage, spread) in &metrics.latency {
        let [p50, p95, max] = [spread.p50, spread.p95, spread.max].map(|seconds| seconds * 1e3);
        let _ =
            writeln!(text, "  {stage:<12} {p50:5.0} ms median, {p95:5.0} p95, {max:5.0} most, {} turns", spread.count);
    }
    text
}

/// Seconds as people say them.
fn time(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Ready;
    use crate::control::tally::Spread;

    #[test]
    fn a_status_reads_at_a_glance() {
        let part = Ready { part: "ears", what: "whisper base".into(), why: String::new() };
        let status = Status {
            golem: "1.0".into(),
            pid: 7,
            uptime: 4000,
            ready: true,
            muted: true,
            parts: vec![part],
            ..Status::default()
        };
        assert_eq!(
            status_lines(&status),
            "muted, conversation\ngolem 1.0, process 7, running for 1 h 6 min, followed by 0\n  ears         whisper base\n"
        );
        assert!(status_lines(&Status::default()).starts_with("starting"));
    }

    #[test]
    fn metrics_name_every_stage() {
        let spread = Spread { count: 3, p50: 0.25, p95: 0.5, max: 1.0 };
        let latency = [("first_sample".to_string(), spread)].into();
        let text = metrics_lines(&Metrics { latency, ..Metrics::default() });
        assert!(text.contains("first_sample   250 ms median,   500 p95,  1000 most, 3 turns"), "{text}");
    }
}
