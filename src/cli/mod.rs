//! The command line.

mod chat;
mod commanding;
mod config;
mod ctl;
mod daemon;
mod devices;
mod doctor;
mod first;
mod hear;
mod help;
mod history;
mod intents;
mod log;
mod man;
mod models;
mod notify;
mod process;
mod replay;
mod say;
mod setup;
mod wake;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::config::file::{self, Layer};
use crate::config::{Config, merge::merge};
use crate::model::catalogue::{Catalogue, CatalogueError};
use crate::runtime::assembly::env;

pub use process::interrupted;

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
  golem say \"Good morning\" --output morning.wav
  golem devices
  golem --set asr.engine=sphinx --set audio.input=2";

/// A voice assistant that lives in your terminal, runs on your machine, and can be interrupted.
#[derive(Debug, Parser)]
#[command(name = "golem", version, after_help = EXAMPLES, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    settings: SettingArgs,
    #[command(flatten)]
    replay: replay::ReplayArgs,
    #[command(flatten)]
    commanding: commanding::CommandArgs,
    #[command(flatten)]
    daemon: daemon::DaemonArgs,
    #[command(flatten)]
    socket: ctl::SocketArgs,
    /// A line of text per event instead of the screen
    #[arg(long)]
    plain: bool,
    /// A line of JSON per event instead of the screen
    #[arg(long, conflicts_with = "plain")]
    json: bool,
    #[command(subcommand)]
    command: Option<Sub>,
}

/// Settings, for every command.
#[derive(Clone, Debug, Args)]
struct SettingArgs {
    /// Config file [default: ~/.config/golem/config.toml]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Change a setting, such as asr.engine=sphinx; `golem config default` lists them
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    set: Vec<String>,
    /// How much goes to the log: error, warn, info, debug or trace; $GOLEM_LOG chooses more finely, and wins
    #[arg(long, value_name = "LEVEL", global = true, value_enum, hide_possible_values = true)]
    log_level: Option<process::LogLevel>,
}

#[derive(Debug, Subcommand)]
enum Sub {
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
    /// Write down what is said in recordings, with times or as subtitles
    Transcribe(hear::TranscribeArgs),
    /// Find the voices in recordings
    Vad(hear::VadArgs),
    /// Speak a text
    Say(say::SayArgs),
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

/// Usage that clap cannot judge: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Runs golem on the process's own arguments; 0 for success, 1 for failure, 2 for usage.
pub fn main() -> ExitCode {
    process::prepare_libraries();
    let cli = Cli::parse();
    process::start_log(cli.settings.log_level, cli.log_reader());
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
            eprintln!("golem: {text}");
            ExitCode::from(if error.is::<Usage>() || error.is::<file::ConfigError>() { 2 } else { 1 })
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    // A wrong setting ends all commands but `doctor`, which reports it, `help`, `ctl` (a running golem has settings of its
    // own) and `config check|default|path`.
    let apart = match &cli.command {
        Some(Sub::Doctor(_) | Sub::Help(_) | Sub::Ctl(_)) => true,
        Some(Sub::Config { what }) => config::looks(what),
        _ => false,
    };
    let mut config = if apart { Config::default() } else { cli.load()? };
    match cli.command {
        None if config.intents.only && cli.replay.independent() => commanding::run(&cli.replay, &config, cli.json),
        None if cli.replay.wanted() => replay::run(&cli.replay, &config, cli.json),
        None if cli.daemon.wanted() => daemon::run(&cli.daemon, &cli.socket.path(), &|| cli.load()),
        None => {
            let elsewhere = ctl::running(&cli.socket.path(), cli.settings.given() || cli.commanding.given())?;
            if elsewhere.is_none() && first::welcome(&cli.settings, &config)? {
                config = cli.load()?;
            }
            chat::run(&config, elsewhere, (&cli.socket.path(), &|| cli.load()), cli.plain, cli.json)
        }
        Some(Sub::Ctl(args)) => ctl::run(&args, &cli.socket.path()),
        Some(Sub::Devices { json }) => {
            devices::run(json);
            Ok(())
        }
        Some(Sub::Transcribe(args)) => hear::transcribe(&args, &config),
        Some(Sub::Vad(args)) => hear::vad(&args, &config),
        Some(Sub::Say(args)) => say::run(&args, &config),
        Some(Sub::Wake(args)) => wake::run(&args, &config),
        Some(Sub::Intents(args)) => intents::run(&args, &config),
        #[cfg(feature = "bench")]
        Some(Sub::Bench { what }) => bench(&what, &config, &cli.settings),
        #[cfg(not(feature = "bench"))]
        Some(Sub::Bench { .. }) => Err(Usage(
            "this binary was built without the measurements; a checkout has them: scripts/golem bench".into(),
        )
        .into()),
        Some(Sub::Setup(args)) => setup::run(&args, &cli.settings),
        Some(Sub::Doctor(args)) => doctor::run(&args, &cli.settings),
        Some(Sub::Help(args)) => help::run(&args),
        Some(Sub::Models(args)) => models::run(&args, cli.settings.path().as_ref().map(|(path, _)| path.as_path())),
        Some(Sub::Log(args)) => log::run(&args),
        Some(Sub::History(args)) => history::run(&args, &config.history),
        Some(Sub::Config { what }) => config::run(&what, &config, &cli.settings),
        Some(Sub::Completions { shell }) => {
            clap_complete::generate(shell, &mut Cli::command(), "golem", &mut std::io::stdout());
            Ok(())
        }
        Some(Sub::Man { folder }) => man::write(Cli::command(), &folder),
    }
}

#[cfg(feature = "bench")]
fn bench(what: &crate::bench::Bench, config: &Config, settings: &SettingArgs) -> Result<()> {
    use crate::runtime::assembly::{commands, files};
    let path = settings.path().map(|(path, _)| path);
    crate::bench::run(what, config, &files(config), || Ok(commands(config)?), path.as_deref())
}

impl Cli {
    /// The reader of standard error.
    fn log_reader(&self) -> process::LogReader {
        let screen = self.command.is_none() && !(self.plain || self.json || self.replay.wanted());
        match (self.daemon.wanted(), screen) {
            (true, _) => process::LogReader::Keeper,
            (false, true) => process::LogReader::File,
            (false, false) => process::LogReader::Person,
        }
    }

    /// The settings with the flags that stand for some of them.
    fn load(&self) -> Result<Config, file::ConfigError> {
        let mut config = self.settings.load()?;
        self.commanding.apply(&mut config);
        Ok(config)
    }
}

impl SettingArgs {
    /// Whether this golem was asked for other settings than the usual ones.
    fn given(&self) -> bool {
        self.config.is_some() || !self.set.is_empty()
    }

    fn path(&self) -> Option<(PathBuf, bool)> {
        let named = self.config.clone().map(|path| (path, true));
        named.or_else(|| file::default_path(env).map(|path| (path, false)))
    }

    /// Defaults <- file <- environment <- flags.
    fn load(&self) -> Result<Config, file::ConfigError> {
        let mut layers: Vec<Layer> = Vec::new();
        if let Some((path, named)) = self.path() {
            layers.extend(file::file_layer(&path, named)?);
        }
        layers.extend(file::env_layers(std::env::vars()));
        for flag in &self.set {
            layers.push(file::flag_layer(flag)?);
        }
        merge(&layers)
    }
}

/// Prints what golem has to do without.
fn warn(text: &str) {
    eprintln!("golem: {text}");
}

/// All models that are known by name, the user's own among them.
fn catalogue(settings: &SettingArgs) -> Result<Catalogue, CatalogueError> {
    Catalogue::load(settings.path().map(|(path, _)| Catalogue::own_path(&path)).as_deref())
}
