//! Headers of files whose sound lies in one piece: WAV in all its sizes (RIFF, RIFX, RF64, BW64, Sony's Wave64), AIFF,
//! AIFC and AU.
//!
//! Their lengths are often wrong. A recorder writes 0 or the largest number, and fills the length in at the end, unless
//! its battery was empty, the disk was full, or it wrote into a pipe. Lengths of 32 bits wrap at 4 GB. So the file's
//! own length has the last word.

use std::io::{self, Read, SeekFrom};

use symphonia::core::io::MediaSource;

use super::shape::{self, DataContent};

/// Length of sound from which on a 32-bit number stands for an unknown length: recorders write 2 or 4 GB.
const OPEN_END: u64 = 0x7fff_0000;
/// Length of sound from which on a 64-bit number stands for an unknown length.
const WIDE_OPEN_END: u64 = 1 << 62;
/// Largest chunk that is read rather than passed over, in bytes.
const LARGEST: u64 = 1024;
/// Bytes from the start of a damaged file in which its chunks are searched for.
const SEARCH: u64 = 1 << 16;
/// Bytes of sound after the stated end from which on the header counts as wrong: a second of telephone sound.
const SURPLUS: u64 = 8_000;

/// The header of a sound file.
#[derive(Debug)]
pub(super) struct WavHeader {
    /// The kind of the file.
    pub(super) kind: &'static str,
    pub(super) content: DataContent,
    /// Bytes of sound; `None` for all until the end.
    pub(super) length: Option<u64>,
    /// Bytes of sound that the header promises, if it can be believed.
    pub(super) promised: Option<u64>,
    /// Bytes of sound that were already read.
    pub(super) begun: Vec<u8>,
}

/// Faults of a header.
#[derive(Debug)]
pub(super) enum HeaderFault {
    /// The header cannot be read.
    Io(io::Error),
    /// There is no sound in the file, or no format of it.
    NoSound,
    /// The format makes no sense.
    Damaged,
}

impl From<io::Error> for HeaderFault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The encoding of the names and lengths of a file's chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChunkLayout {
    /// RIFF, RF64 and BW64: four letters and 32 bits, little-endian.
    Little,
    /// RIFX, AIFF and AIFC: four letters and 32 bits, big-endian.
    Big,
    /// Wave64: 16 bytes and 64 bits; lengths include both, and chunks are padded to 8 bytes.
    Wide,
}

/// Reads the header of `source`, which is at its first byte and begins with `head`. Leaves it at the first sample.
/// `None` for files of other kinds.
pub(super) fn read(source: &mut dyn MediaSource, head: &[u8]) -> Option<Result<WavHeader, HeaderFault>> {
    let form = head.get(8..12).unwrap_or_default();
    let (kind, family, start) = match (head.get(..4)?, form) {
        (b"RIFF", b"WAVE") => ("WAV", ChunkLayout::Little, 12),
        (b"RF64" | b"BW64", b"WAVE") => ("RF64", ChunkLayout::Little, 12),
        (b"RIFX", b"WAVE") => ("RIFX", ChunkLayout::Big, 12),
        (b"riff", _) => ("Wave64", ChunkLayout::Wide, 40),
        (b"FORM", b"AIFF") => ("AIFF", ChunkLayout::Big, 12),
        (b"FORM", b"AIFC") => ("AIFC", ChunkLayout::Big, 12),
        (b".snd", _) => return Some(au(source)),
        _ => return None,
    };
    let length = source.byte_len();
    let mut chunks = Chunks { source, family, place: 0, length, pushed: None };
    Some(chunks.walk(kind, start))
}

/// Walks through a file chunk by chunk.
struct Chunks<'a> {
    source: &'a mut dyn MediaSource,
    family: ChunkLayout,
    place: u64,
    length: Option<u64>,
    /// A byte that was taken for padding, but is not.
    pushed: Option<u8>,
}

/// Name and length of a chunk.
type ChunkName = ([u8; 4], u64);

impl Chunks<'_> {
    fn walk(&mut self, kind: &'static str, start: u64) -> Result<WavHeader, HeaderFault> {
        self.pass_over(start)?;
        let (mut content, mut wide_length, mut sound) = (None, None, None);
        while let Some((name, size)) = self.next()? {
            match &name {
                b"ds64" => {
                    let chunk = self.take(size)?;
                    let bytes = chunk.get(8..16).and_then(|bytes| bytes.try_into().ok());
                    wide_length = bytes.map(u64::from_le_bytes);
                }
                b"fmt " => content = shape::wave(&self.take(size)?, self.family == ChunkLayout::Big),
                b"COMM" => content = shape::aiff(&self.take(size)?, kind == "AIFC"),
                b"data" | b"SSND" => {
                    let size = wide_length.filter(|_| size == u64::from(u32::MAX)).unwrap_or(size);
                    if content.is_some() {
                        return self.sound(kind, content, name, size);
                    }
                    // The format may come after the sound.
                    sound = Some((self.place, name, size));
                    self.pass(size)?;
                }
                _ => self.pass(size)?,
            }
            if let (Some(_), Some((place, name, size))) = (&content, sound) {
                self.to(place)?;
                return self.sound(kind, content, name, size);
            }
        }
        self.search(kind)
    }

    /// The header of a file whose sound begins here, in a chunk of `size` bytes.
    fn sound(
        &mut self,
        kind: &'static str,
        content: Option<DataContent>,
        name: [u8; 4],
        size: u64,
    ) -> Result<WavHeader, HeaderFault> {
        let content = content.ok_or(HeaderFault::Damaged)?;
        let mut size = size;
        if &name == b"SSND" {
            // Skip the bytes before the sound, and a block size that no file uses.
            let before = self.take(8)?.get(..4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
            self.pass_over(u64::from(before))?;
            size = size.saturating_sub(8 + u64::from(before));
        }
        let rest = self.length.map(|length| length.saturating_sub(self.place));
        let (mut length, mut promised) = extent(size, rest, self.family == ChunkLayout::Wide || kind == "RF64");
        let mut begun = Vec::new();
        if size == 0 {
            begun = self.bytes(8)?;
            // Believe an empty chunk if other chunks follow it.
            let left = rest.map(|rest| rest.saturating_sub(8));
            if self.is_chunk(&begun, left) {
                (length, promised) = (Some(0), None);
            }
        } else if length.is_some_and(|length| self.goes_on_after(length, rest)) {
            (length, promised) = (None, None);
        }
        Ok(WavHeader { kind, content, length, promised, begun })
    }

    /// Whether sound goes on after the end that the header states. Checked only where the source is seekable.
    fn goes_on_after(&mut self, length: u64, rest: Option<u64>) -> bool {
        let surplus = rest.map_or(0, |rest| rest.saturating_sub(length));
        if surplus < SURPLUS || !self.source.is_seekable() {
            return false;
        }
        let (here, end) = (self.place, self.place + length);
        let looked = self.to(end + (length & 1)).and_then(|()| self.bytes(8));
        if self.to(here).is_err() {
            return false;
        }
        let after = looked.unwrap_or_default();
        let tag = [&b"ID3"[..], b"TAG", b"APE"].iter().any(|tag| after.starts_with(tag));
        let blank = after.iter().all(|byte| *byte == 0);
        !(tag || blank || self.is_chunk(&after, Some(surplus)))
    }

    /// Whether `bytes` may be the name and length of a chunk with `left` bytes behind them.
    fn is_chunk(&self, bytes: &[u8], left: Option<u64>) -> bool {
        let (Some(name), Some(size)) = (bytes.get(..4), bytes.get(4..8).and_then(|size| size.try_into().ok())) else {
            return false;
        };
        let size = if self.family == ChunkLayout::Big { u32::from_be_bytes(size) } else { u32::from_le_bytes(size) };
        let printed = name.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
        printed && (self.family == ChunkLayout::Wide || left.is_none_or(|left| u64::from(size) <= left))
    }

    /// Name and length of the next chunk; `None` at the end.
    fn next(&mut self) -> io::Result<Option<ChunkName>> {
        let size = if self.family == ChunkLayout::Wide { 24 } else { 8 };
        let header = self.bytes(size)?;
        if header.len() < size {
            return Ok(None);
        }
        let name = [header[0], header[1], header[2], header[3]];
        let short = [header[4], header[5], header[6], header[7]];
        Ok(Some(match self.family {
            ChunkLayout::Little => (name, u64::from(u32::from_le_bytes(short))),
            ChunkLayout::Big => (name, u64::from(u32::from_be_bytes(short))),
            ChunkLayout::Wide => {
                let bytes: [u8; 8] = header[16..].try_into().unwrap_or_default();
                (name, u64::from_le_bytes(bytes).saturating_sub(24))
            }
        }))
    }

    /// Reads a chunk of `size` bytes, or the beginning of one that is longer than any format.
    fn take(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let chunk = self.bytes(usize::try_from(size.min(LARGEST)).unwrap_or_default())?;
        self.pass_over(size.saturating_sub(LARGEST))?;
        self.pad(size)?;
        Ok(chunk)
    }

    /// Passes over a chunk of `size` bytes.
    fn pass(&mut self, size: u64) -> io::Result<()> {
        self.pass_over(size)?;
        self.pad(size)
    }

    /// Passes over the padding of a chunk. Some writers leave the byte out: the next name then begins there.
    fn pad(&mut self, size: u64) -> io::Result<()> {
        match self.family {
            ChunkLayout::Wide => self.pass_over(size.wrapping_neg() & 7),
            _ if size & 1 == 1 => {
                let byte = self.bytes(1)?.first().copied();
                self.pushed = byte.filter(u8::is_ascii_alphabetic);
                self.place -= u64::from(self.pushed.is_some());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Passes over `count` bytes, or to the end.
    fn pass_over(&mut self, count: u64) -> io::Result<()> {
        if count > SEARCH && self.source.is_seekable() {
            let end = self.length.unwrap_or(u64::MAX);
            return self.to(self.place.saturating_add(count).min(end));
        }
        let pushed = u64::from(count > 0 && self.pushed.take().is_some());
        let passed = io::copy(&mut self.source.take(count - pushed), &mut io::sink())?;
        self.place += passed + pushed;
        Ok(())
    }

    fn to(&mut self, place: u64) -> io::Result<()> {
        self.pushed = None;
        if !self.source.is_seekable() {
            return Err(io::Error::other("its sound comes before its format, which cannot be read from a pipe"));
        }
        self.place = self.source.seek(SeekFrom::Start(place))?;
        Ok(())
    }

    /// The next `count` bytes, fewer at the end.
    fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes: Vec<u8> = self.pushed.take().into_iter().collect();
        let wanted = (count - bytes.len().min(count)) as u64;
        self.source.take(wanted).read_to_end(&mut bytes)?;
        self.place += bytes.len() as u64;
        Ok(bytes)
    }

    /// Searches for the format and the sound of a WAV file whose chunks lead nowhere.
    fn search(&mut self, kind: &'static str) -> Result<WavHeader, HeaderFault> {
        if self.family != ChunkLayout::Little || !self.source.is_seekable() {
            return Err(HeaderFault::NoSound);
        }
        self.to(0)?;
        let bytes = self.bytes(usize::try_from(SEARCH).unwrap_or_default())?;
        let find = |name: &[u8], from: usize| {
            let found = bytes.get(from..)?.windows(4).position(|window| window == name)?;
            Some(from + found)
        };
        let format = find(b"fmt ", 12).ok_or(HeaderFault::NoSound)?;
        let content = bytes.get(format + 8..).and_then(|chunk| shape::wave(chunk, false));
        let data = find(b"data", format + 8).ok_or(HeaderFault::NoSound)?;
        let size = bytes.get(data + 4..data + 8).and_then(|size| size.try_into().ok()).map_or(0, u32::from_le_bytes);
        self.to(data as u64 + 8)?;
        self.sound(kind, content, *b"data", u64::from(size))
    }
}

/// Bytes of sound (`None` for all until the end) and bytes promised, if the header states `size` and the file has
/// `rest` more bytes.
fn extent(size: u64, rest: Option<u64>, wide: bool) -> (Option<u64>, Option<u64>) {
    let open = size == 0 || size >= if wide { WIDE_OPEN_END } else { OPEN_END };
    match rest {
        None if open => (None, None),
        None => (Some(size), Some(size)),
        Some(rest) if size == 0 || size > rest => (None, Some(size).filter(|_| !open)),
        Some(rest) => {
            // Add what a 32-bit length lacks: it wraps, so it falls short by whole multiples of 4 GB.
            let size = if wide { size } else { size + ((rest - size) >> 32 << 32) };
            (Some(size), Some(size))
        }
    }
}

/// Reads the header of an AU file.
fn au(source: &mut dyn MediaSource) -> Result<WavHeader, HeaderFault> {
    let length = source.byte_len();
    let mut header = [0; 24];
    if let Err(error) = source.read_exact(&mut header) {
        return Err(if error.kind() == io::ErrorKind::UnexpectedEof { HeaderFault::NoSound } else { error.into() });
    }
    let word = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let start = u64::from(word(4)).max(24);
    io::copy(&mut source.take(start - 24), &mut io::sink())?;
    let content = shape::au(word(12), word(16), word(20)).ok_or(HeaderFault::Damaged)?;
    let rest = length.map(|length| length.saturating_sub(start));
    let (length, promised) = extent(u64::from(word(8)), rest, false);
    Ok(WavHeader { kind: "AU", content, length, promised, begun: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_the_file_has_the_last_word() {
        const GB: u64 = 1 << 30;
        let narrow = |size, rest| extent(size, rest, false);
        assert_eq!(narrow(100, Some(100)), (Some(100), Some(100)));
        assert_eq!(narrow(100, Some(60)), (None, Some(100)), "cut short");
        assert_eq!(narrow(0, Some(60)), (None, None), "never filled in");
        assert_eq!(narrow(0xffff_ffff, Some(60)), (None, None));
        assert_eq!(narrow(0x7fff_ffff, None), (None, None), "a pipe");
        assert_eq!(narrow(100, None), (Some(100), Some(100)));
        assert_eq!(narrow(GB, Some(9 * GB + 50)), (Some(9 * GB), Some(9 * GB)), "begun anew twice");
        assert_eq!(extent(GB, Some(9 * GB), true), (Some(GB), Some(GB)));
        assert_eq!(extent(u64::MAX - 24, Some(60), true), (None, None));
    }
}
