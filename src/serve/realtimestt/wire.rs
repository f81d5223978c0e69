//! The messages of a data socket, in the order that RealtimeSTT's clients expect: all of one utterance before any of
//! the next. Pure.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::status::base64;
use crate::serve::language::with_language;
use crate::serve::live::event::LiveEvent;

/// The messages of one session.
#[derive(Debug, Default)]
pub struct RecorderWire {
    /// Whether an utterance has ended whose words have not come.
    owed: bool,
    /// Events of later utterances, held back until those words come.
    held: VecDeque<LiveEvent>,
}

impl RecorderWire {
    /// The first message of a session.
    pub fn begin() -> Value {
        kind("vad_detect_start")
    }

    /// The messages for an event.
    pub fn take(&mut self, event: LiveEvent) -> Vec<Value> {
        let is_words = matches!(event, LiveEvent::Final(_) | LiveEvent::Failed(_));
        if self.owed && !is_words {
            self.held.push_back(event);
            return Vec::new();
        }
        let mut said = Vec::new();
        self.say(event, &mut said);
        while !self.owed {
            let Some(event) = self.held.pop_front() else { break };
            self.say(event, &mut said);
        }
        said
    }

    fn say(&mut self, event: LiveEvent, said: &mut Vec<Value>) {
        match event {
            LiveEvent::Began(_) => said.extend([kind("vad_detect_stop"), kind("recording_start")]),
            LiveEvent::Partial(caption) => said.push(worded("realtime", &caption.text())),
            LiveEvent::Over(_, audio) => {
                self.owed = true;
                let transcription = json!({"type": "transcription_start", "audio_bytes_base64": base64(&audio)});
                said.extend([kind("recording_stop"), transcription]);
            }
            LiveEvent::Final(part) => {
                self.owed = false;
                let heard = part.map(|part| part.transcript).unwrap_or_default();
                let sentence = with_language(worded("fullSentence", &heard.text), heard.language.as_deref());
                said.extend([sentence, kind("vad_detect_start")]);
            }
            LiveEvent::Failed(_) => {
                self.owed = false;
                said.extend([worded("fullSentence", ""), kind("vad_detect_start")]);
            }
            LiveEvent::Cleared(true) => said.extend([kind("recording_stop"), kind("vad_detect_start")]),
            LiveEvent::Cleared(false) | LiveEvent::Committed | LiveEvent::Ended => {}
        }
    }
}

fn kind(name: &str) -> Value {
    json!({"type": name})
}

fn worded(name: &str, text: &str) -> Value {
    json!({"type": name, "text": cleaned(text)})
}

/// A text as RealtimeSTT's server sends it: without leading dots, and with a capital.
pub fn cleaned(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("...").map_or(text, str::trim_start);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::message::{Time, Transcript};
    use crate::transcribe::agreement::LiveCaption;
    use crate::transcribe::listen::TranscriptPart;

    fn words(text: &str) -> LiveEvent {
        let transcript = Transcript { text: text.into(), ..Transcript::default() };
        let (start, end, voices) = (Time::ZERO, Time::ZERO, Vec::new());
        LiveEvent::Final(Some(Box::new(TranscriptPart { start, end, voices, transcript })))
    }

    fn partial(stable: &str, open: &str) -> LiveEvent {
        LiveEvent::Partial(LiveCaption { stable: stable.into(), open: open.into() })
    }

    fn over() -> LiveEvent {
        LiveEvent::Over(Time::ZERO, Arc::new(vec![0.5]))
    }

    fn said(events: Vec<LiveEvent>) -> Vec<String> {
        let mut wire = RecorderWire::default();
        let said = events.into_iter().flat_map(|event| wire.take(event));
        said.map(|value| format!("{} {}", value["type"].as_str().unwrap(), value["text"].as_str().unwrap_or_default()))
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    #[test]
    fn an_utterance_is_said_in_the_order_that_clients_know() {
        let events = vec![
            LiveEvent::Began(Time::ZERO),
            partial("", "who wrote"),
            partial("who", "wrote it"),
            over(),
            words("... who wrote it?"),
        ];
        let order = [
            "vad_detect_stop",
            "recording_start",
            "realtime Who wrote",
            "realtime Who wrote it",
            "recording_stop",
            "transcription_start",
            "fullSentence Who wrote it?",
            "vad_detect_start",
        ];
        assert_eq!(said(events), order);
    }

    #[test]
    fn the_next_utterance_waits_for_the_words_of_the_one_before() {
        let begun = || LiveEvent::Began(Time::ZERO);
        let early =
            vec![begun(), over(), begun(), over(), words("one"), begun(), LiveEvent::Cleared(true), words("two")];
        let in_order =
            vec![begun(), over(), words("one"), begun(), over(), words("two"), begun(), LiveEvent::Cleared(true)];
        assert_eq!(said(early), said(in_order));
    }

    #[test]
    fn what_is_forgotten_has_no_words_and_what_fails_has_empty_ones() {
        let forgotten = said(vec![LiveEvent::Began(Time::ZERO), LiveEvent::Cleared(true), LiveEvent::Cleared(false)]);
        assert_eq!(forgotten, ["vad_detect_stop", "recording_start", "recording_stop", "vad_detect_start"]);
        let failed = said(vec![over(), LiveEvent::Failed("x".into()), over(), LiveEvent::Final(None)]);
        assert_eq!(failed.iter().filter(|line| *line == "fullSentence").count(), 2);
    }

    #[test]
    fn a_sentence_has_its_language_where_it_is_known() {
        let mut wire = RecorderWire::default();
        let transcript = Transcript { text: "да".into(), language: Some("ru".into()), ..Transcript::default() };
        let (start, end, voices) = (Time::ZERO, Time::ZERO, Vec::new());
        let part = Box::new(TranscriptPart { start, end, voices, transcript });
        let sentence = wire.take(LiveEvent::Final(Some(part))).remove(0);
        assert_eq!(sentence, json!({"type": "fullSentence", "text": "Да", "language": "ru"}));
        for event in [words("yes"), LiveEvent::Final(None)] {
            assert!(wire.take(event)[0].get("language").is_none());
        }
    }

    #[test]
    fn texts_are_cleaned() {
        assert_eq!(
            (cleaned(" ... and so"), cleaned("ёлка"), cleaned("...")),
            ("And so".into(), "Ёлка".into(), String::new())
        );
    }
}
