//! What keys and meters do.

use ratatui::layout::Rect;

use super::*;
use crate::control::Command;
use crate::tui::app::Change;
use crate::tui::render::scroll_room;

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
    // It shows as soon as golem has taken it, at this screen as at every other.
    app.update(note(Note::Typed { turn: 1, text: "quit wat".into() }));
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
