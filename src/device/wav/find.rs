//! The audio track of a file and its decoder.

use std::path::Path;

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known as known;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::FORMAT_ID_ADTS;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use super::decoder::TrackDecoder;
use super::header::{self, HeaderFault, WavHeader};
use super::packets::{PacketBlocks, Packets};
use super::shape::{DataContent, Shape};
use super::stream::{Inside, SoundStream};
use super::{kinds, stream};
use crate::device::DeviceError;
use crate::signal::frame::RATE;

/// Rates that can be read, in hertz.
pub(super) const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;
/// Seconds that may be missing at the end of a container without a warning: encoders count their own delay in different
/// ways.
const SLACK: f64 = 0.5;

/// The chosen track, and its decoder.
pub(super) struct Chosen {
    pub(super) packets: Packets,
    pub(super) decoder: TrackDecoder,
    pub(super) track: u32,
    /// Rate of the decoded sound, in hertz.
    pub(super) rate: u32,
    /// Length that the header states, in seconds.
    pub(super) length: Option<f64>,
    /// Length in seconds below which the sound counts as cut short.
    pub(super) promised: Option<f64>,
}

/// Opens a file and chooses the track to hear.
///
/// # Errors
/// When there is no such file, or nothing in it that can be heard.
pub(super) fn sound(path: &Path) -> Result<Chosen, DeviceError> {
    let SoundStream { mut source, head } = stream::open(path)?;
    let chosen = match header::read(source.as_mut(), &head) {
        Some(Ok(header)) => of_header(path, source, header),
        Some(Err(HeaderFault::Io(error))) => Err(error.to_string()),
        Some(Err(HeaderFault::NoSound)) => Err(kinds::refusal(path, &head, Some("there is no sound in it"))),
        Some(Err(HeaderFault::Damaged)) => Err(kinds::refusal(path, &head, Some("its format makes no sense"))),
        None => of_container(path, source, &head),
    };
    chosen.map_err(|reason| DeviceError::Read { path: path.to_owned(), reason })
}

/// The track of a file whose header golem reads itself, or why there is none.
fn of_header(path: &Path, source: Box<dyn MediaSource>, header: WavHeader) -> Result<Chosen, String> {
    let shape = match &header.content {
        DataContent::Blocks(shape) => shape.clone(),
        DataContent::Unreadable(codec) => return Err(kinds::unreadable(path, header.kind, codec)),
        DataContent::Stream(ending) => {
            let inside = Box::new(Inside::new(source, header.length));
            let probed = probe(inside, &[ending]).map_err(|error| error.to_string());
            let format = probed
                .map_err(|reason| kinds::unreadable(path, header.kind, &format!("broken {ending} ({reason})")))?;
            return of_format(path, header.kind, format);
        }
    };
    if !RATES.contains(&shape.rate) {
        return Err(BAD_RATE.into());
    }
    let decoder = TrackDecoder::new(&shape.parameters(PacketBlocks::count(&shape)));
    let decoder = decoder.map_err(|codec| kinds::unreadable(path, header.kind, &codec))?;
    let length = |bytes: Option<u64>| bytes.map(|bytes| blocks_last(&shape, bytes));
    Ok(Chosen {
        decoder,
        track: 0,
        rate: shape.rate,
        length: length(header.promised),
        promised: length(header.promised),
        packets: Packets::Blocks(PacketBlocks::new(source, &shape, header.begun, header.length)),
    })
}

/// Seconds that `bytes` of blocks last.
fn blocks_last(shape: &Shape, bytes: u64) -> f64 {
    seconds(bytes / u64::from(shape.block.max(1)) * u64::from(shape.frames), shape.rate)
}

/// The track of a file that symphonia reads, or why there is none.
fn of_container(path: &Path, source: Box<dyn MediaSource>, head: &[u8]) -> Result<Chosen, String> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match probe(source, ending.as_slice()) {
        Ok(format) => of_format(path, "", format),
        Err(Error::IoError(error)) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(error.to_string()),
        // Give no reason: symphonia's says nothing of value about an unknown kind.
        Err(Error::Unsupported(reason)) if reason.starts_with("core") => Err(kinds::refusal(path, head, None)),
        Err(error) => Err(kinds::refusal(path, head, Some(&error.to_string()))),
    }
}

/// The track of a container to hear, or why there is none. `within` is the kind of file around the container.
fn of_format(path: &Path, within: &str, format: Box<dyn FormatReader>) -> Result<Chosen, String> {
    let kind = if within.is_empty() { format.format_info().long_name.to_owned() } else { within.to_owned() };
    let is_mp4 = format.format_info().short_name == "isomp4";
    let again = || is_mp4.then(|| stream::open(path).ok()).flatten();
    let big = has_wide_samples(format.as_ref())
        && again().is_some_and(|mut stream| kinds::is_big_endian(stream.source.as_mut()));
    let (track, rate, decoder) = match choose(format.as_ref(), big) {
        Ok(chosen) => chosen,
        Err(Refused::NoSound) => {
            return Err(match again().and_then(|mut stream| kinds::in_mp4(stream.source.as_mut())) {
                Some(codec) => kinds::unreadable(path, &kind, &codec),
                None => format!("there is no sound in it that golem could read ({kind})"),
            });
        }
        Err(Refused::Codec(codec)) => return Err(kinds::unreadable(path, &kind, &codec)),
        Err(Refused::Rate) => return Err(BAD_RATE.into()),
    };
    let length = length(track, rate);
    // Promise no length for MPEG audio: without a table of contents it is only estimated.
    let codec = track.codec_params.as_ref().and_then(|codec| codec.audio()).map(|audio| audio.codec);
    let guessed = matches!(codec, Some(known::CODEC_ID_MP1 | known::CODEC_ID_MP2 | known::CODEC_ID_MP3))
        || format.format_info().format == FORMAT_ID_ADTS;
    Ok(Chosen {
        track: track.id,
        rate: decoder.rate(rate),
        length,
        promised: length.filter(|_| !guessed).map(|length| length - SLACK),
        decoder,
        packets: Packets::Container(format),
    })
}

/// Reasons why no track of a container is heard.
pub(super) enum Refused {
    NoSound,
    Rate,
    Codec(String),
}

/// Codecs of samples of more than 16 bits, little-endian and big-endian.
const WIDE: [(AudioCodecId, AudioCodecId); 4] = [
    (known::CODEC_ID_PCM_S24LE, known::CODEC_ID_PCM_S24BE),
    (known::CODEC_ID_PCM_S32LE, known::CODEC_ID_PCM_S32BE),
    (known::CODEC_ID_PCM_F32LE, known::CODEC_ID_PCM_F32BE),
    (known::CODEC_ID_PCM_F64LE, known::CODEC_ID_PCM_F64BE),
];

/// Whether a track holds bare samples of more than 16 bits.
fn has_wide_samples(format: &dyn FormatReader) -> bool {
    let mut audio = format.tracks().iter().filter_map(|track| track.codec_params.as_ref()?.audio());
    audio.any(|audio| WIDE.iter().any(|(little, _)| *little == audio.codec))
}

/// The track to hear, its rate and its decoder: the default one, or else the first that can be decoded. `big` says that
/// samples taken for little-endian are big-endian.
pub(super) fn choose(format: &dyn FormatReader, big: bool) -> Result<(&Track, u32, TrackDecoder), Refused> {
    let default = format.default_track(TrackType::Audio).into_iter();
    let mut refused = Refused::NoSound;
    for track in default.chain(format.tracks()) {
        let Some(parameters) = track.codec_params.as_ref().and_then(|codec| codec.audio()) else { continue };
        let mut parameters = parameters.clone();
        if let Some((_, other)) = WIDE.iter().find(|(little, _)| big && *little == parameters.codec) {
            parameters.codec = *other;
        }
        match (TrackDecoder::new(&parameters), parameters.sample_rate) {
            (Ok(decoder), Some(rate)) if RATES.contains(&rate) => return Ok((track, rate, decoder)),
            (Ok(TrackDecoder::Opus(opus)), None) => return Ok((track, RATE, TrackDecoder::Opus(opus))),
            (Ok(_), _) => refused = Refused::Rate,
            (Err(codec), _) => refused = Refused::Codec(codec),
        }
    }
    Err(refused)
}

/// Length of a track in seconds, if the file states it.
fn length(track: &Track, rate: u32) -> Option<f64> {
    let told = track.time_base.zip(track.duration).and_then(|(base, length)| base.calc_duration(length));
    let told = told.map(|time| time.as_secs_f64());
    told.or_else(|| track.num_frames.map(|frames| seconds(frames, rate))).filter(|length| *length > 0.0)
}

fn probe(source: Box<dyn MediaSource>, endings: &[&str]) -> Result<Box<dyn FormatReader>, Error> {
    let mut hint = Hint::new();
    for ending in endings {
        hint.with_extension(ending);
    }
    let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
    symphonia::default::get_probe().probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
}

const BAD_RATE: &str = "its sample rate is not between 1 and 768 kHz; convert it to 16 kHz";

/// Seconds that so many samples last at `rate` hertz.
#[allow(clippy::cast_precision_loss)] // a recording of 2^53 samples would last five thousand years
pub(super) fn seconds(samples: u64, rate: u32) -> f64 {
    samples as f64 / f64::from(rate.max(1))
}
