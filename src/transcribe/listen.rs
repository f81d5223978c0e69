//! The listener of recordings: voice activity detection, speech to text and the ghost filter turn them into parts with
//! times.

use std::time::Duration;

use super::segment::{PauseLimit, Segmenter, VoicedSegment, WholeRecording, time};
use super::word;
use crate::config::Config;
use crate::device::wav::SoundReader;
use crate::dialog::ghost::{self, Belief};
use crate::engine::{EngineError, Transcriber, Vad};
use crate::message::{Time, Transcript};
use crate::signal::frame::{FRAME, RATE};
use crate::signal::level::decibels;
use crate::turn::Ticket;

/// A part of a recording, with its words.
#[derive(Clone, Debug)]
pub struct TranscriptPart {
    /// Start of the first voice in it.
    pub start: Time,
    /// End of the last voice in it.
    pub end: Time,
    /// Its voiced stretches.
    pub voices: Vec<[Time; 2]>,
    /// The words, and how sure the recogniser is of them; their times are those of the recording.
    pub transcript: Transcript,
}

/// A recording that is read from its beginning to its end.
pub trait Recording {
    /// The next 512 samples (16 kHz, mono, -1..=1), the last ones padded with silence; `None` at the end.
    fn next_frame(&mut self) -> Option<Box<[f32; FRAME]>>;

    /// Time of all frames given so far.
    fn position(&self) -> Duration;

    /// Length of the whole recording, where it is known.
    fn duration(&self) -> Option<Duration>;
}

impl Recording for SoundReader {
    fn next_frame(&mut self) -> Option<Box<[f32; FRAME]>> {
        SoundReader::next_frame(self)
    }

    fn position(&self) -> Duration {
        SoundReader::position(self)
    }

    fn duration(&self) -> Option<Duration> {
        SoundReader::duration(self)
    }
}

/// Transcribes recordings.
pub struct FileListener<'a> {
    asr: &'a mut dyn Transcriber,
    /// The voice detector; without one, everything is heard.
    vad: Option<&'a mut (dyn Vad + 'static)>,
    config: &'a Config,
    pace: PauseLimit,
}

/// The progress in a recording.
#[derive(Clone, Copy, Debug)]
pub struct FileProgress {
    /// Time heard so far.
    pub done: Duration,
    /// Length of the recording, if the file states it.
    pub whole: Option<Duration>,
}

impl<'a> FileListener<'a> {
    /// A listener that transcribes the voices that `vad` finds, or everything without one.
    pub fn new(
        asr: &'a mut dyn Transcriber,
        vad: Option<&'a mut (dyn Vad + 'static)>,
        config: &'a Config,
        pace: PauseLimit,
    ) -> Self {
        Self { asr, vad, config, pace }
    }

    /// Hears a recording. `on_part` gets each part as soon as it is understood; `on_progress` is called about every
    /// second of the recording. Returns its length, or how far it came when `stop` went stale.
    ///
    /// # Errors
    /// When an engine fails.
    pub fn hear(
        &mut self,
        reader: &mut impl Recording,
        stop: &Ticket,
        mut on_part: impl FnMut(TranscriptPart),
        mut on_progress: impl FnMut(FileProgress),
    ) -> Result<Duration, EngineError> {
        let mut cutter = match &mut self.vad {
            Some(vad) => {
                vad.reset();
                Cutter::Voices(Segmenter::new(&self.config.vad, self.pace))
            }
            None => Cutter::All(WholeRecording::new(self.pace)),
        };
        let (mut told, mut end) = (Duration::ZERO, None);
        while let Some(frame) = reader.next_frame() {
            if stop.stale() {
                return Ok(reader.position());
            }
            let segment = match (&mut cutter, &mut self.vad) {
                (Cutter::Voices(segmenter), Some(vad)) => {
                    let probability = vad.probability(&frame)?;
                    segmenter.push(frame, probability)
                }
                (Cutter::All(whole), _) => whole.push(&frame, decibels(&frame[..])),
                (Cutter::Voices(_), None) => None,
            };
            if let Some(segment) = segment {
                self.understand(&segment, stop, &mut end, &mut on_part)?;
            }
            if reader.position() >= told + Duration::from_secs(1) {
                told = reader.position();
                on_progress(FileProgress { done: told, whole: reader.duration() });
            }
        }
        let last = match &mut cutter {
            Cutter::Voices(segmenter) => segmenter.finish(),
            Cutter::All(whole) => whole.finish(),
        };
        if let Some(segment) = last {
            self.understand(&segment, stop, &mut end, &mut on_part)?;
        }
        Ok(reader.position())
    }

    /// Transcribes a segment, if it holds speech. `end` is the end of the segment before.
    fn understand(
        &mut self,
        segment: &VoicedSegment,
        stop: &Ticket,
        end: &mut Option<u64>,
        on_part: &mut impl FnMut(TranscriptPart),
    ) -> Result<(), EngineError> {
        let goes_on = end.replace(segment.start + segment.audio.len() as u64) == Some(segment.start);
        let shortest = Time::from_millis(self.config.turn.min_voiced_ms);
        // Keep the short rest of a voice that was cut: it is not a click.
        if self.vad.is_some() && !goes_on && segment.voiced() < shortest {
            return Ok(());
        }
        if let Some(part) = understand(self.asr, segment, &ReadingExtent::Whole, self.vad.is_some(), stop)? {
            on_part(part);
        }
        Ok(())
    }
}

/// How much of an utterance is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadingExtent {
    /// All of it: it is over.
    Whole,
    /// What was said so far. The reading begins with these words, on which earlier ones agreed.
    SoFar(String),
}

/// Writes down `audio` (16 kHz, -1..=1): quickly, if the engine can, once words of an open utterance stay. Its first words
/// are taken from half a second of sound, which needs all that the engine can do, as a whole utterance does.
///
/// # Errors
/// When the engine fails.
pub fn write_down(
    asr: &mut dyn Transcriber,
    audio: &[f32],
    extent: &ReadingExtent,
    stop: &Ticket,
) -> Result<Transcript, EngineError> {
    asr.start()?;
    // Pass the audio on in pieces, as the dialogue does: streaming engines work on it as it comes.
    for piece in audio.chunks(RATE as usize / 10) {
        asr.accept(piece)?;
    }
    let quick = match extent {
        ReadingExtent::SoFar(beginning) if !beginning.is_empty() => asr.interim(beginning, stop)?,
        ReadingExtent::SoFar(_) | ReadingExtent::Whole => None,
    };
    quick.map_or_else(|| asr.finish(stop), Ok)
}

/// The part that a segment holds, if it is speech and `stop` does not go stale. `detected` says whether a voice
/// detector found its voices.
///
/// # Errors
/// When the engine fails.
pub fn understand(
    asr: &mut dyn Transcriber,
    segment: &VoicedSegment,
    extent: &ReadingExtent,
    detected: bool,
    stop: &Ticket,
) -> Result<Option<TranscriptPart>, EngineError> {
    let transcript = write_down(asr, &segment.audio, extent, stop)?;
    Ok(part(segment, detected, transcript))
}

/// The part that a segment holds, which was read as `transcript`; `None` if those are not a person's words. `detected`
/// is as in [`understand`].
pub fn part(segment: &VoicedSegment, detected: bool, mut transcript: Transcript) -> Option<TranscriptPart> {
    let belief = match detected {
        true => ghost::weigh(&transcript, segment.voiced()),
        false if transcript.text.trim().is_empty() => Belief::Empty,
        false => Belief::Words,
    };
    tracing::debug!(?belief, start = ?time(segment.start), voiced = ?segment.voiced(), ?transcript, "a part");
    let voices: Vec<_> = segment.voices.iter().map(|voice| [time(voice.start), time(voice.end)]).collect();
    let start = voices.first().map_or(time(segment.start), |voice| voice[0]);
    let end = voices.last().map_or(start, |voice| voice[1]);
    word::place(&mut transcript.words, time(segment.start), &voices);
    (belief == Belief::Words).then_some(TranscriptPart { start, end, voices, transcript })
}

/// Cuts a recording into parts.
enum Cutter {
    Voices(Segmenter),
    All(WholeRecording),
}

/// The words of all `parts`.
pub fn text(parts: &[TranscriptPart]) -> String {
    let texts = parts.iter().map(|part| part.transcript.text.trim()).filter(|text| !text.is_empty());
    texts.collect::<Vec<_>>().join(" ")
}
