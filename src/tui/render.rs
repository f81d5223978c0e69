//! Draws an [`App`]: state, conversation, latency, input, from top to bottom.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use super::app::{App, PARTS};
use super::header::header;
use super::log::{Entry, Tone};
use super::theme::{dim, struck};
use super::wrap::wrap;
use crate::metrics::Ledger;

/// Every key, for the help window.
const KEYS: [(&str, &str); 9] = [
    ("Enter", "ask what you typed"),
    ("y, n", "answer a command that asks"),
    ("Esc", "stop golem speaking"),
    ("Tab", "mute the microphone, unmute"),
    ("Ctrl-T", "push to talk: on, off"),
    ("Ctrl-R", "say the last reply again"),
    ("PgUp PgDn", "scroll (Up, Down: a line)"),
    ("Ctrl-L", "draw the screen anew"),
    ("Ctrl-C", "quit (Ctrl-Q too)"),
];
/// The keys that are always shown, longest first.
const HINTS: [&str; 4] = [
    "Enter ask  Tab mute  Esc stop  ^T talk  ^R repeat  PgUp scroll  F1 help  ^C quit",
    "Tab mute  Esc stop  ^T talk  F1 help  ^C quit",
    "Tab mute  Esc stop  F1 help  ^C quit",
    "F1 help  ^C quit",
];

/// Least columns of a screen that tells why a part was chosen.
const ROOM_FOR_WHY: usize = 60;

/// The screen's rows, from top to bottom; what has no room has height 0.
struct Rows {
    header: Rect,
    rule: Rect,
    log: Rect,
    latency: Rect,
    input_rule: Rect,
    input: Rect,
    hints: Rect,
}

fn rows(app: &App, area: Rect) -> Rows {
    let when = |least: u16, height: u16| Constraint::Length(if area.height >= least { height } else { 0 });
    let turns = u16::try_from(app.ledgers.len()).unwrap_or(u16::MAX);
    let latency = match turns {
        0 => 0,
        _ if area.height >= 20 && area.width >= 60 => turns + 1,
        _ => 1,
    };
    let [header, rule, log, latency, input_rule, input, hints] = area.layout(&Layout::vertical([
        when(1, 1),
        when(12, 1),
        Constraint::Fill(1),
        when(8, latency),
        when(12, 1),
        when(3, 1),
        when(5, 1),
    ]));
    Rows { header, rule, log, latency, input_rule, input, hints }
}

/// Draws the whole screen.
pub fn draw(app: &App, frame: &mut Frame) {
    let rows = rows(app, frame.area());
    frame.render_widget(header(app, usize::from(rows.header.width)), rows.header);
    frame.render_widget(rule(app, rows.rule), rows.rule);
    let (lines, _) = log(app, rows.log);
    frame.render_widget(Paragraph::new(lines), rows.log);
    frame.render_widget(Paragraph::new(latency(app, rows.latency)), rows.latency);
    frame.render_widget(Line::styled("─".repeat(usize::from(rows.input_rule.width)), dim()), rows.input_rule);
    input(app, frame, rows.input);
    let width = usize::from(rows.hints.width);
    let hints: &[&str] = if app.fatal().is_some() { &["q quit  PgUp scroll"] } else { &HINTS };
    let hint = hints.iter().copied().find(|hint| Span::raw(*hint).width() <= width).unwrap_or_default();
    frame.render_widget(Line::styled(hint, dim()), rows.hints);
    if app.help {
        help(app, frame);
    }
}

/// How many lines the conversation can be scrolled back in an area of the terminal.
pub fn scroll_room(app: &App, area: Rect) -> usize {
    let scrolled = App { scroll: usize::MAX, ..app.clone() };
    log(&scrolled, rows(app, area).log).1
}

fn rule(app: &App, area: Rect) -> Line<'static> {
    let mut notes = Vec::new();
    if app.dropped > 0 {
        notes.push(Span::styled(format!(" {} samples dropped ", app.dropped), app.theme.error()));
    }
    if app.scroll > 0 {
        notes.push(Span::raw(format!(" {} lines below ", app.scroll)));
    }
    let used: usize = notes.iter().map(Span::width).sum();
    let dashes = usize::from(area.width).saturating_sub(used);
    notes.insert(0, Span::styled("─".repeat(dashes), dim()));
    Line::from(notes)
}

/// The lines of the conversation in view, oldest first, and how far it is scrolled back, which is never past its
/// beginning. Only what is in view is wrapped.
fn log(app: &App, area: Rect) -> (Vec<Line<'static>>, usize) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let wanted = app.scroll.saturating_add(height);
    let live = app.log.partial().map(|text| partial(app, text, width));
    let said = app.log.entries().rev().map(|entry| said(app, entry, width));
    let parts = std::iter::once_with(|| parts(app, width));
    // Newest first while collecting.
    let mut lines: Vec<Line> = Vec::new();
    for block in live.into_iter().chain(said).chain(parts) {
        lines.extend(block.into_iter().rev());
        if lines.len() >= wanted {
            break;
        }
    }
    let scroll = app.scroll.min(lines.len().saturating_sub(height));
    let mut view: Vec<_> = lines.into_iter().skip(scroll).take(height).collect();
    view.reverse();
    (view, scroll)
}

/// What golem consists of and what it still waits for.
fn parts(app: &App, width: usize) -> Vec<Line<'static>> {
    let line = |part: &&str| {
        let label = |mark| Span::raw(format!("{mark} {part:<12}"));
        let Some(ready) = app.parts.iter().find(|ready| ready.part == *part) else {
            let (mark, word) = if app.fatal().is_some() { ("–", "not ready") } else { ("…", "loading") };
            return wrap(&label(mark), &[Span::styled(word, dim())], width);
        };
        let why =
            if ready.why.is_empty() || width < ROOM_FOR_WHY { String::new() } else { format!(" ({})", ready.why) };
        wrap(&label("✓"), &[Span::raw(ready.what.as_str()), Span::styled(why, dim())], width)
    };
    PARTS.iter().flat_map(line).chain([Line::default()]).collect()
}

fn partial(app: &App, text: &str, width: usize) -> Vec<Line<'static>> {
    wrap(&Span::styled("  you  ", app.theme.you()), &[Span::styled(format!("{text} …"), dim())], width)
}

fn said(app: &App, entry: &Entry, width: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let you = Span::styled("  you  ", theme.you());
    match entry {
        Entry::You { text, ignored: None } => wrap(&you, &[Span::raw(text.as_str())], width),
        Entry::You { text, ignored: Some(why) } => {
            wrap(&Span::styled("  you  ", dim()), &[Span::styled(format!("{text} ({why})"), dim())], width)
        }
        Entry::Golem(reply) => {
            let stretches = reply.stretches().into_iter().flat_map(|(tone, text)| match tone {
                Tone::Spoken => vec![Span::raw(text)],
                Tone::Ahead => vec![Span::styled(text, dim())],
                // The dash tells of the cut where the terminal cannot strike out.
                Tone::Cut => vec![Span::raw(" —"), Span::styled(text, struck())],
            });
            wrap(&Span::styled("golem  ", theme.golem()), &stretches.collect::<Vec<_>>(), width)
        }
        Entry::Notice(text) => wrap(&Span::raw("    ·  "), &[Span::styled(text.as_str(), dim())], width),
        Entry::Error(text) => wrap(&Span::styled("error  ", theme.error()), &[Span::raw(text.as_str())], width),
    }
}

/// The waits of the last turns: a table where there is room, else the last turn's in a line.
fn latency(app: &App, area: Rect) -> Vec<Line<'static>> {
    let ms = |seconds: Option<f64>| seconds.map_or("-".to_string(), |seconds| format!("{:.0}", seconds * 1e3));
    let stages = |l: &Ledger| [ms(l.endpoint), ms(l.transcript), ms(l.first_token), ms(l.first_sample)];
    if area.height < 2 {
        let line = app.ledgers.back().map(|ledger| {
            let [end, words, token, sound] = stages(ledger);
            let rest = format!(" ms: end {end} words {words} token {token}");
            Line::from(vec![Span::raw(sound), Span::styled(rest, dim())])
        });
        return line.into_iter().collect();
    }
    let title = "── ms after you stop ── end of turn ───── words ─ first token ─ first sound ";
    let width = usize::from(area.width);
    let mut lines =
        vec![Line::styled(format!("{title}{}", "─".repeat(width.saturating_sub(Span::raw(title).width()))), dim())];
    for ledger in app.ledgers.iter().rev() {
        let [end, words, token, sound] = stages(ledger);
        lines.push(Line::from(vec![
            Span::styled(format!("{:>20}", format!("turn {}", ledger.turn)), dim()),
            Span::raw(format!("{end:>15}{words:>12}{token:>14}")),
            Span::styled(format!("{sound:>14}"), app.theme.golem()),
        ]));
    }
    lines
}

fn input(app: &App, frame: &mut Frame, area: Rect) {
    let prompt = if app.fatal.is_some() { "" } else { "› " };
    let [lead, field] = area.layout(&Layout::horizontal([Constraint::Length(2), Constraint::Fill(1)]));
    let (text, column) = app.input.window(usize::from(field.width));
    frame.render_widget(Span::styled(prompt, app.theme.you()), lead);
    if app.fatal.is_some() {
        frame.render_widget(Span::styled("golem cannot go on; q quits", app.theme.error()), area);
        return;
    }
    if app.input.is_empty() {
        let invitation = if app.muted { "type a question, or Tab and speak" } else { "speak, or type a question" };
        frame.render_widget(Span::styled(invitation, dim()), field);
    } else {
        frame.render_widget(Span::raw(text), field);
    }
    if !field.is_empty() && !app.help {
        frame.set_cursor_position((field.x + u16::try_from(column).unwrap_or(0), field.y));
    }
}

fn help(app: &App, frame: &mut Frame) {
    let area = frame.area();
    let lines = KEYS
        .map(|(key, what)| Line::from(vec![Span::styled(format!(" {key:<10}"), app.theme.golem()), Span::raw(what)]));
    let window = area.centered(Constraint::Max(40), Constraint::Max(10));
    frame.render_widget(Clear, window);
    frame.render_widget(Paragraph::new(lines.to_vec()).block(Block::bordered().title(" keys ")), window);
}
