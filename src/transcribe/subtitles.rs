//! Subtitles of a recording, in the formats SubRip and WebVTT.

use std::fmt::Write as _;

use super::cue::{self, Cue};
use super::listen::TranscriptPart;
use super::word_cue;
use crate::message::Time;

/// The formats of subtitles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubtitleFormat {
    /// SubRip, which every player knows.
    Srt,
    /// WebVTT, for the web.
    Vtt,
}

/// The subtitles of `parts`.
pub fn subtitles(parts: &[TranscriptPart], form: SubtitleFormat) -> String {
    let mut text = String::new();
    if form == SubtitleFormat::Vtt {
        text.push_str("WEBVTT\n\n");
    }
    let point = if form == SubtitleFormat::Vtt { '.' } else { ',' };
    for (number, Cue { start, end, text: said }) in (1..).zip(parts.iter().flat_map(cues)) {
        if form == SubtitleFormat::Srt {
            let _ = writeln!(text, "{number}"); // writing to a string cannot fail
        }
        let said = if form == SubtitleFormat::Vtt { escaped(&said) } else { said };
        let _ = writeln!(text, "{} --> {}\n{said}\n", long(start, point), long(end, point));
    }
    text
}

/// The cues of a part: by its words if their times are known.
fn cues(part: &TranscriptPart) -> Vec<Cue> {
    if part.transcript.words.is_empty() { cue::cues(part) } else { word_cue::cues(part) }
}

/// Text escaped for WebVTT: no marks, and no arrow, which would begin a cue.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A time as subtitles have it: `01:02:03,456`.
fn long(time: Time, point: char) -> String {
    let (seconds, milliseconds) = (time.as_secs(), time.subsec_millis());
    format!("{:02}:{:02}:{:02}{point}{milliseconds:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
