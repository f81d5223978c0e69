//! The sample layout of a file, as the format chunks of WAV and AIFF and the header of AU describe it.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known as known;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};

/// Most channels that are mixed down.
const MOST_CHANNELS: u16 = 256;
/// The end of each identifier of a format in WAVE_FORMAT_EXTENSIBLE that begins with the two bytes of the old number:
/// that of Microsoft's media formats, and that of Ambisonics.
const GUIDS: [[u8; 14]; 2] = [
    [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71],
    [0, 0, 0x21, 0x07, 0xd3, 0x11, 0x86, 0x44, 0xc8, 0xc1, 0xca, 0, 0, 0],
];

/// The content of a file's data.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum DataContent {
    /// Blocks of equal length.
    Blocks(Shape),
    /// A stream in a format of its own, named by the extension of its files.
    Stream(&'static str),
    /// A codec that golem cannot read, by name.
    Unreadable(String),
}

/// Blocks of equal length.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) codec: AudioCodecId,
    pub(super) channels: u16,
    /// Rate in hertz; not checked.
    pub(super) rate: u32,
    /// Bytes of a block, never 0.
    pub(super) block: u32,
    /// Samples of each channel in a block, never 0.
    pub(super) frames: u32,
}

impl Shape {
    /// Parameters for the decoder. Packets hold `blocks` blocks at most.
    pub(super) fn parameters(&self, blocks: u32) -> AudioCodecParameters {
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(self.codec)
            .with_sample_rate(self.rate)
            .with_channels(Channels::Discrete(self.channels))
            .with_frames_per_block(u64::from(self.frames))
            .with_max_frames_per_packet(u64::from(self.frames) * u64::from(blocks));
        parameters
    }

    /// Blocks of one sample of each channel, each of `bytes` bytes.
    fn samples(codec: AudioCodecId, channels: u16, rate: u32, bytes: u32) -> DataContent {
        DataContent::Blocks(Self { codec, channels, rate, block: u32::from(channels) * bytes, frames: 1 })
    }
}

/// Reads the format chunk of a WAV file, little-endian or (`RIFX`) big-endian. `None` when it makes no sense.
pub(super) fn wave(chunk: &[u8], big: bool) -> Option<DataContent> {
    let half = |at: usize| {
        let bytes = chunk.get(at..at + 2)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let word = |at: usize| {
        let bytes = chunk.get(at..at + 4)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    let (mut tag, channels, rate, align, bits) = (half(0)?, half(2)?, word(4)?, half(12)?, half(14).unwrap_or(0));
    if !(1..=MOST_CHANNELS).contains(&channels) {
        return None;
    }
    if tag == 0xfffe {
        let known = chunk.get(26..40).is_some_and(|rest| GUIDS.iter().any(|guid| guid == rest));
        if !known {
            return Some(DataContent::Unreadable("an extended format of its own".into()));
        }
        tag = half(24)?;
    }
    // Take the bytes of a sample from the alignment where it makes sense: 24 bits may lie in 32.
    let bytes = match align / channels {
        bytes @ 1..=8 if align % channels == 0 => u32::from(bytes),
        _ => u32::from(bits.div_ceil(8)),
    };
    Some(match tag {
        0x0001 => match integer(bytes, big, bytes == 1) {
            Some(codec) => Shape::samples(codec, channels, rate, bytes),
            None => DataContent::Unreadable(format!("PCM of {bits} bits")),
        },
        0x0003 => match float(bytes, big) {
            Some(codec) => Shape::samples(codec, channels, rate, bytes),
            None => DataContent::Unreadable(format!("floating point of {bits} bits")),
        },
        0x0006 => Shape::samples(known::CODEC_ID_PCM_ALAW, channels, rate, 1),
        0x0007 => Shape::samples(known::CODEC_ID_PCM_MULAW, channels, rate, 1),
        0x0002 => adpcm(known::CODEC_ID_ADPCM_MS, channels, rate, align, 7, 2)?,
        0x0011 => adpcm(known::CODEC_ID_ADPCM_IMA_WAV, channels, rate, align, 4, 1)?,
        0x0050 | 0x0055 => DataContent::Stream("mp3"),
        0x1600 => DataContent::Stream("aac"),
        other => DataContent::Unreadable(wave_codec(other)),
    })
}

/// Blocks of ADPCM: each channel begins with `header` bytes that hold `first` samples; each other sample takes 4 bits.
fn adpcm(codec: AudioCodecId, channels: u16, rate: u32, align: u16, header: u16, first: u32) -> Option<DataContent> {
    if channels > 2 {
        return Some(DataContent::Unreadable(format!("ADPCM of {channels} channels")));
    }
    let rest = u32::from(align.checked_sub(header * channels)?);
    let frames = rest * 2 / u32::from(channels) + first;
    Some(DataContent::Blocks(Shape { codec, channels, rate, block: u32::from(align), frames }))
}

/// The codec of integers of `bytes` bytes. One byte is unsigned in WAV and signed in AIFF and AU.
fn integer(bytes: u32, big: bool, unsigned: bool) -> Option<AudioCodecId> {
    Some(match (bytes, big) {
        (1, _) if unsigned => known::CODEC_ID_PCM_U8,
        (1, _) => known::CODEC_ID_PCM_S8,
        (2, false) => known::CODEC_ID_PCM_S16LE,
        (2, true) => known::CODEC_ID_PCM_S16BE,
        (3, false) => known::CODEC_ID_PCM_S24LE,
        (3, true) => known::CODEC_ID_PCM_S24BE,
        (4, false) => known::CODEC_ID_PCM_S32LE,
        (4, true) => known::CODEC_ID_PCM_S32BE,
        _ => return None,
    })
}

/// The codec of floating-point numbers of `bytes` bytes.
fn float(bytes: u32, big: bool) -> Option<AudioCodecId> {
    Some(match (bytes, big) {
        (4, false) => known::CODEC_ID_PCM_F32LE,
        (4, true) => known::CODEC_ID_PCM_F32BE,
        (8, false) => known::CODEC_ID_PCM_F64LE,
        (8, true) => known::CODEC_ID_PCM_F64BE,
        _ => return None,
    })
}

/// Reads the common chunk of an AIFF file, or of an AIFC file, which names its codec. `None` when it makes no sense.
pub(super) fn aiff(chunk: &[u8], compressed: bool) -> Option<DataContent> {
    let half = |at: usize| Some(u16::from_be_bytes(chunk.get(at..at + 2)?.try_into().ok()?));
    let (channels, bits, rate) = (half(0)?, half(6)?, extended(chunk.get(8..18)?.try_into().ok()?)?);
    if !(1..=MOST_CHANNELS).contains(&channels) {
        return None;
    }
    let bytes = u32::from(bits.div_ceil(8));
    let tag = if compressed { chunk.get(18..22)? } else { b"NONE" };
    let samples = |codec: Option<AudioCodecId>, bytes: u32| match codec {
        Some(codec) => Shape::samples(codec, channels, rate, bytes),
        None => DataContent::Unreadable(format!("PCM of {bits} bits")),
    };
    Some(match &tag.to_ascii_lowercase()[..] {
        b"none" | b"twos" => samples(integer(bytes, true, false), bytes),
        b"sowt" => samples(integer(bytes, false, false), bytes),
        b"raw " => samples(integer(bytes, true, true), bytes),
        b"in24" => samples(integer(3, true, false), 3),
        b"in32" => samples(integer(4, true, false), 4),
        b"42ni" => samples(integer(3, false, false), 3),
        b"23ni" => samples(integer(4, false, false), 4),
        b"fl32" => samples(float(4, true), 4),
        b"fl64" => samples(float(8, true), 8),
        b"alaw" => samples(Some(known::CODEC_ID_PCM_ALAW), 1),
        b"ulaw" => samples(Some(known::CODEC_ID_PCM_MULAW), 1),
        // 34 bytes of each channel in turn, for 64 samples.
        b"ima4" if channels <= 2 => DataContent::Blocks(Shape {
            codec: known::CODEC_ID_ADPCM_IMA_QT,
            channels,
            rate,
            block: 34 * u32::from(channels),
            frames: 64,
        }),
        _ => DataContent::Unreadable(format!("the codec \"{}\"", tag.escape_ascii())),
    })
}

/// An 80-bit floating-point number in whole hertz; `None` if it cannot be a sample rate.
fn extended(bytes: [u8; 10]) -> Option<u32> {
    let exponent = i32::from(u16::from_be_bytes([bytes[0], bytes[1]])) - 16_383;
    let mantissa = u64::from_be_bytes(bytes[2..].try_into().ok()?);
    let shift = u32::try_from(63 - exponent).ok().filter(|shift| *shift < 64)?;
    u32::try_from(mantissa >> shift).ok()
}

/// Reads the numbers of an AU header: encoding, rate and channels. `None` when they make no sense.
pub(super) fn au(encoding: u32, rate: u32, channels: u32) -> Option<DataContent> {
    let channels = u16::try_from(channels).ok().filter(|count| (1..=MOST_CHANNELS).contains(count))?;
    let (codec, bytes) = match encoding {
        1 => (Some(known::CODEC_ID_PCM_MULAW), 1),
        27 => (Some(known::CODEC_ID_PCM_ALAW), 1),
        2..=5 => (integer(encoding - 1, true, false), encoding - 1),
        6 => (float(4, true), 4),
        7 => (float(8, true), 8),
        _ => (None, 0),
    };
    Some(match codec {
        Some(codec) => Shape::samples(codec, channels, rate, bytes),
        None => DataContent::Unreadable(format!("encoding {encoding}")),
    })
}

/// The codec that a WAV file's format number stands for, of those that recorders use (from Microsoft's mmreg.h).
fn wave_codec(tag: u16) -> String {
    let name = match tag {
        0x000a | 0x0160..=0x0163 => "Windows Media Audio",
        0x0010 | 0x0017 => "OKI ADPCM",
        0x0014 => "G.723 ADPCM",
        0x0022 => "TrueSpeech",
        0x0031 | 0x0032 => "GSM 6.10",
        0x0040 => "G.721 ADPCM",
        0x0041 => "G.728",
        0x0042 => "G.723.1",
        0x0045 | 0x0064 => "G.726 ADPCM",
        0x0065 => "G.722",
        0x0083 => "G.729",
        0x0092 | 0x2000 => "AC-3",
        0x00ff | 0x1610 => "AAC without frames of its own",
        0x0130 => "ACELP",
        0x2001 => "DTS",
        0x674f..=0x6751 | 0x676f..=0x6771 => "Vorbis",
        0x704f => "Opus",
        0x7a21 | 0x7a22 => "AMR",
        0xa109 => "Speex",
        0xf1ac => "FLAC",
        _ => return format!("codec number 0x{tag:04x}"),
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(tag: u16, channels: u16, align: u16, bits: u16, rest: &[u8]) -> Vec<u8> {
        let mut chunk = Vec::new();
        chunk.extend(tag.to_le_bytes());
        chunk.extend(channels.to_le_bytes());
        chunk.extend(16_000_u32.to_le_bytes());
        chunk.extend([0; 4]);
        chunk.extend(align.to_le_bytes());
        chunk.extend(bits.to_le_bytes());
        chunk.extend(rest);
        chunk
    }

    fn block(content: Option<DataContent>) -> (u32, u32) {
        match content {
            Some(DataContent::Blocks(shape)) => (shape.block, shape.frames),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn wave_formats_have_the_shape_that_their_makers_meant() {
        assert_eq!(block(wave(&format(1, 2, 4, 16, &[]), false)), (4, 1));
        assert_eq!(block(wave(&format(1, 2, 0, 24, &[]), false)), (6, 1), "no alignment told");
        assert_eq!(block(wave(&format(1, 1, 4, 24, &[]), false)), (4, 1), "24 bits in 32");
        assert_eq!(block(wave(&format(1, 1, 2, 12, &[]), false)), (2, 1));
        assert_eq!(block(wave(&format(2, 1, 256, 4, &[]), false)), (256, 500));
        assert_eq!(block(wave(&format(0x11, 2, 2_048, 4, &[]), false)), (2_048, 2_041));
        let mut extension = vec![22, 0, 16, 0, 0, 0, 0, 0, 7, 0];
        extension.extend(GUIDS[0]);
        assert_eq!(block(wave(&format(0xfffe, 1, 1, 8, &extension), false)), (1, 1), "µ-law, extended");
        assert_eq!(wave(&format(0x55, 1, 1, 0, &[]), false), Some(DataContent::Stream("mp3")));
        let gsm = wave(&format(0x31, 1, 65, 0, &[]), false);
        assert_eq!(gsm, Some(DataContent::Unreadable("GSM 6.10".into())));
    }

    #[test]
    fn what_makes_no_sense_is_none() {
        assert_eq!(wave(&[], false), None);
        assert_eq!(wave(&format(1, 0, 4, 16, &[]), false), None);
        assert_eq!(wave(&format(2, 2, 3, 4, &[]), false), None, "a block shorter than its header");
        assert_eq!(aiff(&[0; 18], false), None);
        assert_eq!(au(3, 16_000, 0), None);
        assert_eq!(wave(&format(1, 1, 0, 64, &[]), false), Some(DataContent::Unreadable("PCM of 64 bits".into())));
    }

    #[test]
    fn rates_of_aiff_are_read_from_eighty_bits() {
        assert_eq!(extended([0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0]), Some(44_100));
        assert_eq!(extended([0x40, 0x0c, 0xfa, 0, 0, 0, 0, 0, 0, 0]), Some(16_000));
        for wrong in [[0xff; 10], [0; 10], [0x43, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(extended(wrong), None);
        }
    }
}
