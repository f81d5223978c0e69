//! Replies that Home Assistant streams: their sound begins before their text is known.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::mpsc::Receiver;

use super::super::frame::WyomingEvent;
use super::link::SatelliteLink;
use super::llm::SatelliteChat;
use super::tests::{event, linked, sound};
use super::tts::SatelliteSynthesizer;
use crate::config::TtsConfig;
use crate::dialog::text::clause::Clauses;
use crate::engine::fake::ToneVoice;
use crate::engine::{Chat, Synthesizer};
use crate::message::{Message, Role};
use crate::turn::Ticket;

const QUESTION: &str = "Tell me a story.";
const STORY: &str = "Once upon a time there was a golem. It was made of clay, and it carried water.";

/// A link over which a question was asked, the queue of its events, and the number of the run.
fn asked() -> (Arc<SatelliteLink>, Receiver<WyomingEvent>, u64) {
    let (link, sent) = linked();
    let run = link.begin().unwrap();
    link.take(1, &event("transcribe", json!({"language": "en"})));
    link.take(1, &event("transcript", json!({"text": QUESTION})));
    assert_eq!(link.with(|machine| machine.words(run)), Some(Ok(QUESTION.into())));
    (link, sent, run)
}

#[test]
fn a_streamed_reply_is_heard_before_its_text_is_known() {
    let stop = Ticket::standing();
    let (link, _sent, _) = asked();
    let mut brain = SatelliteChat::new(Arc::clone(&link));
    brain.begin(&[Message::new(Role::User, QUESTION)], &stop).unwrap();
    link.take(1, &sound("audio-start", 0));
    link.take(1, &sound("audio-chunk", 22_050));
    let mut cutter = Clauses::new();
    let lead_in = cutter.push(&brain.next(&stop).unwrap().unwrap());
    assert_eq!(lead_in.len(), 1, "it is spoken at once");
    let lead_in = &lead_in[0].spoken.text;
    let local = || Ok(Box::new(ToneVoice) as Box<dyn Synthesizer>);
    let mut voice = SatelliteSynthesizer::new(Arc::clone(&link), &TtsConfig::default(), Box::new(local));
    assert_eq!(voice.language(lead_in), "", "it is Home Assistant's to speak");
    let mut sounding = voice.stream(lead_in, &stop).unwrap().unwrap();
    let first = sounding.next(&stop).unwrap().unwrap().samples.len();
    assert!(first > 0);

    link.take(1, &event("synthesize", json!({"text": STORY})));
    link.take(1, &sound("audio-chunk", 66_150));
    link.take(1, &event("audio-stop", json!({})));
    assert_eq!(brain.next(&stop).unwrap().as_deref(), Some(STORY));
    assert_eq!(brain.next(&stop).unwrap(), None);
    assert!(sounding.next(&stop).unwrap().is_none(), "the text's clauses go on");
    let mut clauses = cutter.push(STORY);
    clauses.extend(cutter.finish());
    let mut rest = 0;
    for clause in &clauses {
        let mut sounding = voice.stream(&clause.spoken.text, &stop).unwrap().unwrap();
        rest += std::iter::from_fn(|| sounding.next(&stop).unwrap()).map(|piece| piece.samples.len()).sum::<usize>();
    }
    assert_eq!(first + rest, 88_200, "all of the sound is played once");
}

#[test]
fn a_reply_is_waited_for_as_long_as_it_sounds() {
    let (link, _sent, run) = asked();
    let text = || link.with(|machine| machine.text(run));
    link.take(1, &sound("audio-start", 0));
    for _ in 0..3 {
        link.take(1, &sound("audio-chunk", 1_024));
        (0..119).for_each(|_| link.tick(u32::MAX));
        assert_eq!(text(), None, "half a minute without sound is not over");
    }
    link.tick(u32::MAX);
    assert!(text().unwrap().unwrap_err().contains("30 s"));
    link.take(1, &event("synthesize", json!({"text": STORY})));
    assert!(text().unwrap().is_err(), "it was given up");
}
