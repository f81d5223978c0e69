//! The microphone: any rate, format and number of channels becomes frames of 16 kHz mono.
//!
//! The callback only copies samples into a ring; everything else happens in the thread that asks for frames. A device
//! that is lost is opened again, or replaced by the default, as soon as there is one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{
    BufferSize, Device, FromSample, I24, Sample, SampleFormat, SizedSample, Stream, StreamConfig, SupportedBufferSize,
    SupportedStreamConfig, U24,
};
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use super::find::{Direction, Finder, id_of};
use super::{DeviceError, FRAME, Heard, RATE, Source, mix_down};
use crate::config::Audio;
use crate::signal::resample::Resampler;

/// Sound that the ring holds while the reading thread is busy, in seconds.
const RING_SECONDS: usize = 2;
/// Callbacks a second that are asked of the device: 20 ms each. A call through PulseAudio costs 0.2 ms of processor
/// time, most of it in the client library, which clears a megabyte before it reads.
const BLOCKS_PER_SECOND: u32 = 50;
/// Silence of the callback after which the device counts as lost.
const STALL: Duration = Duration::from_secs(1);
/// Time that a device is given for its first call.
const WARM_UP: Duration = Duration::from_secs(2);
/// Time between tries to open a lost device again.
const RETRY: Duration = Duration::from_millis(250);
/// Time between looks whether the device of choice is there.
const LOOK: Duration = Duration::from_secs(2);
/// Longest sleep, should a wake-up go to another thread than the one that reads.
const NAP: Duration = Duration::from_millis(32);
/// Longest wait for the sound system to set up a stream.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(2));

/// What the callback tells.
struct Pulse {
    /// Calls so far.
    beats: AtomicU64,
    /// Samples that found the ring full.
    dropped: AtomicU64,
    failed: AtomicBool,
    reader: Thread,
}

/// A running stream.
struct Feed {
    /// Dropping it ends the stream.
    _stream: Stream,
    samples: HeapCons<f32>,
    pulse: Arc<Pulse>,
    channels: usize,
    resampler: Resampler,
    name: String,
    /// Name of the device in the sound system.
    id: String,
    beats: u64,
    /// When the count of beats last rose.
    alive: Instant,
}

/// A microphone.
pub struct Capture {
    spec: String,
    finder: Finder,
    feed: Option<Feed>,
    /// Whether another device stands in for the one of choice.
    stand_in: bool,
    next_try: Instant,
    ready: Vec<f32>,
    notices: VecDeque<String>,
    dropped: u64,
}

impl Capture {
    /// Opens the configured microphone, or the system's default. To be opened in the thread that reads it.
    ///
    /// # Errors
    /// When there is none, or none that answers to the name.
    pub fn open(audio: &Audio) -> Result<Self, DeviceError> {
        let mut finder = Finder::default();
        let (device, name) = finder.find(Direction::Input, &audio.input)?;
        let feed = Feed::open(&device, name).map_err(|reason| Direction::Input.none(reason))?;
        Ok(Self {
            spec: audio.input.clone(),
            finder,
            feed: Some(feed),
            stand_in: false,
            next_try: Instant::now() + LOOK,
            ready: Vec::with_capacity(4 * FRAME),
            notices: VecDeque::new(),
            dropped: 0,
        })
    }

    /// Name of the microphone, `none` while it is lost.
    #[must_use]
    pub fn name(&self) -> &str {
        self.feed.as_ref().map_or("none", |feed| &feed.name)
    }

    /// Name of the microphone in the sound system; empty while it is lost.
    #[must_use]
    pub fn id(&self) -> &str {
        self.feed.as_ref().map_or("", |feed| &feed.id)
    }

    /// Goes on with another microphone, or with the system's default when `spec` is empty. What was heard and not read
    /// yet is forgotten.
    ///
    /// # Errors
    /// When there is no such microphone or it cannot be opened; the old one is heard on.
    pub fn switch(&mut self, spec: &str) -> Result<(), DeviceError> {
        let (device, name) = self.finder.find(Direction::Input, spec)?;
        if id_of(&device) != self.id() {
            let feed = Feed::open(&device, name).map_err(|reason| Direction::Input.refused(reason))?;
            self.let_go();
            self.take(feed);
        }
        (self.stand_in, self.next_try) = (false, Instant::now() + LOOK);
        spec.clone_into(&mut self.spec);
        Ok(())
    }

    /// Samples lost because they were not read in time.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped + self.feed.as_ref().map_or(0, |feed| feed.pulse.dropped.load(Ordering::Relaxed))
    }

    fn frame(&mut self) -> Option<Box<[f32; FRAME]>> {
        if let Some(feed) = &mut self.feed {
            feed.drain(&mut self.ready);
        }
        let mut frame = Box::new([0.0; FRAME]);
        frame.copy_from_slice(self.ready.get(..FRAME)?);
        self.ready.drain(..FRAME);
        Some(frame)
    }

    /// Notices a lost device and looks for one when it is time to.
    fn tend(&mut self, now: Instant) {
        if self.feed.as_mut().is_some_and(|feed| feed.lost(now)) {
            self.lose(now);
        }
        if now >= self.next_try {
            match (&self.feed, self.stand_in) {
                (None, _) => self.reopen(now),
                (Some(_), true) => self.go_home(now),
                (Some(_), false) if self.finder.present(Direction::Input, &self.spec) => self.next_try = now + LOOK,
                (Some(_), false) => self.lose(now),
            }
        }
    }

    fn lose(&mut self, now: Instant) {
        let name = self.name().to_owned();
        self.let_go();
        self.notices.push_back(format!("microphone \"{name}\" is lost; listening again as soon as there is one"));
        self.next_try = now;
    }

    fn let_go(&mut self) {
        self.dropped = self.dropped();
        super::dispose(self.feed.take());
    }

    fn reopen(&mut self, now: Instant) {
        let chosen = self.finder.find(Direction::Input, &self.spec);
        self.stand_in = chosen.is_err();
        let found = chosen.or_else(|_| self.finder.find(Direction::Input, ""));
        let opened = found.map_err(|error| error.to_string()).and_then(|(device, name)| Feed::open(&device, name));
        match opened {
            Ok(feed) => self.come_back(feed),
            Err(reason) => tracing::debug!(%reason, "no microphone yet"),
        }
        self.next_try = now + if self.feed.is_some() { LOOK } else { RETRY };
    }

    /// Goes back from a stand-in to the device of choice when that is there again.
    fn go_home(&mut self, now: Instant) {
        self.next_try = now + LOOK;
        let Ok((device, name)) = self.finder.find(Direction::Input, &self.spec) else { return };
        if let Ok(feed) = Feed::open(&device, name) {
            self.let_go();
            self.stand_in = false;
            self.come_back(feed);
        }
    }

    /// Takes a stream in place of one that was lost or stood in, and tells of it.
    fn come_back(&mut self, feed: Feed) {
        self.notices.push_back(format!("listening to \"{}\"", feed.name));
        self.take(feed);
    }

    fn take(&mut self, feed: Feed) {
        self.ready.clear();
        self.feed = Some(feed);
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        super::dispose(self.feed.take());
    }
}

impl Source for Capture {
    fn next(&mut self, timeout: Duration) -> Result<Heard, DeviceError> {
        let deadline = Instant::now() + timeout;
        loop {
            let now = Instant::now();
            self.tend(now);
            if let Some(notice) = self.notices.pop_front() {
                return Ok(Heard::Notice(notice));
            }
            if let Some(frame) = self.frame() {
                return Ok(Heard::Frame(frame));
            }
            if now >= deadline {
                return Ok(Heard::Nothing);
            }
            std::thread::park_timeout((deadline - now).min(NAP));
        }
    }
}

impl Feed {
    /// Starts a stream. The error is a reason to be put into a sentence.
    fn open(device: &Device, name: String) -> Result<Self, String> {
        let config = device.default_input_config().map_err(|error| format!("\"{name}\" cannot be used ({error})"))?;
        let fixed = start(device, &config, small_buffer(&config, BLOCKS_PER_SECOND));
        let started = fixed.or_else(|_| start(device, &config, BufferSize::Default));
        let (stream, samples, pulse) = started.map_err(|error| format!("\"{name}\" cannot be opened ({error})"))?;
        stream.play().map_err(|error| format!("\"{name}\" does not start ({error})"))?;
        Ok(Self {
            _stream: stream,
            samples,
            pulse,
            channels: usize::from(config.channels()).max(1),
            resampler: Resampler::new(config.sample_rate(), RATE),
            name,
            id: id_of(device),
            beats: 0,
            alive: Instant::now() + WARM_UP,
        })
    }

    /// Appends to `ready` what has come, at 16 kHz.
    fn drain(&mut self, ready: &mut Vec<f32>) {
        let frames = self.samples.occupied_len() / self.channels;
        let mut raw = vec![0.0; frames * self.channels];
        self.samples.pop_slice(&mut raw);
        let mono: Vec<f32> = raw.chunks_exact(self.channels).map(mix_down).collect();
        self.resampler.process(&mono, ready);
    }

    /// Whether the stream has failed or fallen silent.
    fn lost(&mut self, now: Instant) -> bool {
        let beats = self.pulse.beats.load(Ordering::Relaxed);
        if beats != self.beats {
            (self.beats, self.alive) = (beats, now);
        }
        self.pulse.failed.load(Ordering::Relaxed) || now.duration_since(self.alive) > STALL
    }
}

/// A buffer for so many calls a second where the device can do that.
pub(super) fn small_buffer(config: &SupportedStreamConfig, per_second: u32) -> BufferSize {
    let wanted = (config.sample_rate() / per_second).max(1);
    match *config.buffer_size() {
        SupportedBufferSize::Range { min, max } if min <= max => {
            BufferSize::Fixed(wanted.clamp(min.max(1), max.max(1)))
        }
        _ => BufferSize::Default,
    }
}

/// Whether an error of a stream means that it will give no more sound.
pub(super) fn fatal(error: &cpal::Error) -> bool {
    use cpal::ErrorKind::{DeviceChanged, RealtimeDenied, Xrun};
    !matches!(error.kind(), DeviceChanged | RealtimeDenied | Xrun)
}

type Started = (Stream, HeapCons<f32>, Arc<Pulse>);

fn start(device: &Device, config: &SupportedStreamConfig, buffer: BufferSize) -> Result<Started, cpal::Error> {
    let capacity = config.sample_rate() as usize * usize::from(config.channels()).max(1) * RING_SECONDS;
    let (producer, consumer) = HeapRb::new(capacity.max(1)).split();
    let pulse = Arc::new(Pulse {
        beats: AtomicU64::new(0),
        dropped: AtomicU64::new(0),
        failed: AtomicBool::new(false),
        reader: std::thread::current(),
    });
    let stream_config = StreamConfig { buffer_size: buffer, ..config.config() };
    let end = (producer, Arc::clone(&pulse));
    let stream = match config.sample_format() {
        SampleFormat::I8 => build::<i8>(device, stream_config, end),
        SampleFormat::I16 => build::<i16>(device, stream_config, end),
        SampleFormat::I24 => build::<I24>(device, stream_config, end),
        SampleFormat::I32 => build::<i32>(device, stream_config, end),
        SampleFormat::I64 => build::<i64>(device, stream_config, end),
        SampleFormat::U8 => build::<u8>(device, stream_config, end),
        SampleFormat::U16 => build::<u16>(device, stream_config, end),
        SampleFormat::U24 => build::<U24>(device, stream_config, end),
        SampleFormat::U32 => build::<u32>(device, stream_config, end),
        SampleFormat::U64 => build::<u64>(device, stream_config, end),
        SampleFormat::F64 => build::<f64>(device, stream_config, end),
        _ => build::<f32>(device, stream_config, end),
    };
    stream.map(|stream| (stream, consumer, pulse))
}

/// A stream whose callback copies whole frames into the ring and counts those that do not fit.
fn build<T>(
    device: &Device,
    config: StreamConfig,
    (mut ring, pulse): (HeapProd<f32>, Arc<Pulse>),
) -> Result<Stream, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let channels = usize::from(config.channels).max(1);
    let failing = Arc::clone(&pulse);
    let hear = move |data: &[T], _: &cpal::InputCallbackInfo| {
        let room = ring.vacant_len() / channels * channels;
        let taken = ring.push_iter(data.iter().take(room).map(|sample| f32::from_sample(*sample)));
        pulse.dropped.fetch_add((data.len() - taken) as u64, Ordering::Relaxed);
        pulse.beats.fetch_add(1, Ordering::Relaxed);
        pulse.reader.unpark();
    };
    let fail = move |error: cpal::Error| {
        if fatal(&error) {
            failing.failed.store(true, Ordering::Relaxed);
            failing.reader.unpark();
        }
    };
    device.build_input_stream::<T, _, _>(config, hear, fail, PATIENCE)
}
