//! The messages of the single-socket protocol: numbered segments, and the state of the recorder. Pure.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::wire::cleaned;
use crate::serve::language::with_language;
use crate::serve::live::event::LiveEvent;
use crate::transcribe::agreement::LiveCaption;

/// The warning for sound that comes while the client does not stream, as RealtimeSTT has it.
const STOPPED: &str = "Audio stream is stopped; send a start command before audio packets.";
/// The message of the error for a segment in which no words were heard, as RealtimeSTT has it.
const EMPTY: &str = "Final transcription returned no text.";

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

/// Why a segment has no words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
enum WordlessCause {
    /// None were heard in it.
    EmptyFinal,
    /// The recogniser failed.
    FinalTranscriptionFailed,
}

/// The segments of a session, numbered from 1.
#[derive(Debug)]
pub struct SegmentWire {
    session: String,
    /// Whether the client sends sound: not before its first `start`, and not after a `stop`.
    streaming: bool,
    /// The state that the client was shown last.
    state: RecorderState,
    /// Whether the newest segment is open.
    recording: bool,
    /// Number of the newest segment.
    newest: u64,
    /// Numbers of the segments that wait for their words; `None` for a segment that the client cleared.
    waiting: VecDeque<Option<u64>>,
    /// Segments that have ended, and those of them that the recogniser has read.
    submitted: u64,
    completed: u64,
    /// Packets that came while the client did not stream.
    rejected: u64,
}

impl SegmentWire {
    /// The segments of a new session, whose client has not started its stream.
    pub fn new(session: &str) -> Self {
        Self {
            session: session.into(),
            streaming: false,
            state: RecorderState::Idle,
            recording: false,
            newest: 0,
            waiting: VecDeque::new(),
            submitted: 0,
            completed: 0,
            rejected: 0,
        }
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

    /// The warning for a packet of sound that is not to be heard; `None` if it is to be heard.
    pub fn refusal(&mut self) -> Option<Value> {
        if self.streaming {
            return None;
        }
        self.rejected += 1;
        Some(self.message("warning", json!({"message": STOPPED})))
    }

    /// The figures of the session.
    pub fn metrics(&self) -> Value {
        let metrics = json!({
            "sessionId": self.session, "streaming": self.streaming, "recording": self.recording,
            "state": self.state.to_string(), "wakeWordEnabled": false, "currentSegmentId": self.current(),
            "queueDepth": self.waiting.len(), "droppedAudioChunks": 0, "rejectedAudioChunks": self.rejected,
            "finalSubmitted": self.submitted, "finalCompleted": self.completed,
        });
        self.message("metrics", json!({"metrics": metrics}))
    }

    /// The messages for an event, `now` in seconds since 1970.
    pub fn take(&mut self, event: LiveEvent, now: f64) -> Vec<Value> {
        match event {
            LiveEvent::Began(_) => {
                self.newest += 1;
                self.recording = true;
                vec![self.timeline("recording_started", self.newest, now), self.status(RecorderState::Recording, now)]
            }
            LiveEvent::Partial(caption) => {
                let (stable, unstable) = appended(&caption);
                let text = format!("{stable}{unstable}");
                let fields = json!({
                    "segmentId": self.newest, "text": text, "displayText": text,
                    "stableText": stable, "unstableText": unstable, "timestamp": now,
                });
                vec![self.message("realtime", fields)]
            }
            LiveEvent::Over(..) => {
                self.recording = false;
                self.submitted += 1;
                self.waiting.push_back(Some(self.newest));
                vec![
                    self.timeline("recording_ended", self.newest, now),
                    self.timeline("transcription_started", self.newest, now),
                    self.status(RecorderState::Transcribing, now),
                ]
            }
            LiveEvent::Final(part) => {
                self.completed += 1;
                let Some(number) = self.waiting.pop_front().flatten() else { return Vec::new() };
                let heard = part.map(|part| part.transcript).unwrap_or_default();
                let text = cleaned(&heard.text);
                if text.is_empty() {
                    return self.wordless(number, WordlessCause::EmptyFinal, EMPTY, now);
                }
                let fields = json!({"segmentId": number, "text": text, "timestamp": now});
                let words = self.message("final", with_language(fields, heard.language.as_deref()));
                vec![words, self.timeline("final_transcript", number, now), self.status(self.resting(), now)]
            }
            LiveEvent::Failed(reason) => match self.waiting.pop_front() {
                Some(Some(number)) => self.wordless(number, WordlessCause::FinalTranscriptionFailed, &reason, now),
                // The client has cleared the segment.
                Some(None) => Vec::new(),
                // The session itself has failed.
                None => vec![self.fault("transcription", &reason)],
            },
            LiveEvent::Cleared(_) => {
                self.recording = false;
                self.waiting.iter_mut().for_each(|number| *number = None);
                let next = self.newest + 1;
                vec![self.message("clear", json!({"nextSegmentId": next})), self.status(self.resting(), now)]
            }
            LiveEvent::Committed | LiveEvent::Ended => Vec::new(),
        }
    }

    /// The messages for a segment that has no words. The next segment gets its number, so that a client shows its words
    /// in place of what seemed to be heard.
    fn wordless(&mut self, number: u64, cause: WordlessCause, message: &str, now: f64) -> Vec<Value> {
        if number == self.newest {
            self.newest -= 1;
        }
        let fields = json!({"where": "final", "code": cause.to_string(), "segmentId": number, "message": message});
        vec![self.message("error", fields), self.status(self.resting(), now)]
    }

    /// Number of the segment that is open or waits for its words, or else of the next.
    fn current(&self) -> u64 {
        let busy = self.recording || self.waiting.iter().any(Option::is_some);
        self.newest + u64::from(!busy)
    }

    fn resting(&self) -> RecorderState {
        if self.streaming { RecorderState::Listening } else { RecorderState::Idle }
    }

    fn status(&mut self, state: RecorderState, now: f64) -> Value {
        self.state = state;
        self.message(
            "status",
            json!({
                "state": state.to_string(), "timestamp": now, "queueDepth": self.waiting.len(),
                "activeClientId": self.streaming.then_some(&self.session), "wakeWordEnabled": false,
            }),
        )
    }

    fn timeline(&self, event: &str, number: u64, now: f64) -> Value {
        self.message("timeline", json!({"event": event, "segmentId": number, "timestamp": now}))
    }
}

/// The stable and the unstable words of a caption. Clients show one behind the other as they are, so that the unstable
/// ones begin with the gap; together they are the cleaned text.
fn appended(caption: &LiveCaption) -> (String, String) {
    let stable = cleaned(&caption.stable);
    if stable.is_empty() {
        return (stable, cleaned(&caption.text()));
    }
    let gap = if caption.open.is_empty() { "" } else { " " };
    (stable, format!("{gap}{}", caption.open))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::message::{Time, Transcript};
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

    fn words(text: &str, language: Option<&str>) -> LiveEvent {
        let transcript =
            Transcript { text: text.into(), language: language.map(str::to_owned), ..Transcript::default() };
        let (start, end, voices) = (Time::ZERO, Time::ZERO, Vec::new());
        LiveEvent::Final(Some(Box::new(TranscriptPart { start, end, voices, transcript })))
    }

    #[test]
    fn segments_keep_their_numbers_though_the_next_one_has_begun() {
        let mut wire = SegmentWire::new("s");
        wire.stream(true, 1.0);
        let caption = LiveCaption { stable: "who".into(), open: "wrote".into() };
        let events = vec![
            LiveEvent::Began(Time::ZERO),
            LiveEvent::Partial(caption),
            over(),
            LiveEvent::Began(Time::ZERO),
            words("yes", None),
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
            "final 1 Yes",
            "timeline 1 final_transcript",
            "status null listening",
        ];
        assert_eq!(said(&mut wire, events), order);
    }

    #[test]
    fn stable_and_unstable_words_are_the_text_when_they_are_appended() {
        for (stable, open, shown) in [
            ("who", "wrote it", ["Who", " wrote it"]),
            ("", "... who wrote", ["", "Who wrote"]),
            ("...", "who wrote", ["", "Who wrote"]),
            ("who wrote it", "", ["Who wrote it", ""]),
        ] {
            let caption = LiveCaption { stable: stable.into(), open: open.into() };
            let message = SegmentWire::new("s").take(LiveEvent::Partial(caption), 1.0).remove(0);
            assert_eq!((&message["stableText"], &message["unstableText"]), (&json!(shown[0]), &json!(shown[1])));
            assert_eq!((&message["text"], &message["displayText"]), (&json!(shown.concat()), &json!(shown.concat())));
        }
    }

    #[test]
    fn a_segment_without_words_is_an_error_and_gives_its_number_to_the_next() {
        let mut wire = SegmentWire::new("s");
        wire.stream(true, 1.0);
        let begun = || LiveEvent::Began(Time::ZERO);
        wire.take(begun(), 1.0);
        wire.take(over(), 1.0);
        let error = wire.take(LiveEvent::Final(None), 1.0).remove(0);
        let shown = json!({
            "type": "error", "sessionId": "s", "where": "final", "code": "empty_final", "segmentId": 1,
            "message": "Final transcription returned no text.",
        });
        assert_eq!(error, shown);
        assert_eq!(said(&mut wire, vec![begun()])[0], "timeline 1 recording_started");
        // Another one has begun already.
        said(&mut wire, vec![over(), begun()]);
        let error = wire.take(LiveEvent::Failed("x".into()), 1.0).remove(0);
        assert_eq!((&error["code"], &error["message"]), (&json!("final_transcription_failed"), &json!("x")));
        assert_eq!(said(&mut wire, vec![over(), words("... two", None)])[3], "final 2 Two");
    }

    #[test]
    fn sound_is_heard_between_start_and_stop_only() {
        let mut wire = SegmentWire::new("s");
        let message = "Audio stream is stopped; send a start command before audio packets.";
        let warning = json!({"type": "warning", "sessionId": "s", "message": message});
        assert_eq!(wire.refusal(), Some(warning.clone()));
        let started = wire.stream(true, 1.0);
        assert_eq!((&started["state"], &started["activeClientId"]), (&json!("listening"), &json!("s")));
        assert_eq!(wire.refusal(), None);
        assert_eq!(wire.stream(false, 1.0)["activeClientId"], Value::Null);
        assert_eq!(wire.refusal(), Some(warning));
    }

    #[test]
    fn metrics_count_segments_and_packets() {
        let mut wire = SegmentWire::new("s");
        let shown = |wire: &SegmentWire| {
            let metrics = wire.metrics()["metrics"].clone();
            let number = |name: &str| metrics[name].as_u64().unwrap();
            let numbers = ["currentSegmentId", "queueDepth", "rejectedAudioChunks", "finalSubmitted", "finalCompleted"];
            (metrics["state"].as_str().unwrap().to_owned(), numbers.map(number))
        };
        assert_eq!(shown(&wire), ("idle".into(), [1, 0, 0, 0, 0]));
        wire.refusal();
        wire.stream(true, 1.0);
        said(&mut wire, vec![LiveEvent::Began(Time::ZERO)]);
        assert_eq!(shown(&wire), ("recording".into(), [1, 0, 1, 0, 0]));
        assert_eq!(wire.metrics()["metrics"]["recording"], true);
        said(&mut wire, vec![over()]);
        assert_eq!(shown(&wire), ("transcribing".into(), [1, 1, 1, 1, 0]));
        said(&mut wire, vec![words("yes", None)]);
        assert_eq!(shown(&wire), ("listening".into(), [2, 0, 1, 1, 1]));
    }

    #[test]
    fn a_segment_has_its_language_where_it_is_known() {
        let mut wire = SegmentWire::new("s");
        for language in [Some("ru"), None] {
            wire.take(over(), 1.0);
            let last = wire.take(words("да", language), 1.0).remove(0);
            assert_eq!((&last["type"], &last["text"]), (&json!("final"), &json!("Да")));
            assert_eq!(last.get("language").and_then(Value::as_str), language);
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
