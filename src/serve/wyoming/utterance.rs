//! An utterance that is transcribed while it comes in.

use std::time::Instant;

use crossbeam_channel::{Sender, unbounded};
use serde_json::{Map, Value, json};

use super::frame::WyomingEvent;
use crate::engine::options::AsrOptions;
use crate::serve::error::LISTENER_FAILED;
use crate::serve::figures::Endpoint;
use crate::serve::pool::listener::{HeardEvent, ListenFault, ListenHandle, ListenRequest, RecordingSound};
use crate::serve::services::Services;
use crate::serve::sessions::SessionPlace;
use crate::transcribe::listen::{TranscriptPart, text};

/// An utterance and its words so far. Dropping it ends the work for it.
pub struct IncomingUtterance {
    /// `None` when all of it has come.
    sound: Option<Sender<Vec<f32>>>,
    hearing: ListenHandle,
    parts: Vec<TranscriptPart>,
    /// The end of the sound: from then on the client waits for golem.
    since: Instant,
}

/// The next events for the client of an utterance.
#[derive(Debug, PartialEq)]
pub enum UtteranceStep {
    /// Some of its words.
    Words(Vec<WyomingEvent>),
    /// All of them. Nothing follows.
    Transcript(Vec<WyomingEvent>),
    /// It cannot be transcribed, and why. Nothing follows.
    Fault(String),
}

impl IncomingUtterance {
    /// An utterance of a client that holds `place`, transcribed with `options`.
    pub fn begin(services: &Services, options: AsrOptions, place: SessionPlace) -> Self {
        let (sound, pieces) = unbounded();
        let request = ListenRequest { sound: RecordingSound::Live(pieces), options };
        let hearing = services.hear(request, place);
        Self { sound: Some(sound), hearing, parts: Vec::new(), since: Instant::now() }
    }

    /// Takes sound (16 kHz, mono, -1..=1).
    pub fn take(&mut self, samples: Vec<f32>) {
        if let Some(sound) = self.sound.as_ref().filter(|_| !samples.is_empty()) {
            // The listener may have ended; its error is among the events.
            let _ = sound.send(samples);
        }
    }

    /// Ends the sound.
    pub fn end(&mut self) {
        self.sound = None;
        self.since = Instant::now();
    }

    /// The next step. Cancelling the wait loses nothing.
    pub async fn next(&mut self, services: &Services) -> UtteranceStep {
        let figures = &services.figures;
        let (status, reason) = match self.hearing.events.recv().await {
            Some(HeardEvent::Part(part)) => {
                let first = self.parts.is_empty();
                let mut events = Vec::new();
                if first {
                    events.push(start(part.transcript.language.as_deref()));
                }
                events.extend(chunk(&part, first));
                self.parts.push(*part);
                return UtteranceStep::Words(events);
            }
            Some(HeardEvent::End(length)) => {
                figures.heard(length, self.since.elapsed());
                figures.answered(Endpoint::WyomingAsr, 200, self.since.elapsed());
                return UtteranceStep::Transcript(transcript(&self.parts));
            }
            Some(HeardEvent::Fault(fault)) => match fault {
                ListenFault::Refused(reason) | ListenFault::Unreadable(reason) => (400, reason),
                ListenFault::TooLong(minutes) => (413, format!("more than {minutes} minutes")),
                ListenFault::Failed(reason) => (500, reason),
            },
            None => (500, LISTENER_FAILED.into()),
        };
        figures.answered(Endpoint::WyomingAsr, status, self.since.elapsed());
        UtteranceStep::Fault(reason)
    }
}

/// The event before the words, with their language where it is known.
fn start(language: Option<&str>) -> WyomingEvent {
    WyomingEvent::new("transcript-start", language.map_or(Value::Null, |language| json!({"language": language})))
}

/// The words of a part. Joined, the words of all parts are the transcript.
fn chunk(part: &TranscriptPart, first: bool) -> Option<WyomingEvent> {
    let words = part.transcript.text.trim();
    let blank = if first { "" } else { " " };
    (!words.is_empty()).then(|| WyomingEvent::new("transcript-chunk", json!({"text": format!("{blank}{words}")})))
}

/// The end of the words: the whole transcript, which clients without streams read alone.
pub fn transcript(parts: &[TranscriptPart]) -> Vec<WyomingEvent> {
    let mut data = Map::from_iter([("text".to_owned(), Value::from(text(parts)))]);
    let language = parts.first().and_then(|part| part.transcript.language.clone());
    if let Some(language) = language {
        data.insert("language".into(), language.into());
    }
    let mut events = Vec::new();
    if parts.is_empty() {
        events.push(start(None));
    }
    events.push(WyomingEvent::new("transcript", Value::Object(data)));
    events.push(WyomingEvent::new("transcript-stop", Value::Null));
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Time, Transcript};

    fn part(said: &str) -> TranscriptPart {
        let transcript = Transcript { text: said.into(), language: Some("en".into()), ..Transcript::default() };
        TranscriptPart { start: Time::ZERO, end: Time::ZERO, voices: Vec::new(), transcript }
    }

    #[test]
    fn the_chunks_joined_are_the_transcript() {
        let parts = [part(" One."), part("Two. ")];
        let chunks: String = parts
            .iter()
            .enumerate()
            .filter_map(|(place, part)| chunk(part, place == 0))
            .map(|event| event.text("text").to_owned())
            .collect();
        let events = transcript(&parts);
        assert_eq!(events[0].text("text"), chunks);
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!((kinds, events[0].text("language")), (vec!["transcript", "transcript-stop"], "en"));
    }

    #[test]
    fn an_utterance_without_words_has_an_empty_transcript() {
        let kinds: Vec<String> = transcript(&[]).into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, ["transcript-start", "transcript", "transcript-stop"]);
        assert_eq!(chunk(&part(" "), true), None);
    }
}
