//! Reads WAV and FLAC of any rate, depth and number of channels as a stream of 16 kHz mono frames.
//!
//! Memory stays the same however long the file is: one packet and one frame at a time.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use crate::device::{DeviceError, FRAME, Heard, RATE, Source, mix_down};
use crate::signal::resample::Resampler;

/// Rates that can be read, in hertz.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// Bytes of sound that a header promises when its writer could not know: recorders into a pipe put down 2 or 4 GB.
const OPEN_END: u64 = 0x7fff_0000;

/// A sound file on its way through.
pub struct Reader {
    path: PathBuf,
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    resampler: Resampler,
    /// Length that the header promises, and the length so far, in samples of the file's own rate.
    promised: Option<u64>,
    decoded: u64,
    rate: u32,
    /// Decoded at 16 kHz, not yet given.
    ready: Vec<f32>,
    ended: bool,
    warning: Option<String>,
    given: u64,
}

impl Reader {
    /// Opens a sound file and decodes its beginning. `-` is standard input.
    ///
    /// # Errors
    /// When there is no such file, when it holds no sound, or none that can be read.
    pub fn open(path: &Path) -> Result<Self, DeviceError> {
        let fail = |reason: &str| DeviceError::Read { path: path.to_owned(), reason: reason.to_owned() };
        let file = open_file(path)?;
        let length = file.metadata().map_or(0, |about| about.len());
        let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
        let format = symphonia::default::get_probe()
            .probe(&hint(path), stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| fail(&refusal(&error)))?;
        let track = format.default_track(TrackType::Audio).ok_or_else(|| fail(NOT_SOUND))?;
        let parameters = track.codec_params.as_ref().and_then(|codec| codec.audio()).ok_or_else(|| fail(NOT_SOUND))?;
        let rate = parameters.sample_rate.filter(|rate| RATES.contains(rate)).ok_or_else(|| fail(BAD_RATE))?;
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default())
            .map_err(|error| fail(&refusal(&error)))?;
        let mut reader = Self {
            path: path.to_owned(),
            track: track.id,
            promised: track.num_frames.filter(|&frames| !placeholder(frames, parameters, length)),
            format,
            decoder,
            resampler: Resampler::new(rate, RATE),
            decoded: 0,
            rate,
            ready: Vec::new(),
            ended: false,
            warning: None,
            given: 0,
        };
        reader.fill();
        if reader.ready.is_empty() { Err(fail("it holds no sound; record it again")) } else { Ok(reader) }
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
        self.promised.map(|frames| Duration::from_secs_f64(seconds(frames, self.rate)))
    }

    /// What was wrong with the file, told once: it ended before its time or has broken parts.
    pub fn warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    /// Decodes until a frame is ready or the file has ended.
    fn fill(&mut self) {
        while !self.ended && self.ready.len() < FRAME {
            match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => match self.decoder.decode(&packet) {
                    Ok(sound) => {
                        let channels = sound.spec().channels().count().max(1);
                        let mut samples = Vec::new();
                        sound.copy_to_vec_interleaved::<f32>(&mut samples);
                        self.accept(&samples, channels);
                    }
                    Err(error) => self.warn(&format!("a part of it is broken and left out ({error})")),
                },
                Ok(Some(_)) => {}
                Ok(None) => self.end(),
                Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => self.end(),
                Err(error) => {
                    self.warn(&format!("it cannot be read further ({error})"));
                    self.end();
                }
            }
        }
    }

    fn accept(&mut self, samples: &[f32], channels: usize) {
        let mono: Vec<f32> = samples.chunks_exact(channels).map(mix_down).collect();
        self.decoded += mono.len() as u64;
        self.resampler.process(&mono, &mut self.ready);
    }

    fn end(&mut self) {
        self.ended = true;
        self.resampler.finish(&mut self.ready);
        if let Some(promised) = self.promised.filter(|&promised| promised > self.decoded) {
            let (there, whole) = (seconds(self.decoded, self.rate), seconds(promised, self.rate));
            self.warn(&format!("it is cut short: {there:.1} of {whole:.1} seconds are there"));
        }
    }

    fn warn(&mut self, what: &str) {
        tracing::warn!(path = %self.path.display(), "{what}");
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

const NOT_SOUND: &str = "it is not a WAV or FLAC file; convert it, for example with `ffmpeg -i FILE out.wav`";
const BAD_RATE: &str = "its sample rate is not between 1 and 768 kHz; convert it to 16 kHz";

fn refusal(error: &Error) -> String {
    match error {
        Error::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => error.to_string(),
        _ => NOT_SOUND.to_owned(),
    }
}

fn open_file(path: &Path) -> Result<File, DeviceError> {
    let fail = |reason: String| DeviceError::Read { path: path.to_owned(), reason };
    let real = if path == Path::new("-") { Path::new("/dev/stdin") } else { path };
    let file = File::open(real).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => fail("there is no such file; check the path".into()),
        _ => fail(error.to_string()),
    })?;
    let about = file.metadata().map_err(|error| fail(error.to_string()))?;
    if about.is_dir() {
        return Err(fail("it is a folder; name a WAV or FLAC file in it".into()));
    }
    if about.is_file() && about.len() == 0 {
        return Err(fail("the file is empty (0 bytes); record it again".into()));
    }
    Ok(file)
}

/// Whether a length in frames stands in for one that was not known, in a file of `length` bytes.
fn placeholder(frames: u64, parameters: &AudioCodecParameters, length: u64) -> bool {
    let channels = parameters.channels.as_ref().map_or(1, |channels| channels.count() as u64);
    let bytes = frames.saturating_mul(channels).saturating_mul(u64::from(parameters.bits_per_sample.unwrap_or(8) / 8));
    bytes >= OPEN_END && length < bytes
}

fn hint(path: &Path) -> Hint {
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    hint
}

#[allow(clippy::cast_precision_loss)] // a recording of 2^53 samples would last five thousand years
fn seconds(samples: u64, rate: u32) -> f64 {
    samples as f64 / f64::from(rate)
}
