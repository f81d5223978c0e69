//! Snapshots of every state.

use ratatui::crossterm::event::KeyCode;
use ratatui::style::{Color, Modifier};

use super::*;
use crate::control::Command;
use crate::message::Stage;
use crate::tui::app::Change;

#[test]
fn loading() {
    let mut app = App::new(true);
    feed(
        &mut app,
        vec![ready("microphone", "HDA Intel PCH, 48 kHz", "the system's default"), ready("vad", "Silero v5", "")],
    );
    insta::assert_snapshot!(screens(&app));
}

#[test]
fn idle() {
    insta::assert_snapshot!(screens(&awake()));
}

#[test]
fn listening_with_partial_words() {
    let mut app = awake();
    feed(
        &mut app,
        vec![
            state(State::Listening),
            note(Note::SpeechStart { utterance: 1 }),
            note(Note::Partial { utterance: 1, text: "what is the".into() }),
            Update::Level { decibels: -12.0, probability: 0.97 },
        ],
    );
    insta::assert_snapshot!(screens(&app));
}

#[test]
fn speaking() {
    insta::assert_snapshot!(screens(&answering()));
}

#[test]
fn interruption_strikes_out_what_was_not_heard() {
    let app = interrupted();
    insta::assert_snapshot!(screens(&app));
    let terminal = terminal(&app, 80, 24);
    let cells = terminal.backend().buffer().content();
    let struck: String =
        cells.iter().filter(|cell| cell.modifier.contains(Modifier::CROSSED_OUT)).map(Cell::symbol).collect();
    assert!(struck.trim().starts_with("above sea level. It stands"), "{struck}");
    assert!(!struck.contains("Everest"), "{struck}");
}

#[test]
fn ignored_words_are_shown_with_the_reason() {
    let mut app = answering();
    feed(
        &mut app,
        vec![
            note(Note::Transcript { utterance: 2, text: "uh-huh".into(), ignored: Some("backchannel") }),
            note(Note::Transcript { utterance: 3, text: String::new(), ignored: Some("empty") }),
            note(Note::Resume { turn: 1, clause: 1 }),
        ],
    );
    insta::assert_snapshot!(screens(&app));
}

#[test]
fn muted() {
    let mut app = awake();
    assert_eq!(press(&mut app, KeyCode::Tab), Some(Reaction::Send(Command::Mute(true))));
    assert_eq!(app.update(Update::Level { decibels: -3.0, probability: 1.0 }), Change::Nothing);
    insta::assert_snapshot!(screens(&app));
}

#[test]
fn errors_and_dropped_samples() {
    let mut app = answering();
    feed(
        &mut app,
        vec![
            Update::Notice("loudspeaker lost; looking for another".into()),
            note(Note::Error {
                stage: Stage::Llm,
                reason: "the language model did not begin in time; a smaller model is faster".into(),
            }),
            Update::Dropped(4096),
            Update::Fatal("no loudspeaker; `golem devices` lists them".into()),
        ],
    );
    insta::assert_snapshot!(screens(&app));
    assert_eq!(press(&mut app, KeyCode::Char('q')), Some(Reaction::Quit));
}

#[test]
fn help() {
    let mut app = awake();
    assert_eq!(press(&mut app, KeyCode::F(1)), None);
    insta::assert_snapshot!(screens(&app));
    assert_eq!(press(&mut app, KeyCode::Esc), None, "the first Esc closes the window");
    assert_eq!(press(&mut app, KeyCode::Esc), Some(Reaction::Send(Command::Interrupt)));
}

#[test]
fn wide_characters_keep_their_columns() {
    let mut app = awake();
    let text = "日本で一番高い山は富士山です。標高は三千七百七十六メートルあります。 👩‍👩‍👧 a\u{301}é".to_string();
    feed(&mut app, vec![note(Note::Transcript { utterance: 1, text, ignored: None })]);
    app.paste("naïve 東京 🗼");
    insta::assert_snapshot!(screens(&app));
}

#[test]
fn without_colours_none_are_used() {
    let colored = |app: &App| {
        let terminal = terminal(app, 80, 24);
        terminal.backend().buffer().content().iter().any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset)
    };
    assert!(colored(&interrupted()));
    let mut app = App::new(false);
    feed(&mut app, vec![Update::Fatal("x".into()), Update::Level { decibels: -1.0, probability: 1.0 }]);
    assert!(!colored(&app));
}
