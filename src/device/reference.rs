//! The loudspeaker's signal for the echo canceller: a ring from the audio callback to the vad thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use crate::signal::frame::RATE;
use crate::signal::resample::Resampler;

/// Samples that wait for the reader: 2 s at 48 kHz. Samples without room are lost.
const ROOM: usize = 96_000;

/// The end in the audio callback.
pub struct ReferenceWriter {
    samples: HeapProd<f32>,
    rate: Arc<AtomicU32>,
}

impl ReferenceWriter {
    /// Sets the rate of the samples in hertz, before the first.
    pub(super) fn at(&self, rate: u32) {
        self.rate.store(rate, Ordering::Release);
    }

    /// Takes the samples that go to the device. Never waits or allocates.
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.samples.push_slice(samples);
    }
}

/// The end in the vad thread.
pub struct ReferenceReader {
    samples: HeapCons<f32>,
    rate: Arc<AtomicU32>,
    /// The converter and its input rate; it keeps its state from one call to the next.
    resampler: Option<(u32, Resampler)>,
    raw: Vec<f32>,
    ready: Vec<f32>,
}

impl ReferenceReader {
    /// The sound that was played since the last call, at 16 kHz.
    pub fn read(&mut self) -> &[f32] {
        self.ready.clear();
        self.raw.resize(self.samples.occupied_len(), 0.0);
        let count = self.samples.pop_slice(&mut self.raw);
        let rate = self.rate.load(Ordering::Acquire);
        if count > 0 && rate > 0 {
            if self.resampler.as_ref().is_none_or(|(from, _)| *from != rate) {
                self.resampler = Some((rate, Resampler::new(rate, RATE)));
            }
            if let Some((_, resampler)) = &mut self.resampler {
                resampler.process(&self.raw[..count], &mut self.ready);
            }
        }
        &self.ready
    }
}

/// Both ends of a ring.
#[must_use]
pub fn reference() -> (ReferenceWriter, ReferenceReader) {
    let (producer, consumer) = HeapRb::new(ROOM).split();
    let rate = Arc::new(AtomicU32::new(0));
    let writer = ReferenceWriter { samples: producer, rate: Arc::clone(&rate) };
    (writer, ReferenceReader { samples: consumer, rate, resampler: None, raw: Vec::new(), ready: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::resample::resample;

    #[test]
    fn pieces_of_any_size_are_converted_as_one_stream() {
        let (mut writer, mut reader) = reference();
        writer.at(48_000);
        let mut random = fastrand::Rng::with_seed(1);
        let played: Vec<f32> = (0..48_000).map(|_| random.f32() - 0.5).collect();
        let mut heard = Vec::new();
        for piece in played.chunks(1_111) {
            writer.push(piece);
            heard.extend_from_slice(reader.read());
        }
        let whole = resample(&played, 48_000, RATE);
        assert!(heard.len() > 15_700 && heard[..] == whole[..heard.len()]);
        assert!(reader.read().is_empty());
    }

    #[test]
    fn what_finds_no_room_is_lost_and_nothing_waits_or_allocates() {
        let (mut writer, mut reader) = reference();
        writer.at(RATE);
        let block = [0.5; 1_024];
        let allocated = crate::device::tests::allocations(|| (0..200).for_each(|_| writer.push(&block)));
        assert_eq!((allocated, reader.read().len()), (0, ROOM));
    }
}
