//! The events of captions, as a line of text and as JSON.

use serde_json::{Value, json};

use super::source::CaptionSource;
use crate::cli::hear::write::short;
use crate::message::{Time, VoiceLikeness};
use crate::transcribe::agreement::LiveCaption;
use crate::transcribe::listen::TranscriptPart;

/// What is to be shown.
#[derive(Clone, Debug)]
pub enum CaptionEvent {
    /// A part that is being said, from `start` to `end` so far. `voice` is how alike its voice is to those that are enrolled,
    /// where that is known.
    Partial { source: CaptionSource, start: Time, end: Time, words: LiveCaption, voice: Option<VoiceLikeness> },
    /// A part that is over.
    Final { source: CaptionSource, part: TranscriptPart, voice: Option<VoiceLikeness> },
    /// What was shown of a part was no words.
    Nothing,
}

impl CaptionEvent {
    /// `0:03.2  microphone: Good morning.`
    pub fn line(&self, named: bool) -> Option<String> {
        let Self::Final { source, part, .. } = self else { return None };
        let name = if named { format!("{source}: ") } else { String::new() };
        Some(format!("{}  {name}{}\n", short(part.start), part.transcript.text.trim()))
    }

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
            Self::Nothing => return None,
        })
    }
}
