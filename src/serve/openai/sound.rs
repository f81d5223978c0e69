//! The sound of speech as bytes: MP3, WAV, samples alone, FLAC, or Opus.

use super::flac::FlacStream;
use super::mp3::{self, Mp3Stream};
use super::opus::{self, OpusStream};
use crate::signal::pcm::pcm;

/// Rate at which OpenAI's clients play samples without a header, in hertz.
pub const PCM_RATE: u32 = 24_000;

/// The forms in which speech is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpeechFormat {
    /// MP3, which OpenAI's clients get where they name nothing.
    #[default]
    Mp3,
    /// RIFF with 16-bit samples, of open length.
    Wav,
    /// 16-bit samples at 24 kHz, little-endian, without a header.
    Pcm,
    /// FLAC.
    Flac,
    /// Opus in Ogg.
    Opus,
}

impl SpeechFormat {
    /// All of them by their names.
    pub const NAMES: [(&str, Self); 5] =
        [("mp3", Self::Mp3), ("wav", Self::Wav), ("pcm", Self::Pcm), ("flac", Self::Flac), ("opus", Self::Opus)];

    /// The format of that name.
    pub fn of(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// The content type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::Pcm => "audio/pcm",
            Self::Flac => "audio/flac",
            Self::Opus => "audio/ogg",
        }
    }

    /// Rate in which the samples are wanted, in hertz; `None` for the voice's own.
    pub fn rate(self) -> Option<u32> {
        match self {
            Self::Wav | Self::Flac => None,
            Self::Pcm => Some(PCM_RATE),
            Self::Mp3 => Some(mp3::RATE),
            Self::Opus => Some(opus::RATE),
        }
    }
}

/// Speech on its way to bytes.
pub enum SpeechEncoder {
    /// Samples as they are, with or without a header.
    Pcm,
    /// Frames of MP3.
    Mp3(Mp3Stream),
    /// Frames of FLAC.
    Flac(Box<FlacStream>),
    /// Packets of Opus in pages of Ogg.
    Opus(Box<OpusStream>),
}

impl SpeechEncoder {
    /// An encoder for samples of `rate` hertz, and the header.
    ///
    /// # Errors
    /// When the encoder refuses the format.
    pub fn new(format: SpeechFormat, rate: u32) -> std::io::Result<(Self, Vec<u8>)> {
        Ok(match format {
            SpeechFormat::Mp3 => (Self::Mp3(Mp3Stream::new()?), Vec::new()),
            SpeechFormat::Wav => (Self::Pcm, wav_header(rate)),
            SpeechFormat::Pcm => (Self::Pcm, Vec::new()),
            SpeechFormat::Flac => {
                let stream = FlacStream::new(rate);
                let header = stream.header();
                (Self::Flac(Box::new(stream)), header)
            }
            SpeechFormat::Opus => {
                let (stream, header) = OpusStream::new()?;
                (Self::Opus(Box::new(stream)), header)
            }
        })
    }

    /// The bytes of samples, as far as they are complete.
    ///
    /// # Errors
    /// When the encoder refuses them.
    pub fn take(&mut self, samples: &[f32]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Pcm => Ok(pcm(samples)),
            Self::Mp3(stream) => stream.take(samples),
            Self::Flac(stream) => stream.take(samples),
            Self::Opus(stream) => stream.take(samples),
        }
    }

    /// The bytes of the rest.
    ///
    /// # Errors
    /// When the encoder refuses them.
    pub fn finish(&mut self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Pcm => Ok(Vec::new()),
            Self::Mp3(stream) => stream.finish(),
            Self::Flac(stream) => stream.finish(),
            Self::Opus(stream) => stream.finish(),
        }
    }
}

/// A WAV header for mono samples of 16 bits at `rate` hertz whose number is not known yet: it states the largest length,
/// as streams do.
pub fn wav_header(rate: u32) -> Vec<u8> {
    let mut header = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    header.extend(rate.to_le_bytes());
    header.extend((2 * rate).to_le_bytes());
    header.extend(b"\x02\0\x10\0data\xff\xff\xff\xff");
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::wav::read_all;

    #[test]
    fn speech_is_read_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("speech.wav");
        let (mut encoder, mut bytes) = SpeechEncoder::new(SpeechFormat::Wav, 16_000).unwrap();
        bytes.extend(encoder.take(&[0.5; 1_600]).unwrap());
        bytes.extend(encoder.take(&[-0.5; 1_600]).unwrap());
        bytes.extend(encoder.finish().unwrap());
        std::fs::write(&path, bytes).unwrap();
        let read = read_all(&path).unwrap();
        assert_eq!(read.len(), 3_200);
        assert!((read[10] - 0.5).abs() < 1e-3 && (read[3_000] + 0.5).abs() < 1e-3);
    }

    #[test]
    fn formats_have_names() {
        assert!(SpeechEncoder::new(SpeechFormat::Pcm, 24_000).unwrap().1.is_empty());
        assert_eq!(SpeechFormat::of("pcm"), Some(SpeechFormat::Pcm));
        assert_eq!(SpeechFormat::of("aac"), None);
    }
}
