//! Captions on a terminal: whole parts go up with the text before them, words that are being said stand below and change.

use std::fmt::Write as _;

use super::letters::{LargeLetters, plain};
use super::lines::{newest, wrapped};
use super::output::{CaptionEvent, line};

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
                let (colour, off) = if self.colours { (source.colour(), OFF) } else { ("", "") };
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

#[cfg(test)]
mod tests {
    use super::super::output::tests::{partial, whole};
    use super::super::source::CaptionSource;
    use super::*;

    fn shown(terminal: &mut CaptionTerminal, event: &CaptionEvent, columns: usize) -> String {
        terminal.show(event, columns).replace('\x1b', "^")
    }

    #[test]
    fn words_change_in_their_line() {
        let mut terminal = CaptionTerminal::new(false, false, false);
        assert_eq!(shown(&mut terminal, &partial("one two three", "four five"), 16), "\r^[K four five");
        assert_eq!(shown(&mut terminal, &partial("one two", "three"), 80), "\r^[Kone two three");
        let mut terminal = CaptionTerminal::new(true, true, false);
        assert_eq!(shown(&mut terminal, &partial("one", "two"), 80), "\r^[K^[1mone^[0m^[2m two^[0m");
        let said = whole(CaptionSource::System, "One, two.", 1_500);
        assert_eq!(shown(&mut terminal, &said, 80), "\r^[K^[36m0:01.5  system: One, two.^[0m\n");
    }

    #[test]
    fn large_words_change_in_their_rows_and_whole_parts_go_up() {
        let mut terminal = CaptionTerminal::new(false, false, true);
        let rows = shown(&mut terminal, &partial("we are", "all"), 80);
        assert_eq!(rows.lines().count(), 5, "{rows}");
        assert!(rows.starts_with("\r^[K") && rows.contains('█'));
        assert!(rows.lines().all(|row| row.trim_start_matches("\r^[K").chars().count() <= 80), "{rows}");
        let said = shown(&mut terminal, &whole(CaptionSource::File, "We are all here today.", 0), 80);
        assert!(said.starts_with("\r^[4A^[J") && said.ends_with('\n'), "{said}");
        assert_eq!(said.lines().count(), 10, "{said}");
        assert_eq!(shown(&mut terminal, &CaptionEvent::Nothing, 80), "\r^[K", "whole parts stay");
    }

    #[test]
    fn what_the_fonts_lack_is_as_small_as_ever() {
        let mut terminal = CaptionTerminal::new(false, true, true);
        assert_eq!(shown(&mut terminal, &partial("日本", "語"), 80), "\r^[K日本 語");
        let said = whole(CaptionSource::Microphone, "日本語", 0);
        assert_eq!(shown(&mut terminal, &said, 80), "\r^[K0:00.0  microphone: 日本語\n");
    }
}
