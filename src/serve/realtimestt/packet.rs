//! Sound as RealtimeSTT's clients send it: the length of a JSON object, the object, samples of 16 bits.

use serde_json::{Map, Value};

use crate::signal::pcm::levels;

/// Longest command in bytes. In memory, JSON of small parts takes a hundred times its length.
pub const LONGEST_COMMAND: usize = 128 * 1024;
/// Longest metadata in bytes.
const LONGEST_METADATA: usize = 64 * 1024;
/// Accepted rates in hertz.
const RATES: std::ops::RangeInclusive<f64> = 1_000.0..=768_000.0;

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
    /// There are several channels.
    #[error("sound has one channel here")]
    Channels,
    /// The samples are not `pcm_s16le`.
    #[error("samples are pcm_s16le here")]
    Format,
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
        if metadata.get("channels").is_some_and(|channels| channels.as_u64() != Some(1)) {
            return Err(PacketFault::Channels);
        }
        if metadata.get("format").is_some_and(|format| format.as_str() != Some("pcm_s16le")) {
            return Err(PacketFault::Format);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the range of rates")]
        let rate = rate.ok_or(PacketFault::Rate)?.round() as u32;
        Ok(Self { samples: levels(sound), rate })
    }
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
        assert_eq!(read("{\"sampleRate\": 16000, \"channels\": 2}"), Err(PacketFault::Channels));
        assert_eq!(read("{\"sampleRate\": 16000, \"format\": \"opus\"}"), Err(PacketFault::Format));
        assert_eq!(read("[1]"), Err(PacketFault::Metadata));
        assert_eq!(SoundPacket::read(&[1, 0, 0]), Err(PacketFault::Short));
        assert_eq!(SoundPacket::read(&[9, 0, 0, 0, b'{']), Err(PacketFault::Short));
        assert_eq!(SoundPacket::read(&[0xff; 8]), Err(PacketFault::Long));
    }

    proptest! {
        #[test]
        fn nothing_that_comes_is_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = SoundPacket::read(&bytes);
        }
    }
}
