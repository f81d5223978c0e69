//! An open stream to a loudspeaker. One that has nothing to play rests: the sound system then asks it for nothing, which
//! costs more than all other listening to silence does together.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, Device, FromSample, I24, OutputCallbackInfo, SampleFormat, SizedSample, StreamConfig, U24};
use rodio::source::UniformSourceIterator;

use super::feed::{fatal, small_buffer};
use super::tap::{Shared, Tap};

/// Callbacks a second that are asked of the device: 10 ms each, for a cut to be heard at once.
const BLOCKS_PER_SECOND: f64 = 100.0;

/// What a stream is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// Take what the line gives, as the device needs it.
    Run,
    /// Take nothing, and keep the device at hand. A device that cannot rest runs on.
    Rest,
}

/// An open stream. Dropping it may wait without end: see [`super::dispose`].
pub(super) struct Stream {
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

impl Stream {
    /// Opens `device` for the line of `rate` hertz: at that rate and with a small buffer if the device allows it, else
    /// as the device likes it. The stream rests until [`Flow::Run`]. The error is a reason to put into a sentence.
    pub fn open(shared: &Arc<Shared>, number: u64, rate: u32, device: &Device, name: String) -> Result<Self, String> {
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
        let thread = std::thread::Builder::new().name("golem-speaker".into()).spawn(hold);
        thread.map_err(|error| unusable(&error))?;
        Ok(Self { orders: Some(orders), closed, number, name, id: super::find::id_of(device) })
    }

    /// Has the stream run or rest, as soon as the sound system can.
    pub fn flow(&self, flow: Flow) {
        // Its thread takes orders until the stream is dropped.
        let _ = self.orders.as_ref().map(|orders| orders.send(flow));
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.closed.recv();
    }
}

fn obey(stream: &cpal::Stream, flow: Flow, shared: &Shared, number: u64) {
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

fn start(shared: &Arc<Shared>, number: u64, rate: u32, device: &Device) -> Result<cpal::Stream, String> {
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

/// A stream whose callback takes what the tap gives, at the device's rate and in its format.
fn fill<T>(device: &Device, config: StreamConfig, tap: Tap) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample + FromSample<f32>,
{
    let fail = tap.failure();
    let rate = NonZero::new(config.sample_rate).unwrap_or(NonZero::<u32>::MIN);
    let channels = NonZero::new(config.channels).unwrap_or(NonZero::<u16>::MIN);
    let mut samples = UniformSourceIterator::new(tap, channels, rate);
    let give = move |data: &mut [T], _: &OutputCallbackInfo| {
        for place in data {
            *place = samples.next().map_or(T::EQUILIBRIUM, T::from_sample);
        }
    };
    let fail = move |error: cpal::Error| {
        if fatal(&error) {
            fail();
        }
    };
    device.build_output_stream::<T, _, _>(config, give, fail, None)
}
