//! The feed of a microphone: a running stream, whose callback only copies samples into a ring; everything else happens
//! in the thread that asks for frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{
    BufferSize, Device, FromSample, I24, Sample, SampleFormat, SizedSample, Stream, StreamConfig, SupportedBufferSize,
    SupportedStreamConfig, U24,
};
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use super::find::id_of;
use super::mix_down;
use super::supervisor::Signs;
use crate::signal::frame::RATE;
use crate::signal::resample::Resampler;

/// Sound that the ring holds while the reading thread is busy, in seconds.
const RING_SECONDS: usize = 2;
/// Callbacks a second that are wanted of the device: 48 ms each, one and a half frames. A call through PulseAudio costs
/// 0.4 ms of processor time, most of it in the client library, which clears a megabyte before each read. With a frame
/// in each call (31.25 a second), the last sample of every frame came in the next call, since the resampler holds some
/// back. The end of speech was then known 30 ms later.
const BLOCKS_PER_SECOND: f64 = 20.8;
/// Callbacks until a stream has settled, and as many again in which the sound per call is measured.
const SETTLING: u64 = 32;
/// Longest wait for the sound system to set up a stream.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(2));

/// State that the callback and the reader share.
struct CallbackState {
    /// Calls so far.
    beats: AtomicU64,
    /// Samples of these calls.
    heard: AtomicU64,
    /// Samples dropped because the ring was full.
    dropped: AtomicU64,
    failed: AtomicBool,
    /// Whether samples are ignored.
    muted: AtomicBool,
    /// Samples in the ring at which the reader is woken.
    worth: AtomicUsize,
    reader: Thread,
}

impl CallbackState {
    /// The state before the first call; this thread is the reader. A stream that begins muted reads no sample before it
    /// is unmuted.
    fn new(muted: bool) -> Self {
        Self {
            beats: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            failed: AtomicBool::new(false),
            muted: AtomicBool::new(muted),
            worth: AtomicUsize::new(0),
            reader: std::thread::current(),
        }
    }
}

/// The measurement of how often a stream calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallPace {
    /// The stream has just begun: the sound system hands over what it kept.
    Settling,
    /// The measurement has begun, after so many callbacks and samples.
    Since(u64, u64),
    /// The measurement is done.
    Known,
}

/// A running stream.
pub(super) struct Feed {
    /// Dropping it ends the stream.
    _stream: Stream,
    device: Device,
    /// Callbacks a second that were asked for.
    asked: f64,
    pace: CallPace,
    rate: u32,
    samples: HeapCons<f32>,
    pulse: Arc<CallbackState>,
    channels: usize,
    resampler: Resampler,
    pub name: String,
    /// Name of the device in the sound system.
    pub id: String,
}

impl Feed {
    /// Starts a stream, to be read by this thread. The error is a reason to be put into a sentence.
    pub fn open(device: &Device, name: String, muted: bool) -> Result<Self, String> {
        Self::open_at(device, name, BLOCKS_PER_SECOND, muted)
    }

    /// Starts a stream that is to call `asked` times a second.
    fn open_at(device: &Device, name: String, asked: f64, muted: bool) -> Result<Self, String> {
        let config = device.default_input_config().map_err(|error| format!("\"{name}\" cannot be used ({error})"))?;
        let fixed = start(device, &config, small_buffer(&config, asked), muted);
        let started = fixed.or_else(|_| start(device, &config, BufferSize::Default, muted));
        let (stream, samples, pulse) = started.map_err(|error| format!("\"{name}\" cannot be opened ({error})"))?;
        stream.play().map_err(|error| format!("\"{name}\" does not start ({error})"))?;
        Ok(Self {
            _stream: stream,
            device: device.clone(),
            asked,
            pace: CallPace::Settling,
            rate: config.sample_rate(),
            samples,
            pulse,
            channels: usize::from(config.channels()).max(1),
            resampler: Resampler::new(config.sample_rate(), RATE),
            name,
            id: id_of(device),
        })
    }

    /// Appends the new samples to `ready`, at 16 kHz.
    pub fn drain(&mut self, ready: &mut Vec<f32>) {
        let frames = self.samples.occupied_len() / self.channels;
        let mut raw = vec![0.0; frames * self.channels];
        self.samples.pop_slice(&mut raw);
        let mono: Vec<f32> = raw.chunks_exact(self.channels).map(mix_down).collect();
        self.resampler.process(&mono, ready);
    }

    /// Wakes the reading thread only when so many samples at 16 kHz have come.
    pub fn wake_for(&self, samples: usize) {
        let frames = samples * self.rate as usize / RATE as usize;
        self.pulse.worth.store(frames * self.channels, Ordering::Relaxed);
    }

    /// While muted, the callback reads no samples, and those in the ring are dropped.
    pub fn mute(&mut self, on: bool) {
        if self.pulse.muted.swap(on, Ordering::Relaxed) != on {
            self.samples.clear();
            self.resampler = Resampler::new(self.rate, RATE);
        }
    }

    /// Samples lost because they were not read in time.
    pub fn dropped(&self) -> u64 {
        self.pulse.dropped.load(Ordering::Relaxed)
    }

    /// The stream, opened anew, if it calls twice as often as it was asked to. PulseAudio spends half of the requested
    /// time in its own buffer and gives the other half in each call; PipeWire and ALSA give all of it.
    pub fn calmed(&mut self) -> Option<Self> {
        if !self.hurries() {
            return None;
        }
        let muted = self.pulse.muted.load(Ordering::Relaxed);
        match Self::open_at(&self.device, self.name.clone(), self.asked / 2.0, muted) {
            Ok(calm) => Some(Self { pace: CallPace::Known, ..calm }),
            Err(reason) => {
                tracing::debug!(%reason, "the microphone calls twice as often as it might");
                None
            }
        }
    }

    /// Whether a call brings much less than was asked for; true once at most.
    #[allow(clippy::cast_precision_loss)] // a second of samples
    fn hurries(&mut self) -> bool {
        let beats = self.pulse.beats.load(Ordering::Relaxed);
        let heard = self.pulse.heard.load(Ordering::Relaxed);
        match self.pace {
            CallPace::Settling if beats >= SETTLING => {
                self.pace = CallPace::Since(beats, heard);
                false
            }
            CallPace::Since(first, before) if beats >= first + SETTLING => {
                self.pace = CallPace::Known;
                let frames = (heard - before) as f64 / self.channels as f64 / (beats - first) as f64;
                frames * self.asked < 0.6 * f64::from(self.rate)
            }
            CallPace::Settling | CallPace::Since(..) | CallPace::Known => false,
        }
    }

    /// The signs of life of the stream. It never rests.
    pub fn signs(&self) -> Signs {
        let beats = self.pulse.beats.load(Ordering::Relaxed);
        Signs { beats, failed: self.pulse.failed.load(Ordering::Relaxed), resting: false }
    }
}

/// The buffer for so many calls a second, if the device supports it.
pub(super) fn small_buffer(config: &SupportedStreamConfig, per_second: f64) -> BufferSize {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a part of the rate
    let wanted = (f64::from(config.sample_rate()) / per_second) as u32;
    let wanted = wanted.max(1);
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

type Started = (Stream, HeapCons<f32>, Arc<CallbackState>);

fn start(
    device: &Device,
    config: &SupportedStreamConfig,
    buffer: BufferSize,
    muted: bool,
) -> Result<Started, cpal::Error> {
    let capacity = config.sample_rate() as usize * usize::from(config.channels()).max(1) * RING_SECONDS;
    let (producer, consumer) = HeapRb::new(capacity.max(1)).split();
    let pulse = Arc::new(CallbackState::new(muted));
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

/// A stream whose callback hands each block to an [`InputCallback`].
fn build<T>(
    device: &Device,
    config: StreamConfig,
    (ring, pulse): (HeapProd<f32>, Arc<CallbackState>),
) -> Result<Stream, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let failing = Arc::clone(&pulse);
    let mut callback = InputCallback { ring, pulse, channels: usize::from(config.channels).max(1) };
    let hear = move |data: &[T], _: &cpal::InputCallbackInfo| callback.hear(data);
    let fail = move |error: cpal::Error| {
        if fatal(&error) {
            failing.failed.store(true, Ordering::Relaxed);
            failing.reader.unpark();
        }
    };
    device.build_input_stream::<T, _, _>(config, hear, fail, PATIENCE)
}

/// The state of a microphone's callback, which runs on a real-time thread: it neither allocates nor locks.
struct InputCallback {
    ring: HeapProd<f32>,
    pulse: Arc<CallbackState>,
    channels: usize,
}

impl InputCallback {
    /// Copies whole frames of the interleaved `data` into the ring, counts samples that do not fit, and wakes the
    /// reader if enough have come.
    fn hear<T>(&mut self, data: &[T])
    where
        T: Copy,
        f32: FromSample<T>,
    {
        let (ring, pulse) = (&mut self.ring, &self.pulse);
        pulse.beats.fetch_add(1, Ordering::Relaxed);
        pulse.heard.fetch_add(data.len() as u64, Ordering::Relaxed);
        if pulse.muted.load(Ordering::Relaxed) {
            return;
        }
        let room = ring.vacant_len() / self.channels * self.channels;
        let taken = ring.push_iter(data.iter().take(room).map(|sample| f32::from_sample(*sample)));
        pulse.dropped.fetch_add((data.len() - taken) as u64, Ordering::Relaxed);
        if ring.occupied_len() >= pulse.worth.load(Ordering::Relaxed) {
            pulse.reader.unpark();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::tests::allocations;

    /// A callback of two channels whose ring holds `capacity` samples.
    fn callback(capacity: usize) -> (InputCallback, HeapCons<f32>, Arc<CallbackState>) {
        let (ring, samples) = HeapRb::new(capacity).split();
        let pulse = Arc::new(CallbackState::new(false));
        (InputCallback { ring, pulse: Arc::clone(&pulse), channels: 2 }, samples, pulse)
    }

    #[test]
    fn the_callback_of_a_microphone_allocates_nothing() {
        let (mut callback, mut samples, pulse) = callback(1_024);
        pulse.worth.store(512, Ordering::Relaxed);
        let (floats, words, bytes) = ([0.5_f32; 480], [-16_384_i16; 480], [192_u8; 480]);
        let allocated = allocations(|| {
            callback.hear(&floats); // too few to wake the reader
            callback.hear(&words); // enough
            callback.hear(&bytes); // more than there is room for
        });
        assert_eq!(allocated, 0);
        let (beats, heard) = (pulse.beats.load(Ordering::Relaxed), pulse.heard.load(Ordering::Relaxed));
        assert_eq!((beats, heard, pulse.dropped.load(Ordering::Relaxed)), (3, 1_440, 416));
        let mut taken = [0.0; 1_024];
        assert_eq!(samples.pop_slice(&mut taken), 1_024);
        assert!(taken[..480].iter().all(|&sample| sample > 0.0) && taken[480..960].iter().all(|&sample| sample < 0.0));
    }

    /// A sample that must not be read.
    #[derive(Clone, Copy)]
    struct Secret;

    impl FromSample<Secret> for f32 {
        fn from_sample_(_: Secret) -> Self {
            panic!("a sample of a muted microphone was read")
        }
    }

    #[test]
    fn while_muted_not_one_sample_is_read() {
        let (mut callback, samples, pulse) = callback(1_024);
        pulse.muted.store(true, Ordering::Relaxed);
        callback.hear(&[Secret; 480]);
        assert_eq!((samples.occupied_len(), pulse.dropped.load(Ordering::Relaxed)), (0, 0));
        assert_eq!(pulse.beats.load(Ordering::Relaxed), 1, "and the device does not pass for one that has stalled");
    }

    #[test]
    fn a_full_ring_takes_whole_frames_only() {
        let (mut callback, samples, pulse) = callback(5);
        callback.hear(&[0.5_f32; 6]);
        assert_eq!((samples.occupied_len(), pulse.dropped.load(Ordering::Relaxed)), (4, 2));
    }
}
