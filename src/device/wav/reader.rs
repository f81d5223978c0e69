//! The reader of sound files of nearly any kind, rate, depth and number of channels: a stream of 16 kHz mono frames.
//!
//! Memory stays the same however long the file is: the reader holds one packet and one frame at a time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use symphonia::core::errors::Error;

use super::decoder::TrackDecoder;
use super::find::{self, RATES, seconds};
use super::packets::Packets;
use crate::device::{AudioSource, DeviceError, MicFrame};
use crate::signal::frame::{FRAME, RATE};
use crate::signal::resample::Resampler;

/// A sound file that is being read.
pub struct SoundReader {
    path: PathBuf,
    packets: Packets,
    decoder: TrackDecoder,
    track: u32,
    resampler: Resampler,
    /// Rate of the decoded sound, in hertz.
    rate: u32,
    /// Length that the header states, in seconds.
    length: Option<f64>,
    /// Length in seconds below which the sound counts as cut short.
    promised: Option<f64>,
    /// Length decoded so far, in seconds.
    decoded: f64,
    /// Samples at 16 kHz that were not given yet.
    ready: Vec<f32>,
    ended: bool,
    warning: Option<String>,
    given: u64,
}

impl SoundReader {
    /// Opens a sound file and decodes its beginning. `-` is standard input.
    ///
    /// # Errors
    /// When there is no such file, when it holds no sound, or none that can be read. In the last case the message names
    /// what was found in it and what to do.
    pub fn open(path: &Path) -> Result<Self, DeviceError> {
        let fail = |reason: String| DeviceError::Read { path: path.to_owned(), reason };
        let chosen = find::sound(path)?;
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

    /// Length of the whole file, if its header states it.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.length.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    }

    /// The fault of the file, returned once: it ended too early or has broken parts.
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
                // Go on if one stream ends and another begins, as in a recording of a radio station.
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

    /// Chooses a track again in a container whose tracks have changed. The stated length no longer holds then.
    fn begin_anew(&mut self) -> bool {
        let Packets::Container(format) = &self.packets else { return false };
        let Ok((track, rate, decoder)) = find::choose(format.as_ref(), false) else { return false };
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

impl AudioSource for SoundReader {
    fn next(&mut self, _timeout: Duration) -> Result<MicFrame, DeviceError> {
        if let Some(warning) = self.warning() {
            return Ok(MicFrame::Notice(warning));
        }
        Ok(self.next_frame().map_or(MicFrame::End, MicFrame::Frame))
    }
}

/// All of a sound file at 16 kHz, mono.
///
/// # Errors
/// As [`SoundReader::open`].
pub fn read_all(path: &Path) -> Result<Vec<f32>, DeviceError> {
    let mut reader = SoundReader::open(path)?;
    let mut samples = Vec::new();
    while !reader.ready.is_empty() {
        samples.append(&mut reader.ready);
        reader.fill();
    }
    Ok(samples)
}
