//! `golem doctor`: checks of everything that golem needs; each line says ok, or what to type.

mod brains;
mod finding;
mod software;
mod sound;
mod speech;
mod speed;
mod system;

use anyhow::{Result, bail};
use clap::Args;

use self::finding::{DoctorReport, Finding};
use super::settings::SettingArgs;
use crate::config::Config;
use crate::runtime::assembly::files;

pub use self::sound::meter;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  golem doctor              listens for two seconds, plays a tone, measures the engines
  golem doctor --quick      looks only: no sound, nothing measured
  golem doctor --json       for other programs")]
pub struct DoctorArgs {
    /// Look only: do not listen, play a tone or measure
    #[arg(long)]
    quick: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Looks at everything. A config that is wrong is a finding like any other; the rest is looked at with the defaults.
pub fn run(args: &DoctorArgs, settings: &SettingArgs) -> Result<()> {
    let mut report = DoctorReport::new(args.json);
    let config = match settings.load() {
        Ok(config) => {
            report.add(software::config(settings, &config));
            config
        }
        Err(error) => {
            report.add(Finding::broken("config", &error));
            Config::default()
        }
    };
    let files = files(&config);
    system::look(&config, &files, &mut report);
    software::look(&config, &files, &mut report);
    brains::look(&config, args.quick, &mut report);
    speech::look(&config, &files, args.quick, &mut report);
    sound::look(&config, args.quick, &mut report);
    if !args.quick {
        speed::measure(&config, &files, &mut report);
    }
    match report.end()? {
        0 => Ok(()),
        1 => bail!("one thing is to be mended"),
        count => bail!("{count} things are to be mended"),
    }
}
