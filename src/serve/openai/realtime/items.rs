//! The items of a transcription session, as events in the order that OpenAI's clients expect. Pure.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::event::EventFault;
use crate::message::{Time, Transcript};
use crate::serve::language::with_language;
use crate::serve::live::event::LiveEvent;
use crate::transcribe::agreement::LiveCaption;
use crate::transcribe::listen::TranscriptPart;
use crate::transcribe::segment::time;

/// The rule by which items are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemRule {
    /// Each utterance is an item. It is reported to begin earlier than its voice, and to end later.
    Utterances {
        /// How much earlier, in milliseconds.
        padding_ms: u64,
        /// How much later, in milliseconds.
        silence_ms: u64,
    },
    /// Each commit makes an item of the sound before it.
    Commits,
}

/// An item whose words are not complete.
#[derive(Clone, Debug, Default)]
struct Item {
    id: String,
    /// The words that were sent.
    sent: String,
}

/// The words of an item.
#[derive(Clone, Debug, Default)]
struct ItemWords {
    text: String,
    /// The language of the first words, where it is known.
    language: Option<String>,
    seconds: f64,
    fault: Option<String>,
}

/// The items of a session.
pub struct RealtimeItems {
    rule: ItemRule,
    older: bool,
    made: u64,
    previous: Option<String>,
    /// The utterance that is being said.
    open: Option<Item>,
    /// Items that wait for their words.
    waiting: VecDeque<Item>,
    /// Lengths in seconds of utterances that wait for their words.
    lengths: VecDeque<f64>,
    /// How many of these utterances, from the first, were cleared: their words are ignored.
    forgotten: usize,
    /// Words that no commit has claimed.
    heard: ItemWords,
    /// Whether an utterance ended since the client's last commit.
    ended: bool,
}

impl RealtimeItems {
    /// The items of a new session.
    pub fn new(rule: ItemRule) -> Self {
        Self {
            rule,
            older: false,
            made: 0,
            previous: None,
            open: None,
            waiting: VecDeque::new(),
            lengths: VecDeque::new(),
            forgotten: 0,
            heard: ItemWords::default(),
            ended: false,
        }
    }

    /// Sets the rule from here on, and whether events have the older form or the present one.
    pub fn set(&mut self, rule: ItemRule, older: bool) {
        (self.rule, self.older) = (rule, older);
    }

    /// Takes the client's commit; gives the events to send at once.
    pub fn commit(&mut self) -> Vec<Value> {
        self.ended = false;
        if self.rule != ItemRule::Commits {
            return Vec::new();
        }
        let item = self.make();
        let said = self.committed(&item);
        self.waiting.push_back(item);
        said
    }

    /// The events to send for an event of the session.
    pub fn take(&mut self, event: LiveEvent) -> Vec<Value> {
        match event {
            LiveEvent::Began(start) => self.began(start),
            LiveEvent::Partial(caption) => self.partial(&caption),
            LiveEvent::Over(end, audio) => {
                self.lengths.push_back(time(audio.len() as u64).as_secs_f64());
                self.over(end)
            }
            LiveEvent::Final(part) => self.words(part.map(|part| *part), None),
            LiveEvent::Failed(reason) => self.words(None, Some(reason)),
            LiveEvent::Committed => self.done(),
            LiveEvent::Cleared(_) => {
                self.open = None;
                // Keep utterances that an unfinished commit already includes.
                if self.rule == ItemRule::Commits && self.waiting.is_empty() {
                    self.forgotten = self.lengths.len();
                    self.heard = ItemWords::default();
                }
                vec![json!({"type": "input_audio_buffer.cleared"})]
            }
            LiveEvent::Ended => Vec::new(),
        }
    }

    fn began(&mut self, start: Time) -> Vec<Value> {
        let ItemRule::Utterances { padding_ms, .. } = self.rule else { return Vec::new() };
        let item = self.make();
        let start = milliseconds(start).saturating_sub(padding_ms);
        let said = json!({"type": "input_audio_buffer.speech_started", "item_id": item.id, "audio_start_ms": start});
        self.open = Some(item);
        vec![said]
    }

    fn partial(&mut self, caption: &LiveCaption) -> Vec<Value> {
        let Some(item) = &mut self.open else { return Vec::new() };
        item.go_on(&caption.stable).into_iter().collect()
    }

    fn over(&mut self, end: Time) -> Vec<Value> {
        self.ended = true;
        let ItemRule::Utterances { silence_ms, .. } = self.rule else { return Vec::new() };
        let Some(item) = self.open.take() else { return Vec::new() };
        let end = milliseconds(end) + silence_ms;
        let mut said =
            vec![json!({"type": "input_audio_buffer.speech_stopped", "item_id": item.id, "audio_end_ms": end})];
        said.extend(self.committed(&item));
        self.waiting.push_back(item);
        said
    }

    /// Takes the words of an utterance, or the fault that lost them.
    fn words(&mut self, part: Option<TranscriptPart>, fault: Option<String>) -> Vec<Value> {
        let seconds = self.lengths.pop_front().unwrap_or_default();
        if self.forgotten > 0 {
            self.forgotten -= 1;
            return Vec::new();
        }
        let Transcript { text, language, .. } = part.map(|part| part.transcript).unwrap_or_default();
        let text = text.trim().to_owned();
        if self.rule == ItemRule::Commits {
            let heard = &mut self.heard;
            let gap = if heard.text.is_empty() || text.is_empty() { "" } else { " " };
            heard.text = format!("{}{gap}{text}", heard.text);
            heard.language = heard.language.take().or(language);
            heard.seconds += seconds;
            heard.fault = heard.fault.take().or(fault);
            return Vec::new();
        }
        match self.waiting.pop_front() {
            Some(item) => item.complete(ItemWords { text, language, seconds, fault }),
            None => Vec::new(),
        }
    }

    /// Completes a commit: all sound before it has been transcribed.
    fn done(&mut self) -> Vec<Value> {
        if self.rule == ItemRule::Commits {
            let heard = std::mem::take(&mut self.heard);
            return self.waiting.pop_front().map(|item| item.complete(heard)).unwrap_or_default();
        }
        if self.ended { Vec::new() } else { vec![empty().event(None)] }
    }

    fn make(&mut self) -> Item {
        self.made += 1;
        Item { id: format!("item_{}", self.made), sent: String::new() }
    }

    /// The events of a new item, still without its words.
    fn committed(&mut self, item: &Item) -> Vec<Value> {
        let previous = self.previous.replace(item.id.clone());
        let shown = json!({
            "id": item.id, "object": "realtime.item", "type": "message", "role": "user", "status": "completed",
            "content": [{"type": "input_audio", "transcript": null}],
        });
        let kinds: &[&str] = if self.older {
            &["conversation.item.created"]
        } else {
            &["conversation.item.added", "conversation.item.done"]
        };
        let committed =
            json!({"type": "input_audio_buffer.committed", "item_id": item.id, "previous_item_id": previous});
        let items = kinds.iter().map(|kind| json!({"type": kind, "previous_item_id": previous, "item": shown}));
        std::iter::once(committed).chain(items).collect()
    }
}

impl Item {
    /// The event with the words of `text` after those that were sent, if it begins with them.
    fn go_on(&mut self, text: &str) -> Option<Value> {
        let more = text.strip_prefix(&self.sent).filter(|more| !more.is_empty())?;
        let said = json!({
            "type": "conversation.item.input_audio_transcription.delta", "item_id": self.id, "content_index": 0,
            "delta": more,
        });
        text.clone_into(&mut self.sent);
        Some(said)
    }

    /// The events with all its words.
    fn complete(mut self, heard: ItemWords) -> Vec<Value> {
        let ItemWords { text, language, seconds, fault } = heard;
        if let Some(reason) = fault {
            return vec![json!({
                "type": "conversation.item.input_audio_transcription.failed", "item_id": self.id, "content_index": 0,
                "error": {"type": "server_error", "code": "transcription_failed", "message": reason, "param": null},
            })];
        }
        let rest = self.go_on(&text);
        let completed = json!({
            "type": "conversation.item.input_audio_transcription.completed", "item_id": self.id, "content_index": 0,
            "transcript": text, "usage": {"type": "duration", "seconds": seconds},
        });
        rest.into_iter().chain([with_language(completed, language.as_deref())]).collect()
    }
}

/// The fault of a commit without sound.
pub fn empty() -> EventFault {
    EventFault {
        message: "buffer too small: send at least 100 ms of sound before a commit".into(),
        param: None,
        code: Some("input_audio_buffer_commit_empty"),
    }
}

fn milliseconds(moment: Time) -> u64 {
    u64::try_from(moment.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
