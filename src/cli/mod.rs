//! The command line: its entry point, which runs the command that the arguments name.

mod args;
mod ask;
mod captions;
mod chat;
mod colour;
mod commanding;
mod config;
mod ctl;
mod daemon;
mod devices;
mod doctor;
mod echo_test;
mod enroll;
mod first;
mod followed;
mod hear;
mod help;
mod hints;
mod history;
mod intents;
mod log;
mod man;
mod models;
mod notify;
mod process;
mod prompter;
mod replay;
mod rerun;
mod say;
mod serve;
mod settings;
mod setup;
mod status_line;
mod usage;
mod wake;

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser};

use crate::config::Config;
use crate::config::file;
use crate::runtime::captions::source::NoMonitor;
use crate::runtime::service::Load;

pub use args::Cli;
use args::Sub;
pub use process::interrupted;
pub use usage::Usage;

/// Runs golem on the process's own arguments; 0 for success, 1 for failure, 2 for usage.
pub fn main() -> ExitCode {
    process::prepare_libraries();
    let cli = Cli::parse();
    process::start_log(cli.settings.log_level, cli.log_reader());
    if cli.only_prints() {
        process::end_with_reader();
    }
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ");
            eprintln!("golem: {text}");
            ExitCode::from(if error.is::<Usage>() || error.is::<NoMonitor>() || error.is::<file::ConfigError>() {
                2
            } else {
                1
            })
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    // A wrong setting ends all commands but four: `doctor`, which reports it, `help`, `ctl` (a running golem has
    // settings of its own), and `config check|default|path`.
    let apart = match &cli.command {
        Some(Sub::Doctor(_) | Sub::Help(_) | Sub::Ctl(_)) => true,
        Some(Sub::Config { what }) => config::looks(what),
        _ => false,
    };
    let mut config = if apart { Config::default() } else { cli.load()? };
    match cli.command {
        None if config.intents.only && cli.replay.independent() && cli.record.is_none() => {
            commanding::run(&cli.replay, &config, cli.json)
        }
        None if cli.replay.wanted() => replay::run(&cli.replay, &config, cli.record.as_deref(), cli.json),
        None if cli.daemon.wanted() => {
            daemon::run(&cli.daemon, &cli.socket.path(), cli.record.as_deref(), &|| cli.load())
        }
        None => {
            let own = cli.settings.given() || cli.commanding.given() || cli.record.is_some();
            let elsewhere = ctl::running(&cli.socket.path(), own)?;
            if elsewhere.is_none() && first::welcome(&cli.settings, &config)? {
                config = cli.load()?;
            }
            let ways = (&*cli.socket.path(), cli.record.as_deref(), &(|| cli.load()) as Load);
            chat::run(&config, elsewhere, ways, cli.plain, cli.json)
        }
        Some(Sub::Replay(args)) => rerun::run(&args),
        Some(Sub::Ctl(args)) => ctl::run(&args, &cli.socket.path()),
        Some(Sub::Devices { json }) => {
            devices::run(json);
            Ok(())
        }
        Some(Sub::EchoTest(args)) => echo_test::run(&args, &config),
        Some(Sub::Transcribe(args)) => hear::transcribe(&args, &config),
        Some(Sub::Captions(args)) => captions::run(&args, &config, &cli.socket.path()),
        Some(Sub::Hints(args)) => hints::run(&args, &config, &cli.socket.path()),
        Some(Sub::Prompter(args)) => prompter::run(&args, &config, &cli.socket.path()),
        Some(Sub::Vad(args)) => hear::vad(&args, &config),
        Some(Sub::Enroll(args)) => enroll::run(&args, &config),
        Some(Sub::Say(args)) => say::run(&args, &config),
        Some(Sub::Serve(args)) => serve::run(&args, &config),
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
        Some(Sub::Help(args)) => help::run(&args, Cli::command()),
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
fn bench(what: &crate::bench::Bench, config: &Config, settings: &settings::SettingArgs) -> Result<()> {
    use crate::runtime::assembly::{commands, files};
    let path = settings.path().map(|(path, _)| path);
    crate::bench::run(what, config, &files(config), || Ok(commands(config)?), path.as_deref())
}
