//! An open stream to a loudspeaker. A stream with nothing to play rests, so that the sound system asks it for nothing.
//! Those requests cost more than everything else that golem does while it listens to silence.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, Device, FromSample, I24, OutputCallbackInfo, SampleFormat, SizedSample, StreamConfig, U24};
use rodio::source::UniformSourceIterator;
use rodio::{ChannelCount, SampleRate, Source};

use super::feed::{fatal, small_buffer};
use super::tap::{SharedTap, Tap};

/// Callbacks a second that are asked of the device: 20 ms each. A cut is heard at once, and a busy machine is in time.
const BLOCKS_PER_SECOND: f64 = 50.0;

/// The activity of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// Take samples from the line as the device needs them.
    Run,
    /// Take nothing, and keep the device at hand. A device that cannot rest runs on.
    Rest,
}

/// An open stream. Dropping it may wait without end: see [`super::dispose`].
pub(super) struct OutputStream {
    /// Orders for the thread that holds the stream: a sound system that hangs blocks only that thread.
    orders: Option<Sender<Flow>>,
    /// Hangs up when the stream is closed.
    closed: Receiver<()>,
    pub number: u64,
    /// Name of the device for people.
    pub name: String,
    /// Name of the device in the sound system.
    pub id: String,
}

impl OutputStream {
    /// Opens `device` for the line of `rate` hertz: at that rate and with a small buffer if the device allows it, else
    /// as the device likes it. The stream rests until [`Flow::Run`]. The error is a reason to put into a sentence.
    pub fn open(
        shared: &Arc<SharedTap>,
        number: u64,
        rate: u32,
        device: &Device,
        name: String,
    ) -> Result<Self, String> {
        let unusable = |error: &dyn std::fmt::Display| format!("\"{name}\" cannot be opened ({error})");
        let stream = start(shared, number, rate, device).map_err(|error| unusable(&error))?;
        let (orders, flows) = channel();
        let (open, closed) = channel::<()>();
        let shared = Arc::clone(shared);
        let hold = move || {
            for flow in flows {
                obey(&stream, flow, &shared, number);
            }
            drop(stream);
            drop(open);
        };
        let thread = std::thread::Builder::new().name("golem-output".into()).spawn(hold);
        thread.map_err(|error| unusable(&error))?;
        Ok(Self { orders: Some(orders), closed, number, name, id: super::find::id_of(device) })
    }

    /// Makes the stream run or rest, as soon as the sound system can.
    pub fn flow(&self, flow: Flow) {
        // Ignore the result: the thread takes orders until the stream is dropped.
        let _ = self.orders.as_ref().map(|orders| orders.send(flow));
    }
}

impl Drop for OutputStream {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.closed.recv();
    }
}

fn obey(stream: &cpal::Stream, flow: Flow, shared: &SharedTap, number: u64) {
    match flow {
        Flow::Run => {
            if let Err(error) = stream.play() {
                tracing::debug!(%error, "the loudspeaker does not start");
                shared.fail(number);
            }
        }
        Flow::Rest => {
            if let Err(error) = stream.pause() {
                tracing::debug!(%error, "the loudspeaker cannot rest");
            }
        }
    }
}

fn start(shared: &Arc<SharedTap>, number: u64, rate: u32, device: &Device) -> Result<cpal::Stream, String> {
    let preferred = device.default_output_config().map_err(|error| error.to_string())?;
    let buffer_size = small_buffer(&preferred, BLOCKS_PER_SECOND);
    let build = |config: StreamConfig| {
        let tap =
            Tap::new(Arc::clone(shared), number, NonZero::new(config.channels).unwrap_or(NonZero::<u16>::MIN), rate);
        match preferred.sample_format() {
            SampleFormat::I8 => fill::<i8>(device, config, tap),
            SampleFormat::I16 => fill::<i16>(device, config, tap),
            SampleFormat::I24 => fill::<I24>(device, config, tap),
            SampleFormat::I32 => fill::<i32>(device, config, tap),
            SampleFormat::I64 => fill::<i64>(device, config, tap),
            SampleFormat::U8 => fill::<u8>(device, config, tap),
            SampleFormat::U16 => fill::<u16>(device, config, tap),
            SampleFormat::U24 => fill::<U24>(device, config, tap),
            SampleFormat::U32 => fill::<u32>(device, config, tap),
            SampleFormat::U64 => fill::<u64>(device, config, tap),
            SampleFormat::F64 => fill::<f64>(device, config, tap),
            _ => fill::<f32>(device, config, tap),
        }
    };
    let own = build(StreamConfig { sample_rate: rate, buffer_size, ..preferred.config() });
    let stream = own.or_else(|_| build(StreamConfig { buffer_size: BufferSize::Default, ..preferred.config() }));
    stream.map_err(|error| error.to_string())
}

/// A stream whose callback has an [`OutputCallback`] fill each block.
fn fill<T>(device: &Device, config: StreamConfig, tap: Tap) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample + FromSample<f32>,
{
    let fail = tap.failure();
    let mut callback = OutputCallback::new(tap, &config);
    let give = move |data: &mut [T], _: &OutputCallbackInfo| callback.fill(data);
    let fail = move |error: cpal::Error| {
        if fatal(&error) {
            fail();
        }
    };
    device.build_output_stream::<T, _, _>(config, give, fail, None)
}

/// The state of a loudspeaker's callback, which runs on a real-time thread: it neither allocates nor waits for a lock.
struct OutputCallback {
    samples: UniformSourceIterator<Endless>,
}

impl OutputCallback {
    /// A callback that plays `tap`, at the rate and for the channels of `config`.
    fn new(tap: Tap, config: &StreamConfig) -> Self {
        let rate = NonZero::new(config.sample_rate).unwrap_or(NonZero::<u32>::MIN);
        let channels = NonZero::new(config.channels).unwrap_or(NonZero::<u16>::MIN);
        Self { samples: UniformSourceIterator::new(Endless(tap), channels, rate) }
    }

    /// Fills `data` with interleaved samples.
    fn fill<T>(&mut self, data: &mut [T])
    where
        T: SizedSample + FromSample<f32>,
    {
        for place in data {
            *place = self.samples.next().map_or(T::EQUILIBRIUM, T::from_sample);
        }
    }
}

/// A tap that goes on with silence after its end: at the end of a source, rodio makes a converter for the next one,
/// which allocates.
struct Endless(Tap);

impl Iterator for Endless {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        Some(self.0.next().unwrap_or(0.0))
    }
}

impl Source for Endless {
    fn current_span_len(&self) -> Option<usize> {
        self.0.current_span_len()
    }

    fn channels(&self) -> ChannelCount {
        self.0.channels()
    }

    fn sample_rate(&self) -> SampleRate {
        self.0.sample_rate()
    }

    fn total_duration(&self) -> Option<Duration> {
        self.0.total_duration()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::deck::{Clip, Deck, deck};
    use crate::device::tests::allocations;

    const RATE: u32 = 16_000;

    /// A deck that plays a constant for a second, and the callback of stream `number`, which plays its line.
    fn speaking(number: u64, config: StreamConfig) -> (Deck, Arc<SharedTap>, OutputCallback) {
        let (mut deck, line) = deck(RATE, 10);
        let samples = vec![0.5; RATE as usize];
        deck.queue(Clip { turn: 1, clause: 0, samples, length: RATE.into(), source_rate: RATE, begin: 0, last: true });
        let shared = SharedTap::new(line, Some(crate::device::reference::reference().0));
        let channels = NonZero::new(config.channels).unwrap();
        let callback = OutputCallback::new(Tap::new(Arc::clone(&shared), number, channels, RATE), &config);
        shared.play(number, false);
        (deck, shared, callback)
    }

    fn config(sample_rate: u32, channels: u16) -> StreamConfig {
        StreamConfig { sample_rate, channels, buffer_size: BufferSize::Default }
    }

    #[test]
    fn the_callback_of_a_loudspeaker_allocates_nothing() {
        for (rate, channels) in [(16_000, 1), (48_000, 2), (44_100, 2), (22_050, 6), (8_000, 1)] {
            let (mut deck, shared, mut callback) = speaking(1, config(rate, channels));
            let (mut floats, mut words) = ([0.0_f32; 960], [0_i16; 960]);
            let mut check = |what: &str| {
                let allocated = allocations(|| {
                    callback.fill(&mut floats);
                    callback.fill(&mut words);
                });
                assert_eq!(allocated, 0, "{what}, at {rate} Hz for {channels} channels");
                floats.iter().any(|&sample| sample != 0.0)
            };
            assert!(check("while it plays"));
            deck.duck(0.2);
            check("while the level falls");
            deck.cut();
            check("while a cut fades out");
            deck.resume(1, 0);
            assert!(check("while it plays again"));
            while check("until the line runs dry") {}
            shared.play(2, true);
            for _ in 0..20 {
                check("while the stream fades out, and after its end");
            }
            assert!(!check("after the end"));
        }
    }

    #[test]
    fn a_stream_that_waits_for_its_turn_allocates_nothing() {
        let (_deck, shared, mut callback) = speaking(2, config(48_000, 2));
        shared.play(1, false);
        shared.play(2, true);
        let mut block = [0.0_f32; 960];
        // Stream 1 never fades out, so that stream 2 begins after 100 ms.
        let silent = (0..20).take_while(|_| {
            assert_eq!(allocations(|| callback.fill(&mut block)), 0);
            block.iter().all(|&sample| sample == 0.0)
        });
        assert_eq!(silent.count(), 10);
    }
}
