//! Decoders of packets: symphonia's, and Opus, which symphonia lacks.

use opus_pure::{OpusDecoder, OpusMSDecoder};
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::packet::Packet;

use super::kinds;
use crate::device::mix_down;
use crate::signal::frame::RATE;

/// Longest packet of Opus in samples of each channel at 16 kHz: 120 ms.
const LONGEST: usize = RATE as usize * 120 / 1000;

/// The decoder of a track.
pub(super) enum TrackDecoder {
    /// A decoder of symphonia.
    Symphonia(Box<dyn AudioDecoder>),
    /// Opus, which decodes to 16 kHz by itself.
    Opus(Box<Opus>),
}

impl TrackDecoder {
    /// The decoder for a track of these parameters.
    ///
    /// # Errors
    /// The name of a codec that there is no decoder for.
    pub(super) fn new(parameters: &AudioCodecParameters) -> Result<Self, String> {
        if parameters.codec == CODEC_ID_OPUS {
            let opus = Opus::new(parameters).map_err(|reason| format!("Opus ({reason})"))?;
            return Ok(Self::Opus(Box::new(opus)));
        }
        let decoder = symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default());
        decoder.map(Self::Symphonia).map_err(|error| match error {
            // For a codec without a decoder, symphonia's reason says less than the codec's name.
            Error::Unsupported(reason) if !reason.starts_with("core") => {
                format!("{} ({reason})", kinds::codec(parameters.codec))
            }
            _ => kinds::codec(parameters.codec),
        })
    }

    /// Rate of the decoded sound, for a track of `rate` hertz.
    pub(super) fn rate(&self, rate: u32) -> u32 {
        match self {
            Self::Symphonia(_) => rate,
            Self::Opus(_) => RATE,
        }
    }

    /// Appends the samples of a packet, mixed down. Returns their rate, if the decoder knows better than the header.
    ///
    /// # Errors
    /// When the packet is broken.
    pub(super) fn decode(&mut self, packet: &Packet, mono: &mut Vec<f32>) -> Result<Option<u32>, String> {
        match self {
            Self::Symphonia(decoder) => {
                let sound = decoder.decode(packet).map_err(|error| error.to_string())?;
                let channels = sound.spec().channels().count().max(1);
                let rate = sound.spec().rate();
                let mut samples = Vec::new();
                sound.copy_to_vec_interleaved::<f32>(&mut samples);
                mono.extend(samples.chunks_exact(channels).map(mix_down));
                Ok(Some(rate))
            }
            Self::Opus(opus) => opus.decode(&packet.data, mono).map(|()| None),
        }
    }
}

/// An Opus stream as RFC 7845 describes it.
pub(super) struct Opus {
    streams: Streams,
    channels: usize,
    /// Samples to leave out at the start.
    skip: usize,
    /// Factor that the header asks for.
    gain: f32,
    samples: Vec<f32>,
}

enum Streams {
    One(Box<OpusDecoder>),
    Several(OpusMSDecoder),
}

impl Opus {
    fn new(parameters: &AudioCodecParameters) -> Result<Self, String> {
        let head = parameters.extra_data.as_deref().unwrap_or_default();
        let told = parameters.channels.as_ref().map_or(1, symphonia::core::audio::Channels::count);
        let channels = head.get(9).map_or(told, |count| usize::from(*count)).max(1);
        // In MP4 the same numbers are big-endian, and the version is 0.
        let big = head.get(8) == Some(&0);
        let half = |at: usize| {
            let bytes = head.get(at..at + 2).map_or([0; 2], |bytes| [bytes[0], bytes[1]]);
            if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
        };
        let family = head.get(18).copied().unwrap_or(0);
        let rate = RATE.cast_signed();
        let streams = if family == 0 || channels <= 2 {
            OpusDecoder::new(rate, channels).map(|decoder| Streams::One(Box::new(decoder)))
        } else {
            OpusMSDecoder::new(rate, channels, family).map(Streams::Several)
        };
        Ok(Self {
            streams: streams.map_err(|error| error.to_string())?,
            channels,
            // The header counts the skip in samples at 48 kHz, and the gain in 256ths of a decibel.
            skip: usize::from(half(10)) / 3,
            gain: 10.0_f32.powf(f32::from(half(16).cast_signed()) / 256.0 / 20.0),
            samples: vec![0.0; LONGEST * channels],
        })
    }

    fn decode(&mut self, packet: &[u8], mono: &mut Vec<f32>) -> Result<(), String> {
        let decoded = match &mut self.streams {
            Streams::One(decoder) => decoder.decode(packet, LONGEST, &mut self.samples),
            Streams::Several(decoder) => decoder.decode(packet, LONGEST, &mut self.samples),
        };
        let frames = decoded.map_err(|error| error.to_string())?;
        let skip = self.skip.min(frames);
        self.skip -= skip;
        let samples = self.samples.chunks_exact(self.channels).take(frames).skip(skip);
        mono.extend(samples.map(|channels| (mix_down(channels) * self.gain).clamp(-1.0, 1.0)));
        Ok(())
    }
}
