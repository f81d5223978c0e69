//! Tests of keys, clicks and meters.

use ratatui::crossterm::event::{KeyEventKind, MouseButton, MouseEvent, MouseEventKind};

use super::*;
use crate::control::{Offer, Part, Request};
use crate::message::Consent;
use crate::tui::app::{Focus, Redraw};

fn chord(app: &mut App, c: char) -> Option<KeyEffect> {
    app.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL))
}

fn letter(app: &mut App, c: char) -> Option<KeyEffect> {
    press(app, KeyCode::Char(c))
}

fn type_text(app: &mut App, text: &str) {
    for c in text.chars() {
        assert_eq!(letter(app, c), None);
    }
}

#[allow(clippy::unnecessary_wraps)] // it stands beside what a key gives
fn sent(command: Request) -> Option<KeyEffect> {
    Some(KeyEffect::Send(command))
}

#[test]
fn enter_begins_a_question_and_asks_it() {
    let mut app = awake();
    assert_eq!(press(&mut app, KeyCode::Enter), None);
    type_text(&mut app, "quit wit");
    press(&mut app, KeyCode::Left);
    press(&mut app, KeyCode::Backspace);
    type_text(&mut app, "a");
    assert_eq!(press(&mut app, KeyCode::Enter), sent(Request::Ask { text: "quit wat".into() }));
    // The question shows as soon as golem has taken it, on this screen as on every other.
    app.update(note(Note::Typed { turn: 1, text: "quit wat".into() }));
    assert!(text(&mut app, 40, 10).contains("you  quit wat"));
    assert_eq!(letter(&mut app, 's'), sent(Request::Stop), "letters are commands again");
}

#[test]
fn keys_command() {
    let mut app = awake();
    assert_eq!(letter(&mut app, 'r'), sent(Request::Repeat));
    assert_eq!(chord(&mut app, 'r'), sent(Request::Repeat));
    assert_eq!(press(&mut app, KeyCode::Esc), sent(Request::Stop));
    assert_eq!(letter(&mut app, 't'), sent(Request::Talk { on: true }));
    assert_eq!(chord(&mut app, 't'), sent(Request::Talk { on: false }));
    assert_eq!(letter(&mut app, ' '), sent(Request::Mute));
    assert_eq!(letter(&mut app, 't'), None, "nobody talks muted");
    assert_eq!(letter(&mut app, 'm'), sent(Request::Unmute));
    assert_eq!(chord(&mut app, 'l'), Some(KeyEffect::Redraw));
    assert_eq!(letter(&mut app, 'q'), None, "one letter too many does not end a conversation");
    assert_eq!(letter(&mut app, 'r'), sent(Request::Repeat));
    assert_eq!(letter(&mut app, 'q'), None);
    assert_eq!(letter(&mut app, 'q'), Some(KeyEffect::Quit));
    assert_eq!(chord(&mut app, 'c'), Some(KeyEffect::Quit));
    assert_eq!(chord(&mut app, 'q'), Some(KeyEffect::Quit));
}

#[test]
fn space_talks_as_long_as_it_is_held() {
    let mut app = App { space: Space::Talk, ..awake() };
    assert!(app.wants_releases());
    let space = |kind| KeyEvent::new_with_kind(KeyCode::Char(' '), KeyModifiers::NONE, kind);
    assert_eq!(app.key(space(KeyEventKind::Press)), sent(Request::Talk { on: true }));
    assert_eq!(app.key(space(KeyEventKind::Repeat)), None);
    assert_eq!(app.key(space(KeyEventKind::Release)), sent(Request::Talk { on: false }));
    assert_eq!(app.key(space(KeyEventKind::Release)), None);
    // Without reports of key releases from the terminal, the second press ends it.
    assert_eq!(app.key(space(KeyEventKind::Press)), sent(Request::Talk { on: true }));
    assert_eq!(app.key(space(KeyEventKind::Press)), sent(Request::Talk { on: false }));
    press(&mut app, KeyCode::Enter);
    assert!(!app.wants_releases());
    assert_eq!(app.key(space(KeyEventKind::Press)), None);
    assert_eq!(app.input.text(), " ");
}

#[test]
fn a_command_that_asks_is_answered_by_a_letter() {
    let mut app = awake();
    app.update(note(Note::Confirm { turn: 1, question: "Switch off?".into(), seconds: 8.0 }));
    assert_eq!(letter(&mut app, 'n'), sent(Request::Answer { yes: false }));
    assert_eq!(letter(&mut app, 'y'), sent(Request::Answer { yes: true }));
    app.update(note(Note::Confirmed { turn: 1, decision: 1, answer: Consent::Yes }));
    assert_eq!(letter(&mut app, 'y'), None);
}

#[test]
fn the_view_scrolls_to_the_first_line_and_stays_there() {
    let mut app = awake();
    feed(&mut app, (0..50).map(|n| Update::notice(format!("notice {n}"))).collect());
    assert!(text(&mut app, 80, 24).contains("notice 49"));
    (0..100).for_each(|_| assert_eq!(press(&mut app, KeyCode::PageUp), None));
    assert!(text(&mut app, 80, 24).contains("microphone"));
    feed(&mut app, vec![Update::notice("and one more")]);
    let shown = text(&mut app, 80, 24);
    assert!(shown.contains("microphone") && shown.contains("more below"), "{shown}");
    press(&mut app, KeyCode::Down);
    assert!(!text(&mut app, 80, 24).contains("microphone"));
    press(&mut app, KeyCode::End);
    assert!(text(&mut app, 80, 24).contains("and one more"));
    press(&mut app, KeyCode::Home);
    assert!(text(&mut app, 80, 24).contains("microphone"));
}

#[test]
fn search_goes_through_what_was_said() {
    let mut app = awake();
    let said = |text: &str| note(Note::Transcript { utterance: 1, text: text.into(), ignored: None });
    feed(&mut app, vec![said("The Needle is here"), said("nothing"), said("another needle, and more")]);
    feed(&mut app, (0..50).map(|n| Update::notice(format!("notice {n}"))).collect());
    letter(&mut app, '/');
    type_text(&mut app, "NEED");
    assert!(text(&mut app, 80, 24).contains("another needle"));
    assert_eq!(press(&mut app, KeyCode::Enter), None);
    assert_eq!(letter(&mut app, 'n'), None);
    let shown = terminal(&mut app, 80, 24);
    let cells = shown.backend().buffer().content();
    let marked: String =
        cells.iter().filter(|cell| cell.modifier == ratatui::style::Modifier::REVERSED).map(Cell::symbol).collect();
    assert!(text(&mut app, 80, 24).contains("The Needle") && marked.contains("Need"), "{marked}");
    letter(&mut app, 'N');
    assert!(text(&mut app, 80, 24).contains("another needle"));
    assert_eq!(press(&mut app, KeyCode::Esc), None, "Esc ends the search before it stops golem");
    assert_eq!(press(&mut app, KeyCode::Esc), sent(Request::Stop));
    letter(&mut app, '/');
    type_text(&mut app, "nowhere");
    press(&mut app, KeyCode::Enter);
    assert!(text(&mut app, 80, 24).contains("not found"));
}

#[test]
fn the_menu_switches_mode_device_and_voice() {
    let mut app = awake();
    assert_eq!(letter(&mut app, 'd'), sent(Request::Offers));
    assert!(text(&mut app, 80, 24).contains("looking for"));
    let offer = |part, name: &str, current| Offer { part, name: name.into(), what: String::new(), current };
    let offers = vec![
        offer(Part::Tts, "en_US-lessac", true),
        offer(Part::Capture, "headset", false),
        offer(Part::Tts, "en_GB-alba", false),
    ];
    app.update(Update::Offers { offers });
    insta::assert_snapshot!(screens(&mut app));
    press(&mut app, KeyCode::Up);
    let voice = Request::Switch { part: Part::Tts, name: "en_GB-alba".into() };
    assert_eq!(press(&mut app, KeyCode::Enter), sent(voice));
    assert_eq!(app.focus, Focus::Keys);
    letter(&mut app, 'd');
    press(&mut app, KeyCode::Down);
    assert_eq!(press(&mut app, KeyCode::Enter), sent(Request::Mode { mode: Mode::Intent }));
}

#[test]
fn the_conversation_is_written_where_the_person_says() {
    let mut app = awake();
    letter(&mut app, 'w');
    chord(&mut app, 'u');
    type_text(&mut app, "talk.json");
    assert_eq!(press(&mut app, KeyCode::Enter), Some(KeyEffect::Save("talk.json".into())));
}

#[test]
fn the_mouse_scrolls_mutes_and_chooses() {
    let mut app = awake();
    feed(&mut app, (0..50).map(|n| Update::notice(format!("notice {n}"))).collect());
    let mouse =
        |app: &mut App, kind, column, row| app.mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    let click = MouseEventKind::Down(MouseButton::Left);
    text(&mut app, 80, 24);
    mouse(&mut app, MouseEventKind::ScrollUp, 5, 5);
    assert!(!text(&mut app, 80, 24).contains("notice 49"));
    assert_eq!(mouse(&mut app, click, 2, 0), sent(Request::Stop), "the state stops golem");
    assert_eq!(mouse(&mut app, click, 60, 0), sent(Request::Mute), "the meters mute");
    assert_eq!(mouse(&mut app, click, 2, 23), None);
    assert_eq!(app.focus, Focus::Help(0), "hints are their keys");
    letter(&mut app, 'x');
    letter(&mut app, 'd');
    let shown = text(&mut app, 80, 24);
    let row = shown.lines().position(|line| line.contains("commands only")).unwrap();
    let row = u16::try_from(row).unwrap();
    assert_eq!(mouse(&mut app, click, 40, row), sent(Request::Mode { mode: Mode::Intent }));
}

#[test]
fn clicks_type_nothing_into_a_question() {
    let mut app = awake();
    press(&mut app, KeyCode::Enter);
    type_text(&mut app, "what is");
    text(&mut app, 80, 24);
    let kind = MouseEventKind::Down(MouseButton::Left);
    let click = MouseEvent { kind, column: 60, row: 0, modifiers: KeyModifiers::NONE };
    assert_eq!(app.mouse(click), sent(Request::Mute));
    assert_eq!(app.input.text(), "what is");
}

#[test]
fn a_key_held_down_means_it_once() {
    let mut app = awake();
    let again = |c| KeyEvent::new_with_kind(KeyCode::Char(c), KeyModifiers::NONE, KeyEventKind::Repeat);
    assert_eq!(letter(&mut app, 't'), sent(Request::Talk { on: true }));
    assert_eq!(app.key(again('t')), None);
    letter(&mut app, 'q');
    assert_eq!(app.key(again('q')), None);
    assert_eq!(letter(&mut app, 'q'), Some(KeyEffect::Quit));
}

#[test]
fn of_a_golem_that_went_away_only_the_words_stay() {
    let mut app = answering();
    app.update(note(Note::Confirm { turn: 1, question: "Switch off?".into(), seconds: 8.0 }));
    app.update(note(Note::Muted { on: true }));
    app.update(Update::Away);
    let shown = text(&mut app, 80, 24);
    assert!(shown.contains("LOADING") && shown.contains("gone away") && !app.asking, "{shown}");
    assert!(shown.contains("highest —"), "{shown}");
    // The next golem counts its turns from the beginning.
    app.update(note(Note::Reply { turn: 1, text: "I am another.".into() }));
    let shown = text(&mut app, 80, 30);
    let at = |words| shown.lines().position(|line| line.contains(words));
    assert!(at("gone away") < at("I am another."), "{shown}");
}

#[test]
fn meters_move_in_visible_steps() {
    let mut app = awake();
    assert_eq!(app.update(level(-30.0, 0.0)), Redraw::Meter);
    assert_eq!(app.update(level(-30.4, 0.0)), Redraw::Nothing);
    assert_eq!(app.update(level(-80.0, 0.0)), Redraw::Meter);
    assert_eq!(app.update(level(f32::NEG_INFINITY, 0.0)), Redraw::Nothing);
    assert_eq!(app.update(level(f32::NAN, f32::NAN)), Redraw::Nothing);
}
