//! The screen as a person sees it, for every state and size.

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use ratatui::text::Span;

use super::app::{App, Change, Reaction};
use super::render::{draw, scroll_room};
use crate::control::{Command, Note, Ready, State, Update};
use crate::message::{Stage, Time};
use crate::metrics::Ledger;

fn note(note: Note) -> Update {
    Update::Note(Time::ZERO, note)
}

fn ready(part: &'static str, what: &str, why: &str) -> Update {
    Update::Ready(Ready { part, what: what.into(), why: why.into() })
}

fn state(state: State) -> Update {
    note(Note::State { state })
}

/// A golem that is ready and hears the room.
fn awake() -> App {
    let mut app = App::new(true);
    feed(
        &mut app,
        vec![
            ready("microphone", "HDA Intel PCH, 48 kHz", "the system's default"),
            ready("vad", "Silero v5", ""),
            ready("ears", "Whisper base.en int8", "the largest that keeps up"),
            ready("brain", "Qwen2.5 1.5B Instruct Q4", "set in the config"),
            ready("voice", "Piper en_US-lessac", "the only one installed"),
            ready("loudspeaker", "HDA Intel PCH, 48 kHz", "the system's default"),
            Update::Listening,
            Update::Level { decibels: -48.0, probability: 0.02 },
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
            })),
            state(State::Speaking),
            Update::Level { decibels: -22.0, probability: 0.35 },
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
            note(Note::Cancel { turn: 1, reason: "words" }),
            note(Note::Heard { turn: 1, text: "Mount Everest is the **highest** mountain".into(), interrupted: true }),
            state(State::Processing),
        ],
    );
    app
}

fn terminal(app: &App, width: u16, height: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(app, frame)).unwrap();
    terminal
}

/// What stands on a screen, a line per row.
fn text(app: &App, width: u16, height: u16) -> String {
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

/// Both sizes of a screen, for the eye.
fn screens(app: &App) -> String {
    format!("80x24\n{}\n40x10\n{}", text(app, 80, 24), text(app, 40, 10))
}

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

fn press(app: &mut App, code: KeyCode) -> Option<Reaction> {
    app.key(KeyEvent::new(code, KeyModifiers::NONE))
}

fn chord(app: &mut App, c: char) -> Option<Reaction> {
    app.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL))
}

fn type_text(app: &mut App, text: &str) {
    for c in text.chars() {
        assert_eq!(press(app, KeyCode::Char(c)), None);
    }
}

#[test]
fn enter_asks_what_was_typed() {
    let mut app = awake();
    assert_eq!(press(&mut app, KeyCode::Enter), None);
    type_text(&mut app, "quit wit");
    press(&mut app, KeyCode::Left);
    press(&mut app, KeyCode::Backspace);
    type_text(&mut app, "a");
    assert_eq!(press(&mut app, KeyCode::Enter), Some(Reaction::Send(Command::Ask("quit wat".into()))));
    assert!(text(&app, 40, 10).contains("you  quit wat"));
}

#[test]
fn keys_command() {
    let mut app = awake();
    assert_eq!(chord(&mut app, 'r'), Some(Reaction::Send(Command::Repeat)));
    assert_eq!(chord(&mut app, 't'), Some(Reaction::Send(Command::Talk(true))));
    assert_eq!(chord(&mut app, 't'), Some(Reaction::Send(Command::Talk(false))));
    assert_eq!(press(&mut app, KeyCode::Tab), Some(Reaction::Send(Command::Mute(true))));
    assert_eq!(chord(&mut app, 't'), None, "nobody talks muted");
    assert_eq!(press(&mut app, KeyCode::Tab), Some(Reaction::Send(Command::Mute(false))));
    assert_eq!(chord(&mut app, 'l'), Some(Reaction::Redraw));
    assert_eq!(chord(&mut app, 'c'), Some(Reaction::Quit));
    assert_eq!(chord(&mut app, 'q'), Some(Reaction::Quit));
}

#[test]
fn scrolling_ends_at_the_first_line() {
    let mut app = awake();
    feed(&mut app, (0..50).map(|n| Update::Notice(format!("notice {n}"))).collect());
    (0..100).for_each(|_| assert_eq!(press(&mut app, KeyCode::PageUp), None));
    app.limit_scroll(scroll_room(&app, Rect::new(0, 0, 80, 24)));
    assert!(text(&app, 80, 24).contains("microphone"));
    press(&mut app, KeyCode::Down);
    assert!(!text(&app, 80, 24).contains("microphone"));
}

#[test]
fn meters_move_in_visible_steps() {
    let mut app = awake();
    let level = |decibels| Update::Level { decibels, probability: 0.0 };
    assert_eq!(app.update(level(-30.0)), Change::Meter);
    assert_eq!(app.update(level(-30.4)), Change::Nothing);
    assert_eq!(app.update(level(-80.0)), Change::Meter);
    assert_eq!(app.update(level(f32::NEG_INFINITY)), Change::Nothing);
    assert_eq!(app.update(level(f32::NAN)), Change::Nothing);
}

fn any_note() -> impl Strategy<Value = Note> {
    let words = || prop_oneof!["[a-z .*\n\t]{0,60}", "\\PC{0,20}", Just("ﷺ漢字👩‍👩‍👧 x".to_string())];
    let number = || 0..4_u64;
    let states = [State::Idle, State::Listening, State::Pause, State::Processing, State::Speaking];
    let ignored = proptest::option::of(prop::sample::select(vec!["ghost", "stop"]));
    prop_oneof![
        prop::sample::select(states.to_vec()).prop_map(|state| Note::State { state }),
        number().prop_map(|utterance| Note::SpeechStart { utterance }),
        (number(), words()).prop_map(|(utterance, text)| Note::Partial { utterance, text }),
        (number(), words(), ignored).prop_map(|(utterance, text, ignored)| Note::Transcript {
            utterance,
            text,
            ignored
        }),
        (number(), words()).prop_map(|(turn, text)| Note::Reply { turn, text }),
        (number(), words()).prop_map(|(turn, text)| Note::Clause { turn, clause: 0, text }),
        number().prop_map(|turn| Note::AudioStart { turn }),
        (number(), words(), any::<bool>()).prop_map(|(turn, text, interrupted)| Note::Heard {
            turn,
            text,
            interrupted
        }),
        any::<Option<f64>>().prop_map(|s| Note::Latency(Ledger { endpoint: s, first_sample: s, ..Ledger::default() })),
        words().prop_map(|reason| Note::Error { stage: Stage::Tts, reason }),
    ]
}

fn any_update() -> impl Strategy<Value = Update> {
    prop_oneof![
        8 => any_note().prop_map(note),
        1 => (any::<f32>(), any::<f32>()).prop_map(|(decibels, probability)| Update::Level { decibels, probability }),
        1 => any::<String>().prop_map(Update::Notice),
        1 => any::<u64>().prop_map(Update::Dropped),
        1 => any::<String>().prop_map(|what| ready("ears", &what, &what)),
        1 => Just(Update::Listening),
    ]
}

fn any_key() -> impl Strategy<Value = KeyEvent> {
    let codes = [
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::F(1),
    ];
    let code = prop_oneof![prop::sample::select(codes.to_vec()), any::<char>().prop_map(KeyCode::Char)];
    (code, any::<u8>()).prop_map(|(code, bits)| KeyEvent::new(code, KeyModifiers::from_bits_truncate(bits & 2)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_makes_the_screen_panic(
        steps in prop::collection::vec((any_update(), any_key(), 1..200_u16, 1..60_u16), 1..24),
    ) {
        let mut app = App::new(true);
        for (update, key, width, height) in steps {
            app.update(update);
            app.key(key);
            app.limit_scroll(scroll_room(&app, Rect::new(0, 0, width, height)));
            terminal(&app, width, height);
            terminal(&app, width.min(4), height.min(4));
        }
    }
}
