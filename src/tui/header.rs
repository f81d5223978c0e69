//! The first line of the screen: what golem does, and what the microphone hears.

use ratatui::style::Color;
use ratatui::text::{Line, Span};

use super::app::{App, LEVEL_STEP, LEVELS, VOICES};
use super::theme::dim;
use crate::control::State;

/// Word and colour of the state.
fn state(app: &App) -> (&'static str, Color) {
    match app.state {
        _ if app.fatal.is_some() => ("STOPPED", Color::Red),
        _ if !app.ready => ("LOADING", Color::Reset),
        State::Idle if app.muted => ("MUTED", Color::Red),
        State::Idle => ("IDLE", Color::Reset),
        State::Listening => ("LISTENING", Color::Green),
        State::Pause => ("PAUSE", Color::Green),
        State::Processing => ("THINKING", Color::Magenta),
        State::Speaking => ("SPEAKING", Color::Cyan),
    }
}

/// The line: state on the left, meters on the right as far as there is room.
pub fn header(app: &App, width: usize) -> Line<'static> {
    let (word, color) = state(app);
    let mut left = vec![Span::styled(format!(" {word} "), app.theme.badge(color))];
    if app.muted && word != "MUTED" {
        left.push(Span::styled(" muted", app.theme.error()));
    }
    if app.talking {
        left.push(Span::styled(" ^T talks", app.theme.you()));
    }
    if app.ducked {
        left.push(Span::styled(" lowered", dim()));
    }
    let used: usize = left.iter().map(Span::width).sum();
    let right = [meters(app, true), meters(app, false)];
    let fits = |line: &Vec<Span>| used + 1 + line.iter().map(Span::width).sum::<usize>() <= width;
    if let Some(right) = right.into_iter().find(fits) {
        let gap = width - used - right.iter().map(Span::width).sum::<usize>();
        left.push(Span::raw(" ".repeat(gap)));
        left.extend(right);
    }
    Line::from(left)
}

/// The level of the microphone and the probability of a voice in it.
fn meters(app: &App, wide: bool) -> Vec<Span<'static>> {
    let hot = app.level + 1 >= LEVELS;
    let mut spans = vec![Span::styled("mic ", dim())];
    spans.extend(bar(app, app.level, LEVELS, if hot { Color::Red } else { Color::Green }));
    if wide {
        let decibels = i32::from(app.level) * i32::from(LEVEL_STEP) - i32::from(LEVELS) * i32::from(LEVEL_STEP);
        spans.push(Span::styled(format!(" {decibels:>3} dB  voice "), dim()));
    } else {
        spans.push(Span::raw(" "));
    }
    spans.extend(bar(app, app.voice, VOICES, Color::Cyan));
    spans
}

fn bar(app: &App, value: u8, most: u8, color: Color) -> [Span<'static>; 2] {
    let (full, empty) = (usize::from(value), usize::from(most.saturating_sub(value)));
    [Span::styled("█".repeat(full), app.theme.ink(color)), Span::styled("░".repeat(empty), dim())]
}
