//! Captions of a recording at the pace of its sound.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::config::Config;
use crate::device::wav::SoundReader;
use crate::engine::options::{AsrOptions, WordTiming};
use crate::engine::{Transcriber, Vad};
use crate::message::Time;
use crate::transcribe::agreement::{CaptionWords, LiveCaption};
use crate::transcribe::listen::{ReadingExtent, TranscriptPart, understand};
use crate::transcribe::segment::PauseLimit;
use crate::transcribe::track::{CaptionReading, CaptionTrack};
use crate::turn::Ticket;

/// A part as it was shown.
pub struct ShownPart {
    /// The captions while it was said, and when each was shown.
    pub partials: Vec<(Time, LiveCaption)>,
    /// The part as a whole, with the times of its words.
    pub whole: TranscriptPart,
    /// When the whole part was shown.
    pub at: Time,
}

/// The captions of a recording in progress. Readings take as long as they do on this machine, and the sound goes on
/// meanwhile.
pub struct CaptionRun<'a> {
    asr: &'a mut dyn Transcriber,
    vad: &'a mut dyn Vad,
    track: CaptionTrack,
    words: CaptionWords,
    /// When asr is done with all that it was given.
    free: Time,
    partials: Vec<(Time, LiveCaption)>,
    parts: Vec<ShownPart>,
}

impl<'a> CaptionRun<'a> {
    /// Begins at the start of a recording.
    pub fn new(asr: &'a mut dyn Transcriber, vad: &'a mut dyn Vad, config: &Config) -> Self {
        vad.reset();
        let shortest = Duration::from_millis(config.turn.min_voiced_ms);
        let track = CaptionTrack::new(&config.vad, PauseLimit::Captions, shortest);
        let words = CaptionWords::default();
        Self { asr, vad, track, words, free: Time::ZERO, partials: Vec::new(), parts: Vec::new() }
    }

    /// Hears the recording at `path` to its end.
    ///
    /// # Errors
    /// When it cannot be read or an engine fails.
    pub fn hear(mut self, path: &Path) -> Result<Vec<ShownPart>> {
        let mut reader = SoundReader::open(path)?;
        while let Some(frame) = reader.next_frame() {
            let now = reader.position();
            let probability = self.vad.probability(&frame)?;
            if let Some(reading) = self.track.push(frame, probability, now >= self.free) {
                self.read(&reading, now)?;
            }
        }
        if let Some(reading) = self.track.finish() {
            self.read(&reading, reader.position())?;
        }
        Ok(self.parts)
    }

    fn read(&mut self, reading: &CaptionReading, now: Time) -> Result<()> {
        let (over, segment) = match reading {
            CaptionReading::Partial(segment) => (false, segment),
            CaptionReading::Final(segment) => (true, segment),
            CaptionReading::Dropped => {
                self.begin();
                return Ok(());
            }
        };
        // Ask only whole parts for the times of their words, as `golem captions --srt` does.
        let words = if over { WordTiming::Required } else { WordTiming::Off };
        self.asr.follow(&AsrOptions { words, ..AsrOptions::default() })?;
        let extent = if over { ReadingExtent::Whole } else { ReadingExtent::SoFar(self.words.beginning()) };
        let began = Instant::now();
        let read = understand(self.asr, segment, &extent, true, &Ticket::standing())?;
        self.free = now.max(self.free) + began.elapsed();
        if !over {
            let text = read.map(|part| part.transcript.text).unwrap_or_default();
            let caption = self.words.read(&text);
            self.partials.push((self.free, caption));
            return Ok(());
        }
        if let Some(whole) = read {
            let partials = std::mem::take(&mut self.partials);
            self.parts.push(ShownPart { partials, whole, at: self.free });
        }
        self.begin();
        Ok(())
    }

    /// Begins the next part, of which nothing is shown yet.
    fn begin(&mut self) {
        self.words = CaptionWords::default();
        self.partials.clear();
    }
}
