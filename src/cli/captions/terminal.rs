//! Captions on a terminal: whole parts go up with the text before them, words that are being said stand below and
//! change, those of each source in rows of their own.

use std::fmt::Write as _;

use super::letters::{LargeLetters, plain};
use super::lines::{line, newest, wrapped};
use crate::runtime::captions::event::CaptionEvent;
use crate::runtime::captions::source::CaptionSource;
use crate::transcribe::agreement::LiveCaption;

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
    /// Words that are being said, and their sources; those that began first stand above.
    said: Vec<(CaptionSource, LiveCaption)>,
    /// Their rows on the terminal.
    shown: usize,
}

impl CaptionTerminal {
    /// A terminal with nothing on it.
    pub fn new(colours: bool, named: bool, large: bool) -> Self {
        Self { colours, named, large, said: Vec::new(), shown: 0 }
    }

    /// What is written for one event on so many columns.
    pub fn show(&mut self, event: &CaptionEvent, columns: usize) -> String {
        let mut text = self.erase();
        match event {
            CaptionEvent::Final { source, part, .. } => {
                self.said.retain(|(other, _)| other != source);
                let (colour, off) = self.ink_of(*source);
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
            CaptionEvent::Partial { source, words, .. } => self.say(*source, words),
            CaptionEvent::Dropped { source } => self.said.retain(|(other, _)| other != source),
        }
        let said = self.said.iter();
        let rows: Vec<String> = said.flat_map(|(source, words)| self.rows(*source, words, columns)).collect();
        self.shown = rows.len();
        text.push_str(&rows.join("\n"));
        text
    }

    /// Takes the words that `source` says; without any it has no row.
    fn say(&mut self, source: CaptionSource, words: &LiveCaption) {
        if words.stable.is_empty() && words.open.is_empty() {
            self.said.retain(|(other, _)| *other != source);
        } else if let Some((_, before)) = self.said.iter_mut().find(|(other, _)| *other == source) {
            before.clone_from(words);
        } else {
            self.said.push((source, words.clone()));
        }
    }

    /// The rows of words that a source says.
    fn rows(&self, source: CaptionSource, words: &LiveCaption, columns: usize) -> Vec<String> {
        let fitting = |room: usize| {
            let open = newest(&words.open, room);
            (newest(&words.stable, room.saturating_sub(open.chars().count() + 1)), open)
        };
        let drawn = self.large.then(|| {
            let letters = LargeLetters::fitting(columns);
            let (stable, open) = fitting(letters.in_line(columns).saturating_sub(1));
            Some(letters.draw(&plain(stable))?.into_iter().zip(letters.draw(&plain(&format!(" {open}")))?))
        });
        if let Some(drawn) = drawn.flatten() {
            let (colour, off) = self.ink_of(source);
            let name = self.named.then(|| format!("{colour}{source}{off}"));
            name.into_iter().chain(drawn.map(|(stable, open)| self.inked(source, &stable, open.trim_end()))).collect()
        } else {
            let name = if self.named { format!("{source}: ") } else { String::new() };
            let (stable, open) = fitting(columns.saturating_sub(name.chars().count() + 3));
            vec![self.inked(source, &format!("{name}{stable}"), &format!(" {open}"))]
        }
    }

    /// Erases the words that are being said: what is shown after them begins in their place.
    pub fn erase(&mut self) -> String {
        match std::mem::take(&mut self.shown) {
            0 | 1 => "\r\x1b[K".into(),
            rows => format!("\r\x1b[{}A\x1b[J", rows - 1),
        }
    }

    /// Words that stay, and words that may change, in the colour of their source.
    fn inked(&self, source: CaptionSource, stable: &str, open: &str) -> String {
        let (colour, off) = self.ink_of(source);
        let (ink, dim) = if self.colours { (INK, DIM) } else { ("", "") };
        format!("{colour}{ink}{stable}{off}{colour}{dim}{open}{off}")
    }

    /// The escape sequences before and after words of a source; empty without colours.
    fn ink_of(&self, source: CaptionSource) -> (&'static str, &'static str) {
        if self.colours { (colour_of(source), OFF) } else { ("", "") }
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
