//! `golem history forget`: the question before it, and the deletion without a trace.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::choice::{Which, find};
use crate::cli::ask::Asker;
use crate::cli::usage::Usage;
use crate::history::Store;
use crate::worker::pauses::PauseFile;

/// Forget conversations for good
#[derive(Debug, Args)]
pub struct ForgetArgs {
    /// Which ones
    #[arg(value_name = "ID|last", conflicts_with_all = ["before", "all"])]
    which: Vec<Which>,
    /// Those in which nothing was said from this day on, such as 2026-01-31, or time, such as 2026-01-31T18:00:00Z
    #[arg(long, value_name = "DATE", conflicts_with = "all", value_parser = moment)]
    before: Option<i64>,
    /// All of them, and the mean of your pauses that turn.keep_pauses has kept
    #[arg(long)]
    all: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// A day (its beginning on this machine's clock) or a moment, in milliseconds since 1970.
fn moment(text: &str) -> Result<i64, String> {
    if let Ok(date) = text.parse::<Date>()
        && !text.contains('T')
    {
        let start = date.to_zoned(TimeZone::system()).map_err(|error| error.to_string())?;
        return Ok(start.timestamp().as_millisecond());
    }
    let time = text.parse::<Timestamp>().map(Timestamp::as_millisecond);
    time.map_err(|_| "write a day such as 2026-01-31, or a time such as 2026-01-31T18:00:00Z".into())
}

/// Forgets the mean of the person's own pauses, if it was kept and `args` name everything.
pub fn forget_pauses(file: &PauseFile, args: &ForgetArgs) -> Result<()> {
    if args.all && file.path().exists() && (args.yes || agreed("the mean of your pauses")?) {
        let path = file.path();
        std::fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
        println!("Forgotten: the mean of your pauses.");
    }
    Ok(())
}

/// Forgets what `args` name.
pub fn run(store: &mut Store, args: &ForgetArgs) -> Result<()> {
    if args.which.is_empty() && args.before.is_none() && !args.all {
        return Err(Usage("say which: numbers from `golem history list`, --before DATE, or --all".into()).into());
    }
    let ids = args.which.iter().map(|which| Ok(find(store, *which)?.id)).collect::<Result<Vec<_>>>()?;
    let count = match args.before {
        Some(time) => store.older(time)?,
        None if args.all => store.list(usize::MAX)?.len(),
        None => ids.len(),
    };
    // With `--all`, go on even if nothing is listed: an older or interrupted golem may have left traces of deleted
    // conversations.
    if count == 0 && !args.all {
        println!("There is nothing to forget.");
        return Ok(());
    }
    if !args.yes && !agreed(&conversations(count))? {
        println!("Nothing is forgotten.");
        return Ok(());
    }
    let gone = match args.before {
        Some(time) => store.forget_before(time)?,
        None if args.all => store.forget_all()?,
        None => store.forget(&ids)?,
    };
    println!("Forgotten: {}.", conversations(gone));
    Ok(())
}

fn conversations(count: usize) -> String {
    format!("{count} conversation{}", if count == 1 { "" } else { "s" })
}

/// Whether the person at the terminal says yes to forgetting `what`.
fn agreed(what: &str) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Err(Usage("nobody is there to be asked; add --yes to forget without a question".into()).into());
    }
    let question = format!("Forget {what} for good?");
    Asker::new(std::io::stdin().lock(), std::io::stdout()).agree(&question, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_understood() {
        assert_eq!(moment("1970-01-01T00:00:01Z"), Ok(1000));
        assert_eq!(moment("1970-01-01T01:00:00+01:00"), Ok(0));
        let day = moment("2026-01-31").unwrap();
        assert!((1_769_731_200_000..1_769_904_000_000).contains(&day), "{day}");
        for wrong in ["", "yesterday", "2026-02-30", "31.01.2026"] {
            assert!(moment(wrong).unwrap_err().contains("2026-01-31"), "{wrong}");
        }
    }
}
