//! The arguments of golem and its commands.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

use super::settings::SettingArgs;
use super::{
    captions, commanding, config, ctl, daemon, doctor, echo_test, enroll, hear, help, hints, history, intents, log,
    models, process, prompter, replay, rerun, say, serve, setup, wake,
};
use crate::config::Config;
use crate::config::file;

const EXAMPLES: &str = "\
Examples:
  golem                                       talk; speak over it to interrupt
  golem --input question.wav --output reply.wav
                                              the same from a file, faster than real time
  golem --input a.wav --interrupt stop.wav@1.5 --events -
                                              speak over the reply after 1.5 s; events as JSON lines
  golem --intent-only                         commands and nothing else, no language model
  golem --intent-only --input *.wav --json --dry-run
                                              what would be done, a line of JSON per utterance
  golem --daemon                              listen without a screen; `golem` attaches to it
  golem ctl say \"The tea is ready\"            steer a golem that runs
  golem setup                                 choose and fetch models
  golem transcribe talk.mp3 --srt -o talk.srt
  golem captions --source system              words of what the computer plays
  golem say \"Good morning\" --output morning.wav
  golem serve                                 ears and voice for other programs
  golem devices
  golem --set asr.engine=sphinx --set audio.input=2";

/// A voice assistant that lives in your terminal, runs on your machine, and can be interrupted.
#[derive(Debug, Parser)]
#[command(name = "golem", version, after_help = EXAMPLES, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub(super) settings: SettingArgs,
    #[command(flatten)]
    pub(super) replay: replay::ReplayArgs,
    #[command(flatten)]
    pub(super) commanding: commanding::CommandArgs,
    #[command(flatten)]
    pub(super) daemon: daemon::DaemonArgs,
    #[command(flatten)]
    pub(super) socket: ctl::SocketArgs,
    /// Record this session into FOLDER: what golem hears, the events and the settings, for `golem replay`
    #[arg(long, value_name = "FOLDER")]
    pub(super) record: Option<PathBuf>,
    /// A line of text per event instead of the screen
    #[arg(long)]
    pub(super) plain: bool,
    /// A line of JSON per event instead of the screen
    #[arg(long, conflicts_with = "plain")]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Option<Sub>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Sub {
    /// Choose and fetch models, and write the config: three questions at most
    Setup(setup::SetupArgs),
    /// Look at everything golem needs: each line says ok, or what to type
    Doctor(doctor::DoctorArgs),
    /// List, fetch, verify, remove and import models
    Models(models::ModelsArgs),
    /// List microphones and loudspeakers
    Devices {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Measure how golem's own voice comes back to the microphone, and recommend settings
    EchoTest(echo_test::EchoTestArgs),
    /// Write down what is said in recordings, with times or as subtitles
    Transcribe(hear::TranscribeArgs),
    /// Show what is said while it is said: captions of the microphone, of what the computer plays, or of both
    Captions(captions::CaptionArgs),
    /// Show short hints to the questions that others ask: in a call, or around a table
    Hints(hints::HintArgs),
    /// Show the theses of your talk one at a time: the next one when you have said it
    Prompter(prompter::PrompterArgs),
    /// Find the voices in recordings
    Vad(hear::VadArgs),
    /// Enrol voices, and compare recordings with them
    Enroll(enroll::EnrollArgs),
    /// Speak a text
    Say(say::SayArgs),
    /// Serve golem's ears and voice to other programs
    Serve(serve::ServeArgs),
    /// Try the wake phrase, and record it in your voice
    Wake(wake::WakeArgs),
    /// Check, try and list commands files
    Intents(intents::IntentsArgs),
    /// Measure golem on this machine
    #[cfg(feature = "bench")]
    Bench {
        #[command(subcommand)]
        what: crate::bench::Bench,
    },
    /// Measure golem on this machine: a checkout does
    #[cfg(not(feature = "bench"))]
    #[command(hide = true)]
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        _what: Vec<String>,
    },
    /// Show what golem did: its log, and the journal of commands
    Log(log::LogArgs),
    /// Run a recorded session again: the same sound, events and settings must make the same decisions
    Replay(rerun::RerunArgs),
    /// Steer a golem that runs, with a screen or without
    Ctl(ctl::CtlArgs),
    /// Show, search, export and forget conversations that were kept
    History(history::HistoryArgs),
    /// Show and check the settings
    Config {
        #[command(subcommand)]
        what: config::ConfigSub,
    },
    /// Read the manual: its pages, what a command takes, passages that hold words
    Help(help::HelpArgs),
    /// Print a completion script for your shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Write the man pages into a folder: golem's and one for each command
    Man {
        /// Folder, such as ~/.local/share/man/man1
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
}

impl Cli {
    /// The reader of standard error.
    pub(super) fn log_reader(&self) -> process::LogReader {
        let screen = self.command.is_none() && !(self.plain || self.json || self.replay.wanted());
        match (self.daemon.wanted(), screen) {
            (true, _) => process::LogReader::Keeper,
            (false, true) => process::LogReader::File,
            (false, false) => process::LogReader::Person,
        }
    }

    /// Whether golem has nothing to do but to print an answer.
    pub(super) fn only_prints(&self) -> bool {
        use Sub::{Bench, Completions, Config, Devices, Doctor, History, Intents, Models, Vad, Wake};
        matches!(
            self.command,
            Some(
                Bench { .. }
                    | Completions { .. }
                    | Config { .. }
                    | Devices { .. }
                    | Doctor(_)
                    | History(_)
                    | Intents(_)
                    | Models(_)
                    | Vad(_)
                    | Wake(_)
            )
        )
    }

    /// The settings with the flags that stand for some of them.
    pub(super) fn load(&self) -> Result<Config, file::ConfigError> {
        let mut config = self.settings.load()?;
        self.commanding.apply(&mut config);
        Ok(config)
    }
}
