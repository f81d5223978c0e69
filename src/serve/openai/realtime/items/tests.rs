//! Items as clients see them, in the order of their events.

use std::sync::Arc;

use super::*;

const UTTERANCES: ItemRule = ItemRule::Utterances { padding_ms: 300, silence_ms: 500 };

fn words(text: &str) -> LiveEvent {
    let transcript = Transcript { text: text.into(), ..Transcript::default() };
    let (start, end, voices) = (Time::ZERO, Time::ZERO, Vec::new());
    LiveEvent::Final(Some(Box::new(TranscriptPart { start, end, voices, transcript })))
}

fn began(milliseconds: u64) -> LiveEvent {
    LiveEvent::Began(Time::from_millis(milliseconds))
}

fn over(milliseconds: u64) -> LiveEvent {
    LiveEvent::Over(Time::from_millis(milliseconds), Arc::new(vec![0.0; 16_000]))
}

fn partial(stable: &str) -> LiveEvent {
    LiveEvent::Partial(LiveCaption { stable: stable.into(), open: "and more".into() })
}

/// The last part of an event's type, its item, and what it says.
fn short(event: &Value) -> String {
    let kind = event["type"].as_str().unwrap().rsplit('.').next().unwrap();
    let id = event["item_id"].as_str().or(event["item"]["id"].as_str()).unwrap_or_default().trim_start_matches("item_");
    let said = ["delta", "transcript", "audio_start_ms", "audio_end_ms", "previous_item_id"].map(|key| &event[key]);
    let said = said.iter().find(|value| !value.is_null()).map(ToString::to_string).unwrap_or_default();
    format!("{kind} {id} {said}").trim_end().to_owned()
}

fn said(items: &mut RealtimeItems, events: Vec<LiveEvent>) -> Vec<String> {
    events.into_iter().flat_map(|event| items.take(event)).map(|event| short(&event)).collect()
}

#[test]
fn each_utterance_is_an_item_with_its_events_in_order() {
    let mut items = RealtimeItems::new(UTTERANCES);
    let events =
        vec![began(1_000), partial("Who"), partial("Who wrote"), over(2_000), began(2_600), words("Who wrote it?")];
    let order = [
        "speech_started 1 700",
        "delta 1 \"Who\"",
        "delta 1 \" wrote\"",
        "speech_stopped 1 2500",
        "committed 1",
        "added 1",
        "done 1",
        "speech_started 2 2300",
        "delta 1 \" it?\"",
        "completed 1 \"Who wrote it?\"",
    ];
    assert_eq!(said(&mut items, events), order);
    items.set(UTTERANCES, true);
    let order = ["speech_stopped 2 3500", "committed 2 \"item_1\"", "created 2 \"item_1\"", "failed 2"];
    assert_eq!(said(&mut items, vec![over(3_000), LiveEvent::Failed("x".into())]), order);
}

#[test]
fn words_that_were_sent_are_not_taken_back() {
    let mut items = RealtimeItems::new(UTTERANCES);
    let events =
        vec![began(0), partial("The fog"), over(900), words("The fox jumps."), began(1_000), over(1_200), words("")];
    let said = said(&mut items, events);
    let about_words: Vec<_> =
        said.iter().filter(|line| line.starts_with("delta") || line.starts_with("completed")).collect();
    assert_eq!(about_words, ["delta 1 \"The fog\"", "completed 1 \"The fox jumps.\"", "completed 2 \"\""]);
}

#[test]
fn without_turn_detection_a_commit_makes_an_item_of_all_that_was_said() {
    let mut items = RealtimeItems::new(ItemRule::Commits);
    assert_eq!(said(&mut items, vec![began(0), over(900), words("one")]), [""; 0]);
    let committed: Vec<_> = items.commit().iter().map(short).collect();
    assert_eq!(committed, ["committed 1", "added 1", "done 1"]);
    let rest = vec![began(1_000), over(1_900), words("two"), LiveEvent::Committed];
    assert_eq!(said(&mut items, rest), ["delta 1 \"one two\"", "completed 1 \"one two\""]);
    items.commit();
    assert_eq!(said(&mut items, vec![LiveEvent::Committed]), ["completed 2 \"\""]);
}

#[test]
fn completed_words_have_their_language_where_it_is_known() {
    let heard = |text: &str, language: Option<&str>| {
        let transcript =
            Transcript { text: text.into(), language: language.map(str::to_owned), ..Transcript::default() };
        let (start, end, voices) = (Time::ZERO, Time::ZERO, Vec::new());
        LiveEvent::Final(Some(Box::new(TranscriptPart { start, end, voices, transcript })))
    };
    let language = |items: &mut RealtimeItems, event| items.take(event).pop().unwrap().get("language").cloned();
    let mut items = RealtimeItems::new(UTTERANCES);
    for known in [Some("ru"), None] {
        said(&mut items, vec![began(0), over(900)]);
        assert_eq!(language(&mut items, heard("да", known)), known.map(Value::from));
    }
    let mut items = RealtimeItems::new(ItemRule::Commits);
    said(&mut items, vec![over(900), LiveEvent::Final(None), over(900), heard("да", Some("ru"))]);
    said(&mut items, vec![over(900), heard("yes", Some("en"))]);
    items.commit();
    assert_eq!(language(&mut items, LiveEvent::Committed), Some(json!("ru")));
    items.commit();
    assert_eq!(language(&mut items, LiveEvent::Committed), None, "of the next item nothing is known");
}

#[test]
fn what_is_cleared_is_in_no_item() {
    let mut items = RealtimeItems::new(ItemRule::Commits);
    let events =
        vec![began(0), over(500), began(600), LiveEvent::Cleared(true), words("forgotten"), began(700), over(900)];
    assert_eq!(said(&mut items, events), ["cleared"]);
    items.commit();
    assert_eq!(said(&mut items, vec![words("kept"), LiveEvent::Committed])[1], "completed 1 \"kept\"");
    let mut items = RealtimeItems::new(UTTERANCES);
    let order = ["speech_started 1 0", "cleared", "speech_started 2 0"];
    assert_eq!(said(&mut items, vec![began(0), LiveEvent::Cleared(true), began(100)]), order);
}

#[test]
fn a_commit_of_nothing_is_an_error_and_one_within_a_voice_ends_it() {
    let mut items = RealtimeItems::new(UTTERANCES);
    assert!(items.commit().is_empty());
    assert_eq!(said(&mut items, vec![LiveEvent::Committed]), ["error"]);
    items.take(began(0));
    items.commit();
    let order = ["speech_stopped 1 1400", "committed 1", "added 1", "done 1", "delta 1 \"hi\"", "completed 1 \"hi\""];
    assert_eq!(said(&mut items, vec![over(900), words("hi"), LiveEvent::Committed]), order);
}
