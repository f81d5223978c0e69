//! The captions of one source: the times at which its parts are read, and the sound that a reading covers.

use super::agreement::READ_EVERY;
use super::segment::{PauseLimit, Segmenter, VoicedSegment};
use crate::config::VadConfig;
use crate::message::Time;
use crate::signal::frame::FRAME;

/// Frames of an open part at its first reading: 640 ms. In less, small models find no words.
const FIRST: usize = 20;

/// A reading that is to be made.
#[derive(Clone, Debug, PartialEq)]
pub enum CaptionReading {
    /// A reading of all of the open part so far.
    Partial(VoicedSegment),
    /// A reading of the whole part, which has ended.
    Final(VoicedSegment),
    /// No reading: the voice was too short for words.
    Dropped,
}

/// The captions of one source, in progress.
pub struct CaptionTrack {
    segmenter: Segmenter,
    shortest: Time,
    /// Frames of the open part when it was last read.
    read: usize,
    /// Sample at which the last part ended.
    end: Option<u64>,
}

impl CaptionTrack {
    /// A track at the beginning of a source whose parts end at the pauses of `pace`. Voices shorter than `shortest`
    /// hold no words.
    pub fn new(vad: &VadConfig, pace: PauseLimit, shortest: Time) -> Self {
        Self { segmenter: Segmenter::new(vad, pace), shortest, read: 0, end: None }
    }

    /// Changes what counts as a voice and which pauses end a part, from the next frame on.
    pub fn set(&mut self, vad: &VadConfig, pace: PauseLimit) {
        self.segmenter.set(vad, pace);
    }

    /// Sample at which the first voice of the open part began; `None` if no part is open.
    pub fn open_since(&self) -> Option<u64> {
        self.segmenter.open_since()
    }

    /// Drops the open part.
    pub fn clear(&mut self) {
        self.segmenter.clear();
        self.read = 0;
    }

    /// Takes a frame and its voice probability (0..=1). `ready` says whether the open part can be read now.
    pub fn push(&mut self, sound: Box<[f32; FRAME]>, probability: f32, ready: bool) -> Option<CaptionReading> {
        if let Some(segment) = self.segmenter.push(sound, probability) {
            return Some(self.whole(segment));
        }
        let frames = self.segmenter.open_frames();
        let due = if self.read == 0 { FIRST } else { self.read + READ_EVERY };
        if !ready || frames < due {
            return None;
        }
        self.read = frames;
        self.segmenter.so_far().map(CaptionReading::Partial)
    }

    /// Ends the open part here; the source may go on.
    pub fn finish(&mut self) -> Option<CaptionReading> {
        let segment = self.segmenter.finish()?;
        Some(self.whole(segment))
    }

    fn whole(&mut self, segment: VoicedSegment) -> CaptionReading {
        self.read = 0;
        let goes_on = self.end.replace(segment.start + segment.audio.len() as u64) == Some(segment.start);
        // Keep the short rest of a voice that was cut: it is not a click.
        if goes_on || segment.voiced() >= self.shortest {
            CaptionReading::Final(segment)
        } else {
            CaptionReading::Dropped
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The readings of a source of (frames, probability) runs: `p` and `f` with the frames in them, `d` for dropped.
    fn readings(runs: &[(usize, f32)], ready: bool) -> String {
        let mut track = CaptionTrack::new(&VadConfig::default(), PauseLimit::Captions, Time::from_millis(200));
        let frames = runs.iter().flat_map(|(frames, probability)| vec![*probability; *frames]);
        let mut found: Vec<CaptionReading> =
            frames.filter_map(|probability| track.push(Box::new([0.1; FRAME]), probability, ready)).collect();
        found.extend(track.finish());
        let shown = found.iter().map(|reading| match reading {
            CaptionReading::Partial(segment) => format!("p{}", segment.audio.len() / FRAME),
            CaptionReading::Final(segment) => format!("f{}", segment.audio.len() / FRAME),
            CaptionReading::Dropped => "d".into(),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_part_is_read_while_it_is_said_and_as_a_whole() {
        let found = readings(&[(10, 0.0), (50, 0.9), (40, 0.0), (30, 0.9)], true);
        assert_eq!(found, "p20 p37 p54 p71 f70 p20 p37 f42");
        assert_eq!(readings(&[(50, 0.9), (40, 0.0)], false), "f60");
    }

    #[test]
    fn silence_is_never_read_and_a_click_is_dropped() {
        assert_eq!(readings(&[(200, 0.0)], true), "");
        assert_eq!(readings(&[(20, 0.0), (4, 0.9), (40, 0.0)], false), "d");
    }

    #[test]
    fn a_voice_without_a_pause_is_cut_and_nothing_is_lost() {
        let found = readings(&[(1_000, 0.9)], false);
        let frames: usize =
            found.split(' ').filter_map(|reading| reading.strip_prefix('f')?.parse::<usize>().ok()).sum();
        assert_eq!(frames, 1_000, "{found}");
    }
}
