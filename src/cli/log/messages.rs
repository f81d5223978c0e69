//! The lines of golem's own log, and the lines of libraries between them.

use serde::Serialize;

use super::entry::{LogEntry, LogRecord, paint, when};
use crate::control::clean;

/// A line of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LogMessage {
    /// The time, in universal time. The line of a library has none of its own, and gets that of the line before.
    time: String,
    /// Distinguishes it from the lines of the journal.
    kind: &'static str,
    /// `ERROR` to `TRACE`; empty for the line of a library.
    level: String,
    /// The part of golem, or the library, that wrote it; empty where that is not known.
    target: String,
    /// The message.
    text: String,
}

/// Words of the levels, as the log has them.
const LEVELS: [&str; 5] = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

impl LogMessage {
    /// Reads a line such as `2026-11-21T00:30:00.123456Z  WARN golem::cli: golem ends`; `before` is the time of the
    /// last line that had one.
    fn read(line: &str, before: &str) -> Self {
        let own = || {
            let (time, rest) = line.split_once(' ')?;
            let (level, rest) = rest.trim_start().split_once(' ')?;
            let (target, text) = rest.split_once(": ").or_else(|| Some((rest.strip_suffix(':')?, "")))?;
            let known = LEVELS.contains(&level) && time.ends_with('Z') && !target.contains(' ');
            known.then(|| (time.to_owned(), level.to_owned(), target.to_owned(), text.to_owned()))
        };
        let (time, level, target, text) =
            own().unwrap_or_else(|| (before.to_owned(), String::new(), String::new(), line.to_owned()));
        Self { time, kind: "message", level, target, text }
    }

    /// `2026-11-21 00:30:00  WARN  golem::cli: golem ends`
    fn row(&self, colour: bool) -> String {
        let code = match self.level.as_str() {
            "ERROR" => "31",
            "WARN" => "33",
            _ => "2",
        };
        let level = if self.level.is_empty() { "lib" } else { &self.level };
        let target = if self.target.is_empty() { String::new() } else { format!("{}: ", clean(&self.target)) };
        let text = format!("{target}{}", clean(&self.text));
        let time = if self.time.is_empty() { " ".repeat(19) } else { when(&self.time) };
        format!(
            "{}  {} {}\n",
            paint(colour, "2", &time),
            paint(colour, code, &format!("{level:5}")),
            paint(colour, "2", &text)
        )
    }
}

/// The display of golem's log.
#[derive(Debug)]
pub struct LogView {
    json: bool,
    colour: bool,
    /// Time of the last line that had one.
    before: String,
}

impl LogView {
    /// A display as lines of JSON, or as text with or without colours.
    pub fn new(json: bool, colour: bool) -> Self {
        Self { json, colour, before: String::new() }
    }
}

impl LogRecord for LogView {
    fn all(&mut self, lines: &[String]) -> Vec<LogEntry> {
        lines.iter().filter_map(|line| self.one(line)).collect()
    }

    fn one(&mut self, line: &str) -> Option<LogEntry> {
        if line.trim().is_empty() {
            return None;
        }
        let message = LogMessage::read(line, &self.before);
        self.before.clone_from(&message.time);
        let text = if self.json { serde_json::to_string(&message).ok()? + "\n" } else { message.row(self.colour) };
        Some(LogEntry::new(&message.time, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 5] = [
        "2026-11-21T00:30:00.123456Z  WARN golem::cli::process: golem ends: it was told to (SIGTERM)",
        "jack server is not running or cannot be started\u{1b}[2J",
        "",
        "2026-11-21T00:30:01.000000Z ERROR golem: the config: no",
        "Expression 'ret' failed in 'src/hostapi/alsa/pa_linux_alsa.c', line: 1736",
    ];

    fn shown(json: bool) -> String {
        let lines: Vec<_> = LINES.iter().map(ToString::to_string).collect();
        LogView::new(json, false).all(&lines).into_iter().map(|entry| entry.text).collect()
    }

    #[test]
    fn what_a_library_prints_stands_at_the_time_of_the_line_before() {
        assert_eq!(
            shown(false),
            "2026-11-21 00:30:00  WARN  golem::cli::process: golem ends: it was told to (SIGTERM)\n\
             2026-11-21 00:30:00  lib   jack server is not running or cannot be started [2J\n\
             2026-11-21 00:30:01  ERROR golem: the config: no\n\
             2026-11-21 00:30:01  lib   Expression 'ret' failed in 'src/hostapi/alsa/pa_linux_alsa.c', line: 1736\n"
        );
    }

    #[test]
    fn as_json_each_line_has_its_parts() {
        let text = shown(true);
        let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!((&first["kind"], &first["level"]), (&"message".into(), &"WARN".into()));
        assert_eq!(first["target"], "golem::cli::process");
        assert_eq!(text.lines().count(), 4);
    }
}
