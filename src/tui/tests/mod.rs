//! Tests of the screen for every state, key and size.

mod anything;
mod keys;
mod picture;
mod screens;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::text::Span;

use super::app::{App, KeyEffect};
use super::render::draw;
use super::theme::Theme;
use crate::config::screen::Space;
use crate::control::{Levels, Mode, Note, Ready, State, Update};
use crate::message::{CancelReason, Ledger, Part, Time};

fn note(note: Note) -> Update {
    Update::Note { time: Time::ZERO, note }
}

fn ready(part: Part, what: &str, why: &str) -> Update {
    Update::Ready(Ready { part, what: what.into(), why: why.into(), at: None })
}

fn state(state: State) -> Update {
    note(Note::State { state })
}

/// A level of the microphone while golem is silent.
fn level(decibels: f32, probability: f32) -> Update {
    Update::Level(Levels { decibels, probability, threshold: 0.5, output: -100.0 })
}

/// A screen on which nothing has happened.
fn dark() -> App {
    App::new(Theme::Dark, Space::Mute, Mode::Chat)
}

/// A golem that is ready and hears the room.
fn awake() -> App {
    let mut app = dark();
    feed(
        &mut app,
        vec![
            ready(Part::Capture, "HDA Intel PCH, 48 kHz", "the system's default"),
            ready(Part::Vad, "Silero v5", ""),
            ready(Part::Asr, "Whisper base.en int8", "the largest that keeps up"),
            ready(Part::Llm, "Qwen2.5 1.5B Instruct Q4", "set in the config"),
            ready(Part::Tts, "Piper en_US-lessac", "the only one installed"),
            ready(Part::Playback, "HDA Intel PCH, 48 kHz", "the system's default"),
            Update::Listening,
            level(-48.0, 0.02),
        ],
    );
    app
}

fn feed(app: &mut App, updates: Vec<Update>) {
    for update in updates {
        app.update(update);
    }
}

/// A question that golem is answering.
fn answering() -> App {
    let mut app = awake();
    feed(
        &mut app,
        vec![
            state(State::Listening),
            note(Note::SpeechStart { utterance: 1 }),
            note(Note::Transcript { utterance: 1, text: "What is the highest mountain?".into(), ignored: None }),
            state(State::Processing),
            note(Note::Clause {
                turn: 1,
                clause: 0,
                text: "Mount Everest is the highest mountain above sea level.".into(),
            }),
            note(Note::Reply {
                turn: 1,
                text: "Mount Everest is the **highest** mountain above sea level. It stands 8,849 metres tall, \
                   and it grows by a few millimetres every year."
                    .into(),
            }),
            note(Note::AudioStart { turn: 1 }),
            note(Note::Latency(Ledger {
                turn: 1,
                end_of_speech: 3.2,
                endpoint: Some(0.512),
                transcript: Some(0.64),
                first_token: Some(0.79),
                first_clause: Some(0.9),
                first_sample: Some(1.034),
                ..Ledger::default()
            })),
            state(State::Speaking),
            Update::Level(Levels { decibels: -22.0, probability: 0.35, threshold: 0.5, output: -14.0 }),
            Update::Spoken { turn: 1, text: "Mount Everest is the highest".into() },
        ],
    );
    app
}

fn interrupted() -> App {
    let mut app = answering();
    feed(
        &mut app,
        vec![
            note(Note::Duck { on: true }),
            note(Note::Cut { turn: 1 }),
            note(Note::SpeechStart { utterance: 2 }),
            note(Note::Transcript { utterance: 2, text: "And the deepest lake?".into(), ignored: None }),
            note(Note::Cancel { turn: 1, reason: CancelReason::Words }),
            note(Note::Heard { turn: 1, text: "Mount Everest is the **highest** mountain".into(), interrupted: true }),
            state(State::Processing),
        ],
    );
    app
}

fn terminal(app: &mut App, width: u16, height: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(app, frame)).unwrap();
    terminal
}

/// The text on a screen, a line per row.
fn text(app: &mut App, width: u16, height: u16) -> String {
    let terminal = terminal(app, width, height);
    let row = |cells: &[Cell]| {
        let mut covered = 0;
        let mut line = String::new();
        for cell in cells {
            if covered == 0 {
                line.push_str(cell.symbol());
                covered = Span::raw(cell.symbol()).width();
            }
            covered = covered.saturating_sub(1);
        }
        line.trim_end().to_string() + "\n"
    };
    terminal.backend().buffer().content().chunks(usize::from(width)).map(row).collect()
}

/// A screen at three sizes, for the eye.
fn screens(app: &mut App) -> String {
    [(40, 10), (80, 24), (120, 32)]
        .map(|(width, height)| format!("{width}x{height}\n{}", text(app, width, height)))
        .join("\n")
}

fn press(app: &mut App, code: KeyCode) -> Option<KeyEffect> {
    app.key(KeyEvent::new(code, KeyModifiers::NONE))
}
