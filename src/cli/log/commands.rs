//! `golem log`: what was heard, what was decided, and what came of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::action::journal::{self, Entry, Record};
use crate::message::Decision;
use crate::order::Outcome;

/// How often a journal that is followed is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Show the journal of commands
#[derive(Debug, Args)]
pub struct LogArgs {
    /// Show this many of the last utterances
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 50)]
    last: usize,
    /// The lines of the journal as they are
    #[arg(long)]
    json: bool,
    /// Wait for more
    #[arg(short, long)]
    follow: bool,
    /// Read another journal [default: ~/.local/state/golem/commands.jsonl]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

/// A decision and what followed from it.
#[derive(Debug, Default)]
struct Turn {
    time: String,
    decision: Option<Decision>,
    answer: Option<String>,
    outcome: Option<Outcome>,
}

/// Shows the journal.
pub fn run(args: &LogArgs) -> Result<()> {
    let path = args.journal.clone().or_else(|| journal::default_path(|name| std::env::var(name).ok()));
    let path = path.context("neither $XDG_STATE_HOME nor $HOME is set; name a file with --journal")?;
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    // What is added while the journal is read is shown by the follower.
    let end = path.metadata().map_or(0, |data| data.len());
    let records = journal::read(&path)?;
    if records.is_empty() && !args.follow {
        eprintln!("golem: {} holds no commands yet", path.display());
        return Ok(());
    }
    let shown = if args.json { lines(&last(&records, args.last))? } else { table(&turns(&records), args.last, colour) };
    if !show(&shown)? || !args.follow {
        return Ok(());
    }
    follow(&path, end, |line| if args.json { format!("{line}\n") } else { one(line, colour) })
}

/// Writes to standard output; false when nobody reads it any more.
fn show(text: &str) -> Result<bool> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        other => Ok(other.map(|()| true)?),
    }
}

/// Records of the last `count` utterances.
fn last(records: &[Record], count: usize) -> Vec<&Record> {
    let mut keys: Vec<(&str, u64)> = Vec::new();
    for record in records {
        let key = (record.session.as_str(), record.id);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let kept = &keys[keys.len().saturating_sub(count)..];
    records.iter().filter(|record| kept.contains(&(record.session.as_str(), record.id))).collect()
}

fn lines(records: &[&Record]) -> Result<String> {
    let mut text = String::new();
    for record in records {
        writeln!(text, "{}", serde_json::to_string(record)?)?;
    }
    Ok(text)
}

/// Decisions joined with their answers and outcomes, in order.
fn turns(records: &[Record]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut places: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    for record in records {
        let key = (record.session.as_str(), record.id);
        let begins = matches!(record.entry, Entry::Decision(_));
        // A journal that was cut can begin with an outcome.
        let place = places.get(&key).copied().filter(|_| !begins).unwrap_or_else(|| {
            turns.push(Turn { time: record.time.clone(), ..Turn::default() });
            places.insert(key, turns.len() - 1);
            turns.len() - 1
        });
        let turn = &mut turns[place];
        match &record.entry {
            Entry::Decision(decision) => turn.decision = Some(decision.as_ref().clone()),
            Entry::Confirmation { answer } => turn.answer = Some(answer.clone()),
            Entry::Outcome(outcome) => turn.outcome = Some(outcome.clone()),
        }
    }
    turns
}

fn table(turns: &[Turn], count: usize, colour: bool) -> String {
    let kept = &turns[turns.len().saturating_sub(count)..];
    kept.iter().map(|turn| row(turn, colour)).collect()
}

/// A line that was just added.
fn one(line: &str, colour: bool) -> String {
    let records: Vec<Record> = journal::record(line.as_bytes()).into_iter().collect();
    table(&turns(&records), usize::MAX, colour)
}

/// `2026-11-21 00:30:00  ✓ OpenBrowser  "open the browser"  0.98  x-www-browser  → Opening the browser.`
fn row(turn: &Turn, colour: bool) -> String {
    let paint =
        |code: &str, text: &str| if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() };
    let when = turn.time.get(..19).unwrap_or(&turn.time).replace('T', " ");
    let mut row = paint("2", &when);
    if let Some(decision) = &turn.decision {
        let (mark, code) = if decision.accepted { ("+", "32") } else { ("-", "33") };
        let intent = decision.intent.as_deref().unwrap_or("(no command)");
        let _ = write!(row, "  {} {}", paint(code, mark), paint("1", intent));
        let _ = write!(row, "  \"{}\"  {:.2} {}", plain(&decision.transcript), decision.score, decision.reason);
        if let Some(argv) = &decision.argv {
            let _ = write!(row, "  [{}]", plain(&argv.join(" ")));
        }
        if decision.dry_run {
            row += "  dry run";
        }
    }
    if let Some(answer) = &turn.answer {
        let _ = write!(row, "  answer: {answer}");
    }
    match &turn.outcome {
        Some(Outcome { error: Some(error), .. }) => {
            let _ = write!(row, "  {}", paint("31", &format!("failed: {}", plain(error))));
        }
        Some(outcome) => {
            row += &outcome.status.map_or("  done".to_string(), |status| format!("  status {status}"));
            if !outcome.say.is_empty() {
                let _ = write!(row, "  \u{2192} {}", plain(&outcome.say));
            }
        }
        None => {}
    }
    row + "\n"
}

/// Text that cannot move the cursor or change colours.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Shows what is added to the journal from `from` on, until Ctrl-C or until nobody reads.
fn follow(path: &Path, mut from: u64, shown: impl Fn(&str) -> String) -> Result<()> {
    let stop = super::interrupted();
    let tick = crossbeam_channel::tick(LOOK);
    let mut torn = Vec::new();
    while !stop.load(std::sync::atomic::Ordering::SeqCst) {
        let size = path.metadata().map_or(0, |data| data.len());
        if size < from {
            // A new journal has begun.
            from = 0;
            torn.clear();
        }
        if size > from {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(from))?;
            from += u64::try_from(file.read_to_end(&mut torn)?)?;
            let whole = torn.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let lines: Vec<u8> = torn.drain(..whole).collect();
            for line in String::from_utf8_lossy(&lines).lines() {
                if !show(&shown(line))? {
                    return Ok(());
                }
            }
        }
        // A tick that does not come is no reason to stop looking.
        let _ = tick.recv();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: u64, entry: Entry) -> Record {
        Record { time: "2026-11-21T00:30:00.000Z".into(), id, session: "s".into(), entry }
    }

    fn decision(transcript: &str) -> Entry {
        Entry::Decision(Box::new(Decision {
            transcript: transcript.into(),
            intent: Some("PowerOff".into()),
            score: 0.9,
            accepted: true,
            reason: "exact".into(),
            argv: Some(vec!["systemctl".into(), "poweroff".into()]),
            ..Decision::default()
        }))
    }

    #[test]
    fn decisions_are_shown_with_what_came_of_them() {
        let done = Outcome { status: Some(0), say: "Bye.".into(), ..Outcome::default() };
        let failed = Outcome { error: Some("stopped\u{1b}[2J".into()), ..Outcome::default() };
        let records = [
            record(1, decision("power\noff")),
            record(2, decision("again")),
            record(1, Entry::Confirmation { answer: "yes".into() }),
            record(1, Entry::Outcome(done)),
            record(2, Entry::Outcome(failed)),
        ];
        let shown = table(&turns(&records), 50, false);
        assert_eq!(
            shown,
            "2026-11-21 00:30:00  + PowerOff  \"power off\"  0.90 exact  [systemctl poweroff]  answer: yes  status 0  → Bye.\n\
             2026-11-21 00:30:00  + PowerOff  \"again\"  0.90 exact  [systemctl poweroff]  failed: stopped [2J\n"
        );
        assert_eq!(table(&turns(&records), 1, false).lines().count(), 1);
        assert_eq!(last(&records, 1).len(), 2);
        assert!(table(&turns(&records), 1, true).contains("\u{1b}[1mPowerOff"));
    }
}
