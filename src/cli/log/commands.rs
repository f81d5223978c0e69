//! The journal of commands as lines of the log: words, decisions, outcomes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::entry::{LogEntry, LogRecord, paint, when};
use crate::control::clean;
use crate::executor::journal::{self, JournalEntry as Kind, JournalRecord as Line};
use crate::message::Decision;
use crate::order::Outcome;

/// A decision and what followed from it.
#[derive(Debug, Default)]
struct JournalTurn {
    time: String,
    decision: Option<Decision>,
    answer: Option<String>,
    outcome: Option<Outcome>,
}

/// The display of the journal.
#[derive(Debug)]
pub struct JournalView {
    json: bool,
    colour: bool,
}

impl JournalView {
    /// A display as the lines of the file, or as text with or without colours.
    pub fn new(json: bool, colour: bool) -> Self {
        Self { json, colour }
    }

    fn shown(&self, records: &[Line]) -> Vec<LogEntry> {
        if self.json {
            let line = |record: &Line| Some(LogEntry::new(&record.time, serde_json::to_string(record).ok()? + "\n"));
            return records.iter().filter_map(line).collect();
        }
        turns(records).iter().map(|turn| LogEntry::new(&turn.time, row(turn, self.colour))).collect()
    }
}

impl LogRecord for JournalView {
    fn all(&mut self, lines: &[String]) -> Vec<LogEntry> {
        // Leave out lines that are not records: a crash can tear the last one.
        let records: Vec<Line> = lines.iter().filter_map(|line| journal::record(line.as_bytes())).collect();
        self.shown(&records)
    }

    fn one(&mut self, line: &str) -> Option<LogEntry> {
        self.shown(&[journal::record(line.as_bytes())?]).pop()
    }
}

/// Decisions joined with their answers and outcomes, in order.
fn turns(records: &[Line]) -> Vec<JournalTurn> {
    let mut turns: Vec<JournalTurn> = Vec::new();
    let mut places: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    for record in records {
        let key = (record.session.as_str(), record.id);
        let begins = matches!(record.entry, Kind::Decision(_));
        // A journal that was cut can begin with an outcome.
        let place = places.get(&key).copied().filter(|_| !begins).unwrap_or_else(|| {
            turns.push(JournalTurn { time: record.time.clone(), ..JournalTurn::default() });
            places.insert(key, turns.len() - 1);
            turns.len() - 1
        });
        let turn = &mut turns[place];
        match &record.entry {
            Kind::Decision(decision) => turn.decision = Some(decision.as_ref().clone()),
            Kind::Confirmation { answer } => turn.answer = Some(answer.clone()),
            Kind::Outcome(outcome) => turn.outcome = Some(outcome.clone()),
        }
    }
    turns
}

/// `2026-11-21 00:30:00  + OpenBrowser  "open the browser"  0.98  x-www-browser  → Opening the browser.`
fn row(turn: &JournalTurn, colour: bool) -> String {
    let paint = |code: &str, text: &str| paint(colour, code, text);
    let mut row = paint("2", &when(&turn.time));
    if let Some(decision) = &turn.decision {
        let (mark, code) = if decision.accepted { ("+", "32") } else { ("-", "33") };
        let intent = decision.intent.as_deref().unwrap_or("(no command)");
        let _ = write!(row, "  {} {}", paint(code, mark), paint("1", intent));
        let _ = write!(row, "  \"{}\"  {:.2} {}", clean(&decision.transcript), decision.score, decision.reason);
        if let Some(argv) = &decision.argv {
            let _ = write!(row, "  [{}]", clean(&argv.join(" ")));
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
            let _ = write!(row, "  {}", paint("31", &format!("failed: {}", clean(error))));
        }
        Some(outcome) => {
            row += &outcome.status.map_or("  done".to_string(), |status| format!("  status {status}"));
            if !outcome.say.is_empty() {
                let _ = write!(row, "  \u{2192} {}", clean(&outcome.say));
            }
        }
        None => {}
    }
    row + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: u64, entry: Kind) -> Line {
        Line { time: "2026-11-21T00:30:00.000Z".into(), id, session: "s".into(), entry }
    }

    fn decision(transcript: &str) -> Kind {
        Kind::Decision(Box::new(Decision {
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
            record(1, Kind::Confirmation { answer: "yes".into() }),
            record(1, Kind::Outcome(done)),
            record(2, Kind::Outcome(failed)),
        ];
        let shown = |json, colour| -> Vec<String> {
            JournalView { json, colour }.shown(&records).into_iter().map(|entry| entry.text).collect()
        };
        assert_eq!(
            shown(false, false).concat(),
            "2026-11-21 00:30:00  + PowerOff  \"power off\"  0.90 exact  [systemctl poweroff]  answer: yes  status 0  → Bye.\n\
             2026-11-21 00:30:00  + PowerOff  \"again\"  0.90 exact  [systemctl poweroff]  failed: stopped [2J\n"
        );
        assert_eq!(shown(true, false).len(), 5);
        assert!(shown(false, true)[0].contains("\u{1b}[1mPowerOff"));
    }
}
