//! The deck, the non-real-time half of playback: the order of the clips, how far each was heard, and what must never be
//! heard.
//!
//! A [`Deck`] keeps the clips of a reply and feeds them to its [`OutputLine`] a little ahead of time. Clips of a turn
//! are kept until a newer turn begins or the turn is cancelled, so that a reply can go on from the beginning of a
//! clause. A deck has no thread and no clock: time passes when the line is rendered.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use ringbuf::traits::{Producer, Split};
use ringbuf::{HeapProd, HeapRb};

use super::line::{Controls, OutputLine};
use super::loudness::Loudness;
use crate::message::Timing;
use crate::signal::resample::resample;

/// How far ahead of the listener the line is fed, in milliseconds: a playback thread may sleep through a few
/// rounds of 20 ms on a loaded machine.
const LEAD_MS: u64 = 300;

/// The sound of one clause, or of a piece of it, at its deck's rate.
#[derive(Clone, Debug)]
pub struct Clip {
    /// The reply's turn.
    pub turn: u64,
    /// Index of the clause in the reply.
    pub clause: usize,
    /// Mono, -1..=1, at the deck's rate.
    pub samples: Vec<f32>,
    /// Length before conversion, in samples at `source_rate`.
    pub length: u64,
    /// The clause's own rate, in hertz.
    pub source_rate: u32,
    /// Samples of the clause before this piece, at `source_rate`.
    pub begin: u64,
    /// Whether the clause ends with it.
    pub last: bool,
}

impl Clip {
    /// A clip of a whole clause that was synthesised as `samples` with `timing`, for a deck of `rate` hertz.
    #[must_use]
    pub fn new(turn: u64, clause: usize, samples: &[f32], timing: &Timing, rate: u32) -> Self {
        let length = samples.len() as u64;
        Self {
            turn,
            clause,
            samples: resample(samples, timing.rate, rate),
            length,
            source_rate: timing.rate,
            begin: 0,
            last: true,
        }
    }
}

/// How far a clause has been heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayedProgress {
    /// The reply's turn.
    pub turn: u64,
    /// Index of the clause.
    pub clause: usize,
    /// Samples heard since the clause's beginning, at the clause's own rate.
    pub samples: u64,
    /// Whether it was heard to its end.
    pub done: bool,
    /// Whether this is the first report of it since it was queued or resumed.
    pub started: bool,
}

/// The place of a clip in the stream of samples that the line counts.
#[derive(Debug)]
struct ClipSegment {
    turn: u64,
    clause: usize,
    start: u64,
    end: u64,
    /// Whether the line has the clip's last sample.
    whole: bool,
    length: u64,
    source_rate: u32,
    /// Samples of the clause before it, and whether the clause ends with it.
    begin: u64,
    last: bool,
    started: bool,
    reported: u64,
}

/// The bookkeeping end of a line.
pub struct Deck {
    samples: HeapProd<f32>,
    controls: Arc<Controls>,
    rate: u32,
    clips: VecDeque<Clip>,
    /// The clip that is fed next, and how many of its samples the line has.
    cursor: usize,
    offset: usize,
    segments: VecDeque<ClipSegment>,
    /// Progress that [`Deck::progress`] has not returned yet.
    news: Vec<PlayedProgress>,
    pushed: u64,
    /// The turn that sounded at the cut, while that cut holds playback.
    held: Option<u64>,
    /// Turns below this one are cancelled.
    live: u64,
}

/// A deck and its line, at `rate` hertz; a cut fades out within `fade_ms`, 1 to 10.
#[must_use]
pub fn deck(rate: u32, fade_ms: u32) -> (Deck, OutputLine) {
    let rate = rate.max(1);
    let capacity = usize::try_from(u64::from(rate) * 2 * LEAD_MS / 1_000).unwrap_or(usize::MAX).max(1);
    let (samples, ring) = HeapRb::new(capacity).split();
    let controls = Arc::new(Controls::new());
    let line = OutputLine::new(ring, Arc::clone(&controls), rate, fade_ms);
    let deck = Deck {
        samples,
        controls,
        rate,
        clips: VecDeque::new(),
        cursor: 0,
        offset: 0,
        segments: VecDeque::new(),
        news: Vec::new(),
        pushed: 0,
        held: None,
        live: 0,
    };
    (deck, line)
}

impl Deck {
    /// Rate of the line, in hertz.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Puts a clip at the end of the queue, unless its turn is cancelled. The first clip of a newer turn drops older
    /// clips that were heard.
    pub fn queue(&mut self, clip: Clip) {
        if clip.turn < self.live {
            return;
        }
        while self.cursor > 0 && self.clips.front().is_some_and(|first| first.turn < clip.turn && self.heard(first)) {
            self.clips.pop_front();
            self.cursor -= 1;
        }
        self.clips.push_back(clip);
        self.pump();
    }

    /// Brings playback to `level` (0..=1) within 10 ms. No sample is lost.
    pub fn duck(&mut self, level: f32) {
        let level = if level.is_finite() { level.clamp(0.0, 1.0) } else { 1.0 };
        self.controls.level.store(level.to_bits(), Ordering::Relaxed);
    }

    /// Fades out and holds playback until [`Deck::resume`] or [`Deck::cancel`]. The next [`Deck::progress`] after the
    /// fade returns where the voice fell silent.
    pub fn cut(&mut self) {
        self.stop();
        self.rewind();
        let sounding = self.clips.get(self.cursor).or(self.clips.back());
        self.held = Some(sounding.map_or(self.live, |clip| clip.turn));
    }

    /// Plays on from the beginning of a clause (or the first one after it that is queued), at full level.
    pub fn resume(&mut self, turn: u64, clause: usize) {
        self.stop();
        self.held = None;
        let first = self.clips.iter().position(|clip| (clip.turn, clip.clause) >= (turn, clause));
        self.cursor = first.unwrap_or(self.clips.len());
        self.offset = 0;
        self.duck(1.0);
        self.pump();
    }

    /// Fades out and forgets every turn below `turn`. Newer ones play at full level.
    pub fn cancel(&mut self, turn: u64) {
        self.live = self.live.max(turn);
        if self.unheard().is_some_and(|segment| segment.turn < turn) {
            self.stop();
            self.rewind();
        }
        self.cursor = self.clips.iter().take(self.cursor).filter(|clip| clip.turn >= turn).count();
        self.clips.retain(|clip| clip.turn >= turn);
        if self.held.is_some_and(|held| held < turn) {
            self.held = None;
            self.duck(1.0);
        }
        self.pump();
    }

    /// Feeds the line; to be called every 20 ms or oftener while [`Deck::idle`] is false.
    pub fn pump(&mut self) {
        if self.held.is_none() && self.stopped() {
            if self.stop_ahead() {
                self.settle();
            }
            let lead = u64::from(self.rate) * LEAD_MS / 1_000;
            let mut room = lead.saturating_sub(self.pushed - self.position());
            while room > 0 && self.cursor < self.clips.len() {
                room -= self.feed(usize::try_from(room).unwrap_or(usize::MAX));
            }
        }
        self.controls.more.store(self.waiting(), Ordering::Relaxed);
    }

    /// The progress since the last call, in order.
    pub fn progress(&mut self) -> Vec<PlayedProgress> {
        self.settle();
        std::mem::take(&mut self.news)
    }

    /// Whether nothing sounds and nothing will without a further operation, and all progress has been returned.
    #[must_use]
    pub fn idle(&self) -> bool {
        !self.waiting() && self.stopped() && self.segments.is_empty() && self.news.is_empty()
    }

    /// Whether playback is held by a cut.
    #[must_use]
    pub fn held(&self) -> bool {
        self.held.is_some()
    }

    /// Whether the line gives silence.
    #[must_use]
    pub fn silent(&self) -> bool {
        self.controls.silent.load(Ordering::Relaxed)
    }

    /// The loudness of the line.
    #[must_use]
    pub fn loudness(&self) -> Loudness {
        self.controls.loudness.clone()
    }

    /// Times that the line ran dry in the middle of a reply's sound.
    #[must_use]
    pub fn underruns(&self) -> u64 {
        self.controls.underruns.load(Ordering::Relaxed)
    }
}

/// Positions in the stream.
impl Deck {
    fn position(&self) -> u64 {
        self.controls.position.load(Ordering::Acquire)
    }

    /// Whether the line has yet to be given samples.
    fn waiting(&self) -> bool {
        self.held.is_none() && self.cursor < self.clips.len()
    }

    /// Makes all samples in the line stale.
    fn stop(&mut self) {
        if !self.segments.is_empty() {
            self.controls.stop_below.store(self.pushed, Ordering::Release);
        }
    }

    /// Whether the line has carried out the last stop.
    fn stopped(&self) -> bool {
        self.controls.stopped_below.load(Ordering::Acquire) >= self.controls.stop_below.load(Ordering::Relaxed)
    }

    /// Whether segments from before the last stop are still to be reported.
    fn stop_ahead(&self) -> bool {
        let stop_below = self.controls.stop_below.load(Ordering::Relaxed);
        self.segments.front().is_some_and(|segment| segment.start < stop_below)
    }

    /// Records what the line has played. The position is read before the stop: a stop in between then explains the
    /// position, never the other way round.
    fn settle(&mut self) {
        let position = self.position();
        let stopped = self.stopped();
        let cut_short = stopped && self.stop_ahead();
        let heard = if cut_short { self.controls.stopped_at.load(Ordering::Relaxed) } else { position };
        self.news.extend(self.segments.iter_mut().filter_map(|segment| segment.tell(heard, self.rate)));
        let stale_below = if stopped { self.controls.stop_below.load(Ordering::Relaxed) } else { 0 };
        self.segments.retain(|segment| segment.start >= stale_below && !(segment.whole && segment.end <= heard));
    }

    /// Whether the line has nothing of a clip left to play.
    fn heard(&self, clip: &Clip) -> bool {
        !self.segments.iter().any(|segment| (segment.turn, segment.clause) == (clip.turn, clip.clause))
    }

    /// The first clip that the line was given and has not played to its end.
    fn unheard(&self) -> Option<&ClipSegment> {
        let position = self.position();
        self.segments.iter().find(|segment| segment.end > position || !segment.whole)
    }

    /// Goes back to the beginning of the first clip that was not heard to its end.
    fn rewind(&mut self) {
        let Some((turn, clause)) = self.unheard().map(|segment| (segment.turn, segment.clause)) else { return };
        if let Some(first) = self.clips.iter().position(|clip| (clip.turn, clip.clause) == (turn, clause)) {
            (self.cursor, self.offset) = (first, 0);
        }
    }

    /// Gives the line up to `room` samples of the clip under the cursor; returns how many.
    fn feed(&mut self, room: usize) -> u64 {
        let Some(clip) = self.clips.get(self.cursor) else { return 0 };
        if self.offset == 0 {
            self.segments.push_back(ClipSegment::new(clip, self.pushed));
        }
        let end = clip.samples.len().min(self.offset.saturating_add(room));
        let fed = self.samples.push_slice(&clip.samples[self.offset..end]);
        self.offset += fed;
        self.pushed += fed as u64;
        let whole = self.offset == clip.samples.len();
        if let Some(segment) = self.segments.back_mut() {
            segment.end = self.pushed;
            segment.whole = whole;
        }
        if whole {
            (self.cursor, self.offset) = (self.cursor + 1, 0);
        }
        fed as u64
    }
}

impl ClipSegment {
    fn new(clip: &Clip, start: u64) -> Self {
        Self {
            turn: clip.turn,
            clause: clip.clause,
            start,
            end: start,
            whole: false,
            length: clip.length,
            source_rate: clip.source_rate,
            begin: clip.begin,
            last: clip.last,
            started: false,
            reported: 0,
        }
    }

    /// The new progress of this clip when all samples before `heard` have sounded.
    fn tell(&mut self, heard: u64, rate: u32) -> Option<PlayedProgress> {
        let done = self.whole && heard >= self.end;
        if heard <= self.start && !done {
            return None;
        }
        let sounded = heard.min(self.end) - self.start;
        let samples = (sounded * u64::from(self.source_rate) / u64::from(rate)).min(self.length);
        let samples = if done { self.length } else { samples };
        let started = !self.started;
        if !started && !done && samples == self.reported {
            return None;
        }
        (self.started, self.reported) = (true, samples);
        let (samples, done, started) = (self.begin + samples, done && self.last, started && self.begin == 0);
        Some(PlayedProgress { turn: self.turn, clause: self.clause, samples, done, started })
    }
}
