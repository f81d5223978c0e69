//! Opus in Ogg as a stream: packets of 20 ms, in pages that are sent as they are full.

use std::io::Error;

use opus_pure::{Application, MAX_PACKET_BYTES, OggOpusWriter, OpusEncoder, OpusHead};

/// Rate of the samples that are encoded, in hertz: no voice has more; Opus itself counts at 48 kHz.
pub const RATE: u32 = 24_000;
/// Ticks of Opus's own clock in a sample.
const TICKS: u64 = 2;
/// Samples of a packet: 20 ms.
const PACKET: usize = RATE as usize / 50;
/// Bits a second, in the middle of what RFC 7587 (3.1.1) names for speech of full band.
const BITRATE: i32 = 32_000;
/// Bytes of a page: a tenth of a second.
const PAGE: usize = 400;

/// An encoder for mono samples at [`RATE`].
pub struct OpusStream {
    encoder: OpusEncoder,
    pages: Option<OggOpusWriter<Vec<u8>>>,
    /// Samples that do not fill a packet yet.
    begun: Vec<f32>,
    /// Samples in all.
    samples: u64,
    /// Ticks by which the encoder lags behind.
    pre_skip: u64,
}

impl OpusStream {
    /// An encoder, and the headers before its first packet.
    ///
    /// # Errors
    /// When the codec refuses the format.
    pub fn new() -> std::io::Result<(Self, Vec<u8>)> {
        let rate = i32::try_from(RATE).unwrap_or(i32::MAX);
        let mut encoder = OpusEncoder::new(rate, 1, Application::Audio).map_err(Error::other)?;
        encoder.bitrate_bps = BITRATE;
        let head = OpusHead::for_encoder(&encoder, RATE);
        let pre_skip = u64::from(head.pre_skip);
        let mut pages = OggOpusWriter::new(Vec::new(), head).map_err(Error::other)?;
        pages.set_page_target(PAGE);
        let mut stream = Self { encoder, pages: Some(pages), begun: Vec::new(), samples: 0, pre_skip };
        let header = stream.written();
        Ok((stream, header))
    }

    /// The bytes of all pages that `samples` (-1..=1) complete.
    ///
    /// # Errors
    /// When the codec refuses them.
    pub fn take(&mut self, samples: &[f32]) -> std::io::Result<Vec<u8>> {
        self.samples += samples.len() as u64;
        self.begun.extend(samples.iter().map(|sample| sample.clamp(-1.0, 1.0)));
        let whole = self.begun.len() / PACKET * PACKET;
        let ready: Vec<f32> = self.begun.drain(..whole).collect();
        ready.chunks(PACKET).try_for_each(|block| self.packet(block, None))?;
        Ok(self.written())
    }

    /// The bytes of the rest. The stream ends with the samples, not with the last packet.
    ///
    /// # Errors
    /// As [`OpusStream::take`].
    pub fn finish(&mut self) -> std::io::Result<Vec<u8>> {
        let mut rest = std::mem::take(&mut self.begun);
        // Add as much silence as the encoder lags behind, to get the samples that it still holds.
        let lag = usize::try_from(self.pre_skip.div_ceil(TICKS)).unwrap_or(PACKET);
        rest.resize((rest.len() + lag).next_multiple_of(PACKET), 0.0);
        let blocks: Vec<&[f32]> = rest.chunks(PACKET).collect();
        let end = self.pre_skip + self.samples * TICKS;
        for (number, block) in blocks.iter().enumerate() {
            self.packet(block, (number + 1 == blocks.len()).then_some(end))?;
        }
        match self.pages.take() {
            Some(pages) => pages.finish().map_err(Error::other),
            None => Ok(Vec::new()),
        }
    }

    /// Writes a packet; the last one ends at tick `end`.
    fn packet(&mut self, block: &[f32], end: Option<u64>) -> std::io::Result<()> {
        let Some(pages) = &mut self.pages else { return Ok(()) };
        let mut packet = [0; MAX_PACKET_BYTES];
        let length = self.encoder.encode(block, PACKET, &mut packet).map_err(Error::other)?;
        let written = match end {
            None => pages.write_packet(&packet[..length]),
            Some(end) => {
                let ticks = end.saturating_sub(u64::try_from(pages.granule()).unwrap_or(0));
                pages.write_packet_with_duration(&packet[..length], u32::try_from(ticks).unwrap_or(u32::MAX))
            }
        };
        written.map_err(Error::other)
    }

    /// The bytes that are ready.
    fn written(&mut self) -> Vec<u8> {
        self.pages.as_mut().and_then(OggOpusWriter::get_mut).map(std::mem::take).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use opus_pure::{MAX_PACKET_SAMPLES, OggOpusReader, Trim};

    use super::*;
    use crate::device::wav::read_all;

    /// The samples that a player decodes from a stream.
    fn played(bytes: &[u8]) -> Vec<f32> {
        let rate = i32::try_from(RATE).unwrap();
        let mut reader = OggOpusReader::new(bytes).unwrap();
        let mut decoder = reader.head().decoder(rate).unwrap();
        let mut trim = Trim::new(reader.head(), rate, 1).unwrap();
        let (mut block, mut samples) = (vec![0.0; MAX_PACKET_SAMPLES], Vec::new());
        for packet in reader.packets() {
            let packet = packet.unwrap();
            let length = decoder.decode(&packet.data, MAX_PACKET_SAMPLES, &mut block).unwrap();
            samples.extend_from_slice(trim.keep(&packet, &block[..length]));
        }
        samples
    }

    #[test]
    fn speech_is_played_back_as_long_and_as_loud_as_it_was() {
        for length in [24_000_usize, 480, 1, 30_001] {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let samples: Vec<f32> = (0..length).map(|n| 0.5 * (n as f32 / 20.0).sin()).collect();
            let (mut stream, mut bytes) = OpusStream::new().unwrap();
            assert!(bytes.starts_with(b"OggS"));
            for piece in samples.chunks(1_000) {
                bytes.extend(stream.take(piece).unwrap());
            }
            bytes.extend(stream.finish().unwrap());
            assert!(stream.finish().unwrap().is_empty(), "it has ended");
            assert!(bytes.len() < 1_000 + length / 2, "{} bytes of {length} samples", bytes.len());
            let read = played(&bytes);
            assert_eq!(read.len(), length);
            if length == 24_000 {
                let level = (read[4_000..12_000].iter().map(|one| one * one).sum::<f32>() / 8_000.0).sqrt();
                assert!((level - 0.354).abs() < 0.05, "{level}");
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("speech.opus");
                std::fs::write(&path, &bytes).unwrap();
                assert!(read_all(&path).unwrap().len().abs_diff(16_000) < 500, "golem hears it too");
            }
        }
    }
}
