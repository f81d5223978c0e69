//! The loudspeaker: a rodio stream that plays a [`Line`].
//!
//! The line outlives the stream: when a device is lost, the next one takes the line over where it stood.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cpal::traits::DeviceTrait;
use rodio::{ChannelCount, DeviceSinkBuilder, MixerDeviceSink, SampleRate};

use super::DeviceError;
use super::capture::{fatal, small_buffer};
use super::deck::{Deck, deck};
use super::find::{Direction, Finder};
use super::line::Line;
use crate::config::Audio;

/// Samples taken from the line at a time: under 1 ms at any usual rate.
const BLOCK: usize = 32;
/// Callbacks a second that are asked of the device: 10 ms each, for a cut to be heard at once.
const BLOCKS_PER_SECOND: u32 = 100;
/// Silence of the callback after which the device counts as lost.
const STALL: Duration = Duration::from_secs(1);
/// Time that a device is given for its first call.
const WARM_UP: Duration = Duration::from_secs(2);
/// Time between tries to open a lost device again.
const RETRY: Duration = Duration::from_millis(250);
/// Time between looks for the device of choice while another one stands in.
const LOOK: Duration = Duration::from_secs(2);

/// What streams share, the running one and any that is not quite gone.
struct Shared {
    /// Only the stream of the newest generation plays; nobody waits for this lock.
    line: Mutex<Line>,
    generation: AtomicU64,
    /// Blocks rendered so far.
    beats: AtomicU64,
    failed: AtomicBool,
}

/// A loudspeaker.
pub struct Playback {
    spec: String,
    finder: Finder,
    shared: Arc<Shared>,
    sink: Option<MixerDeviceSink>,
    name: String,
    rate: u32,
    stand_in: bool,
    next_try: Instant,
    beats: u64,
    alive: Instant,
}

impl Playback {
    /// Opens the configured loudspeaker, or the system's default, and a deck at its rate. A cut fades out within
    /// `fade_ms`, 1 to 10.
    ///
    /// # Errors
    /// When there is none, or none that answers to the name.
    pub fn open(audio: &Audio, fade_ms: u32) -> Result<(Self, Deck), DeviceError> {
        let mut finder = Finder::default();
        let (device, name) = finder.find(Direction::Output, &audio.output)?;
        let preferred = device.default_output_config();
        let preferred =
            preferred.map_err(|error| Direction::Output.none(format!("\"{name}\" cannot be used ({error})")))?;
        let (deck, line) = deck(preferred.sample_rate(), fade_ms);
        let rate = line.rate();
        let shared = Arc::new(Shared {
            line: Mutex::new(line),
            generation: AtomicU64::new(0),
            beats: AtomicU64::new(0),
            failed: AtomicBool::new(false),
        });
        let now = Instant::now();
        let spec = audio.output.clone();
        let mut playback =
            Self { spec, finder, shared, sink: None, name, rate, stand_in: false, next_try: now, beats: 0, alive: now };
        playback.connect(&device).map_err(|reason| Direction::Output.none(reason))?;
        Ok((playback, deck))
    }

    /// Rate of the deck, in hertz.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Name of the loudspeaker.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sees to it that the line is played: opens a lost device again or takes the default one. Returns what a person
    /// should know. To be called a few times a second; it reads the time from the machine.
    pub fn tend(&mut self) -> Option<String> {
        let now = Instant::now();
        if self.sink.is_some() && self.lost(now) {
            self.shared.generation.fetch_add(1, Ordering::AcqRel);
            super::dispose(self.sink.take());
            self.next_try = now;
            return Some(format!("loudspeaker \"{}\" is lost; the reply goes on as soon as there is one", self.name));
        }
        if now < self.next_try || (self.sink.is_some() && !self.stand_in) {
            return None;
        }
        let notice = if self.sink.is_none() { self.reopen() } else { self.go_home() };
        self.next_try = now + if self.sink.is_some() { LOOK } else { RETRY };
        notice
    }

    /// Whether the stream has failed or fallen silent.
    fn lost(&mut self, now: Instant) -> bool {
        let beats = self.shared.beats.load(Ordering::Relaxed);
        if beats != self.beats {
            (self.beats, self.alive) = (beats, now);
        }
        self.shared.failed.load(Ordering::Relaxed) || now.duration_since(self.alive) > STALL
    }

    fn reopen(&mut self) -> Option<String> {
        let chosen = self.finder.find(Direction::Output, &self.spec);
        self.stand_in = chosen.is_err();
        let (device, name) = chosen.or_else(|_| self.finder.find(Direction::Output, "")).ok()?;
        self.change_to(&device, name)
    }

    /// Goes back from a stand-in to the device of choice when that is there again.
    fn go_home(&mut self) -> Option<String> {
        let (device, name) = self.finder.find(Direction::Output, &self.spec).ok()?;
        self.stand_in = false;
        self.change_to(&device, name)
    }

    fn change_to(&mut self, device: &cpal::Device, name: String) -> Option<String> {
        self.name = name;
        match self.connect(device) {
            Ok(()) => Some(format!("speaking through \"{}\"", self.name)),
            Err(reason) => {
                tracing::debug!(%reason, "no loudspeaker yet");
                None
            }
        }
    }

    /// Starts a stream that plays the line, in place of any before it. The error is a reason to be put into a sentence.
    fn connect(&mut self, device: &cpal::Device) -> Result<(), String> {
        let generation = self.shared.generation.fetch_add(1, Ordering::AcqRel) + 1;
        super::dispose(self.sink.take());
        self.shared.failed.store(false, Ordering::Relaxed);
        let mut sink =
            self.stream(device, generation).map_err(|error| format!("\"{}\" cannot be opened ({error})", self.name))?;
        sink.log_on_drop(false);
        let channels = sink.config().channel_count();
        sink.mixer().add(Tap::new(Arc::clone(&self.shared), generation, channels, self.rate));
        self.sink = Some(sink);
        self.alive = Instant::now() + WARM_UP;
        Ok(())
    }

    /// A stream at the line's rate with a small buffer if the device allows it, else as the device likes it.
    fn stream(&self, device: &cpal::Device, generation: u64) -> Result<MixerDeviceSink, String> {
        let config = device.default_output_config().map_err(|error| error.to_string())?;
        let fail = {
            let shared = Arc::clone(&self.shared);
            move |error: cpal::Error| {
                if fatal(&error) && shared.generation.load(Ordering::Acquire) == generation {
                    shared.failed.store(true, Ordering::Relaxed);
                }
            }
        };
        let builder = || DeviceSinkBuilder::default().with_device(device.clone()).with_supported_config(&config);
        let small =
            builder().with_buffer_size(small_buffer(&config, BLOCKS_PER_SECOND)).with_error_callback(fail.clone());
        let own_rate = match NonZero::new(self.rate) {
            Some(rate) if config.sample_rate() != self.rate => small.with_sample_rate(rate).open_stream(),
            _ => small.open_stream(),
        };
        own_rate.or_else(|_| builder().with_error_callback(fail).open_stream()).map_err(|error| reason(&error))
    }
}

impl Drop for Playback {
    fn drop(&mut self) {
        super::dispose(self.sink.take());
    }
}

/// An error with its cause: rodio's own texts do not say what the sound system said.
fn reason(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// The line as rodio wants it: the same sample for each channel.
struct Tap {
    shared: Arc<Shared>,
    generation: u64,
    channels: ChannelCount,
    rate: SampleRate,
    block: [f32; BLOCK],
    next: usize,
    channel: u16,
}

impl Tap {
    fn new(shared: Arc<Shared>, generation: u64, channels: ChannelCount, rate: u32) -> Self {
        let rate = NonZero::new(rate).unwrap_or(NonZero::<u32>::MIN);
        Self { shared, generation, channels, rate, block: [0.0; BLOCK], next: BLOCK, channel: 0 }
    }

    /// Renders the next block; `None` once another stream has taken over. The lock is only ever held by a stream that
    /// is just being replaced; then this block is silent.
    fn refill(&mut self) -> Option<()> {
        if self.shared.generation.load(Ordering::Acquire) != self.generation {
            return None;
        }
        self.shared.beats.fetch_add(1, Ordering::Relaxed);
        match self.shared.line.try_lock() {
            Ok(mut line) => line.render(&mut self.block),
            Err(_) => self.block.fill(0.0),
        }
        self.next = 0;
        Some(())
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
