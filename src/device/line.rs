//! The output line, the real-time half of playback, which runs inside the audio callback.
//!
//! An [`OutputLine`] takes mono samples from a ring and shapes them by two settings that its deck leaves in atomics: a
//! level and a place to stop at. It never allocates, locks or logs. Every sample of the ring has a number, counted
//! since the line was made, and the line publishes the number of the next sample.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use ringbuf::HeapCons;
use ringbuf::traits::Consumer;

use super::loudness::Loudness;

/// Time for the level to reach a new value, in milliseconds.
const DUCK_MS: u32 = 10;
/// Fade-in after a stop or a gap, in milliseconds.
const RISE_MS: u32 = 5;
/// Fade-out of the last value when the ring runs dry, in milliseconds.
const TAIL_MS: u32 = 2;

/// State that the deck and the line share.
#[derive(Debug)]
pub(super) struct Controls {
    /// Wanted level, as the bits of an `f32` in 0..=1.
    pub level: AtomicU32,
    /// Samples below this number must not be heard: fade out, then drop them.
    pub stop_below: AtomicU64,
    /// Whether the deck has more to give, so that an empty ring is a fault.
    pub more: AtomicBool,
    /// Number of the sample that comes next.
    pub position: AtomicU64,
    /// The `stop_below` that was last carried out.
    pub stopped_below: AtomicU64,
    /// Number of the first sample that was not heard because of that stop.
    pub stopped_at: AtomicU64,
    /// Times that the ring ran dry in the middle of a clip.
    pub underruns: AtomicU64,
    /// Whether the line gives silence.
    pub silent: AtomicBool,
    /// Loudness of the line.
    pub loudness: Loudness,
}

impl Controls {
    /// Full level, nothing played.
    pub fn new() -> Self {
        Self {
            level: AtomicU32::new(1.0f32.to_bits()),
            stop_below: AtomicU64::new(0),
            more: AtomicBool::new(false),
            position: AtomicU64::new(0),
            stopped_below: AtomicU64::new(0),
            stopped_at: AtomicU64::new(0),
            underruns: AtomicU64::new(0),
            silent: AtomicBool::new(true),
            loudness: Loudness::default(),
        }
    }
}

/// The output end of a deck. Its renderer sets the clock: an audio callback or a replay.
pub struct OutputLine {
    samples: HeapCons<f32>,
    controls: Arc<Controls>,
    rate: u32,
    fade_ms: u32,
    position: u64,
    gain: f32,
    /// Target of the gain, and its change per sample.
    target: f32,
    step: f32,
    stopping: bool,
    /// The last value given, for a soft end when the ring runs dry.
    last: f32,
    tail_step: f32,
    starved: bool,
}

impl OutputLine {
    /// A line at `rate` hertz that fades out within `fade_ms` (1 to 10 ms) when stopped.
    pub(super) fn new(samples: HeapCons<f32>, controls: Arc<Controls>, rate: u32, fade_ms: u32) -> Self {
        Self {
            samples,
            controls,
            rate,
            fade_ms: fade_ms.clamp(1, 10),
            position: 0,
            gain: 1.0,
            target: 1.0,
            step: 0.0,
            stopping: false,
            last: 0.0,
            tail_step: 0.0,
            starved: true,
        }
    }

    /// Sample rate in hertz.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Fills `output` with the next samples, mono, -1..=1.
    pub fn render(&mut self, output: &mut [f32]) {
        for sample in &mut *output {
            *sample = self.next_sample();
        }
        self.controls.loudness.add(output);
    }

    /// The next sample; silence when there is none.
    pub fn next_sample(&mut self) -> f32 {
        let stop_below = self.controls.stop_below.load(Ordering::Acquire);
        if stop_below > self.controls.stopped_below.load(Ordering::Relaxed) {
            return self.next_of_fade(stop_below);
        }
        let level = f32::from_bits(self.controls.level.load(Ordering::Relaxed));
        if (level - self.target).abs() > f32::EPSILON {
            self.aim(level, DUCK_MS);
        }
        match self.samples.try_pop() {
            Some(sample) => self.give(sample),
            None => self.starve(),
        }
    }

    /// The next sample of a fade-out. The stop is carried out when the gain has reached zero, or after the last sample.
    fn next_of_fade(&mut self, stop_below: u64) -> f32 {
        if !self.stopping {
            self.stopping = true;
            self.aim(0.0, self.fade_ms);
        }
        let sounding = !self.starved && self.gain > 0.0;
        if sounding
            && self.position < stop_below
            && let Some(sample) = self.samples.try_pop()
        {
            return self.give(sample);
        }
        self.stop(stop_below);
        0.0
    }

    /// Drops stale samples and publishes where silence began, in this order: a reader of the new position then also
    /// sees the stop that explains it.
    fn stop(&mut self, stop_below: u64) {
        self.controls.stopped_at.store(self.position, Ordering::Relaxed);
        self.controls.stopped_below.store(stop_below, Ordering::Release);
        let stale = usize::try_from(stop_below.saturating_sub(self.position)).unwrap_or(usize::MAX);
        self.position += self.samples.skip(stale) as u64;
        self.controls.position.store(self.position, Ordering::Release);
        self.controls.silent.store(true, Ordering::Relaxed);
        self.stopping = false;
        (self.gain, self.target, self.last, self.starved) = (0.0, 0.0, 0.0, true);
    }

    fn give(&mut self, sample: f32) -> f32 {
        if self.starved {
            self.starved = false;
            self.controls.silent.store(false, Ordering::Relaxed);
            if self.gain < self.target {
                self.aim(self.target, RISE_MS);
            }
        }
        self.position += 1;
        self.controls.position.store(self.position, Ordering::Release);
        self.glide();
        self.last = sample * self.gain;
        self.last
    }

    /// The next sample of a soft end, because the ring is empty.
    fn starve(&mut self) -> f32 {
        if !self.starved {
            self.starved = true;
            self.tail_step = self.last.abs() / self.frames(TAIL_MS);
            if self.controls.more.load(Ordering::Relaxed) {
                self.controls.underruns.fetch_add(1, Ordering::Relaxed);
                self.gain = 0.0;
            }
        }
        self.last =
            if self.last.abs() <= self.tail_step { 0.0 } else { self.last - self.tail_step * self.last.signum() };
        self.controls.silent.store(self.last == 0.0, Ordering::Relaxed);
        self.last
    }

    /// Sends the gain to `target` within `ms`.
    fn aim(&mut self, target: f32, ms: u32) {
        self.target = target;
        self.step = (target - self.gain).abs() / self.frames(ms);
    }

    fn glide(&mut self) {
        let left = self.target - self.gain;
        self.gain = if left.abs() <= self.step { self.target } else { self.gain + self.step * left.signum() };
    }

    /// Samples in `ms` milliseconds, at least one.
    #[allow(clippy::cast_precision_loss)] // at most 7,680
    fn frames(&self, ms: u32) -> f32 {
        (self.rate * ms / 1_000).max(1) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringbuf::HeapRb;
    use ringbuf::traits::{Producer, Split};

    /// A line at 1 kHz (a sample a millisecond) whose ring holds `samples`.
    fn line(samples: &[f32]) -> (OutputLine, Arc<Controls>, ringbuf::HeapProd<f32>) {
        let (mut producer, ring) = HeapRb::new(1_000).split();
        producer.push_slice(samples);
        let controls = Arc::new(Controls::new());
        (OutputLine::new(ring, Arc::clone(&controls), 1_000, 10), controls, producer)
    }

    fn rendered(line: &mut OutputLine, samples: usize) -> Vec<f32> {
        let mut output = vec![9.0; samples];
        line.render(&mut output);
        output
    }

    #[test]
    fn at_full_level_samples_pass_unchanged_and_are_counted() {
        let (mut line, controls, _ring) = line(&[0.5, -0.25, 0.0]);
        assert_eq!(rendered(&mut line, 5), [0.5, -0.25, 0.0, 0.0, 0.0]);
        assert_eq!(controls.position.load(Ordering::Relaxed), 3);
        assert_eq!(controls.underruns.load(Ordering::Relaxed), 0);
        assert!(controls.silent.load(Ordering::Relaxed));
    }

    #[test]
    fn a_new_level_is_reached_within_ten_milliseconds_without_a_jump() {
        let (mut line, controls, _ring) = line(&[1.0; 100]);
        rendered(&mut line, 1);
        controls.level.store(0.2f32.to_bits(), Ordering::Relaxed);
        let output = rendered(&mut line, 12);
        assert!((output[9] - 0.2).abs() < 1e-6, "{output:?}");
        assert!(output.windows(2).all(|pair| pair[0] - pair[1] < 0.081), "{output:?}");
    }

    #[test]
    fn a_stop_fades_within_its_time_drops_the_rest_and_says_where() {
        let (mut line, controls, mut ring) = line(&[1.0; 100]);
        rendered(&mut line, 5);
        controls.stop_below.store(100, Ordering::Release);
        let output = rendered(&mut line, 20);
        assert!(output.windows(2).all(|pair| pair[0] >= pair[1]), "the fade only falls: {output:?}");
        assert!(output[..9].iter().all(|&sample| sample > 0.0) && output[10..].iter().all(|&sample| sample == 0.0));
        assert_eq!(controls.stopped_at.load(Ordering::Relaxed), 15);
        assert_eq!(controls.position.load(Ordering::Relaxed), 100);
        ring.push_slice(&[0.5; 20]);
        let output = rendered(&mut line, 10);
        assert!(output[0] < 0.2 && (output[5] - 0.5).abs() < 1e-6, "what is new fades in: {output:?}");
    }

    #[test]
    fn a_stop_plays_nothing_of_what_comes_after_the_stale_samples() {
        let (mut line, controls, mut ring) = line(&[1.0; 7]);
        rendered(&mut line, 4);
        controls.stop_below.store(7, Ordering::Release);
        ring.push_slice(&[-1.0; 50]);
        let output = rendered(&mut line, 4);
        assert!(output.iter().all(|&sample| sample >= 0.0), "{output:?}");
        assert_eq!(controls.stopped_at.load(Ordering::Relaxed), 7);
        assert!(rendered(&mut line, 6).iter().all(|&sample| sample < 0.0), "then the new samples play");
    }

    #[test]
    fn running_dry_is_counted_once_and_ends_softly() {
        let (mut line, controls, mut ring) = line(&[1.0; 3]);
        controls.more.store(true, Ordering::Relaxed);
        let output = rendered(&mut line, 8);
        assert_eq!(output, [1.0, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(controls.underruns.load(Ordering::Relaxed), 1);
        ring.push_slice(&[1.0; 10]);
        let output = rendered(&mut line, 10);
        assert!(output[0] < 0.5 && (output[6] - 1.0).abs() < 1e-6, "{output:?}");
    }
}
