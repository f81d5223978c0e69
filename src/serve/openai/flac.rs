//! FLAC as a stream: a header of open length, and a frame for each stretch of samples as it comes.

use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, channel};

use flac_codec::encode::{FlacStreamWriter, Options};

/// Samples of a frame; the last may have fewer.
const BLOCK: usize = 4_096;

/// An encoder for mono samples of 16 bits.
pub struct FlacStream {
    frames: FlacStreamWriter<FrameBytes>,
    bytes: Receiver<Vec<u8>>,
    rate: u32,
    /// Samples that do not fill a frame yet.
    begun: Vec<i32>,
}

/// The writer that the encoder keeps: it sends the bytes of a frame out through a channel.
struct FrameBytes(Sender<Vec<u8>>);

impl Write for FrameBytes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(|_| std::io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl FlacStream {
    /// An encoder for samples of `rate` hertz.
    pub fn new(rate: u32) -> Self {
        let (sender, bytes) = channel();
        let frames = FlacStreamWriter::new(FrameBytes(sender), Options::default());
        Self { frames, bytes, rate, begun: Vec::new() }
    }

    /// The header: the format, with an open number of samples and no digest.
    pub fn header(&self) -> Vec<u8> {
        let block = u16::try_from(BLOCK).unwrap_or(u16::MAX).to_be_bytes();
        let mut header = b"fLaC\x80\0\0\x22".to_vec();
        header.extend([block, block].concat());
        header.extend([0; 6]); // sizes of frames, which are not known
        // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples.
        let format = (u64::from(self.rate) << 44) | (15 << 36);
        header.extend(format.to_be_bytes());
        header.extend([0; 16]);
        header
    }

    /// The bytes of all frames that `samples` (-1..=1, what lies outside is clipped) complete.
    ///
    /// # Errors
    /// When the encoder refuses the format.
    pub fn take(&mut self, samples: &[f32]) -> std::io::Result<Vec<u8>> {
        #[expect(clippy::cast_possible_truncation, reason = "clamped to the range before")]
        let quantise = |sample: &f32| (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i32;
        self.begun.extend(samples.iter().map(quantise));
        let whole = self.begun.len() / BLOCK * BLOCK;
        let ready: Vec<i32> = self.begun.drain(..whole).collect();
        ready.chunks(BLOCK).try_for_each(|block| self.frame(block))?;
        Ok(self.bytes.try_iter().flatten().collect())
    }

    /// The bytes of the rest.
    ///
    /// # Errors
    /// As [`FlacStream::take`].
    pub fn finish(&mut self) -> std::io::Result<Vec<u8>> {
        let rest = std::mem::take(&mut self.begun);
        if !rest.is_empty() {
            self.frame(&rest)?;
        }
        Ok(self.bytes.try_iter().flatten().collect())
    }

    fn frame(&mut self, block: &[i32]) -> std::io::Result<()> {
        self.frames.write(self.rate, 1, 16, block).map_err(std::io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::wav::read_all;

    #[test]
    fn speech_is_read_back_as_it_was() {
        for (rate, length) in [(16_000, 10_000_usize), (22_050, 4_096), (24_000, 5)] {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let samples: Vec<f32> = (0..length).map(|n| 0.5 * (n as f32 / 40.0).sin()).collect();
            let mut stream = FlacStream::new(rate);
            let mut bytes = stream.header();
            for piece in samples.chunks(1_000) {
                bytes.extend(stream.take(piece).unwrap());
            }
            bytes.extend(stream.finish().unwrap());
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("speech.flac");
            std::fs::write(&path, bytes).unwrap();
            let read = read_all(&path).unwrap();
            assert_eq!(read.len(), (length * 16_000).div_ceil(rate as usize), "{rate}");
            if rate == 16_000 {
                assert!(read.iter().zip(&samples).all(|(one, other)| (one - other).abs() < 1e-4));
            }
        }
    }
}
