//! `golem log`: golem's own log and the journal of commands, in the order of their times.

mod commands;
mod entry;
mod messages;
mod tail;

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use jiff::Timestamp;

use super::colour::coloured;
use super::process;
use crate::executor::journal;
use crate::runtime::assembly::env;
use entry::{LogEntry, LogRecord};
use tail::Tail;

/// Interval of looking at files that are followed.
const LOOK: Duration = Duration::from_millis(250);

/// Show what golem did: its log, and the journal of commands
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags of the command line
pub struct LogArgs {
    /// Show this many of the last messages and utterances
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 50)]
    last: usize,
    /// Only what was heard, decided and done as a command
    #[arg(long, conflicts_with = "messages")]
    commands: bool,
    /// Only golem's own log, with what its libraries print
    #[arg(long)]
    messages: bool,
    /// A line of JSON for each; those of the journal as they are
    #[arg(long)]
    json: bool,
    /// Wait for more
    #[arg(short, long)]
    follow: bool,
    /// Read another journal [default: ~/.local/state/golem/commands.jsonl]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Read another log, such as that of `golem --daemon --log FILE` [default: ~/.local/state/golem/golem.log]
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// A file that is read from its beginning, or from that of the one before it, and perhaps followed.
struct LogTail {
    tail: Tail,
    record: Box<dyn LogRecord>,
}

impl LogTail {
    fn new(path: &Path, record: impl LogRecord + 'static) -> Self {
        Self { tail: Tail::new(path), record: Box::new(record) }
    }

    /// The entries written so far.
    fn past(&mut self) -> Result<Vec<LogEntry>> {
        let mut lines = Tail::new(&process::before(self.tail.path())).lines().unwrap_or_default();
        lines.extend(self.tail.lines().with_context(|| format!("cannot read {}", self.tail.path().display()))?);
        Ok(self.record.all(&lines))
    }

    /// The entries written since the last call.
    fn news(&mut self) -> Result<Vec<LogEntry>> {
        let lines = self.tail.lines().with_context(|| format!("cannot read {}", self.tail.path().display()))?;
        Ok(lines.iter().filter_map(|line| self.record.one(line)).collect())
    }
}

/// Shows the log and the journal.
pub fn run(args: &LogArgs) -> Result<()> {
    let colour = coloured();
    let nowhere = "neither $XDG_STATE_HOME nor $HOME is set; name the files with --journal and --file";
    let mut readings = Vec::new();
    // A person who names one of the files wants only that one.
    let only = |this: &Option<PathBuf>, other: &Option<PathBuf>| this.is_some() && other.is_none();
    if !args.commands && !only(&args.journal, &args.file) {
        let path = args.file.clone().or_else(process::log_path).context(nowhere)?;
        readings.push(LogTail::new(&path, messages::LogView::new(args.json, colour)));
    }
    if !args.messages && !only(&args.file, &args.journal) {
        let path = args.journal.clone().or_else(|| journal::default_path(env)).context(nowhere)?;
        readings.push(LogTail::new(&path, commands::JournalView::new(args.json, colour)));
    }
    let mut past = Vec::new();
    for reading in &mut readings {
        past.push(reading.past()?);
    }
    let entries = merged(past);
    if entries.is_empty() && !args.follow {
        let paths: Vec<_> = readings.iter().map(|reading| reading.tail.path().display().to_string()).collect();
        eprintln!("golem: nothing is in {} yet", paths.join(" and "));
        return Ok(());
    }
    let shown: String =
        entries.iter().skip(entries.len().saturating_sub(args.last)).map(|entry| &*entry.text).collect();
    if show(&shown)? && args.follow { follow(&mut readings) } else { Ok(()) }
}

/// Shows what is added, until Ctrl-C or until standard output is closed.
fn follow(readings: &mut [LogTail]) -> Result<()> {
    let stop = super::interrupted();
    let tick = crossbeam_channel::tick(LOOK);
    while !stop.load(Ordering::SeqCst) {
        let mut news = Vec::new();
        for reading in &mut *readings {
            news.push(reading.news()?);
        }
        let text: String = merged(news).into_iter().map(|entry| entry.text).collect();
        if !text.is_empty() && !show(&text)? {
            return Ok(());
        }
        // If a tick fails to come, look all the same.
        let _ = tick.recv();
    }
    Ok(())
}

/// The entries of several files in the order of their times. The entries of one file stay in its order, and an entry
/// without a time stays with the entry before it.
fn merged(files: Vec<Vec<LogEntry>>) -> Vec<LogEntry> {
    let mut timed = Vec::new();
    for entries in files {
        let mut last = Timestamp::MIN;
        for entry in entries {
            last = last.max(entry.time.unwrap_or(last));
            timed.push((last, entry));
        }
    }
    timed.sort_by_key(|(time, _)| *time);
    timed.into_iter().map(|(_, entry)| entry).collect()
}

/// Writes to standard output; false when its reader has closed it.
fn show(text: &str) -> Result<bool> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        other => Ok(other.map(|()| true)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_shown_in_the_order_of_their_times() {
        let file = |entries: &[(&str, &str)]| -> Vec<LogEntry> {
            entries.iter().map(|(time, text)| LogEntry::new(time, (*text).into())).collect()
        };
        let log = file(&[
            ("", "before all "),
            ("2026-11-21T00:00:01.5Z", "one "),
            ("", "with one "),
            ("2026-11-21T00:00:04.123456Z", "four "),
            ("2026-11-21T00:00:03Z", "the clock went back "),
        ]);
        let journal = file(&[("2026-11-21T00:00:01.600Z", "two "), ("2026-11-21T00:00:05Z", "five")]);
        let text: String = merged(vec![log, journal]).into_iter().map(|entry| entry.text).collect();
        assert_eq!(text, "before all one with one two four the clock went back five");
    }
}
