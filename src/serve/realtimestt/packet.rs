//! Sound as RealtimeSTT's clients send it: the length of a JSON object, the object, samples of 16 bits.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::signal::pcm::levels;

/// Longest command in bytes. In memory, JSON of small parts takes a hundred times its length.
pub const LONGEST_COMMAND: usize = 128 * 1024;
/// Longest metadata in bytes.
pub const LONGEST_METADATA: usize = 64 * 1024;
/// Accepted rates in hertz.
const RATES: RangeInclusive<f64> = 1_000.0..=768_000.0;
/// Accepted numbers of channels.
const CHANNELS: RangeInclusive<u8> = 1..=8;

/// A piece of sound.
#[derive(Clone, Debug, PartialEq)]
pub struct SoundPacket {
    /// Mono, -1..=1.
    pub samples: Vec<f32>,
    /// Their rate in hertz.
    pub rate: u32,
}

/// The faults of a sound packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketFault {
    /// They end before the metadata does.
    #[error("the packet ends within its metadata")]
    Short,
    /// The metadata is longer than 64 KiB.
    #[error("the packet's metadata is longer than 65536 bytes")]
    Long,
    /// The metadata is not a JSON object.
    #[error("the packet's metadata is no JSON object")]
    Metadata,
    /// The rate is missing or makes no sense.
    #[error("the packet's metadata needs a sampleRate from 1000 to 768000")]
    Rate,
    /// The number of channels is none, or too large.
    #[error("the packet's channels are a number from 1 to 8")]
    Channels,
    /// The samples are not `pcm_s16le`.
    #[error("samples are pcm_s16le here")]
    Format,
    /// There is a part of a sample, or of a frame of several channels.
    #[error("the packet's samples are not whole frames of pcm_s16le")]
    Unaligned,
    /// There are more or fewer samples than the metadata says.
    #[error("the packet's frames are not as many as its metadata says")]
    Frames,
}

impl SoundPacket {
    /// Reads a packet.
    ///
    /// # Errors
    /// [`PacketFault`] when the bytes are not a valid packet.
    pub fn read(bytes: &[u8]) -> Result<Self, PacketFault> {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or(PacketFault::Short)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > LONGEST_METADATA {
            return Err(PacketFault::Long);
        }
        let (metadata, sound) = rest.split_at_checked(length).ok_or(PacketFault::Short)?;
        let metadata: Map<String, Value> = serde_json::from_slice(metadata).map_err(|_| PacketFault::Metadata)?;
        let rate = metadata.get("sampleRate").and_then(Value::as_f64).filter(|rate| RATES.contains(rate));
        let channels = metadata.get("channels").map_or(Some(1), |channels| u8::try_from(channels.as_u64()?).ok());
        let channels = channels.filter(|channels| CHANNELS.contains(channels)).ok_or(PacketFault::Channels)?;
        if metadata.get("format").is_some_and(|format| format.as_str() != Some("pcm_s16le")) {
            return Err(PacketFault::Format);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the range of rates")]
        let rate = rate.ok_or(PacketFault::Rate)?.round() as u32;
        let frame = 2 * usize::from(channels);
        if !sound.len().is_multiple_of(frame) {
            return Err(PacketFault::Unaligned);
        }
        let frames = (sound.len() / frame) as u64;
        if metadata.get("frames").is_some_and(|named| named.as_u64() != Some(frames)) {
            return Err(PacketFault::Frames);
        }
        Ok(Self { samples: mono(levels(sound), channels), rate })
    }
}

/// The mean of the channels.
fn mono(samples: Vec<f32>, channels: u8) -> Vec<f32> {
    if channels == 1 {
        return samples;
    }
    let mean = |frame: &[f32]| frame.iter().sum::<f32>() / f32::from(channels);
    samples.chunks_exact(channels.into()).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop};
    use proptest::proptest;

    use super::*;

    fn packet(metadata: &str, sound: &[u8]) -> Vec<u8> {
        let length = u32::try_from(metadata.len()).unwrap();
        [&length.to_le_bytes()[..], metadata.as_bytes(), sound].concat()
    }

    #[test]
    fn a_packet_is_read_and_what_is_none_is_refused() {
        let read = |metadata: &str| SoundPacket::read(&packet(metadata, &[0, 0x40, 0, 0xc0]));
        let sound = SoundPacket { samples: vec![0.5, -0.5], rate: 44_100 };
        assert_eq!(read("{\"sampleRate\": 44100}"), Ok(sound.clone()));
        assert_eq!(read("{\"sampleRate\": 44100.0, \"server_sent_to_stt\": 1, \"x\": []}"), Ok(sound.clone()));
        assert_eq!(read("{\"sampleRate\":44100,\"channels\":1,\"format\":\"pcm_s16le\",\"frames\":2}"), Ok(sound));
        assert_eq!(read("{}"), Err(PacketFault::Rate));
        assert_eq!(read("{\"sampleRate\": 1e300}"), Err(PacketFault::Rate));
        for channels in ["0", "9", "257", "-1", "1.5", "true"] {
            let metadata = format!("{{\"sampleRate\": 16000, \"channels\": {channels}}}");
            assert_eq!(read(&metadata), Err(PacketFault::Channels), "{channels}");
        }
        assert_eq!(read("{\"sampleRate\": 16000, \"format\": \"opus\"}"), Err(PacketFault::Format));
        assert_eq!(read("[1]"), Err(PacketFault::Metadata));
        assert_eq!(SoundPacket::read(&[1, 0, 0]), Err(PacketFault::Short));
        assert_eq!(SoundPacket::read(&[9, 0, 0, 0, b'{']), Err(PacketFault::Short));
        assert_eq!(SoundPacket::read(&[0xff; 8]), Err(PacketFault::Long));
    }

    #[test]
    fn several_channels_are_mixed_to_one() {
        let stereo = [0, 0x40, 0, 0, 0, 0xc0, 0, 0x40];
        let sound = SoundPacket { samples: vec![0.25, 0.0], rate: 16_000 };
        let metadata = "{\"sampleRate\": 16000, \"channels\": 2, \"frames\": 2}";
        assert_eq!(SoundPacket::read(&packet(metadata, &stereo)), Ok(sound));
        let eight = SoundPacket::read(&packet("{\"sampleRate\": 16000, \"channels\": 8}", &stereo.repeat(2)));
        assert_eq!(eight.unwrap().samples, [0.125]);
    }

    #[test]
    fn samples_that_are_not_whole_or_not_counted_right_are_refused() {
        for (channels, sound, frames, fault) in [
            (1, &[0; 3][..], 1, PacketFault::Unaligned),
            (2, &[0; 6], 1, PacketFault::Unaligned),
            (1, &[0; 4], 3, PacketFault::Frames),
            (2, &[0; 8], 4, PacketFault::Frames),
            (1, &[0; 4], -2, PacketFault::Frames),
        ] {
            let metadata = format!("{{\"sampleRate\": 16000, \"channels\": {channels}, \"frames\": {frames}}}");
            assert_eq!(SoundPacket::read(&packet(&metadata, sound)), Err(fault), "{metadata}");
        }
        assert_eq!(SoundPacket::read(&packet("{\"sampleRate\": 16000}", &[0])), Err(PacketFault::Unaligned));
    }

    proptest! {
        #[test]
        fn nothing_that_comes_is_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = SoundPacket::read(&bytes);
        }
    }
}
