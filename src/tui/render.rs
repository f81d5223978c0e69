//! The drawing of an [`App`]: state, conversation, latency, input, from top to bottom; on a wide screen parts and
//! latency stand beside the conversation.

use ratatui::Frame;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use super::app::{App, Focus, Hit};
use super::header::header;
use super::help;
use super::menu::Menu;
use super::panel::{self, latency};
use super::talk::view;
use super::theme::{dim, found};

/// Least columns and rows of a screen with a panel beside the conversation, and the panel's own columns.
const WIDE: (u16, u16) = (110, 16);
const PANEL: u16 = 40;

/// The screen's rows, from top to bottom; a row without room has height 0.
struct Rows {
    header: Rect,
    rule: Rect,
    log: Rect,
    panel: Rect,
    latency: Rect,
    input_rule: Rect,
    input: Rect,
    hints: Rect,
}

fn rows(app: &App, area: Rect) -> Rows {
    let wide = area.width >= WIDE.0 && area.height >= WIDE.1;
    let when = |least: u16, height: u16| Constraint::Length(if area.height >= least { height } else { 0 });
    let turns = u16::try_from(app.ledgers.len()).unwrap_or(u16::MAX);
    let latency = match turns {
        0 => 0,
        _ if wide => 0,
        _ if area.height >= 20 && area.width >= 60 => turns.min(3) + 1,
        _ => 1,
    };
    let [header, rule, middle, latency, input_rule, input, hints] = area.layout(&Layout::vertical([
        when(1, 1),
        when(12, 1),
        Constraint::Fill(1),
        when(8, latency),
        when(12, 1),
        when(3, 1),
        when(5, 1),
    ]));
    let [beside, gap] = if wide { [PANEL, 1] } else { [0, 0] };
    let [log, panel] =
        middle.layout(&Layout::horizontal([Constraint::Fill(1), Constraint::Length(beside)]).spacing(gap));
    Rows { header, rule, log, panel, latency, input_rule, input, hints }
}

/// Draws the whole screen.
pub fn draw(app: &mut App, frame: &mut Frame) {
    let rows = rows(app, frame.area());
    app.hits.clear();
    let (line, state) = header(app, usize::from(rows.header.width));
    let state = u16::try_from(state).unwrap_or(u16::MAX);
    app.hits.push((
        Rect { x: state, width: rows.header.width.saturating_sub(state), ..rows.header },
        Hit::Command(KeyCode::Char('m')),
    ));
    app.hits.push((Rect { width: state.min(rows.header.width), ..rows.header }, Hit::Command(KeyCode::Char('s'))));
    frame.render_widget(line, rows.header);
    let (lines, below) = view(app, usize::from(rows.log.width), usize::from(rows.log.height), rows.panel.width == 0);
    frame.render_widget(Paragraph::new(lines), rows.log);
    let rule = rule(app, rows.rule, below);
    frame.render_widget(rule, rows.rule);
    if below > 0 {
        app.hits.push((rows.rule, Hit::Command(KeyCode::End)));
    }
    if rows.panel.width > 0 {
        frame.render_widget(panel::panel(app, rows.panel), rows.panel);
    }
    frame.render_widget(Paragraph::new(latency(app, rows.latency)), rows.latency);
    frame.render_widget(Line::styled("─".repeat(usize::from(rows.input_rule.width)), dim()), rows.input_rule);
    input(app, frame, rows.input);
    help::bar(app, frame, rows.hints);
    help::window(app, frame);
    if let Focus::Menu(menu) = app.focus.clone() {
        choices(app, &menu, frame);
    }
}

fn rule(app: &App, area: Rect, below: usize) -> Line<'static> {
    let mut notes = Vec::new();
    if app.dropped > 0 {
        notes.push(Span::styled(format!(" {} samples dropped ", app.dropped), app.theme.error()));
    }
    if app.scroll.scrolled() {
        notes.push(Span::raw(if below == 0 { " more below ".into() } else { format!(" {below} more below ") }));
    }
    let used: usize = notes.iter().map(Span::width).sum();
    let dashes = usize::from(area.width).saturating_sub(used);
    notes.insert(0, Span::styled("─".repeat(dashes), dim()));
    Line::from(notes)
}

fn input(app: &mut App, frame: &mut Frame, area: Rect) {
    if app.fatal.is_some() {
        frame.render_widget(Span::styled("golem cannot go on; q quits", app.theme.error()), area);
        return;
    }
    let (prompt, invitation) = match app.focus {
        Focus::Ask => ("› ", "your question"),
        Focus::Search => ("/ ", "what to search for"),
        Focus::Save => ("file: ", "its name, .md or .json"),
        _ if app.asking => ("? ", "yes or no?"),
        _ if !app.needle.is_empty() => return frame.render_widget(sought(app), area),
        _ if app.muted => ("  ", "muted: m, and speak; or Enter, and type"),
        _ => ("  ", "speak; or Enter, and type"),
    };
    let columns = u16::try_from(Span::raw(prompt).width()).unwrap_or(2);
    let [lead, field] = area.layout(&Layout::horizontal([Constraint::Length(columns), Constraint::Fill(1)]));
    frame.render_widget(Span::styled(prompt, app.theme.you()), lead);
    let (text, column) = app.input.window(usize::from(field.width));
    if app.input.is_empty() {
        frame.render_widget(Span::styled(invitation, dim()), field);
    } else {
        frame.render_widget(Span::raw(text), field);
    }
    let typing = matches!(app.focus, Focus::Ask | Focus::Search | Focus::Save);
    if typing && !field.is_empty() {
        frame.set_cursor_position((field.x + u16::try_from(column).unwrap_or(0), field.y));
    }
    if !typing {
        app.hits.push((area, Hit::Key(KeyCode::Enter)));
    }
}

fn sought(app: &App) -> Line<'static> {
    let outcome = if app.found.is_some() { "" } else { ": not found" };
    Line::from(vec![Span::styled("/ ", app.theme.you()), Span::raw(app.needle.clone()), Span::styled(outcome, dim())])
}

/// The menu, over everything else; it scrolls with its cursor.
fn choices(app: &mut App, menu: &Menu, frame: &mut Frame) {
    let mut lines: Vec<(Line, Option<usize>)> = Vec::new();
    let mut heading = "";
    for (index, item) in menu.items().iter().enumerate() {
        if item.heading != heading {
            heading = item.heading;
            lines.push((Line::styled(format!(" {heading}"), dim()), None));
        }
        let mark = if item.current { "●" } else { " " };
        let what = if item.what.is_empty() { String::new() } else { format!("  {}", item.what) };
        let mut line = Line::from(vec![Span::raw(format!(" {mark} {}", item.name)), Span::styled(what, dim())]);
        if index == menu.cursor() {
            line = line.style(found());
        }
        lines.push((line, Some(index)));
    }
    if menu.waiting() {
        lines.push((Line::styled(" looking for devices and voices …", dim()), None));
    }
    let fit = |length: usize| u16::try_from(length + 2).unwrap_or(u16::MAX);
    let width = lines.iter().map(|(line, _)| line.width()).max().unwrap_or(0).max(30);
    let window = frame.area().centered(Constraint::Max(fit(width)), Constraint::Max(fit(lines.len())));
    let block = Block::bordered().title(" switch to ");
    let inside = block.inner(window);
    let at = lines.iter().position(|(_, item)| *item == Some(menu.cursor())).unwrap_or(0);
    let skip = (at + 1).saturating_sub(usize::from(inside.height));
    let shown: Vec<_> = lines.into_iter().skip(skip).take(usize::from(inside.height)).collect();
    for ((_, item), row) in shown.iter().zip(inside.rows()) {
        app.hits.extend(item.map(|item| (row, Hit::Item(item))));
    }
    frame.render_widget(Clear, window);
    frame.render_widget(block, window);
    frame.render_widget(Paragraph::new(shown.into_iter().map(|(line, _)| line).collect::<Vec<_>>()), inside);
}
