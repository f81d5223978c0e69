//! The panel beside or below the conversation: golem's parts, and the latency of its turns.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph};
use strum::VariantArray;

use super::app::App;
use super::latency::{brief, legend, longest, median, row, trend};
use super::theme::dim;
use crate::control::{Mode, Part};

/// The waits of the last turns below the conversation: a strip each and the trend where there is room, else a line.
pub fn latency(app: &App, area: Rect) -> Vec<Line<'static>> {
    if area.height < 2 {
        return brief(app.theme, app.ledgers.iter(), area.width).into_iter().collect();
    }
    let mut title = vec![Span::styled("── ms ", dim())];
    title.extend(legend(app.theme));
    title.extend(summary(app, 20));
    let used: usize = title.iter().map(Span::width).sum();
    title.push(Span::styled(format!(" {}", "─".repeat(usize::from(area.width).saturating_sub(used + 1))), dim()));
    let mut lines = vec![Line::from(title)];
    lines.extend(waits(app, area.width, usize::from(area.height) - 1));
    lines
}

/// The trend and the median.
fn summary(app: &App, columns: usize) -> Vec<Span<'static>> {
    let Some(median) = median(app.ledgers.iter()) else { return Vec::new() };
    let trend = trend(app.ledgers.iter(), columns);
    vec![Span::styled(trend, app.theme.golem()), Span::styled(format!(" median {median:.0}"), dim())]
}

/// A strip for each of the newest turns, newest first; all of one scale.
fn waits(app: &App, width: u16, most: usize) -> Vec<Line<'static>> {
    let newest = || app.ledgers.iter().rev().take(most);
    let scale = longest(newest());
    newest().map(|ledger| row(app.theme, ledger, scale, width)).collect()
}

/// The whole panel, for a screen that is wide enough.
pub fn panel(app: &App, area: Rect) -> Paragraph<'static> {
    let width = area.width.saturating_sub(2);
    let mut lines: Vec<Line> = Part::VARIANTS.iter().map(|part| part_line(app, *part, usize::from(width))).collect();
    let mode = if app.mode == Mode::Intent { "commands only" } else { "commands, conversation" };
    lines.push(Line::from(vec![Span::styled(format!(" {:<12}", "mode"), dim()), Span::raw(mode)]));
    if !app.ledgers.is_empty() {
        lines.push(Line::default());
        lines.push(Line::styled(" first sound after you stop, in ms", dim()));
        let mut summary = summary(app, usize::from(width).saturating_sub(14));
        summary.insert(0, Span::raw(" "));
        lines.push(Line::from(summary));
        let room = usize::from(area.height).saturating_sub(lines.len() + 1);
        lines.extend(waits(app, width, room));
        let mut legend = legend(app.theme);
        legend.insert(0, Span::raw(" "));
        lines.push(Line::from(legend));
    }
    Paragraph::new(lines).block(Block::new().borders(Borders::LEFT).border_style(dim()))
}

/// A part and what it is, cut where the panel ends.
fn part_line(app: &App, part: Part, width: usize) -> Line<'static> {
    let known = app.parts.iter().find(|ready| ready.part == part);
    let what =
        known.map_or(Span::styled("…", dim()), |ready| Span::raw(shortened(&ready.what, width.saturating_sub(13))));
    Line::from(vec![Span::styled(format!(" {part:<12}"), dim()), what])
}

/// As much of a text as fits into so many columns.
fn shortened(text: &str, columns: usize) -> String {
    if Span::raw(text).width() <= columns {
        return text.to_string();
    }
    let mut short = String::new();
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        if Span::raw(format!("{short}{letter}…")).width() > columns {
            break;
        }
        short.push(letter);
    }
    short + "…"
}
