//! The messages of the single-socket protocol: numbered segments, and the state of the recorder. Pure.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::wire::cleaned;
use crate::serve::language::with_language;
use crate::serve::live::event::LiveEvent;

/// The state of a recorder, as clients show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum RecorderState {
    /// The client has stopped sending sound.
    Idle,
    /// It waits for a voice.
    Listening,
    /// A segment is open.
    Recording,
    /// A segment waits for its words.
    Transcribing,
}

/// The segments of a session, numbered from 1.
#[derive(Debug)]
pub struct SegmentWire {
    session: String,
    /// Whether the client sends sound.
    streaming: bool,
    /// Number of the newest segment.
    newest: u64,
    /// Numbers of the segments that wait for their words; `None` for a segment that the client cleared.
    waiting: VecDeque<Option<u64>>,
}

impl SegmentWire {
    /// The segments of a new session.
    pub fn new(session: &str) -> Self {
        Self { session: session.into(), streaming: true, newest: 0, waiting: VecDeque::new() }
    }

    /// A message of this session.
    pub fn message(&self, kind: &str, mut fields: Value) -> Value {
        fields["type"] = kind.into();
        fields["sessionId"] = self.session.as_str().into();
        fields
    }

    /// The error message of the step that is named `at`.
    pub fn fault(&self, at: &str, message: &str) -> Value {
        self.message("error", json!({"where": at, "message": message}))
    }

    /// The status message when the client begins to send sound, or stops.
    pub fn stream(&mut self, streaming: bool, now: f64) -> Value {
        self.streaming = streaming;
        self.status(self.resting(), now)
    }

    /// The messages for an event, `now` in seconds since 1970.
    pub fn take(&mut self, event: LiveEvent, now: f64) -> Vec<Value> {
        match event {
            LiveEvent::Began(_) => {
                self.newest += 1;
                vec![self.timeline("recording_started", self.newest, now), self.status(RecorderState::Recording, now)]
            }
            LiveEvent::Partial(caption) => {
                vec![self.message("realtime", json!({
                "segmentId": self.newest, "text": cleaned(&caption.text()), "displayText": cleaned(&caption.text()),
                "stableText": caption.stable, "unstableText": caption.open, "timestamp": now,
            }))]
            }
            LiveEvent::Over(..) => {
                self.waiting.push_back(Some(self.newest));
                vec![
                    self.timeline("recording_ended", self.newest, now),
                    self.timeline("transcription_started", self.newest, now),
                    self.status(RecorderState::Transcribing, now),
                ]
            }
            LiveEvent::Final(part) => {
                let Some(number) = self.waiting.pop_front().flatten() else { return Vec::new() };
                let heard = part.map(|part| part.transcript).unwrap_or_default();
                let fields = json!({"segmentId": number, "text": cleaned(&heard.text), "timestamp": now});
                let words = self.message("final", with_language(fields, heard.language.as_deref()));
                vec![words, self.timeline("final_transcript", number, now), self.status(self.resting(), now)]
            }
            LiveEvent::Failed(reason) => {
                self.waiting.pop_front();
                vec![self.fault("transcription", &reason), self.status(self.resting(), now)]
            }
            LiveEvent::Cleared(_) => {
                self.waiting.iter_mut().for_each(|number| *number = None);
                let next = self.newest + 1;
                vec![self.message("clear", json!({"nextSegmentId": next})), self.status(self.resting(), now)]
            }
            LiveEvent::Committed | LiveEvent::Ended => Vec::new(),
        }
    }

    /// Segments that wait for their words.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn resting(&self) -> RecorderState {
        if self.streaming { RecorderState::Listening } else { RecorderState::Idle }
    }

    fn status(&self, state: RecorderState, now: f64) -> Value {
        self.message(
            "status",
            json!({"state": state.to_string(), "timestamp": now, "queueDepth": self.waiting.len(), "wakeWordEnabled": false}),
        )
    }

    fn timeline(&self, event: &str, number: u64, now: f64) -> Value {
        self.message("timeline", json!({"event": event, "segmentId": number, "timestamp": now}))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::message::{Time, Transcript};
    use crate::transcribe::agreement::LiveCaption;
    use crate::transcribe::listen::TranscriptPart;

    fn said(wire: &mut SegmentWire, events: Vec<LiveEvent>) -> Vec<String> {
        let said = events.into_iter().flat_map(|event| wire.take(event, 1.0)).collect::<Vec<_>>();
        assert!(said.iter().all(|message| message["sessionId"] == "s"), "{said:?}");
        let shown = |message: &Value| {
            let what = [&message["event"], &message["state"], &message["text"]].into_iter().find_map(Value::as_str);
            format!("{} {} {}", message["type"].as_str().unwrap(), message["segmentId"], what.unwrap_or_default())
        };
        said.iter().map(shown).collect()
    }

    fn over() -> LiveEvent {
        LiveEvent::Over(Time::ZERO, Arc::default())
    }

    #[test]
    fn segments_keep_their_numbers_though_the_next_one_has_begun() {
        let mut wire = SegmentWire::new("s");
        let caption = LiveCaption { stable: "who".into(), open: "wrote".into() };
        let events = vec![
            LiveEvent::Began(Time::ZERO),
            LiveEvent::Partial(caption),
            over(),
            LiveEvent::Began(Time::ZERO),
            LiveEvent::Final(None),
        ];
        let order = [
            "timeline 1 recording_started",
            "status null recording",
            "realtime 1 Who wrote",
            "timeline 1 recording_ended",
            "timeline 1 transcription_started",
            "status null transcribing",
            "timeline 2 recording_started",
            "status null recording",
            "final 1 ",
            "timeline 1 final_transcript",
            "status null listening",
        ];
        assert_eq!(said(&mut wire, events), order);
    }

    #[test]
    fn a_segment_has_its_language_where_it_is_known() {
        let mut wire = SegmentWire::new("s");
        for language in [Some("ru".to_owned()), None] {
            let transcript = Transcript { text: "да".into(), language: language.clone(), ..Transcript::default() };
            let (start, end, voices) = (Time::ZERO, Time::ZERO, Vec::new());
            let part = Box::new(TranscriptPart { start, end, voices, transcript });
            wire.take(over(), 1.0);
            let last = wire.take(LiveEvent::Final(Some(part)), 1.0).remove(0);
            assert_eq!((&last["type"], &last["text"]), (&json!("final"), &json!("Да")));
            assert_eq!(last.get("language").and_then(Value::as_str), language.as_deref());
        }
    }

    #[test]
    fn what_was_forgotten_has_no_words() {
        let mut wire = SegmentWire::new("s");
        said(&mut wire, vec![LiveEvent::Began(Time::ZERO), over()]);
        assert_eq!(wire.stream(false, 1.0)["state"], "idle");
        assert_eq!(said(&mut wire, vec![LiveEvent::Cleared(false)]), ["clear null ", "status null idle"]);
        assert_eq!(said(&mut wire, vec![LiveEvent::Final(None)]), [""; 0]);
        assert!(said(&mut wire, vec![LiveEvent::Began(Time::ZERO)])[0].starts_with("timeline 2"));
    }
}
