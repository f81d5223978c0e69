//! The first line of the screen: golem's state, the meters of microphone and playback.

use ratatui::style::Color;
use ratatui::text::{Line, Span};

use super::app::App;
use super::meters::{LEVEL_STEP, LEVELS, VOICES};
use super::theme::dim;
use crate::control::{Mode, Part, State};

/// Word and colour of the state.
fn state(app: &App) -> (&'static str, Color) {
    match app.state {
        _ if app.fatal.is_some() => ("STOPPED", Color::Red),
        _ if !app.ready => ("LOADING", Color::Reset),
        State::Idle if app.muted => ("MUTED", Color::Red),
        State::Idle if app.waiting => ("WAITING", Color::Reset),
        State::Idle => ("IDLE", Color::Reset),
        State::Listening => ("LISTENING", Color::Green),
        State::Pause => ("PAUSE", Color::Green),
        State::Processing => ("THINKING", Color::Magenta),
        State::Speaking => ("SPEAKING", Color::Cyan),
    }
}

/// The line: state and server on the left, meters on the right as far as there is room. Also gives the columns of the
/// state.
pub fn header(app: &App, width: usize) -> (Line<'static>, usize) {
    let (word, color) = state(app);
    let mut left = vec![Span::styled(format!(" {word} "), app.theme.badge(color))];
    if app.recording {
        left.push(Span::styled(" ● REC", app.theme.error()));
    }
    if app.muted && word != "MUTED" {
        left.push(Span::styled(" muted", app.theme.error()));
    }
    if app.talking {
        left.push(Span::styled(" talk", app.theme.you()));
    }
    if app.ducked {
        left.push(Span::styled(" lowered", dim()));
    }
    if app.mode == Mode::Intent {
        left.push(Span::styled(" commands", dim()));
    }
    let badge: usize = left.iter().map(Span::width).sum();
    // Name the servers before the meters: it matters more that words leave this machine.
    for part in [Part::Asr, Part::Llm, Part::Tts] {
        if let Some(ready) = app.parts.iter().find(|ready| ready.part == part && ready.at.is_some()) {
            left.push(Span::styled(format!(" {part}: {}", ready.what), dim()));
        }
    }
    let used: usize = left.iter().map(Span::width).sum();
    let fits = |line: &Vec<Span>| used + 1 + line.iter().map(Span::width).sum::<usize>() <= width;
    if let Some(right) = [wide(app), medium(app), narrow(app)].into_iter().find(fits) {
        let gap = width - used - right.iter().map(Span::width).sum::<usize>();
        left.push(Span::raw(" ".repeat(gap)));
        left.extend(right);
    }
    (Line::from(left), badge)
}

fn wide(app: &App) -> Vec<Span<'static>> {
    let decibels = i32::from(app.meters.microphone) * i32::from(LEVEL_STEP) - i32::from(LEVELS) * i32::from(LEVEL_STEP);
    let mut spans = vec![Span::styled("mic ", dim())];
    spans.extend(level(app, app.meters.microphone, Color::Green));
    spans.push(Span::styled(format!(" {decibels:>3} dB  voice "), dim()));
    spans.extend(voice(app));
    spans.push(Span::styled("  out ", dim()));
    spans.extend(level(app, app.meters.output, Color::Cyan));
    spans
}

fn medium(app: &App) -> Vec<Span<'static>> {
    let mut spans = vec![Span::styled("mic ", dim())];
    spans.extend(level(app, app.meters.microphone, Color::Green));
    spans.push(Span::raw(" "));
    spans.extend(voice(app));
    spans
}

fn narrow(app: &App) -> Vec<Span<'static>> {
    let mut spans = vec![Span::styled("mic ", dim())];
    spans.extend(level(app, app.meters.microphone, Color::Green));
    spans
}

/// A level; the last step before it distorts is red.
fn level(app: &App, value: u8, color: Color) -> [Span<'static>; 2] {
    let color = if value + 1 >= LEVELS { Color::Red } else { color };
    let empty = LEVELS.saturating_sub(value);
    [Span::styled("█".repeat(value.into()), app.theme.ink(color)), Span::styled("░".repeat(empty.into()), dim())]
}

/// The probability of a voice, with a mark at the threshold.
fn voice(app: &App) -> Vec<Span<'static>> {
    let (value, bar) = (app.meters.voice, app.meters.threshold);
    let color = if value >= bar { Color::Green } else { Color::Yellow };
    let cell = |step: u8| match (step <= value, step == bar) {
        (true, true) => Span::styled("▓", app.theme.ink(color)),
        (true, false) => Span::styled("█", app.theme.ink(color)),
        (false, true) => Span::raw("┃"),
        (false, false) => Span::styled("░", dim()),
    };
    (1..=VOICES).map(cell).collect()
}
