//! Reads sound files of nearly any kind, rate, depth and number of channels as a stream of 16 kHz mono frames.
//!
//! Memory stays the same however long the file is: one packet and one frame at a time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use symphonia::core::codecs::audio::well_known as known;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::FORMAT_ID_ADTS;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use super::decoder::Decoder;
use super::header::{self, Fault, Header};
use super::packets::{Blocks, Packets};
use super::shape::{Content, Shape};
use super::stream::{Inside, Stream};
use super::{kinds, stream};
use crate::device::{DeviceError, FRAME, Heard, RATE, Source};
use crate::signal::resample::Resampler;

/// Rates that can be read, in hertz.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;
/// What may be missing at the end of a container without being missed, in seconds: encoders count their own delay in ways
/// of their own.
const SLACK: f64 = 0.5;

/// A sound file on its way through.
pub struct Reader {
    path: PathBuf,
    packets: Packets,
    decoder: Decoder,
    track: u32,
    resampler: Resampler,
    /// Rate of what the decoder gives, in hertz.
    rate: u32,
    /// Length that the header tells, in seconds …
    length: Option<f64>,
    /// … and what of it is missed at the end.
    promised: Option<f64>,
    /// Length so far.
    decoded: f64,
    /// Decoded at 16 kHz, not yet given.
    ready: Vec<f32>,
    ended: bool,
    warning: Option<String>,
    given: u64,
}

/// A track that was chosen, and how it is decoded.
struct Chosen {
    packets: Packets,
    decoder: Decoder,
    track: u32,
    rate: u32,
    length: Option<f64>,
    promised: Option<f64>,
}

impl Reader {
    /// Opens a sound file and decodes its beginning. `-` is standard input.
    ///
    /// # Errors
    /// When there is no such file, when it holds no sound, or none that can be read: then the message names what was found
    /// in it and what to do.
    pub fn open(path: &Path) -> Result<Self, DeviceError> {
        let fail = |reason: String| DeviceError::Read { path: path.to_owned(), reason };
        let Stream { mut source, head } = stream::open(path)?;
        let chosen = match header::read(source.as_mut(), &head) {
            Some(Ok(header)) => of_header(path, source, header),
            Some(Err(Fault::Io(error))) => Err(error.to_string()),
            Some(Err(Fault::NoSound)) => Err(kinds::refusal(path, &head, Some("there is no sound in it"))),
            Some(Err(Fault::Damaged)) => Err(kinds::refusal(path, &head, Some("its format makes no sense"))),
            None => of_container(path, source, &head),
        };
        let chosen = chosen.map_err(fail)?;
        let mut reader = Self {
            path: path.to_owned(),
            resampler: Resampler::new(chosen.rate, RATE),
            packets: chosen.packets,
            decoder: chosen.decoder,
            track: chosen.track,
            rate: chosen.rate,
            length: chosen.length,
            promised: chosen.promised,
            decoded: 0.0,
            ready: Vec::new(),
            ended: false,
            warning: None,
            given: 0,
        };
        reader.fill();
        if reader.ready.is_empty() { Err(fail("it holds no sound; record it again".into())) } else { Ok(reader) }
    }

    /// The next 512 samples, the last ones padded with silence; `None` at the end.
    pub fn next_frame(&mut self) -> Option<Box<[f32; FRAME]>> {
        self.fill();
        let length = self.ready.len().min(FRAME);
        if length == 0 {
            return None;
        }
        let mut frame = Box::new([0.0; FRAME]);
        frame[..length].copy_from_slice(&self.ready[..length]);
        self.ready.drain(..length);
        self.given += FRAME as u64;
        Some(frame)
    }

    /// Time of all frames given so far.
    #[must_use]
    pub fn position(&self) -> Duration {
        Duration::from_micros(self.given * 1_000_000 / u64::from(RATE))
    }

    /// Length of the whole file, where its header tells.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.length.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    }

    /// What was wrong with the file, told once: it ended before its time or has broken parts.
    pub fn warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    /// Decodes until a frame is ready or the file has ended.
    fn fill(&mut self) {
        while !self.ended && self.ready.len() < FRAME {
            match self.packets.next() {
                Ok(Some(packet)) if packet.track_id == self.track => {
                    let mut mono = Vec::new();
                    match self.decoder.decode(&packet, &mut mono) {
                        Ok(rate) => self.accept(&mono, rate),
                        Err(error) => self.warn(&format!("a part of it is broken and left out ({error})")),
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) => self.end(),
                Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => self.end(),
                // One stream ends and another begins, as in a recording of a radio station.
                Err(Error::ResetRequired) if self.begin_anew() => {}
                Err(error) => {
                    self.warn(&format!("it cannot be read further ({error})"));
                    self.end();
                }
            }
        }
    }

    /// Takes decoded samples of `rate` hertz; streams may change it on the way.
    fn accept(&mut self, mono: &[f32], rate: Option<u32>) {
        let rate = rate.filter(|rate| RATES.contains(rate)).unwrap_or(self.rate);
        if rate != self.rate {
            self.resampler.finish(&mut self.ready);
            (self.resampler, self.rate) = (Resampler::new(rate, RATE), rate);
        }
        self.decoded += seconds(mono.len() as u64, rate);
        self.resampler.process(mono, &mut self.ready);
    }

    /// Chooses a track again in a container whose tracks have changed. What was promised no longer holds.
    fn begin_anew(&mut self) -> bool {
        let Packets::Container(format) = &self.packets else { return false };
        let Ok((track, rate, decoder)) = choose(format.as_ref()) else { return false };
        let (track, rate) = (track.id, decoder.rate(rate));
        self.resampler.finish(&mut self.ready);
        (self.resampler, self.rate) = (Resampler::new(rate, RATE), rate);
        (self.track, self.decoder) = (track, decoder);
        (self.length, self.promised) = (None, None);
        true
    }

    fn end(&mut self) {
        self.ended = true;
        self.resampler.finish(&mut self.ready);
        let there = self.decoded;
        if let Some(whole) = self.promised.filter(|&promised| promised > there) {
            self.warn(&format!("it is cut short: {there:.1} of {whole:.1} seconds are there"));
        }
    }

    fn warn(&mut self, what: &str) {
        tracing::debug!(path = %self.path.display(), "{what}");
        self.warning.get_or_insert_with(|| format!("{}: {what}", self.path.display()));
    }
}

impl Source for Reader {
    fn next(&mut self, _timeout: Duration) -> Result<Heard, DeviceError> {
        if let Some(warning) = self.warning() {
            return Ok(Heard::Notice(warning));
        }
        Ok(self.next_frame().map_or(Heard::End, Heard::Frame))
    }
}

/// All of a sound file at 16 kHz, mono.
///
/// # Errors
/// As [`Reader::open`].
pub fn read_all(path: &Path) -> Result<Vec<f32>, DeviceError> {
    let mut reader = Reader::open(path)?;
    let mut samples = Vec::new();
    while !reader.ready.is_empty() {
        samples.append(&mut reader.ready);
        reader.fill();
    }
    Ok(samples)
}

/// What a header of golem's own reading leads to, or why it leads nowhere.
fn of_header(path: &Path, source: Box<dyn MediaSource>, header: Header) -> Result<Chosen, String> {
    let shape = match &header.content {
        Content::Blocks(shape) => shape.clone(),
        Content::Unreadable(codec) => return Err(kinds::unreadable(path, header.kind, codec)),
        Content::Stream(ending) => {
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
    let decoder = Decoder::new(&shape.parameters(Blocks::count(&shape)));
    let decoder = decoder.map_err(|codec| kinds::unreadable(path, header.kind, &codec))?;
    let length = |bytes: Option<u64>| bytes.map(|bytes| blocks_last(&shape, bytes));
    Ok(Chosen {
        decoder,
        track: 0,
        rate: shape.rate,
        length: length(header.promised),
        promised: length(header.promised),
        packets: Packets::Blocks(Blocks::new(source, &shape, header.begun, header.length)),
    })
}

/// Seconds that `bytes` of blocks last.
fn blocks_last(shape: &Shape, bytes: u64) -> f64 {
    seconds(bytes / u64::from(shape.block.max(1)) * u64::from(shape.frames), shape.rate)
}

/// What symphonia finds in a file, or why that cannot be heard.
fn of_container(path: &Path, source: Box<dyn MediaSource>, head: &[u8]) -> Result<Chosen, String> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match probe(source, ending.as_slice()) {
        Ok(format) => of_format(path, "", format),
        Err(Error::IoError(error)) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(error.to_string()),
        // It says nothing of value about what it does not know.
        Err(Error::Unsupported(reason)) if reason.starts_with("core") => Err(kinds::refusal(path, head, None)),
        Err(error) => Err(kinds::refusal(path, head, Some(&error.to_string()))),
    }
}

/// The track of a container that is heard, or why none is. `within` is what the container is in.
fn of_format(path: &Path, within: &str, format: Box<dyn FormatReader>) -> Result<Chosen, String> {
    let kind = if within.is_empty() { format.format_info().long_name.to_owned() } else { within.to_owned() };
    let chosen = choose(format.as_ref());
    let (track, rate, decoder) = match chosen {
        Ok(chosen) => chosen,
        Err(Refused::NoSound) => {
            let is_mp4 = format.format_info().short_name == "isomp4";
            let found = is_mp4.then(|| stream::open(path).ok()).flatten();
            return Err(match found.and_then(|mut stream| kinds::in_mp4(stream.source.as_mut())) {
                Some(codec) => kinds::unreadable(path, &kind, &codec),
                None => format!("there is no sound in it that golem could read ({kind})"),
            });
        }
        Err(Refused::Codec(codec)) => return Err(kinds::unreadable(path, &kind, &codec)),
        Err(Refused::Rate) => return Err(BAD_RATE.into()),
    };
    let length = length(track, rate);
    // MPEG audio without a table of contents is only estimated.
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

/// Why no track of a container is heard.
enum Refused {
    NoSound,
    Rate,
    Codec(String),
}

/// The track to hear, its rate and its decoder: the default one, or else the first that can be decoded.
fn choose(format: &dyn FormatReader) -> Result<(&Track, u32, Decoder), Refused> {
    let default = format.default_track(TrackType::Audio).into_iter();
    let mut refused = Refused::NoSound;
    for track in default.chain(format.tracks()) {
        let Some(parameters) = track.codec_params.as_ref().and_then(|codec| codec.audio()) else { continue };
        match (Decoder::new(parameters), parameters.sample_rate) {
            (Ok(decoder), Some(rate)) if RATES.contains(&rate) => return Ok((track, rate, decoder)),
            (Ok(Decoder::Opus(opus)), None) => return Ok((track, RATE, Decoder::Opus(opus))),
            (Ok(_), _) => refused = Refused::Rate,
            (Err(codec), _) => refused = Refused::Codec(codec),
        }
    }
    Err(refused)
}

/// Length of a track in seconds, where it is told.
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

#[allow(clippy::cast_precision_loss)] // a recording of 2^53 samples would last five thousand years
fn seconds(samples: u64, rate: u32) -> f64 {
    samples as f64 / f64::from(rate.max(1))
}
