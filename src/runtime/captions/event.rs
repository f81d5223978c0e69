//! The events of captions, and their form in JSON.

use serde_json::{Value, json};

use super::source::CaptionSource;
use crate::message::{Time, VoiceLikeness};
use crate::transcribe::agreement::LiveCaption;
use crate::transcribe::listen::TranscriptPart;

/// What is to be shown.
#[derive(Clone, Debug)]
pub enum CaptionEvent {
    /// A part that is being said.
    Partial {
        /// Where it sounds.
        source: CaptionSource,
        /// When its first voice began.
        start: Time,
        /// How far it was heard.
        end: Time,
        /// Its words so far.
        words: LiveCaption,
        /// How alike its voice is to those that are enrolled, if that is known.
        voice: Option<VoiceLikeness>,
    },
    /// A part that is over.
    Final {
        /// Where it sounded.
        source: CaptionSource,
        /// Its words and times.
        part: TranscriptPart,
        /// How alike its voice is to those that are enrolled, if that is known.
        voice: Option<VoiceLikeness>,
    },
    /// A part that is over and was no words: what was shown of it goes.
    Dropped {
        /// Where it sounded.
        source: CaptionSource,
    },
}

impl CaptionEvent {
    /// An event as an object of JSON; nothing for what is not to be shown.
    pub fn object(&self) -> Option<Value> {
        let seconds = |time: Time| (time.as_secs_f64() * 1e3).round() / 1e3;
        Some(match self {
            Self::Partial { source, start, words, .. } => json!({
                "type": "partial", "source": source, "start": seconds(*start), "stable": words.stable, "open": words.open,
            }),
            Self::Final { source, part, .. } => json!({
                "type": "final", "source": source, "start": seconds(part.start), "end": seconds(part.end),
                "text": part.transcript.text.trim(), "language": part.transcript.language,
            }),
            Self::Dropped { .. } => return None,
        })
    }
}
