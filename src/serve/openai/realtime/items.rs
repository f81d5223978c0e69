//! The items of a transcription session: what came of its sound, as events in the order that OpenAI's clients know. Pure.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::event::EventFault;
use crate::message::Time;
use crate::serve::live::event::LiveEvent;
use crate::transcribe::agreement::LiveCaption;
use crate::transcribe::listen::TranscriptPart;
use crate::transcribe::segment::time;

/// What an item is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemRule {
    /// Each utterance is an item, which is said to begin so much earlier than its voice, and to end so much later.
    Utterances {
        /// In milliseconds.
        padding_ms: u64,
        /// In milliseconds.
        silence_ms: u64,
    },
    /// What was said before the client's commit is an item.
    Commits,
}

/// An item on its way.
#[derive(Clone, Debug, Default)]
struct Item {
    id: String,
    /// The words that were sent.
    sent: String,
}

/// What was heard for an item.
#[derive(Clone, Debug, Default)]
struct ItemWords {
    text: String,
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
    /// Those that wait for their words.
    waiting: VecDeque<Item>,
    /// Lengths in seconds of utterances that wait for their words.
    lengths: VecDeque<f64>,
    /// Words of them that are of no use any more.
    forgotten: usize,
    /// Words that no commit has claimed.
    heard: ItemWords,
    /// Whether an utterance ended since the client's last commit.
    ended: bool,
}

impl RealtimeItems {
    /// Those of a session at its beginning.
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

    /// From here on items are made so, and said in the older form or the present one.
    pub fn set(&mut self, rule: ItemRule, older: bool) {
        (self.rule, self.older) = (rule, older);
    }

    /// The client commits; what is said at once.
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

    /// What an event is said as.
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
                // What a commit that is not done yet has claimed is kept.
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

    /// The words of an utterance have come, or are lost.
    fn words(&mut self, part: Option<TranscriptPart>, fault: Option<String>) -> Vec<Value> {
        let seconds = self.lengths.pop_front().unwrap_or_default();
        if self.forgotten > 0 {
            self.forgotten -= 1;
            return Vec::new();
        }
        let text = part.map(|part| part.transcript.text.trim().to_owned()).unwrap_or_default();
        if self.rule == ItemRule::Commits {
            let heard = &mut self.heard;
            let gap = if heard.text.is_empty() || text.is_empty() { "" } else { " " };
            heard.text = format!("{}{gap}{text}", heard.text);
            heard.seconds += seconds;
            heard.fault = heard.fault.take().or(fault);
            return Vec::new();
        }
        match self.waiting.pop_front() {
            Some(item) => item.complete(ItemWords { text, seconds, fault }),
            None => Vec::new(),
        }
    }

    /// All that was said before the client's commit has been heard.
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

    /// An item is there, without its words.
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
    /// Says the words of `text` that follow those that were sent, if it begins with them.
    fn go_on(&mut self, text: &str) -> Option<Value> {
        let more = text.strip_prefix(&self.sent).filter(|more| !more.is_empty())?;
        let said = json!({
            "type": "conversation.item.input_audio_transcription.delta", "item_id": self.id, "content_index": 0,
            "delta": more,
        });
        text.clone_into(&mut self.sent);
        Some(said)
    }

    /// Its words, all of them.
    fn complete(mut self, heard: ItemWords) -> Vec<Value> {
        let ItemWords { text, seconds, fault } = heard;
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
        rest.into_iter().chain([completed]).collect()
    }
}

/// There is nothing to commit.
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
