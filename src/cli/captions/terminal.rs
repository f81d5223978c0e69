//! Captions on a terminal: whole parts go up with the text before them, words that are being said stand below and change.

use std::fmt::Write as _;

use super::letters::{LargeLetters, plain};
use super::lines::{line, newest, wrapped};
use crate::runtime::captions::event::CaptionEvent;
use crate::runtime::captions::source::CaptionSource;

/// Columns where the terminal does not say how many it has.
const COLUMNS: usize = 80;
const INK: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const OFF: &str = "\x1b[0m";

/// Columns of the terminal.
pub fn columns() -> usize {
    ratatui::crossterm::terminal::size().map_or(COLUMNS, |(columns, _)| columns.into())
}

/// What stands on the terminal, and how it is written there.
#[derive(Clone, Debug)]
pub struct CaptionTerminal {
    /// Whether there are colours.
    pub colours: bool,
    /// Whether the source of a caption is named.
    pub named: bool,
    /// Whether the letters are large.
    pub large: bool,
    /// Rows of words that are being said.
    shown: usize,
}

impl CaptionTerminal {
    /// A terminal with nothing on it.
    pub fn new(colours: bool, named: bool, large: bool) -> Self {
        Self { colours, named, large, shown: 0 }
    }

    /// What is written for one event on so many columns.
    pub fn show(&mut self, event: &CaptionEvent, columns: usize) -> String {
        let mut text = self.erase();
        match event {
            CaptionEvent::Final { source, part, .. } => {
                let (colour, off) = if self.colours { (colour_of(*source), OFF) } else { ("", "") };
                let said = line(event, self.named).unwrap_or_default();
                let large = if self.large { large(&part.transcript.text, columns) } else { None };
                match large {
                    None => _ = writeln!(text, "{colour}{}{off}", said.trim_end()),
                    Some(rows) => {
                        let name = if self.named { format!("{source}\n") } else { String::new() };
                        _ = writeln!(text, "{colour}{name}{}{off}", rows.join("\n"));
                    }
                }
            }
            CaptionEvent::Partial { words, .. } => {
                let letters = LargeLetters::fitting(columns);
                let rows = |room: usize| {
                    let open = newest(&words.open, room);
                    (newest(&words.stable, room.saturating_sub(open.chars().count() + 1)).to_owned(), open.to_owned())
                };
                let drawn = self.large.then(|| {
                    let (stable, open) = rows(letters.in_line(columns).saturating_sub(1));
                    Some(letters.draw(&plain(&stable))?.into_iter().zip(letters.draw(&plain(&format!(" {open}")))?))
                });
                let rows: Vec<_> = if let Some(drawn) = drawn.flatten() {
                    drawn.map(|(stable, open)| self.inked(&stable, open.trim_end())).collect()
                } else {
                    let (stable, open) = rows(columns.saturating_sub(3));
                    vec![self.inked(&stable, &format!(" {open}"))]
                };
                self.shown = rows.len();
                text.push_str(&rows.join("\n"));
            }
            CaptionEvent::Nothing => {}
        }
        text
    }

    /// Erases the words that are being said: what is shown after them begins in their place.
    pub fn erase(&mut self) -> String {
        match std::mem::take(&mut self.shown) {
            0 | 1 => "\r\x1b[K".into(),
            rows => format!("\r\x1b[{}A\x1b[J", rows - 1),
        }
    }

    /// Words that stay, and words that may change.
    fn inked(&self, stable: &str, open: &str) -> String {
        let (ink, dim, off) = if self.colours { (INK, DIM, OFF) } else { ("", "", "") };
        format!("{ink}{stable}{off}{dim}{open}{off}")
    }
}

/// `text` in large letters on so many columns; `None` where a font lacks a letter of it.
fn large(text: &str, columns: usize) -> Option<Vec<String>> {
    let letters = LargeLetters::fitting(columns);
    let lines = wrapped(&plain(text), letters.in_line(columns));
    let drawn: Vec<Vec<String>> = lines.iter().map(|line| letters.draw(line)).collect::<Option<_>>()?;
    Some(drawn.concat().into_iter().map(|row| row.trim_end().to_owned()).collect())
}

/// The escape sequence of a source's colour.
fn colour_of(source: CaptionSource) -> &'static str {
    match source {
        CaptionSource::Microphone => "\x1b[32m",
        CaptionSource::System => "\x1b[36m",
        CaptionSource::File => "",
    }
}
