//! The help window and the hints that are always shown: what every key does.

use ratatui::Frame;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

use super::app::{App, Focus, Hit};
use super::theme::dim;
use crate::config::screen::Space;

/// The keys; others mean the same: j, k, g and G scroll, Ctrl-R repeats and Ctrl-T talks while something is typed.
const KEYS: [(&str, &str); 16] = [
    ("Enter i", "type a question"),
    ("s  Esc", "stop golem speaking"),
    ("r", "say the last reply again"),
    ("y  n", "answer a command"),
    ("m  Tab", "mute, unmute"),
    ("t", "push to talk: on, off"),
    ("Space", ""),
    ("d", "devices, voice, mode"),
    ("/", "search; n older, N newer"),
    ("Up Down", "scroll; PgUp PgDn: pages"),
    ("Home End", "oldest, newest"),
    ("w", "write it all to a file"),
    ("Ctrl-L", "draw the screen anew"),
    ("Ctrl-Z", "suspend; fg comes back"),
    ("mouse", "scroll, click; Shift marks"),
    ("q  Ctrl-C", "quit"),
];

/// Hints, the most important first: those that do not fit are left out.
type Hints = &'static [(&'static str, KeyCode)];

const COMMANDS: Hints = &[
    ("? help", KeyCode::Char('?')),
    ("q quit", KeyCode::Char('q')),
    ("Enter type", KeyCode::Enter),
    ("m mute", KeyCode::Char('m')),
    ("s stop", KeyCode::Char('s')),
    ("r repeat", KeyCode::Char('r')),
    ("/ search", KeyCode::Char('/')),
    ("d devices", KeyCode::Char('d')),
    ("w write", KeyCode::Char('w')),
    ("t talk", KeyCode::Char('t')),
];
const ASKING: Hints = &[("y yes", KeyCode::Char('y')), ("n no", KeyCode::Char('n')), ("? help", KeyCode::Char('?'))];
const FOUND: Hints =
    &[("n older", KeyCode::Char('n')), ("N newer", KeyCode::Char('N')), ("Esc end of search", KeyCode::Esc)];
const TEXT: Hints = &[("Enter ask", KeyCode::Enter), ("Esc back", KeyCode::Esc), ("Tab mute", KeyCode::Tab)];
const SEARCH: Hints =
    &[("Enter keep", KeyCode::Enter), ("Esc back", KeyCode::Esc), ("PgUp PgDn scroll", KeyCode::Null)];
const SAVE: Hints = &[("Enter write", KeyCode::Enter), ("Esc back", KeyCode::Esc), (".md or .json", KeyCode::Null)];
const MENU: Hints = &[("Enter choose", KeyCode::Enter), ("Esc back", KeyCode::Esc), ("Up Down", KeyCode::Null)];
const LEAVE: Hints = &[("q again quits", KeyCode::Char('q')), ("any other key stays", KeyCode::Null)];
const STOPPED: Hints = &[("q quit", KeyCode::Char('q')), ("PgUp scroll", KeyCode::PageUp)];

fn hints(app: &App) -> Hints {
    match app.focus {
        _ if app.fatal.is_some() => STOPPED,
        Focus::Ask => TEXT,
        Focus::Search => SEARCH,
        Focus::Save => SAVE,
        Focus::Menu(_) => MENU,
        Focus::Leave => LEAVE,
        Focus::Help(_) | Focus::Keys if app.asking => ASKING,
        Focus::Help(_) | Focus::Keys if !app.needle.is_empty() => FOUND,
        Focus::Help(_) | Focus::Keys => COMMANDS,
    }
}

/// The hints that fit into `area`; a click on one is its key.
pub fn bar(app: &mut App, frame: &mut Frame, area: Rect) {
    let mut spans = Vec::new();
    let mut x = area.x;
    for (text, key) in hints(app) {
        let width = u16::try_from(Span::raw(*text).width()).unwrap_or(u16::MAX);
        let end = x.saturating_add(width);
        if end > area.right() {
            break;
        }
        app.hits.push((Rect { x, width, ..area }, Hit::Key(*key)));
        spans.push(Span::styled(format!("{text}  "), dim()));
        x = end.saturating_add(2);
    }
    frame.render_widget(Line::from(spans), area);
}

/// The help window, over everything else, in two columns where there is room; it scrolls where it is too low.
pub fn window(app: &mut App, frame: &mut Frame) {
    let Focus::Help(offset) = app.focus else { return };
    let space = if app.space == Space::Talk { "push to talk" } else { "mute, unmute" };
    let theme = app.theme;
    let key = |(key, what): (&'static str, &'static str)| {
        let what = if what.is_empty() { space } else { what };
        [Span::styled(format!(" {key:<10}"), theme.golem()), Span::raw(format!("{what:<27}"))]
    };
    let columns = if frame.area().width >= 80 { 2 } else { 1 };
    let rows = KEYS.len().div_ceil(columns);
    let row = |row: usize| KEYS[row..].iter().step_by(rows).copied().flat_map(key).collect::<Line>();
    let lines: Vec<Line> = (0..rows).map(row).collect();
    let fit = |length: usize| Constraint::Max(u16::try_from(length + 2).unwrap_or(u16::MAX));
    let window = frame.area().centered(fit(lines.first().map_or(0, Line::width)), fit(rows));
    let hidden = rows.saturating_sub(usize::from(window.height.saturating_sub(2)));
    let offset = offset.min(u16::try_from(hidden).unwrap_or(u16::MAX));
    app.focus = Focus::Help(offset);
    let block = Block::bordered().title(if hidden > 0 { " keys: Down shows more " } else { " keys " });
    frame.render_widget(Clear, window);
    frame.render_widget(Paragraph::new(lines).scroll((offset, 0)).block(block), window);
}
