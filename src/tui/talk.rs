//! The conversation as wrapped lines, as far as it is in view.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use strum::VariantArray;

use super::app::App;
use super::log::{PlacedEntry, ScreenEntry};
use super::reply::Tone;
use super::scroll::Blocks;
use super::theme::{Theme, dim, found, struck};
use super::wrap::wrap;
use crate::message::Part;

/// Least columns at which the conversation shows why a part was chosen.
const ROOM_FOR_WHY: usize = 60;

/// The line above a conversation that has golem's parts beside it.
const WELCOME: &str = "speak over golem to interrupt it; ? shows every key";

/// The blocks to scroll through in `width` columns: golem's parts, what was said, and what is being said.
struct Talk<'a> {
    app: &'a App,
    width: usize,
    /// Whether golem's parts are listed here, and not elsewhere on the screen.
    parts: bool,
}

impl Talk<'_> {
    fn entry(&self, block: usize) -> Option<&PlacedEntry> {
        self.app.log.entries().get(block.checked_sub(1)?)
    }

    fn lines(&self, block: usize) -> Vec<Line<'static>> {
        let (app, width) = (self.app, self.width);
        match (block, self.entry(block)) {
            (0, _) if self.parts => parts(app, width),
            (0, _) => wrap(&Span::raw("    ·  "), &[Span::styled(WELCOME, dim())], width),
            (_, Some(kept)) => said(app.theme, &kept.entry, width, &app.needle),
            (_, None) => partial(app.theme, app.log.partial().unwrap_or_default(), width),
        }
    }
}

impl Blocks for Talk<'_> {
    fn count(&self) -> usize {
        1 + self.app.log.entries().len() + usize::from(self.app.log.partial().is_some())
    }

    fn height(&self, block: usize) -> usize {
        let count = || self.lines(block).len();
        self.entry(block).map_or_else(count, |kept| kept.height(self.width, count))
    }

    fn number(&self, block: usize) -> u64 {
        let behind = || if block == 0 { 0 } else { u64::MAX };
        self.entry(block).map_or_else(behind, |kept| kept.number)
    }

    fn find(&self, number: u64) -> usize {
        if number == 0 {
            return 0;
        }
        (1 + self.app.log.entries().partition_point(|kept| kept.number < number)).min(self.count() - 1)
    }
}

/// The lines in view, oldest first, and how many entries are out of view below them. Only what is in view is wrapped.
pub fn view(app: &mut App, width: usize, height: usize, parts: bool) -> (Vec<Line<'static>>, usize) {
    let mut scroll = app.scroll;
    let talk = Talk { app, width, parts };
    let at = scroll.settle(&talk, height);
    // Collect the newest first.
    let mut lines: Vec<Line> = Vec::new();
    for block in (0..=at.block).rev() {
        let mut part = talk.lines(block);
        if block == at.block {
            part.truncate(at.line + 1);
        }
        lines.extend(part.into_iter().rev());
        if lines.len() >= height {
            break;
        }
    }
    let below = talk.count() - 1 - at.block;
    lines.truncate(height);
    lines.reverse();
    app.scroll = scroll;
    (lines, below)
}

/// Golem's parts, including those that it still waits for.
fn parts(app: &App, width: usize) -> Vec<Line<'static>> {
    let line = |part: &Part| {
        let label = |mark| Span::raw(format!("{mark} {part:<12}"));
        let Some(ready) = app.parts.iter().find(|ready| ready.part == *part) else {
            let (mark, word) = if app.fatal().is_some() { ("–", "not ready") } else { ("…", "loading") };
            return wrap(&label(mark), &[Span::styled(word, dim())], width);
        };
        let why =
            if ready.why.is_empty() || width < ROOM_FOR_WHY { String::new() } else { format!(" ({})", ready.why) };
        wrap(&label("✓"), &[Span::raw(ready.what.as_str()), Span::styled(why, dim())], width)
    };
    Part::VARIANTS.iter().flat_map(line).chain([Line::default()]).collect()
}

fn partial(theme: Theme, text: &str, width: usize) -> Vec<Line<'static>> {
    wrap(&Span::styled("  you  ", theme.you()), &[Span::styled(format!("{text} …"), dim())], width)
}

fn said(theme: Theme, entry: &ScreenEntry, width: usize, needle: &str) -> Vec<Line<'static>> {
    let (label, text) = match entry {
        ScreenEntry::You { text, ignored: None } => {
            (Span::styled("  you  ", theme.you()), vec![Span::raw(text.as_str())])
        }
        ScreenEntry::You { text, ignored: Some(why) } => {
            (Span::styled("  you  ", dim()), vec![Span::styled(format!("{text} ({why})"), dim())])
        }
        ScreenEntry::Golem(reply) => {
            let stretches = reply.stretches().into_iter().flat_map(|(tone, text)| match tone {
                Tone::Spoken => vec![Span::raw(text)],
                Tone::Lit => vec![Span::styled(text, theme.lit())],
                Tone::Ahead => vec![Span::styled(text, dim())],
                // Mark the cut with a dash for terminals that cannot strike out.
                Tone::Cut => vec![Span::raw(" —"), Span::styled(text, struck())],
            });
            (Span::styled("golem  ", theme.golem()), stretches.collect())
        }
        ScreenEntry::Notice(text) => (Span::raw("    ·  "), vec![Span::styled(text.as_str(), dim())]),
        ScreenEntry::Error(text) => (Span::styled("error  ", theme.error()), vec![Span::raw(text.as_str())]),
    };
    if needle.is_empty() {
        return wrap(&label, &text, width);
    }
    let marked: Vec<_> = text.iter().flat_map(|span| marked(span, needle)).collect();
    wrap(&label, &marked, width)
}

/// A stretch with what was searched for marked in it.
fn marked(span: &Span<'_>, needle: &str) -> Vec<Span<'static>> {
    let mut parts = Vec::new();
    let mut rest: &str = &span.content;
    let mut push = |text: &str, style: Style| {
        if !text.is_empty() {
            parts.push(Span::styled(text.to_string(), style));
        }
    };
    while let Some((start, end)) = position(rest, needle) {
        push(&rest[..start], span.style);
        push(&rest[start..end], span.style.patch(found()));
        rest = &rest[end..];
    }
    push(rest, span.style);
    parts
}

/// Where `needle`, which is in lower case, stands first in `text`, in any case: its first byte, and the byte after it.
pub fn position(text: &str, needle: &str) -> Option<(usize, usize)> {
    if needle.is_empty() {
        return None;
    }
    text.char_indices().find_map(|(start, _)| Some((start, start + match_len(&text[start..], needle)?)))
}

/// How many bytes of the beginning of `text` are `needle` in any case.
fn match_len(text: &str, needle: &str) -> Option<usize> {
    let mut wanted = needle.chars();
    for (at, letter) in text.char_indices() {
        for small in letter.to_lowercase() {
            match wanted.next() {
                Some(want) if want == small => {}
                // The needle may end within the lower case of a letter. An empty match would be found for ever.
                None => return (at > 0).then_some(at),
                Some(_) => return None,
            }
        }
    }
    wanted.next().is_none().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case() {
        assert_eq!(position("Ein Straßenfest", "straße"), Some((4, 11)));
        assert_eq!(position("Какая ПОГОДА сегодня", "погода"), Some((11, 23)));
        assert_eq!(position("İstanbul", "i\u{307}s"), Some((0, 3)));
        assert_eq!(position("İ", "i"), None);
        assert_eq!(position("abc", "abcd"), None);
        assert_eq!(position("abc", ""), None);
        let parts = marked(&Span::raw("one two One"), "one");
        let texts: Vec<_> = parts.iter().map(|part| (part.content.as_ref(), part.style == found())).collect();
        assert_eq!(texts, [("one", true), (" two ", false), ("One", true)]);
    }
}
