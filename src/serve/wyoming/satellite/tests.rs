//! The satellite's machine, its link and its engines, with Home Assistant's events in every order.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::{any, prop};
use proptest::{prop_assert, proptest};
use serde_json::{Value, json};

use super::super::frame::WyomingEvent;
use super::asr::SatelliteTranscriber;
use super::link::{SatelliteLink, WaitOutcome};
use super::llm::SatelliteChat;
use super::machine::{SatelliteMachine, TakenEvent};
use super::sent::{ClauseSound, LEAD_IN};
use super::server::ServerState;
use super::tts::SatelliteSynthesizer;
use crate::config::TtsConfig;
use crate::engine::fake::ToneVoice;
use crate::engine::{Chat, EngineError, Synthesizer, Transcriber};
use crate::message::{Message, Request, Role};
use crate::phrases::Language;
use crate::turn::{Ticket, TurnClock};

const ANNOUNCEMENT: &str = "An announcement from Home Assistant.";

pub(super) fn event(kind: &str, data: Value) -> WyomingEvent {
    WyomingEvent::new(kind, data)
}

pub(super) fn sound(kind: &str, samples: usize) -> WyomingEvent {
    event(kind, json!({"rate": 22_050, "width": 2, "channels": 1})).carrying(vec![1; 2 * samples])
}

/// The events of Home Assistant for an answer to `words`, in order.
fn answer(words: &str, text: &str, samples: usize) -> Vec<WyomingEvent> {
    vec![
        event("transcribe", json!({"language": "en"})),
        event("voice-started", json!({"timestamp": 10})),
        event("voice-stopped", json!({"timestamp": 900})),
        event("transcript", json!({"text": words})),
        event("synthesize", json!({"text": text, "voice": {"name": "joe"}})),
        sound("audio-start", 0),
        sound("audio-chunk", samples),
        event("audio-stop", json!({"timestamp": 0})),
    ]
}

fn ready() -> SatelliteMachine {
    let mut machine = SatelliteMachine::default();
    machine.connected(true);
    machine.take(&event("run-satellite", Value::Null));
    machine
}

/// Feeds events that require no action.
fn feed(machine: &mut SatelliteMachine, events: &[WyomingEvent]) {
    for event in events {
        assert_eq!(machine.take(event), TakenEvent::Nothing);
    }
}

fn pass(link: &SatelliteLink, events: &[WyomingEvent]) {
    for event in events {
        link.take(1, event);
    }
}

fn kinds(events: &[WyomingEvent]) -> Vec<&str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

/// The number of samples of a clause.
fn heard(machine: &mut SatelliteMachine, text: &str) -> Option<usize> {
    let clause = machine.clause(text)?;
    let mut samples = 0;
    while let ClauseSound::Piece(piece, 22_050) = machine.sound(clause) {
        samples += piece.len();
    }
    Some(samples)
}

#[test]
fn an_utterance_runs_a_pipeline_and_its_reply_is_played() {
    let mut machine = SatelliteMachine::default();
    assert!(machine.begin().is_none(), "no one is there");
    machine.connected(true);
    assert!(machine.begin().is_none(), "it has not begun");
    machine.take(&event("run-satellite", Value::Null));
    let (run, sent) = machine.begin().unwrap();
    assert_eq!(
        (kinds(&sent), sent[0].text("start_stage"), sent[0].text("end_stage")),
        (vec!["run-pipeline"], "asr", "tts")
    );
    let chunks = machine.hear(run, &[0.5; 2_500]);
    assert_eq!(chunks.iter().map(|chunk| chunk.payload.len()).collect::<Vec<_>>(), [2_048, 2_048, 904]);
    assert_eq!((chunks[0].number("rate"), chunks[0].number("width")), (Some(16_000), Some(2)));
    assert!(machine.hear(run, &[]).is_empty(), "an empty chunk would end the utterance");
    assert_eq!(machine.words(run), None);
    assert_eq!(machine.end(run).map(|event| event.kind).as_deref(), Some("audio-stop"));
    assert!(machine.end(run).is_none() && machine.hear(run, &[0.5; 100]).is_empty());
    feed(&mut machine, &answer("Turn on the light.", "Done. The light is on.", 40_000));
    assert_eq!(machine.words(run), Some(Ok("Turn on the light.".into())));
    assert_eq!(machine.answering("turn on the light"), Some(run));
    assert_eq!(machine.answering("what is typed"), None);
    assert_eq!(machine.text(run), Some(Ok("Done. The light is on.".into())));
    assert_eq!(machine.heard(), None, "nothing has sounded");
    assert_eq!(heard(&mut machine, "Done. The light is on."), Some(40_000));
    assert_eq!(machine.heard().map(|event| event.kind).as_deref(), Some("played"));
    assert_eq!(machine.heard(), None);
}

#[test]
fn what_comes_late_of_a_run_is_not_taken_for_the_next() {
    let mut machine = ready();
    let (first, _) = machine.begin().unwrap();
    machine.end(first);
    let (second, _) = machine.begin().unwrap();
    machine.take(&event("transcript", json!({"text": "one"})));
    assert_eq!(machine.words(second), None, "it is the first one's");
    assert!(machine.words(first).unwrap().is_err());
    machine.take(&event("transcribe", Value::Null));
    machine.take(&event("transcript", json!({"text": "two"})));
    assert_eq!(machine.words(second), Some(Ok("two".into())));
}

#[test]
fn a_reply_that_is_spoken_over_keeps_its_own_sound_and_the_next_has_its_own() {
    let mut machine = ready();
    let (first, _) = machine.begin().unwrap();
    let whole = answer("one", "First answer.", 4_000);
    feed(&mut machine, &whole[..7]);
    let _ = machine.words(first);
    let (second, _) = machine.begin().unwrap();
    // Home Assistant still sends the rest of the first answer's sound.
    feed(&mut machine, &[sound("audio-chunk", 3_000), whole[7].clone()]);
    feed(&mut machine, &answer("two", "Second answer.", 500));
    assert_eq!(machine.words(second), Some(Ok("two".into())));
    assert_eq!(heard(&mut machine, "First answer."), Some(7_000), "it may go on, had it been nothing");
    assert_eq!(heard(&mut machine, "Second answer."), Some(500));
}

#[test]
fn a_silent_action_keeps_nothing_waiting() {
    let mut machine = ready();
    let events = answer("one", "An answer.", 4_000);
    let ask = |machine: &mut SatelliteMachine| {
        let (run, _) = machine.begin().unwrap();
        feed(machine, &events[..4]);
        machine.words(run).unwrap().unwrap();
        run
    };
    let silent = ask(&mut machine);
    assert_eq!(machine.text(silent), None);
    let second = ask(&mut machine);
    feed(&mut machine, &events[4..]);
    assert_eq!(machine.text(second), Some(Ok("An answer.".into())));
    assert_eq!(heard(&mut machine, "An answer."), Some(4_000));
    ask(&mut machine);
    (0..120).for_each(|_| drop(machine.tick(4)));
    assert_eq!(
        machine.take(&sound("audio-start", 0)),
        TakenEvent::Say(ANNOUNCEMENT.into()),
        "half a minute later it is something else"
    );
}

#[test]
fn sound_may_come_before_its_text() {
    let mut machine = ready();
    let (run, _) = machine.begin().unwrap();
    let events = answer("one", "An answer.", 4_000);
    feed(&mut machine, &[0, 3, 5, 6, 4, 7].map(|place| events[place].clone()));
    assert_eq!(machine.text(run), Some(Ok("An answer.".into())));
    assert_eq!(heard(&mut machine, "An answer."), Some(4_000));
}

#[test]
fn failures_are_told_where_they_happen() {
    let error = |code: &str| event("error", json!({"text": "it broke", "code": code}));
    let events = answer("one", "An answer.", 4_000);
    let failed = |upto: usize, code: &str| {
        let mut machine = ready();
        let (run, _) = machine.begin().unwrap();
        feed(&mut machine, &events[..upto]);
        machine.take(&error(code));
        (machine.words(run), machine.text(run), machine)
    };
    assert_eq!(failed(1, "stt-no-text-recognized").0, Some(Ok(String::new())));
    let why = "Home Assistant: it broke";
    assert_eq!(failed(1, "stt-stream-failed").0, Some(Err(why.into())));
    assert_eq!(failed(4, "intent-failed").1, Some(Err(why.into())));
    let (_, text, mut machine) = failed(5, "tts-failed");
    assert_eq!(text, Some(Ok("An answer.".into())));
    let clause = machine.clause("An answer.").unwrap();
    assert_eq!(machine.sound(clause), ClauseSound::Lost(why.into()));
}

#[test]
fn bare_sound_is_an_announcement() {
    let mut machine = ready();
    assert_eq!(machine.take(&sound("audio-start", 0)), TakenEvent::Say(ANNOUNCEMENT.into()));
    machine.take(&sound("audio-chunk", 5_000));
    machine.take(&event("audio-stop", Value::Null));
    assert!(machine.expects(ANNOUNCEMENT) && !machine.expects("Sorry?"));
    assert_eq!(heard(&mut machine, ANNOUNCEMENT), Some(5_000));
    assert!(machine.heard().is_some(), "Home Assistant waits for it");
}

#[test]
fn a_muted_or_absent_server_hears_nothing() {
    let mut machine = ready();
    let (run, _) = machine.begin().unwrap();
    machine.take(&event("pause-satellite", Value::Null));
    assert_eq!((machine.server(), machine.words(run)), (ServerState::Paused, Some(Ok(String::new()))));
    assert!(machine.begin().is_none() && machine.hear(run, &[0.1; 100]).is_empty());
    let mut machine = ready();
    let (run, _) = machine.begin().unwrap();
    machine.connected(false);
    assert!(machine.words(run).unwrap().unwrap_err().contains("hung up"));
    assert_eq!(machine.server(), ServerState::Absent);
}

#[test]
fn an_utterance_that_golem_dropped_is_ended() {
    let mut machine = ready();
    let (run, _) = machine.begin().unwrap();
    assert!(machine.tick(2).is_none());
    machine.hear(run, &[0.1; 512]);
    assert!(machine.tick(2).is_none(), "sound has come meanwhile");
    assert_eq!(machine.tick(2).map(|event| event.kind).as_deref(), Some("audio-stop"));
    assert!(machine.tick(2).is_none());
}

#[test]
fn one_connection_is_the_servers() {
    let link = SatelliteLink::new();
    let first = link.claim(1).unwrap();
    link.take(1, &event("run-satellite", Value::Null));
    assert!(link.claim(2).is_none() && link.begin().is_some());
    link.take(2, &event("pause-satellite", Value::Null));
    assert_eq!(link.server(), ServerState::Ready, "only the server's events count");
    link.release(2);
    link.take(1, &event("pause-satellite", Value::Null));
    assert!(link.claim(3).is_some() && first.is_closed(), "a muted one may have gone");
    link.release(3);
    assert_eq!(link.server(), ServerState::Absent);
}

#[test]
fn a_server_that_takes_nothing_is_hung_up_on() {
    let link = SatelliteLink::new();
    let mut events = link.claim(1).unwrap();
    link.take(1, &event("run-satellite", Value::Null));
    let run = link.begin().unwrap();
    let second = vec![0.1; 16_000];
    (0..60).for_each(|_| link.hear(run, &second));
    assert_eq!(link.server(), ServerState::Absent);
    assert!(std::iter::from_fn(|| events.try_recv().ok()).count() <= 512);
}

#[test]
fn a_wait_ends_when_it_is_not_wanted_or_too_long() {
    let link = SatelliteLink::new();
    let clock = TurnClock::new();
    let ticket = clock.ticket(1);
    clock.raise(2);
    assert_eq!(link.wait(&ticket, Duration::MAX, |_| None::<u8>), WaitOutcome::Stale);
    assert_eq!(link.wait(&Ticket::standing(), Duration::ZERO, |_| None::<u8>), WaitOutcome::Late);
}

/// A link to a Home Assistant that is ready.
pub(super) fn linked() -> (Arc<SatelliteLink>, tokio::sync::mpsc::Receiver<WyomingEvent>) {
    let link = SatelliteLink::new();
    let events = link.claim(1).unwrap();
    link.take(1, &event("run-satellite", Value::Null));
    (link, events)
}

#[test]
fn ears_brain_and_voice_are_one_conversation() {
    let stop = Ticket::standing();
    let (link, mut sent) = linked();
    let mut ears = SatelliteTranscriber::new(Arc::clone(&link), Duration::from_secs(1));
    ears.start().unwrap();
    assert_eq!(ears.accept(&[0.1; 1_000]).unwrap(), None);
    pass(&link, &answer("Is it warm?", "It is. Seven degrees.", 9_000));
    assert_eq!(ears.finish(&stop).unwrap().text, "Is it warm?");
    let sent: Vec<String> = std::iter::from_fn(|| sent.try_recv().ok()).map(|event| event.kind).collect();
    assert_eq!(sent, ["run-pipeline", "audio-chunk"], "no more is sent once the words are there");

    let mut brain = SatelliteChat::new(Arc::clone(&link));
    brain.begin(&[Message::new(Role::User, "Is it warm?")], &stop).unwrap();
    assert_eq!(brain.next(&stop).unwrap().as_deref(), Some("It is. Seven degrees."));
    assert_eq!(brain.next(&stop).unwrap(), None);
    brain.begin(&[Message::new(Role::User, "Who wrote Hamlet?")], &stop).unwrap();
    assert!(matches!(brain.next(&stop), Err(EngineError::Refused(reason)) if reason.contains("type")));

    let local = || Ok(Box::new(ToneVoice) as Box<dyn Synthesizer>);
    let mut voice = SatelliteSynthesizer::new(Arc::clone(&link), &TtsConfig::default(), Box::new(local));
    assert_eq!(voice.language("It is. Seven degrees."), "", "numbers are words already");
    let mut stream = voice.stream("It is. Seven degrees.", &stop).unwrap().unwrap();
    let samples: usize = std::iter::from_fn(|| stream.next(&stop).unwrap()).map(|piece| piece.samples.len()).sum();
    assert_eq!(samples, 9_000);
    assert!(voice.stream("Sorry, what?", &stop).unwrap().is_none());
    assert!(!voice.speak("Sorry, what?", &stop).unwrap().samples.is_empty(), "golem says that itself");
}

#[test]
fn a_reply_without_sound_is_spoken_by_golem() {
    let stop = Ticket::standing();
    let (link, _sent) = linked();
    let settings = TtsConfig { first_byte_ms: 0, ..TtsConfig::default() };
    let local = || Ok(Box::new(ToneVoice) as Box<dyn Synthesizer>);
    let mut voice = SatelliteSynthesizer::new(Arc::clone(&link), &settings, Box::new(local));
    link.begin().unwrap();
    pass(&link, &answer("Is it warm?", "It is.", 0)[..5]);
    assert!(voice.stream("It is.", &stop).unwrap().is_none());
    assert!(!voice.speak("It is.", &stop).unwrap().samples.is_empty());
}

#[test]
fn without_home_assistant_the_ears_say_what_to_do() {
    let mut ears = SatelliteTranscriber::new(SatelliteLink::new(), Duration::ZERO);
    ears.start().unwrap();
    let fault = ears.finish(&Ticket::standing()).unwrap_err().to_string();
    assert!(fault.contains("Add integration"), "{fault}");
}

#[test]
fn an_announcement_is_asked_for_where_golem_takes_requests() {
    let (link, _sent) = linked();
    let (requests, asked) = crossbeam_channel::bounded(1);
    link.announce_at(requests, Language::English);
    pass(&link, &[sound("audio-start", 0), sound("audio-start", 0)]);
    assert_eq!(asked.try_recv(), Ok(Request::Say { text: ANNOUNCEMENT.into() }));
}

#[test]
fn a_timer_of_home_assistants_rings() {
    let (link, _sent) = linked();
    let (requests, asked) = crossbeam_channel::bounded(4);
    link.announce_at(requests, Language::Russian);
    let started = event("timer-started", json!({"id": "1", "name": "пицца", "total_seconds": 300}));
    pass(&link, &[started, event("timer-finished", json!({"id": "1"})), event("timer-finished", json!({"id": "1"}))]);
    let said = |text: &str| Ok(Request::Say { text: text.into() });
    assert_eq!((asked.try_recv(), asked.try_recv()), (said("Время вышло: пицца."), said("Время вышло.")));
}

#[test]
fn the_wake_phrase_is_reported_before_the_run_that_it_opens() {
    let (link, mut sent) = linked();
    link.called("hey golem");
    link.begin().unwrap();
    let sent: Vec<WyomingEvent> = std::iter::from_fn(|| sent.try_recv().ok()).collect();
    assert_eq!((kinds(&sent), sent[0].text("name")), (vec!["detection", "run-pipeline"], "hey golem"));
    link.take(1, &event("pause-satellite", Value::Null));
    assert!(link.with(|machine| machine.called("hey golem").is_none()), "it hears nothing");
}

proptest! {
    #[test]
    fn nothing_that_comes_in_any_order_is_a_panic_or_grows(steps in prop::collection::vec((0_usize..16, any::<u8>()), 0..200)) {
        let mut machine = ready();
        let (mut run, mut clause) = (0, (0, 0));
        for (step, size) in steps {
            match step {
                0..=7 => {
                    machine.take(&answer("one two", "One. Two, three.", usize::from(size))[step]);
                }
                8 => {
                    machine.take(&event("error", json!({"text": 7})));
                }
                9 => {
                    machine.take(&event("audio-chunk", json!({"rate": "x"})).carrying(vec![size; 3]));
                }
                10 => run = machine.begin().map_or(run, |(number, _)| number),
                11 => drop(machine.hear(run, &vec![0.1; usize::from(size)])),
                12 => drop(machine.end(run)),
                13 => {
                    machine.take(&event("timer-started", json!({"id": size.to_string(), "total_seconds": size})));
                    drop((machine.words(run), machine.text(run), machine.leads_in(run), machine.heard()));
                }
                14 => clause = machine.clause(LEAD_IN).or_else(|| machine.clause("One.")).unwrap_or(clause),
                _ => {
                    machine.sound(clause);
                }
            }
        }
        prop_assert!(machine.replies() <= 3);
    }
}
