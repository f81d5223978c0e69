//! The tap that a stream to a loudspeaker plays from, and the change from one stream to another without a click.
//!
//! Streams are numbered. The playing stream renders the line. A stream with a higher number waits, silent, for its
//! turn. Of the streams with lower numbers the last fades out, and the others are done.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rodio::{ChannelCount, SampleRate};

use super::line::OutputLine;
use super::reference::ReferenceWriter;

/// Samples taken from the line at a time: under 1 ms at any usual rate.
const BLOCK: usize = 32;
/// Time for a stream to fade out, and for the next to fade in, in milliseconds.
const FADE_MS: u32 = 5;
/// Longest wait of a stream for the fade of the one before, in milliseconds of its own sound: a few callbacks.
const PATIENCE_MS: u32 = 100;

/// State that streams share, the running one and any that is not quite gone.
pub(super) struct SharedTap {
    /// Only the playing stream renders it; no thread blocks on this lock.
    line: Mutex<TappedLine>,
    /// Number of the stream that plays.
    playing: AtomicU64,
    /// Number of the stream before it while that fades out, else 0.
    leaving: AtomicU64,
    /// Blocks that the playing stream has asked for so far.
    pub beats: AtomicU64,
    pub failed: AtomicBool,
}

/// The line, and the reference to which all that is taken from it is passed on.
struct TappedLine {
    line: OutputLine,
    reference: Option<ReferenceWriter>,
}

impl SharedTap {
    /// Nothing plays yet; streams are numbered from 1. What goes to the device also goes to `reference`.
    pub fn new(line: OutputLine, reference: Option<ReferenceWriter>) -> Arc<Self> {
        if let Some(reference) = &reference {
            reference.at(line.rate());
        }
        Arc::new(Self {
            line: Mutex::new(TappedLine { line, reference }),
            playing: AtomicU64::new(0),
            leaving: AtomicU64::new(0),
            beats: AtomicU64::new(0),
            failed: AtomicBool::new(false),
        })
    }

    /// Stream `number` plays from now on. Streams before it are done at once, or the last of them fades out if
    /// `softly`.
    pub fn play(&self, number: u64, softly: bool) {
        let before = self.playing.load(Ordering::Relaxed);
        self.leaving.store(if softly { before } else { 0 }, Ordering::Release);
        self.playing.store(number, Ordering::Release);
        self.failed.store(false, Ordering::Relaxed);
    }

    /// Stream `number` will play no more. Has no effect unless it is the one that plays.
    pub fn fail(&self, number: u64) {
        if self.playing.load(Ordering::Acquire) == number {
            self.failed.store(true, Ordering::Relaxed);
        }
    }

    /// Ends the wait for stream `number`. If another one fades out by now, the wait for that goes on.
    fn gone(&self, number: u64) {
        let _ = self.leaving.compare_exchange(number, 0, Ordering::AcqRel, Ordering::Acquire);
    }
}

/// The line as rodio wants it: the same sample for each channel.
pub(super) struct Tap {
    shared: Arc<SharedTap>,
    number: u64,
    channels: ChannelCount,
    rate: SampleRate,
    gain: f32,
    /// Blocks that it still waits for the previous stream.
    patience: usize,
    block: [f32; BLOCK],
    next: usize,
    channel: u16,
}

impl Tap {
    /// The tap of stream `number` on the line of `rate` hertz, for so many channels.
    pub fn new(shared: Arc<SharedTap>, number: u64, channels: ChannelCount, rate: u32) -> Self {
        let patience = usize::try_from(rate * PATIENCE_MS / 1_000).unwrap_or(0) / BLOCK;
        let rate = NonZero::new(rate).unwrap_or(NonZero::<u32>::MIN);
        Self { shared, number, channels, rate, gain: 0.0, patience, block: [0.0; BLOCK], next: BLOCK, channel: 0 }
    }

    /// The function to call when the sound system gives the stream up.
    pub fn failure(&self) -> impl Fn() + Send + 'static {
        let (shared, number) = (Arc::clone(&self.shared), self.number);
        move || shared.fail(number)
    }

    /// Renders the next block; `None` once another stream has taken over and this one has faded out.
    fn refill(&mut self) -> Option<()> {
        let playing = self.shared.playing.load(Ordering::Acquire);
        let leaving = self.shared.leaving.load(Ordering::Acquire);
        if playing > self.number && leaving != self.number {
            return None;
        }
        self.next = 0;
        if playing > self.number {
            self.leave();
            return Some(());
        }
        if playing < self.number {
            self.block.fill(0.0);
            return Some(());
        }
        self.shared.beats.fetch_add(1, Ordering::Relaxed);
        if leaving == 0 || leaving == self.number {
            // If another stream takes over between the two loads, the next block fades.
            self.render(1.0);
        } else if self.patience == 0 {
            // Do not wait any longer for a stream that did not fade in time.
            self.shared.gone(leaving);
            self.render(1.0);
        } else {
            self.patience -= 1;
            self.block.fill(0.0);
        }
        Some(())
    }

    /// Renders one more block of the fade-out; after the last the next stream may begin.
    fn leave(&mut self) {
        self.render(0.0);
        if self.gain <= 0.0 {
            self.shared.gone(self.number);
        }
    }

    /// Takes a block from the line while the level moves to `target`. Only a stream that is just being replaced can
    /// hold the lock; then this block is silent.
    fn render(&mut self, target: f32) {
        let mut tapped = self.shared.line.try_lock().ok();
        match &mut tapped {
            Some(tapped) => tapped.line.render(&mut self.block),
            None => self.block.fill(0.0),
        }
        #[allow(clippy::cast_precision_loss)] // at most 960
        let step = 1.0 / (self.rate.get() * FADE_MS / 1_000).max(1) as f32;
        for sample in &mut self.block {
            self.gain =
                if self.gain < target { (self.gain + step).min(target) } else { (self.gain - step).max(target) };
            *sample *= self.gain;
        }
        if let Some(reference) = tapped.as_mut().and_then(|tapped| tapped.reference.as_mut()) {
            reference.push(&self.block);
        }
    }
}

impl Iterator for Tap {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.next == BLOCK {
            self.refill()?;
        }
        let sample = self.block[self.next];
        self.channel += 1;
        if self.channel == self.channels.get() {
            self.channel = 0;
            self.next += 1;
        }
        Some(sample)
    }
}

impl rodio::Source for Tap {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> ChannelCount {
        self.channels
    }

    fn sample_rate(&self) -> SampleRate {
        self.rate
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::deck::{Clip, Deck, deck};

    const RATE: u32 = 16_000;

    /// A deck that plays a constant for a second, and the state that streams on its line share.
    fn speaking() -> (Deck, Arc<SharedTap>) {
        let (mut deck, line) = deck(RATE, 10);
        let samples = vec![0.5; RATE as usize];
        deck.queue(Clip { turn: 1, clause: 0, samples, length: RATE.into(), source_rate: RATE, begin: 0, last: true });
        (deck, SharedTap::new(line, None))
    }

    fn tap(shared: &Arc<SharedTap>, number: u64) -> Tap {
        Tap::new(Arc::clone(shared), number, NonZero::new(1).unwrap(), RATE)
    }

    fn take(tap: &mut Tap, blocks: usize) -> Vec<f32> {
        tap.take(blocks * BLOCK).collect()
    }

    fn steepest(samples: &[f32]) -> f32 {
        samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn one_stream_fades_out_before_the_next_fades_in_and_nothing_is_lost() {
        let (mut deck, shared) = speaking();
        let (mut old, mut new) = (tap(&shared, 1), tap(&shared, 2));
        shared.play(1, false);
        let mut first = take(&mut old, 20);
        assert!(take(&mut new, 5).iter().all(|&sample| sample == 0.0), "its turn has not come");
        shared.play(2, true);
        assert!(take(&mut new, 3).iter().all(|&sample| sample == 0.0), "it waits for the fade");
        first.extend(take(&mut old, 20));
        assert_eq!(old.next(), None);
        let second = take(&mut new, 10);
        for sound in [&first, &second] {
            assert!(steepest(sound) < 0.02, "a click of {}", steepest(sound));
        }
        assert_eq!((first.last(), second.last()), (Some(&0.0), Some(&0.5)));
        deck.pump();
        let heard = deck.progress().last().unwrap().samples;
        let sounded = first.len() + second.len();
        assert_eq!(heard, sounded as u64, "each sample of the line went to one of the two");
    }

    #[test]
    fn a_stream_that_does_not_fade_is_not_waited_for() {
        let (_deck, shared) = speaking();
        let (mut stuck, mut new) = (tap(&shared, 1), tap(&shared, 2));
        shared.play(1, false);
        take(&mut stuck, 20);
        shared.play(2, true);
        let waited = (RATE * PATIENCE_MS / 1_000) as usize / BLOCK;
        assert!(take(&mut new, waited).iter().all(|&sample| sample == 0.0));
        assert!(take(&mut new, 5).iter().any(|&sample| sample > 0.1));
        assert!(stuck.next().is_none(), "and plays nothing when it comes back");
    }

    #[test]
    fn a_stream_that_sees_half_of_the_change_plays_on_until_it_fades() {
        let (_deck, shared) = speaking();
        let mut old = tap(&shared, 1);
        shared.play(1, false);
        let mut sound = take(&mut old, 20);
        // Do the first half of `play`, as the old stream may see it.
        shared.leaving.store(1, Ordering::Release);
        sound.extend(take(&mut old, 1));
        assert_eq!(shared.leaving.load(Ordering::Acquire), 1);
        shared.play(2, true);
        sound.extend(take(&mut old, 20));
        assert!(steepest(&sound) < 0.02, "a click of {}", steepest(&sound));
        assert_eq!((sound.last(), old.next()), (Some(&0.0), None));
    }

    #[test]
    fn a_stream_that_is_gone_ends_no_other_ones_fade() {
        let (_deck, shared) = speaking();
        shared.leaving.store(2, Ordering::Release);
        shared.gone(1);
        assert_eq!(shared.leaving.load(Ordering::Acquire), 2);
        shared.gone(2);
        assert_eq!(shared.leaving.load(Ordering::Acquire), 0);
    }

    #[test]
    fn all_that_two_streams_play_goes_to_the_reference_once() {
        let (mut deck, line) = deck(RATE, 10);
        let samples = vec![0.5; RATE as usize];
        deck.queue(Clip { turn: 1, clause: 0, samples, length: RATE.into(), source_rate: RATE, begin: 0, last: true });
        let (writer, mut reader) = crate::device::reference::reference();
        let shared = SharedTap::new(line, Some(writer));
        let (mut old, mut new) = (tap(&shared, 1), tap(&shared, 2));
        shared.play(1, false);
        let mut played = take(&mut old, 20);
        shared.play(2, true);
        played.extend(take(&mut old, 20));
        played.extend(take(&mut new, 10));
        assert_eq!(reader.read(), played);
    }

    #[test]
    fn a_lost_stream_is_done_at_once() {
        let (_deck, shared) = speaking();
        let mut lost = tap(&shared, 1);
        shared.play(1, false);
        take(&mut lost, 2);
        shared.play(2, false);
        assert!(lost.next().is_none());
    }
}
