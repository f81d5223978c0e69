//! The conversion of sound from Wyoming's clients to 16 kHz and one channel.

use super::frame::WyomingEvent;
use crate::signal::frame::RATE;
use crate::signal::resample::Resampler;

/// Longest utterance in samples: 10 minutes, 38 MB.
const LONGEST: usize = 600 * RATE as usize;
/// Most channels.
const CHANNELS: u32 = 16;
/// Accepted rates in hertz.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// The format of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PcmShape {
    rate: u32,
    /// Bytes of a sample.
    width: u32,
    channels: u32,
}

/// An utterance that is coming in.
pub struct PcmIntake {
    shape: PcmShape,
    resampler: Resampler,
    /// Bytes of an incomplete frame.
    begun: Vec<u8>,
    /// Samples given so far.
    given: usize,
}

/// The reasons for refusing sound.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeFault {
    /// Its format makes no sense.
    #[error("sound needs a rate from 1000 to 768000, a width of 1 to 4 bytes, and 1 to 16 channels")]
    Shape,
    /// It is too long.
    #[error("an utterance lasts ten minutes at most")]
    Long,
}

impl PcmShape {
    fn of(event: &WyomingEvent) -> Result<Self, IntakeFault> {
        let number = |key| event.number(key).ok_or(IntakeFault::Shape);
        let shape = Self { rate: number("rate")?, width: number("width")?, channels: number("channels")? };
        let fits =
            RATES.contains(&shape.rate) && (1..=4).contains(&shape.width) && (1..=CHANNELS).contains(&shape.channels);
        if fits { Ok(shape) } else { Err(IntakeFault::Shape) }
    }

    /// The level of a sample in -1..=1.
    #[expect(clippy::cast_precision_loss, reason = "sound has fewer bits than that")]
    fn level(self, sample: &[u8]) -> f32 {
        if self.width == 1 {
            return (f32::from(sample[0]) - 128.0) / 128.0;
        }
        // The bytes of a sample are the upper ones of 32 bits.
        let mut wide = [0; 4];
        wide[4 - sample.len()..].copy_from_slice(sample);
        i32::from_le_bytes(wide) as f32 / 2_147_483_648.0
    }
}

impl PcmIntake {
    /// An utterance in the format that `event` states.
    ///
    /// # Errors
    /// [`IntakeFault::Shape`] when the event states no valid format.
    pub fn begin(event: &WyomingEvent) -> Result<Self, IntakeFault> {
        let shape = PcmShape::of(event)?;
        let resampler = Resampler::new(shape.rate, RATE);
        Ok(Self { shape, resampler, begun: Vec::new(), given: 0 })
    }

    /// As [`PcmIntake::begin`], but the samples keep their rate, which is also returned.
    ///
    /// # Errors
    /// [`IntakeFault::Shape`] when the event states no valid format.
    pub fn as_it_is(event: &WyomingEvent) -> Result<(Self, u32), IntakeFault> {
        let shape = PcmShape::of(event)?;
        let resampler = Resampler::new(shape.rate, shape.rate);
        Ok((Self { shape, resampler, begun: Vec::new(), given: 0 }, shape.rate))
    }

    /// Takes a piece of sound; gives the samples that it completes, at 16 kHz unless they keep their rate. If not
    /// `limited`, the utterance may be of any length.
    ///
    /// # Errors
    /// When the utterance becomes too long.
    pub fn take(&mut self, bytes: &[u8], limited: bool) -> Result<Vec<f32>, IntakeFault> {
        self.begun.extend_from_slice(bytes);
        let (width, channels) = (self.shape.width as usize, self.shape.channels as usize);
        let frame = width * channels;
        let whole = self.begun.len() / frame * frame;
        let mix = |frame: &[u8]| {
            let sum: f32 = frame.chunks_exact(width).map(|sample| self.shape.level(sample)).sum();
            #[expect(clippy::cast_precision_loss, reason = "at most 16")]
            let count = channels as f32;
            sum / count
        };
        let mono: Vec<f32> = self.begun[..whole].chunks_exact(frame).map(mix).collect();
        self.begun.drain(..whole);
        let mut samples = Vec::new();
        self.resampler.process(&mono, &mut samples);
        self.given += samples.len();
        if limited && self.given > LONGEST { Err(IntakeFault::Long) } else { Ok(samples) }
    }

    /// The rest of the utterance.
    pub fn end(mut self) -> Vec<f32> {
        let mut samples = Vec::new();
        self.resampler.finish(&mut samples);
        samples
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn begin(rate: u32, width: u32, channels: u32) -> Result<PcmIntake, IntakeFault> {
        PcmIntake::begin(&WyomingEvent::new("audio-start", json!({"rate": rate, "width": width, "channels": channels})))
    }

    #[test]
    fn samples_of_every_width_have_their_level_however_they_are_cut() {
        for (width, half) in [(1, &[192][..]), (2, &[0, 0x40]), (3, &[0, 0, 0x40]), (4, &[0, 0, 0, 0x40])] {
            let bytes = half.repeat(2 * 1_000);
            for step in [1, 7, 2_000] {
                let mut intake = begin(16_000, width, 2).unwrap();
                let mut samples: Vec<f32> =
                    bytes.chunks(step).flat_map(|piece| intake.take(piece, true).unwrap()).collect();
                samples.extend(intake.end());
                assert_eq!(samples.len(), 1_000);
                assert!(samples.iter().all(|sample| (sample - 0.5).abs() < 1e-6), "width {width}");
            }
        }
        let mut low = begin(8_000, 2, 1).unwrap();
        let given = low.take(&[0, 0x40].repeat(800), true).unwrap().len();
        assert_eq!(given + low.end().len(), 1_600);
    }

    #[test]
    fn formats_without_sense_and_endless_sound_are_refused() {
        for (rate, width, channels) in [(0, 2, 1), (16_000, 0, 1), (16_000, 5, 1), (16_000, 2, 0), (16_000, 2, 99)] {
            assert_eq!(begin(rate, width, channels).err(), Some(IntakeFault::Shape));
        }
        assert!(PcmIntake::begin(&WyomingEvent::new("audio-start", json!({"rate": "x"}))).is_err());
        let mut endless = begin(16_000, 1, 1).unwrap();
        let piece = vec![128; 1 << 20];
        assert!((0..20).any(|_| endless.take(&piece, true) == Err(IntakeFault::Long)));
        assert!(endless.take(&piece, false).is_ok());
    }
}
