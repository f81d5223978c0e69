//! The byte stream of a sound file or of standard input, and its first bytes.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use symphonia::core::io::MediaSource;

use crate::device::DeviceError;

/// Bytes that identify the kind of a file.
const HEAD: usize = 64;

/// An opened file.
pub(super) struct SoundStream {
    /// The source, at its first byte.
    pub(super) source: Box<dyn MediaSource>,
    /// Its first bytes, at most 64.
    pub(super) head: Vec<u8>,
}

/// Opens a file; `-` is standard input.
///
/// # Errors
/// When there is no such file, or nothing in it.
pub(super) fn open(path: &Path) -> Result<SoundStream, DeviceError> {
    let fail = |reason: String| DeviceError::Read { path: path.to_owned(), reason };
    let real = if path == Path::new("-") { Path::new("/dev/stdin") } else { path };
    let mut file = File::open(real).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => fail("there is no such file; check the path".into()),
        _ => fail(error.to_string()),
    })?;
    let about = file.metadata().map_err(|error| fail(error.to_string()))?;
    if about.is_dir() {
        return Err(fail("it is a folder; name a sound file in it".into()));
    }
    let start = if about.is_file() { file.stream_position().ok() } else { None };
    let mut head = Vec::new();
    (&mut file).take(HEAD as u64).read_to_end(&mut head).map_err(|error| fail(error.to_string()))?;
    if head.is_empty() {
        return Err(fail("the file is empty (0 bytes); record it again".into()));
    }
    let source = match start {
        // Treat a file as seekable only if it is at its start: standard input may be in the middle of one.
        Some(0) => file.seek(SeekFrom::Start(0)).map(|_| Box::new(file) as Box<dyn MediaSource>),
        _ if head.get(4..8) == Some(b"ftyp") => spool(&head, file),
        _ => Ok(Box::new(Pipe { head: Cursor::new(head.clone()), rest: file }) as Box<dyn MediaSource>),
    };
    Ok(SoundStream { source: source.map_err(|error| fail(error.to_string()))?, head })
}

/// Copies a pipe into a file without a name: an MP4 may have its table of contents at the end.
fn spool(mut head: &[u8], mut rest: File) -> io::Result<Box<dyn MediaSource>> {
    let mut copy = tempfile::tempfile()?;
    io::copy(&mut head, &mut copy)?;
    io::copy(&mut rest, &mut copy)?;
    copy.seek(SeekFrom::Start(0))?;
    Ok(Box::new(copy))
}

/// Bytes that come once: first those that were already read, then the others.
struct Pipe {
    head: Cursor<Vec<u8>>,
    rest: File,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.head.read(buffer)? {
            0 => self.rest.read(buffer),
            length => Ok(length),
        }
    }
}

impl Seek for Pipe {
    fn seek(&mut self, _to: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl MediaSource for Pipe {
    fn is_seekable(&self) -> bool {
        false
    }

    fn byte_len(&self) -> Option<u64> {
        None
    }
}

/// A part of a source, as a stream of its own: the MP3 in a WAV file.
pub(super) struct Inside {
    source: Box<dyn MediaSource>,
    left: u64,
}

impl Inside {
    /// The next `length` bytes of `source`; `None` for all of them.
    pub(super) fn new(source: Box<dyn MediaSource>, length: Option<u64>) -> Self {
        Self { source, left: length.unwrap_or(u64::MAX) }
    }
}

impl Read for Inside {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let length = self.source.read(&mut buffer[..most])?;
        self.left -= length as u64;
        Ok(length)
    }
}

impl Seek for Inside {
    fn seek(&mut self, _to: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl MediaSource for Inside {
    fn is_seekable(&self) -> bool {
        false
    }

    fn byte_len(&self) -> Option<u64> {
        None
    }
}
