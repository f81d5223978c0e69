//! Tests of the protocol: every message survives the wire, and nothing else gets through.

use proptest::prelude::*;

use super::*;
use crate::control::{Levels, Mode, Offer, Part, Ready};
use crate::message::{CancelReason, Consent, Ignored, Ledger, State};
use crate::order::Outcome;

#[test]
fn a_request_is_read_with_or_without_version_and_id() {
    let full = request(br#"{"version":1,"id":7,"command":"say","text":"Hello"}"#);
    assert_eq!(full, Ok(RequestLine::new(7, Request::Say { text: "Hello".into() })));
    let bare = request(br#"{"command":"subscribe"}"#).unwrap();
    assert_eq!((bare.id, bare.request), (None, Request::Subscribe { level: false }));
}

#[test]
fn what_is_no_request_is_told_what_would_be() {
    let reason = |line: &str| request(line.as_bytes()).unwrap_err();
    assert!(reason("mute").reason.contains("not JSON"));
    assert!(reason("[1]").reason.contains("such as {"));
    assert!(reason(r#"{"id":-1,"command":"mute"}"#).reason.contains("whole number"));
    assert!(reason(r#"{"command":"say","text":" "}"#).reason.contains("nothing to say"));
    let unknown = reason(r#"{"id":3,"command":"dance"}"#);
    assert_eq!(unknown.id, Some(3));
    assert!(unknown.reason.contains("`dance`") && unknown.reason.contains("`mute`"), "{}", unknown.reason);
    let newer = reason(r#"{"id":4,"version":2,"command":"mute"}"#);
    assert!(newer.id == Some(4) && newer.reason.contains("version 1"), "{}", newer.reason);
    assert!(reason(r#"{"command":"mode","mode":"sing"}"#).reason.contains("`chat`"));
}

#[test]
fn every_event_is_read_as_it_was_sent() {
    let ledger = Ledger { turn: 3, end_of_speech: 1.5, first_sample: Some(0.25), ..Ledger::default() };
    let notes = [
        Note::State { state: State::Pause },
        Note::SpeechEnd { utterance: 1, voiced: 0.5 },
        Note::Transcript { utterance: 1, text: "стоп \u{1f600}\n".into(), ignored: Some(Ignored::Stop) },
        Note::Transcript { utterance: 2, text: "hello".into(), ignored: None },
        Note::Cancel { turn: 2, reason: CancelReason::Key },
        Note::Latency(ledger),
        Note::Decision(Box::default()),
        Note::Mode { mode: Mode::Intent },
        Note::Confirmed { turn: 4, decision: 2, answer: Consent::Late },
        Note::Outcome { turn: 4, decision: 2, outcome: Outcome { status: Some(1), ..Outcome::default() } },
        Note::Error { part: Part::Llm, reason: "gone".into() },
    ];
    let updates = notes.into_iter().map(|note| Update::Note { time: Time::from_millis(1500), note }).chain([
        Update::Ready(Ready { part: Part::Asr, what: "whisper".into(), why: "fast".into(), at: None }),
        Update::Listening,
        Update::Spoken { turn: 3, text: "Mount Everest".into() },
        Update::Level(Levels { decibels: -30.5, probability: 0.25, threshold: 0.5, output: -20.0 }),
        Update::notice("loudspeaker lost"),
        Update::Dropped { samples: 512 },
        Update::Recording { folder: "/tmp/session".into() },
        Update::Offers {
            offers: vec![Offer { part: Part::Tts, name: "ru".into(), what: "Russian".into(), current: true }],
        },
        Update::Fatal { reason: "no voice".into() },
    ]);
    for update in updates {
        let line = event(&update);
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        assert_eq!(received(line.as_bytes()).unwrap(), Received::Update(update), "{line}");
    }
    assert_eq!(
        received(event(&Update::Lost { count: 9 }).as_bytes()).unwrap(),
        Received::Update(Update::Lost { count: 9 })
    );
}

#[test]
fn every_reply_is_read_as_it_was_sent() {
    for answer in
        [Response::ok(), Response::refused("busy"), Response::Status(Box::default()), Response::Metrics(Box::default())]
    {
        let reply = ResponseLine::new(Some(u64::MAX), answer);
        assert_eq!(received(line(&reply).as_bytes()).unwrap(), Received::Response(Box::new(reply)));
    }
}

fn any_request() -> impl Strategy<Value = Request> {
    prop_oneof![
        prop::sample::select(vec![
            Request::Status,
            Request::Metrics,
            Request::Mute,
            Request::Unmute,
            Request::Listen,
            Request::Stop,
            Request::Repeat,
            Request::Offers,
            Request::Next,
            Request::Back,
            Request::Reload,
            Request::Quit,
        ]),
        (prop_oneof![Just(Part::Capture), Just(Part::Tts), Just(Part::Asr), Just(Part::Llm)], "\\PC*")
            .prop_map(|(part, name)| Request::Switch { part, name }),
        any::<bool>().prop_map(|level| Request::Subscribe { level }),
        any::<bool>().prop_map(|on| Request::Talk { on }),
        any::<bool>().prop_map(|yes| Request::Answer { yes }),
        prop_oneof![Just(Mode::Chat), Just(Mode::Intent)].prop_map(|mode| Request::Mode { mode }),
        "\\PC*[a-zа-я]".prop_map(|text| Request::Say { text }),
        "[a-z]\\PC*".prop_map(|text| Request::Ask { text }),
    ]
}

proptest! {
    #[test]
    fn a_request_survives_the_wire(id: u64, asked in any_request()) {
        let request_ = RequestLine::new(id, asked);
        let line = line(&request_);
        prop_assert_eq!(line.matches('\n').count(), 1);
        prop_assert_eq!(request(line.as_bytes()), Ok(request_));
    }

    #[test]
    fn any_bytes_are_a_request_or_a_reason(bytes: Vec<u8>) {
        prop_assert!(request(&bytes).map_or_else(|misfit| !misfit.reason.is_empty(), |_| true));
        let _ = received(&bytes);
    }

    #[test]
    fn a_damaged_request_is_a_request_or_a_reason(id: u64, asked in any_request(), at: usize, byte: u8, keep: usize) {
        let mut line = line(&RequestLine::new(id, asked)).into_bytes();
        let length = line.len();
        line[at % length] = byte;
        line.truncate(keep % (length + 1));
        prop_assert!(request(&line).map_or_else(|misfit| !misfit.reason.is_empty(), |_| true));
    }
}
