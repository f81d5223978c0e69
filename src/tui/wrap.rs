//! The wrapping of styled text by its width on the screen, between words where it can.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Lines of at most `width` columns (at least 1), the first led by `label`, the others indented as far.
///
/// Control characters vanish, line breaks stay. A label that leaves less than half the width is dropped.
pub fn wrap(label: &Span<'_>, text: &[Span<'_>], width: usize) -> Vec<Line<'static>> {
    let indent = if label.width() * 2 > width { 0 } else { label.width() };
    let room = width.saturating_sub(indent).max(1);
    let mut lines = WrappedLines { room, done: Vec::new(), line: Vec::new(), used: 0, gap: None };
    for span in text {
        for (index, part) in span.content.split('\n').enumerate() {
            if index > 0 {
                lines.flush();
            }
            let part = Span::styled(part.replace('\t', " "), span.style);
            for grapheme in part.styled_graphemes(Style::new()) {
                lines.push(grapheme.symbol, grapheme.style);
            }
        }
    }
    lines.flush();
    let lead = |index: usize| match (indent, index) {
        (0, _) => Span::raw(""),
        (_, 0) => Span::styled(label.content.to_string(), label.style),
        _ => Span::raw(" ".repeat(indent)),
    };
    lines.done.into_iter().enumerate().map(|(index, line)| led(lead(index), line)).collect()
}

fn led(lead: Span<'static>, line: Line<'static>) -> Line<'static> {
    let mut spans = vec![lead];
    spans.extend(line.spans);
    Line::from(spans)
}

/// One grapheme: its symbol, style and columns.
type WrapCell = (String, Style, usize);

struct WrappedLines {
    room: usize,
    done: Vec<Line<'static>>,
    line: Vec<WrapCell>,
    used: usize,
    /// Index behind the line's last space.
    gap: Option<usize>,
}

impl WrappedLines {
    fn push(&mut self, symbol: &str, style: Style) {
        let width = Span::raw(symbol).width();
        let space = symbol == " ";
        if self.used + width > self.room && !self.line.is_empty() {
            if space {
                // The line break takes the place of the space.
                return self.flush();
            }
            let rest = self.gap.map(|gap| self.line.split_off(gap)).unwrap_or_default();
            self.flush();
            self.used = rest.iter().map(|(_, _, width)| width).sum();
            self.line = rest;
        }
        self.line.push((symbol.to_string(), style, width));
        self.used += width;
        if space {
            self.gap = Some(self.line.len());
        }
    }

    fn flush(&mut self) {
        let mut spans: Vec<Span<'static>> = Vec::new();
        for (symbol, style, _) in self.line.drain(..) {
            match spans.last_mut() {
                Some(span) if span.style == style => span.content.to_mut().push_str(&symbol),
                _ => spans.push(Span::styled(symbol, style)),
            }
        }
        self.done.push(Line::from(spans));
        self.used = 0;
        self.gap = None;
    }
}
