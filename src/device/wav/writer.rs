//! The writer of 16-bit mono WAV. A file gets its final name only when it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Cursor, Write};
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec};

use crate::device::DeviceError;
use crate::signal::pcm::quantised;

/// Most samples that the 32-bit lengths of a WAV header can count: 2 bytes each, 44 bytes of header.
const MOST_SAMPLES: u64 = (u32::MAX as u64 - 44) / 2;

/// A WAV file being written. Dropped without [`WavWriter::finish`], it leaves nothing behind.
pub struct WavWriter {
    path: PathBuf,
    target: Option<WriterTarget>,
    written: u64,
}

enum WriterTarget {
    /// A file that gets its name when it is complete.
    File { wav: hound::WavWriter<BufWriter<File>>, part: PathBuf, last: PathBuf },
    /// A pipe or device, written as it comes.
    Stream(BufWriter<Box<dyn Write + Send>>),
}

impl WavWriter {
    /// Begins a WAV file at `rate` hertz. `-` is standard output; pipes and devices are written directly.
    ///
    /// # Errors
    /// When the place cannot be written to.
    pub fn create(path: &Path, rate: u32) -> Result<Self, DeviceError> {
        let target = WriterTarget::open(path, rate).map_err(|error| refusal(path, &error))?;
        Ok(Self { path: path.to_owned(), target: Some(target), written: 0 })
    }

    /// Appends samples; values outside -1..=1 are clipped.
    ///
    /// # Errors
    /// When the disk is full, the other end of a pipe is gone, or a WAV file can hold no more.
    pub fn write(&mut self, samples: &[f32]) -> Result<(), DeviceError> {
        self.written += samples.len() as u64;
        let result = match &mut self.target {
            Some(WriterTarget::File { .. }) if self.written > MOST_SAMPLES => {
                Err(io::Error::other("a WAV file holds no more than 4 GB; write it in parts"))
            }
            Some(WriterTarget::File { wav, .. }) => {
                samples.iter().try_for_each(|&sample| wav.write_sample(quantised(sample))).map_err(plain)
            }
            Some(WriterTarget::Stream(stream)) => {
                samples.iter().try_for_each(|&sample| stream.write_all(&quantised(sample).to_le_bytes()))
            }
            None => Ok(()),
        };
        result.map_err(|error| refusal(&self.path, &error))
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// When the rest cannot be written; then nothing is left behind.
    pub fn finish(mut self) -> Result<(), DeviceError> {
        let Some(target) = self.target.take() else { return Ok(()) };
        target.finish().map_err(|error| refusal(&self.path, &error))
    }
}

impl Drop for WavWriter {
    fn drop(&mut self) {
        if let Some(WriterTarget::File { wav, part, .. }) = self.target.take() {
            drop(wav);
            remove(&part);
        }
    }
}

impl WriterTarget {
    fn open(path: &Path, rate: u32) -> io::Result<Self> {
        if path == Path::new("-") {
            return Self::stream(Box::new(io::stdout()), rate);
        }
        if fs::metadata(path).is_ok_and(|about| !about.is_file()) {
            return Self::stream(Box::new(File::options().write(true).open(path)?), rate);
        }
        // Replace the file that a link points at, and keep the link.
        let last = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let part = part_of(&last)?;
        let file = File::options().write(true).create(true).truncate(true).open(&part)?;
        let wav = hound::WavWriter::new(BufWriter::new(file), spec(rate)).map_err(plain);
        wav.map(|wav| Self::File { wav, part: part.clone(), last }).inspect_err(|_| remove(&part))
    }

    /// Begins a stream with a header that promises the largest length, since it cannot be corrected afterwards.
    fn stream(output: Box<dyn Write + Send>, rate: u32) -> io::Result<Self> {
        let mut header = Cursor::new(Vec::new());
        hound::WavWriter::new(&mut header, spec(rate)).and_then(hound::WavWriter::finalize).map_err(plain)?;
        let mut header = header.into_inner();
        let length = header.len();
        header[4..8].fill(0xff);
        header[length - 4..].fill(0xff);
        let mut stream = BufWriter::new(output);
        stream.write_all(&header)?;
        stream.flush()?;
        Ok(Self::Stream(stream))
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Stream(mut stream) => stream.flush(),
            Self::File { wav, part, last } => {
                let complete = || {
                    wav.finalize().map_err(plain)?;
                    File::open(&part)?.sync_all()?;
                    fs::rename(&part, &last)
                };
                complete().inspect_err(|_| remove(&part))
            }
        }
    }
}

fn spec(rate: u32) -> WavSpec {
    WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int }
}

/// The name under which `path` is written until it is complete: beside it, so that renaming is one step.
fn part_of(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it names no file; add a file name"))?;
    let mut part = std::ffi::OsString::from(".");
    part.push(name);
    part.push(format!(".{}.part", std::process::id()));
    Ok(path.with_file_name(part))
}

/// Removes a part file. A failure is no further trouble: the file's name says what it is.
fn remove(part: &Path) {
    let _ = fs::remove_file(part);
}

fn plain(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}

fn refusal(path: &Path, error: &io::Error) -> DeviceError {
    let reason = match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full; free some space or write elsewhere".to_owned(),
        io::ErrorKind::NotFound => "there is no such folder; make it first".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder; add a file name".to_owned(),
        _ => error.to_string(),
    };
    DeviceError::Write { path: path.to_owned(), reason }
}
