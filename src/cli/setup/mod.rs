//! `golem setup`: at most three questions (language, models, and servers or the microphone), the fetching of the
//! models, and the config.

mod model_use;
mod servers;
mod settle;

use std::io::{IsTerminal, stderr, stdin};
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use self::settle::fetch;
pub use self::settle::write_config;
use super::ask::Asker;
use super::doctor;
use super::settings::{SettingArgs, catalogue};
use super::usage::Usage;
use crate::config::Config;
use crate::model::catalogue::Catalogue;
use crate::model::machine::Machine;
use crate::model::profile::{Level, ProfilePlan, SpokenLanguages, plan, recommend};
use crate::model::store;
use crate::phrases::Language;
use crate::runtime::assembly::{env, places};

#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "\
Examples:
  golem setup                                   three questions at most
  golem setup --yes                             none: what suits this machine
  golem setup --yes --language ru --profile tiny
  golem setup --yes --offline                   the starter pack, or what is installed already
  golem setup --from /media/stick/models        models from a folder instead of the network")]
pub struct SetupArgs {
    /// Ask nothing
    #[arg(long, short)]
    yes: bool,
    /// What you will speak: en, ru or both [default: that of the system]
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<SpokenLanguages>,
    /// Which models: tiny, balanced, quality, or starter for what golem brings along [default: what suits this machine]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// Open no connection
    #[arg(long)]
    offline: bool,
    /// Take models from this folder: another models folder, or copies of the hub's repositories
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
}

/// The name of the profile that fetches nothing.
const STARTER: &str = "starter";

/// The question after the language and the models: only one, so that there are three at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastQuestion {
    /// Which of the servers that run here are to be used.
    Servers,
    /// Whether golem shall listen for a moment.
    Microphone,
}

impl LastQuestion {
    /// The servers go first, because only a person can decide on them; `golem doctor` tries the microphone too.
    fn of(servers: bool, microphone: bool) -> Option<Self> {
        match (servers, microphone) {
            (true, _) => Some(Self::Servers),
            (false, true) => Some(Self::Microphone),
            (false, false) => None,
        }
    }
}

/// Asks, fetches, writes the config.
pub fn run(args: &SetupArgs, settings: &SettingArgs) -> Result<()> {
    let questions = !args.yes;
    if questions && !stdin().is_terminal() {
        return Err(Usage("there is no terminal to ask questions on; type: golem setup --yes".into()).into());
    }
    // A wrong config is reported before anything is fetched.
    let mut config = settings.load()?;
    let mut asker = Asker::new(stdin().lock(), stderr());
    let places = places();
    let machine = Machine::read(&store::writable(&places)?);
    eprintln!("This machine: {}.", machine.describe().join("; "));
    let catalogue = catalogue(settings)?;

    let speech = match args.language {
        Some(speech) => speech,
        None if questions => ask_language(&mut asker)?,
        None => system_speech(),
    };
    let advice = recommend(&machine, &catalogue, speech)?;
    let advised = advice.plan.map(|plan| plan.level);
    let level = match &args.profile {
        Some(name) if name == STARTER => None,
        Some(name) => Some(name.parse::<Level>().map_err(|error| Usage(format!("{error}, or starter")))?),
        None if args.offline && args.from.is_none() => settle::installed(&catalogue, speech, &places)?,
        None if questions => ask_profile(&mut asker, &catalogue, speech, &machine, advised)?,
        None => {
            advice.reasons.iter().for_each(|reason| eprintln!("  {reason}"));
            advised
        }
    };
    let mut chosen = level.map(|level| plan(&catalogue, level, speech)).transpose()?;
    if args.from.is_none() && !args.offline {
        chosen = chosen.map(|plan| settle::in_reach(plan, &catalogue, &places));
    }
    announce(chosen.as_ref(), args);
    if let Some(plan) = &chosen {
        fetch(plan, args.offline, args.from.clone(), &places)?;
    }
    let found = if args.offline { Vec::new() } else { servers::running(&config) };
    let last = if questions { LastQuestion::of(!found.is_empty(), !crate::device::list().is_empty()) } else { None };
    if last == Some(LastQuestion::Servers) {
        config = servers::with(&config, servers::choose(&mut asker, &found)?);
    } else {
        for found in &found {
            eprintln!("  {}", found.mention());
        }
    }
    let path = write_config(settings, &config, chosen.as_ref(), language(speech))?;
    if last == Some(LastQuestion::Microphone) && asker.agree("Shall golem listen to you for two seconds?", true)? {
        listen(&config);
    }
    eprintln!("\nYour settings are in {}, each with its explanation.", path.display());
    eprintln!("Type golem to talk, golem doctor to see how everything is, golem --help for more.");
    Ok(())
}

fn announce(plan: Option<&ProfilePlan>, args: &SetupArgs) {
    match plan {
        Some(plan) => eprintln!("\n{} for {}: {}.", plan.level, plan.speech, plan.cost()),
        None if args.offline => eprintln!(
            "\nNothing is fetched. The starter pack talks English; with a connection, golem setup gets better models."
        ),
        None => eprintln!("\nThe starter pack it is: small talk, sums and commands, in English."),
    }
}

fn ask_language<R: std::io::BufRead, W: std::io::Write>(asker: &mut Asker<R, W>) -> Result<SpokenLanguages> {
    let names = ["English", "Russian (русский)", "both"].map(|name| (name.to_owned(), Vec::new()));
    let default = SpokenLanguages::ALL.iter().position(|speech| *speech == system_speech()).unwrap_or_default();
    let chosen = asker.choose("Which language will you speak with golem?", &names, default)?;
    Ok(SpokenLanguages::ALL[chosen])
}

fn ask_profile<R: std::io::BufRead, W: std::io::Write>(
    asker: &mut Asker<R, W>,
    catalogue: &Catalogue,
    speech: SpokenLanguages,
    machine: &Machine,
    advised: Option<Level>,
) -> Result<Option<Level>> {
    let mut answers = Vec::new();
    for level in Level::ALL {
        let plan = plan(catalogue, level, speech)?;
        let [good, wait] = plan.feel(machine.cores);
        let advised = if advised == Some(level) { ", suits this machine" } else { "" };
        answers.push((format!("{level}{advised}: {}", plan.cost()), vec![good, wait]));
    }
    let starter = "nothing to fetch: small talk, sums and commands, in English".to_owned();
    answers.push((format!("{STARTER}: what golem brings along"), vec![starter]));
    let default = advised.map_or(Level::ALL.len(), |advised| advised as usize);
    let chosen = asker.choose("Which models?", &answers, default)?;
    Ok(Level::ALL.get(chosen).copied())
}

/// The languages of the system that golem speaks.
fn system_speech() -> SpokenLanguages {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter();
    let set = names.filter_map(env).find(|value| !value.is_empty()).unwrap_or_default();
    if Language::Russian.has(&set) { SpokenLanguages::Ru } else { SpokenLanguages::En }
}

/// The language that golem begins in.
fn language(speech: SpokenLanguages) -> &'static str {
    match speech {
        SpokenLanguages::Both => {
            speech.codes().iter().find(|code| **code == language(system_speech())).unwrap_or(&"en")
        }
        SpokenLanguages::En | SpokenLanguages::Ru => speech.codes().first().unwrap_or(&"en"),
    }
}

fn listen(config: &Config) {
    match doctor::meter(&config.audio) {
        Ok((quiet, loud)) if loud > quiet + 6.0 => eprintln!("Heard you: {quiet:.0} to {loud:.0} dB."),
        Ok((quiet, loud)) => {
            eprintln!("Heard nothing that stands out ({quiet:.0} to {loud:.0} dB). Type: golem doctor");
        }
        Err(reason) => eprintln!("The microphone: {reason}. Type: golem doctor"),
    }
}
