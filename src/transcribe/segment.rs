//! The segmentation of a recording: stretches of voice with a little sound around them, of the length that suits speech
//! to text best.

use std::collections::VecDeque;
use std::ops::Range;

use crate::config;
use crate::dialog::vad::Gate;
use crate::message::Time;
use crate::signal::frame::{FRAME, RATE};

/// Sound kept before and after a voice, in frames of 32 ms: 0.32 s. Consonants at the edges are quieter than the VAD's
/// threshold, and Whisper wants to hear that a sentence ends.
const MARGIN: usize = 10;
/// Longest part, in frames: 29 s, just under the longest window that Whisper knows.
const LONGEST: usize = frames(29.0);
/// Newest frames in which a part without a pause is cut, at its least voiced place: 5 s.
const SEARCH: usize = frames(5.0);

/// The longest pause within a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PauseLimit {
    /// For engines that are best in windows as long as Whisper knows. A short part waits for more, since words are
    /// understood better among others: cut at pauses of 0.7 s from 8 s on, ten read sentences had 11 wrong words, uncut
    /// 9. The longer the part, the shorter the pause that ends it.
    Windows,
    /// For engines that weigh language models: parts end at every pause (0.5 s) between speakers or thoughts.
    Sentences,
    /// For captions, which people wait for: parts end at pauses of 0.7 s, and the longer the part, the shorter the
    /// pause.
    Captions,
    /// For live sessions whose clients set the pause: parts end at every pause of so many frames.
    After(usize),
}

impl PauseLimit {
    /// Silent frames that end a part of `length` frames.
    fn patience(self, length: usize) -> usize {
        match self {
            Self::Sentences => frames(0.5),
            Self::Captions if length < frames(8.0) => frames(0.7),
            Self::Captions if length < frames(16.0) => frames(0.3),
            Self::Windows if length < frames(20.0) => frames(1.5),
            Self::Windows if length < frames(25.0) => frames(0.3),
            Self::Windows | Self::Captions => 1,
            Self::After(frames) => frames,
        }
    }
}

/// Frames in so many seconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a few hundred at most"
)]
const fn frames(seconds: f64) -> usize {
    (seconds * RATE as f64 / FRAME as f64) as usize
}

/// A part of a recording that may hold speech.
#[derive(Clone, Debug, PartialEq)]
pub struct VoicedSegment {
    /// Where it begins, in samples of the recording.
    pub start: u64,
    /// Its sound: 16 kHz, mono.
    pub audio: Vec<f32>,
    /// Its voiced stretches, in samples of the recording: in order, apart from each other, never empty.
    pub voices: Vec<Range<u64>>,
}

impl VoicedSegment {
    /// Time of voice in it.
    pub fn voiced(&self) -> Time {
        time(self.voices.iter().map(|voice| voice.end - voice.start).sum())
    }
}

/// The time from the start of the recording at which sample number `sample` is heard.
pub fn time(sample: u64) -> Time {
    Time::from_micros(sample.saturating_mul(1_000_000) / u64::from(RATE))
}

/// A frame and its judgement by the VAD.
struct Judged {
    sound: Box<[f32; FRAME]>,
    probability: f32,
    voiced: bool,
}

/// Cuts a recording that comes frame by frame into parts; keeps no more than one part of it.
pub struct Segmenter {
    gate: Gate,
    pace: PauseLimit,
    /// Frames taken so far.
    taken: usize,
    /// The newest frames: all of the open part, or as much silence as may belong to the next one.
    kept: VecDeque<Judged>,
    /// Whether a voice was confirmed in `kept`.
    open: bool,
    window: usize,
}

impl Segmenter {
    /// A segmenter at the start of a recording.
    pub fn new(vad: &config::VadConfig, pace: PauseLimit) -> Self {
        Self {
            gate: Gate::new(vad.clone()),
            pace,
            taken: 0,
            kept: VecDeque::new(),
            open: false,
            window: vad.start_window.max(1),
        }
    }

    /// Changes what counts as a voice and which pauses end a part, from the next frame on.
    pub fn set(&mut self, vad: &config::VadConfig, pace: PauseLimit) {
        self.gate = Gate::new(vad.clone());
        self.window = vad.start_window.max(1);
        self.pace = pace;
    }

    /// Drops the open part, and frames that may belong to the next.
    pub fn clear(&mut self) {
        self.gate.reset();
        self.kept.clear();
        self.open = false;
    }

    /// Takes a frame and its voice probability. Returns the part that ended with it.
    pub fn push(&mut self, sound: Box<[f32; FRAME]>, probability: f32) -> Option<VoicedSegment> {
        let voiced = self.gate.push(probability);
        self.kept.push_back(Judged { sound, probability, voiced });
        self.taken += 1;
        if !self.open {
            self.open = self.gate.confirmed();
            if !self.open {
                self.keep(MARGIN + self.window);
                return None;
            }
        }
        let silence = self.kept.iter().rev().take_while(|frame| !frame.voiced).count();
        if silence >= self.pace.patience(self.kept.len() - silence).max(1) {
            return self.cut(self.kept.len() - silence.saturating_sub(MARGIN));
        }
        if self.kept.len() >= LONGEST {
            return self.cut(self.least_voiced());
        }
        None
    }

    /// Frames of the open part, 0 if none is open.
    pub fn open_frames(&self) -> usize {
        if self.open { self.kept.len() } else { 0 }
    }

    /// Sample at which the first voice of the open part began; `None` if no part is open.
    pub fn open_since(&self) -> Option<u64> {
        let voiced = self.kept.iter().position(|frame| frame.voiced).filter(|_| self.open)?;
        Some(((self.taken - self.kept.len() + voiced) * FRAME) as u64)
    }

    /// The open part, as far as it has come.
    pub fn so_far(&self) -> Option<VoicedSegment> {
        let first = (self.taken - self.kept.len()) as u64;
        self.open.then(|| segment(first, self.kept.iter())).flatten()
    }

    /// Ends the open part here; the recording may go on.
    pub fn finish(&mut self) -> Option<VoicedSegment> {
        if !self.open {
            return None;
        }
        let silence = self.kept.iter().rev().take_while(|frame| !frame.voiced).count();
        self.cut(self.kept.len() - silence.saturating_sub(MARGIN))
    }

    /// Drops all but the newest `count` frames.
    fn keep(&mut self, count: usize) {
        let surplus = self.kept.len().saturating_sub(count);
        self.kept.drain(..surplus);
    }

    /// The place behind the least voiced of the newest frames, where a voice that does not pause is cut. Voiced frames
    /// behind it go on as the next part.
    fn least_voiced(&self) -> usize {
        let from = self.kept.len().saturating_sub(SEARCH);
        let newest = self.kept.range(from..).zip(from + 1..);
        let least = newest.min_by(|one, other| one.0.probability.total_cmp(&other.0.probability));
        least.map_or(self.kept.len(), |(_, place)| place)
    }

    /// Ends the open part before frame `end` of the kept ones.
    fn cut(&mut self, end: usize) -> Option<VoicedSegment> {
        let first = (self.taken - self.kept.len()) as u64;
        let part: Vec<Judged> = self.kept.drain(..end.min(self.kept.len())).collect();
        self.open = self.kept.iter().any(|frame| frame.voiced);
        if !self.open {
            self.keep(MARGIN + self.window);
        }
        segment(first, part.iter())
    }
}

/// The part of these `frames`, of which the first is frame number `first` of the recording; `None` if no voice is in
/// them.
fn segment<'a>(first: u64, frames: impl Iterator<Item = &'a Judged>) -> Option<VoicedSegment> {
    let sample = |frame: u64| (first + frame) * FRAME as u64;
    let (mut audio, mut voices) = (Vec::new(), Vec::<Range<u64>>::new());
    for (frame, judged) in (0..).zip(frames) {
        audio.extend_from_slice(&judged.sound[..]);
        match voices.last_mut() {
            _ if !judged.voiced => {}
            Some(voice) if voice.end == sample(frame) => voice.end = sample(frame + 1),
            _ => voices.push(sample(frame)..sample(frame + 1)),
        }
    }
    (!voices.is_empty()).then_some(VoicedSegment { start: sample(0), audio, voices })
}

/// Decibels below the loudest frame so far at which a frame counts as a pause, if no VAD is asked.
const PAUSE_DB: f32 = 35.0;

/// Cuts all of a recording, voice or not, into parts at pauses that the level shows.
pub struct WholeRecording {
    pace: PauseLimit,
    taken: u64,
    audio: Vec<f32>,
    quiet: usize,
    loudest: f32,
}

impl WholeRecording {
    /// A cutter at the start of a recording.
    pub fn new(pace: PauseLimit) -> Self {
        Self { pace, taken: 0, audio: Vec::new(), quiet: 0, loudest: f32::MIN }
    }

    /// Takes a frame of `level` decibels. Returns the part that ended with it.
    pub fn push(&mut self, sound: &[f32; FRAME], level: f32) -> Option<VoicedSegment> {
        self.audio.extend_from_slice(sound);
        self.taken += FRAME as u64;
        self.loudest = self.loudest.max(level);
        self.quiet = if level < self.loudest - PAUSE_DB { self.quiet + 1 } else { 0 };
        let length = self.audio.len() / FRAME;
        let (after, pause) = match self.pace {
            PauseLimit::Windows => (frames(20.0), 1),
            PauseLimit::Sentences | PauseLimit::Captions | PauseLimit::After(_) => (frames(1.0), frames(0.5)),
        };
        let paused = self.quiet >= pause && self.quiet < length; // after something was heard
        if length >= LONGEST || (length >= after && paused) { self.finish() } else { None }
    }

    /// The rest of the recording, if there is one.
    pub fn finish(&mut self) -> Option<VoicedSegment> {
        self.quiet = 0;
        let audio = std::mem::take(&mut self.audio);
        let start = self.taken - audio.len() as u64;
        let whole = start..self.taken;
        (!audio.is_empty()).then(|| VoicedSegment { start, audio, voices: vec![whole] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Splits a recording given as runs of (seconds, probability); its samples are the numbers of their frames.
    fn parts(pace: PauseLimit, runs: &[(f64, f32)]) -> Vec<VoicedSegment> {
        let mut segmenter = Segmenter::new(&config::VadConfig::default(), pace);
        let mut found = Vec::new();
        let probabilities = runs.iter().flat_map(|&(seconds, probability)| vec![probability; frames(seconds)]);
        for (number, probability) in (0_u16..).zip(probabilities) {
            found.extend(segmenter.push(Box::new([f32::from(number); FRAME]), probability));
        }
        found.extend(segmenter.finish());
        found
    }

    fn seconds(samples: u64) -> f64 {
        time(samples).as_secs_f64()
    }

    #[test]
    fn only_what_is_voiced_is_kept_with_a_margin() {
        let found = parts(PauseLimit::Windows, &[(5.0, 0.0), (2.0, 0.9), (6.0, 0.1), (1.0, 0.9), (3.0, 0.0)]);
        assert_eq!(found.len(), 2);
        for (part, (from, to)) in found.iter().zip([(4.99, 6.98), (12.96, 13.95)]) {
            let voice = &part.voices[0];
            assert_eq!(part.voices.len(), 1);
            assert!((seconds(voice.start) - from).abs() < 0.05, "{voice:?}");
            assert!((seconds(voice.end) - to).abs() < 0.05, "{voice:?}");
            assert!(part.start < voice.start && part.start + part.audio.len() as u64 > voice.end);
            assert!((part.voiced().as_secs_f64() - (to - from)).abs() < 0.05);
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let first = (part.start / FRAME as u64) as f32;
            assert!((part.audio[0] - first).abs() < 0.5, "the sound is where it says");
        }
    }

    #[test]
    fn silence_and_clicks_are_no_part() {
        assert_eq!(parts(PauseLimit::Windows, &[(60.0, 0.2)]), []);
        assert_eq!(parts(PauseLimit::Windows, &[(5.0, 0.0), (0.064, 0.99), (5.0, 0.0)]), []);
    }

    #[test]
    fn short_parts_wait_for_their_sentence_and_long_ones_end_at_the_next_pause() {
        let pause = (1.0, 0.0);
        assert_eq!(parts(PauseLimit::Windows, &[(2.0, 0.9), pause, (2.0, 0.9)]).len(), 1);
        assert_eq!(parts(PauseLimit::Windows, &[(2.0, 0.9), pause, pause, (2.0, 0.9)]).len(), 2);
        assert_eq!(parts(PauseLimit::Windows, &[(21.0, 0.9), pause, (2.0, 0.9)]).len(), 2);
        assert_eq!(parts(PauseLimit::Windows, &[(25.0, 0.9), (0.1, 0.0), (2.0, 0.9)]).len(), 2);
        assert_eq!(parts(PauseLimit::Sentences, &[(2.0, 0.9), pause, (2.0, 0.9)]).len(), 2);
    }

    #[test]
    fn a_voice_that_never_pauses_is_cut_where_it_is_weakest_and_nothing_is_lost() {
        let found = parts(PauseLimit::Windows, &[(27.0, 0.9), (0.1, 0.4), (40.0, 0.9)]);
        assert!(found.len() >= 3);
        assert!((seconds(found[0].audio.len() as u64) - 27.0).abs() < 0.2);
        for pair in found.windows(2) {
            assert_eq!(pair[0].start + pair[0].audio.len() as u64, pair[1].start, "part to part without a gap");
        }
        assert!(found.iter().all(|part| part.audio.len() <= LONGEST * FRAME));
        let all: usize = found.iter().map(|part| part.audio.len()).sum();
        assert_eq!(all, (frames(27.0) + frames(0.1) + frames(40.0)) * FRAME);
    }

    #[test]
    fn without_a_filter_every_sample_is_in_some_part() {
        let mut whole = WholeRecording::new(PauseLimit::Windows);
        let mut found = Vec::new();
        for frame in 0_u16..2_500 {
            let level = if frame % 400 == 399 { -60.0 } else { -10.0 };
            found.extend(whole.push(&[f32::from(frame); FRAME], level));
        }
        found.extend(whole.finish());
        let all: usize = found.iter().map(|part| part.audio.len()).sum();
        assert_eq!(all, 2_500 * FRAME);
        assert!(found.iter().all(|part| part.audio.len() <= LONGEST * FRAME));
        assert!(found.len() > 3);
    }
}
