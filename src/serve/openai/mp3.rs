//! MP3 as a stream: frames as LAME completes them.

use std::io::Error;
use std::num::NonZeroU32;

use mp3lame_encoder::{Bitrate, Builder, Encoder, FlushGap, Mode, MonoPcm, Quality, max_required_buffer_size};

/// Rate of the samples that are encoded, in hertz: no voice has more.
pub const RATE: u32 = 24_000;
/// 64 kbit/s: LAME then cuts nothing below 11 kHz from one channel at this rate.
const BITRATE: Bitrate = Bitrate::Kbps64;

/// An encoder for mono samples at [`RATE`].
pub struct Mp3Stream(Encoder);

impl Mp3Stream {
    /// An encoder. There is no header: each frame stands for itself.
    ///
    /// # Errors
    /// When the codec refuses the format, or there is no memory.
    pub fn new() -> std::io::Result<Self> {
        let builder = Builder::new().ok_or(std::io::ErrorKind::OutOfMemory)?;
        let encoder = builder
            .with_num_channels(1)
            .and_then(|builder| builder.with_sample_rate(RATE))
            .and_then(|builder| builder.with_output_sample_rate(NonZeroU32::new(RATE)))
            .and_then(|builder| builder.with_mode(Mode::Mono))
            .and_then(|builder| builder.with_brate(BITRATE))
            .and_then(|builder| builder.with_quality(Quality::Good))
            // The tag stands before the first frame and holds the length, which a stream does not know.
            .and_then(|builder| builder.with_to_write_vbr_tag(false))
            .and_then(Builder::build);
        encoder.map(Self).map_err(|error| Error::other(format!("LAME: {error}")))
    }

    /// The bytes of all frames that `samples` (-1..=1) complete.
    ///
    /// # Errors
    /// When the codec refuses them.
    pub fn take(&mut self, samples: &[f32]) -> std::io::Result<Vec<u8>> {
        let samples: Vec<f32> = samples.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
        let mut bytes = Vec::with_capacity(max_required_buffer_size(samples.len()));
        let written = self.0.encode_to_vec(MonoPcm(&samples), &mut bytes);
        written.map_err(|error| Error::other(format!("LAME: {error}")))?;
        Ok(bytes)
    }

    /// The bytes of the rest, filled up with silence.
    ///
    /// # Errors
    /// As [`Mp3Stream::take`].
    pub fn finish(&mut self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(max_required_buffer_size(0));
        let written = self.0.flush_to_vec::<FlushGap>(&mut bytes);
        written.map_err(|error| Error::other(format!("LAME: {error}")))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::wav::read_all;

    /// Samples by which a decoder's output may lag behind and outlast what was encoded: LAME's own delay, a decoder's
    /// of 529, and the rest of the last frame.
    const SLACK: usize = 3 * 1_152;

    #[test]
    fn speech_is_read_back_as_it_was() {
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let samples: Vec<f32> = (0..24_000).map(|n| 0.5 * (n as f32 / 8.0).sin()).collect();
        let mut stream = Mp3Stream::new().unwrap();
        let mut bytes = Vec::new();
        for piece in samples.chunks(1_000) {
            bytes.extend(stream.take(piece).unwrap());
        }
        assert!(bytes.len() > 4_000, "frames come before the end: {}", bytes.len());
        bytes.extend(stream.finish().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("speech.mp3");
        std::fs::write(&path, bytes).unwrap();
        let read = read_all(&path).unwrap();
        assert!((16_000..16_000 + SLACK).contains(&read.len()), "{}", read.len());
        let middle = &read[4_000..12_000];
        let power = middle.iter().map(|sample| sample * sample).sum::<f32>() / 8_000.0;
        // LAME leaves room for what the codec adds: it makes all of it quieter by 5 %.
        let wanted = 0.5 * (0.5_f32 * 0.95).powi(2);
        assert!((power - wanted).abs() < 0.003, "{power} instead of {wanted}");
    }

    #[test]
    fn silence_and_what_lies_outside_the_range_are_encoded_too() {
        let mut stream = Mp3Stream::new().unwrap();
        assert!(stream.take(&[]).unwrap().is_empty());
        stream.take(&[5.0; 3_000]).unwrap();
        stream.take(&[f32::NEG_INFINITY; 3_000]).unwrap();
        assert!(!stream.finish().unwrap().is_empty());
    }
}
