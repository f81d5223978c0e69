//! Entries of the log: one line on the screen, with its time.

use jiff::Timestamp;

/// Something to show, and when it happened; nothing where that is not known.
pub(super) struct LogEntry {
    pub(super) time: Option<Timestamp>,
    pub(super) text: String,
}

impl LogEntry {
    pub(super) fn new(time: &str, text: String) -> Self {
        Self { time: time.parse().ok(), text }
    }
}

/// A log file, and the display of its lines.
pub(super) trait LogRecord {
    /// The entries of `lines`: the previous file's lines, then this file's.
    fn all(&mut self, lines: &[String]) -> Vec<LogEntry>;
    /// The entry of a line that was just added, if any.
    fn one(&mut self, line: &str) -> Option<LogEntry>;
}

/// `text` in a colour of the terminal, where colours are wanted.
pub(super) fn paint(colour: bool, code: &str, text: &str) -> String {
    if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// A time as people read it, to the second.
pub(super) fn when(time: &str) -> String {
    time.get(..19).unwrap_or(time).replace('T', " ")
}
