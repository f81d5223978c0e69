//! Snapshots of every state.

use ratatui::crossterm::event::KeyCode;
use ratatui::style::{Color, Modifier};

use super::*;
use crate::control::Request;
use crate::message::{Ignored, Part};
use crate::tui::app::Redraw;

#[test]
fn loading() {
    let mut app = dark();
    feed(
        &mut app,
        vec![ready(Part::Capture, "HDA Intel PCH, 48 kHz", "the system's default"), ready(Part::Vad, "Silero v5", "")],
    );
    insta::assert_snapshot!(screens(&mut app));
}

#[test]
fn idle() {
    insta::assert_snapshot!(screens(&mut awake()));
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
            level(-12.0, 0.97),
        ],
    );
    insta::assert_snapshot!(screens(&mut app));
}

#[test]
fn speaking() {
    insta::assert_snapshot!(screens(&mut answering()));
}

#[test]
fn interruption_strikes_out_what_was_not_heard() {
    let mut app = interrupted();
    insta::assert_snapshot!(screens(&mut app));
    let terminal = terminal(&mut app, 80, 24);
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
            note(Note::Transcript { utterance: 2, text: "uh-huh".into(), ignored: Some(Ignored::Backchannel) }),
            note(Note::Transcript { utterance: 3, text: String::new(), ignored: Some(Ignored::Empty) }),
            note(Note::Resume { turn: 1, clause: 1 }),
        ],
    );
    insta::assert_snapshot!(screens(&mut app));
}

#[test]
fn muted() {
    let mut app = awake();
    assert_eq!(press(&mut app, KeyCode::Tab), Some(KeyEffect::Send(Request::Mute)));
    assert_eq!(app.update(level(-3.0, 1.0)), Redraw::Nothing);
    insta::assert_snapshot!(screens(&mut app));
}

#[test]
fn a_recording_shows_a_red_mark_until_that_golem_is_gone() {
    let mut app = awake();
    feed(&mut app, vec![Update::Recording { folder: "/tmp/session".into() }]);
    assert!(screens(&mut app).contains("● REC"));
    feed(&mut app, vec![Update::Away]);
    assert!(!screens(&mut app).contains("● REC"));
}

#[test]
fn errors_and_dropped_samples() {
    let mut app = answering();
    feed(
        &mut app,
        vec![
            Update::notice("loudspeaker lost; looking for another"),
            note(Note::Error {
                part: Part::Llm,
                reason: "the language model did not begin in time; a smaller model is faster".into(),
            }),
            Update::Dropped { samples: 4096 },
            Update::Fatal { reason: "no loudspeaker; `golem devices` lists them".into() },
        ],
    );
    insta::assert_snapshot!(screens(&mut app));
    assert_eq!(press(&mut app, KeyCode::Char('q')), Some(KeyEffect::Quit));
}

#[test]
fn a_server_that_thinks_is_always_shown() {
    let mut app = awake();
    let what = "qwen3 at http://box:11434, elsewhere";
    let at = Some("http://box:11434".to_owned());
    feed(&mut app, vec![Update::Ready(Ready { part: Part::Llm, what: what.into(), why: String::new(), at })]);
    let shown = screens(&mut app);
    assert!(shown.contains(&format!("brain: {what}")), "{shown}");
    feed(&mut app, vec![ready(Part::Llm, "Qwen2.5", "")]);
    assert!(!screens(&mut app).contains("brain: "));
}

#[test]
fn help() {
    let mut app = awake();
    assert_eq!(press(&mut app, KeyCode::Char('?')), None);
    insta::assert_snapshot!(screens(&mut app));
    assert_eq!(press(&mut app, KeyCode::Esc), None, "any key closes the window");
    assert_eq!(press(&mut app, KeyCode::Esc), Some(KeyEffect::Send(Request::Stop)));
}

#[test]
fn wide_characters_keep_their_columns() {
    let mut app = awake();
    let text = "日本で一番高い山は富士山です。標高は三千七百七十六メートルあります。 👩‍👩‍👧 a\u{301}é".to_string();
    feed(&mut app, vec![note(Note::Transcript { utterance: 1, text, ignored: None })]);
    app.paste("naïve 東京 🗼");
    insta::assert_snapshot!(screens(&mut app));
}

#[test]
fn without_colours_none_are_used() {
    let colored = |app: &mut App| {
        let terminal = terminal(app, 80, 24);
        terminal.backend().buffer().content().iter().any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset)
    };
    assert!(colored(&mut interrupted()));
    let mut app = App { theme: Theme::Plain, ..interrupted() };
    feed(&mut app, vec![Update::Fatal { reason: "x".into() }, level(-1.0, 1.0)]);
    assert!(!colored(&mut app));
}

#[test]
fn thinking_and_pausing() {
    let mut app = awake();
    feed(&mut app, vec![state(State::Pause)]);
    insta::assert_snapshot!("pausing", screens(&mut app));
    feed(&mut app, vec![state(State::Processing)]);
    insta::assert_snapshot!("thinking", screens(&mut app));
}

#[test]
fn a_command_asks() {
    let mut app = awake();
    feed(
        &mut app,
        vec![
            note(Note::Transcript { utterance: 1, text: "Restart the computer".into(), ignored: None }),
            state(State::Speaking),
            note(Note::Clause { turn: 1, clause: 0, text: "Shall I restart the computer?".into() }),
            Update::Spoken { turn: 1, text: "Shall I restart the computer?".into() },
            note(Note::Confirm { turn: 1, question: "Shall I restart the computer?".into(), seconds: 8.0 }),
            note(Note::Mode { mode: Mode::Intent }),
        ],
    );
    insta::assert_snapshot!(screens(&mut app));
}

#[test]
fn typing_searching_naming_and_leaving() {
    let mut app = interrupted();
    press(&mut app, KeyCode::Enter);
    app.paste("how deep is it");
    insta::assert_snapshot!("typing", screens(&mut app));
    press(&mut app, KeyCode::Esc);
    press(&mut app, KeyCode::Char('/'));
    app.paste("ever");
    press(&mut app, KeyCode::Left);
    insta::assert_snapshot!("searching", screens(&mut app));
    press(&mut app, KeyCode::Esc);
    press(&mut app, KeyCode::Char('w'));
    insta::assert_snapshot!("naming", screens(&mut app));
    press(&mut app, KeyCode::Esc);
    press(&mut app, KeyCode::Char('q'));
    insta::assert_snapshot!("leaving", screens(&mut app));
}

/// The screen `app` after nine more turns.
pub fn trending(mut app: App) -> App {
    let waits = [0.54, 0.61, 0.53, 0.92, 0.55, 0.57, 0.54, 1.2, 0.53];
    for (sound, turn) in waits.into_iter().zip(2..) {
        let (endpoint, first_token) = (Some(0.5), Some(sound - 0.02));
        let ledger = Ledger { turn, endpoint, transcript: Some(0.51), first_token, ..Ledger::default() };
        app.update(note(Note::Latency(Ledger { first_sample: Some(sound), ..ledger })));
    }
    app
}

#[test]
fn many_turns_make_a_trend() {
    insta::assert_snapshot!(screens(&mut trending(answering())));
}

#[test]
fn right_to_left_words_stay_in_their_order() {
    let mut app = awake();
    let text = "מה השעה עכשיו? كم الساعة الآن؟ and in English".to_string();
    feed(&mut app, vec![note(Note::Transcript { utterance: 1, text: text.clone(), ignored: None })]);
    // Golem gives the words in the order in which they are spoken, and breaks none; the terminal reverses them.
    let shown = super::text(&mut app, 80, 24);
    assert!(shown.contains(&text), "{shown}");
    insta::assert_snapshot!(screens(&mut app));
}

#[test]
fn a_light_background_has_colours_of_its_own() {
    let cyan = |app: &mut App| {
        let terminal = terminal(app, 80, 24);
        terminal.backend().buffer().content().iter().any(|cell| cell.fg == Color::Cyan)
    };
    assert!(cyan(&mut answering()));
    assert!(!cyan(&mut App { theme: Theme::Light, ..answering() }));
}
