//! Tests that the screen stands, whatever happens.

use proptest::prelude::*;
use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::*;
use crate::control::{Offer, Part};
use crate::message::Ignored;

fn any_note() -> impl Strategy<Value = Note> {
    let words = || prop_oneof!["[a-z .*\n\t]{0,60}", "\\PC{0,20}", Just("ﷺ漢字👩‍👩‍👧 x".to_string())];
    let number = || 0..4_u64;
    let states = [State::Idle, State::Listening, State::Pause, State::Processing, State::Speaking];
    let ignored = proptest::option::of(prop::sample::select(vec![Ignored::Ghost, Ignored::Stop]));
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
        words().prop_map(|reason| Note::Error { part: Part::Tts, reason }),
    ]
}

fn any_update() -> impl Strategy<Value = Update> {
    prop_oneof![
        8 => any_note().prop_map(note),
        1 => (any::<f32>(), any::<f32>(), any::<f32>(), any::<f32>()).prop_map(|(decibels, probability, threshold, output)| {
            Update::Level(Levels { decibels, probability, threshold, output })
        }),
        1 => (0..4_u64, any::<String>()).prop_map(|(turn, text)| Update::Spoken { turn, text }),
        1 => prop::collection::vec(any::<String>(), 0..30).prop_map(|names| {
            let offer = |name| Offer { part: Part::Tts, name, what: String::new(), current: false };
            Update::Offers { offers: names.into_iter().map(offer).collect() }
        }),
        1 => any::<String>().prop_map(Update::notice),
        1 => any::<u64>().prop_map(|samples| Update::Dropped { samples }),
        1 => any::<String>().prop_map(|what| ready(Part::Asr, &what, &what)),
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
    let code = prop_oneof![3 => code, 1 => prop::sample::select("sd/?wq nNiytm".chars().collect::<Vec<_>>()).prop_map(KeyCode::Char)];
    (code, any::<u8>()).prop_map(|(code, bits)| KeyEvent::new(code, KeyModifiers::from_bits_truncate(bits & 2)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_makes_the_screen_panic(
        steps in prop::collection::vec((any_update(), any_key(), 1..200_u16, 1..60_u16), 1..24),
    ) {
        let mut app = dark();
        for (update, key, width, height) in steps {
            app.update(update);
            app.key(key);
            terminal(&mut app, width, height);
            let kind = MouseEventKind::Down(MouseButton::Left);
            let modifiers = KeyModifiers::NONE;
            app.mouse(MouseEvent { kind, column: width / 2, row: height / 2, modifiers });
            terminal(&mut app, width.min(4), height.min(4));
        }
    }
}
