//! The packets of a sound file, from a container or from bare blocks.

use std::io::{self, Read};

use symphonia::core::errors::Error;
use symphonia::core::formats::FormatReader;
use symphonia::core::io::MediaSource;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use super::shape::Shape;

/// Samples of each channel in a packet of bare blocks: 64 ms at 16 kHz, so that a pipe is heard as it comes.
const FRAMES: u32 = 1_024;

/// The source of packets.
pub(super) enum Packets {
    /// A container, perhaps with other tracks.
    Container(Box<dyn FormatReader>),
    /// Bare blocks.
    Blocks(PacketBlocks),
}

impl Packets {
    /// The next packet of any track; `None` at the end.
    ///
    /// # Errors
    /// As symphonia's.
    pub(super) fn next(&mut self) -> Result<Option<Packet>, Error> {
        match self {
            Self::Container(format) => format.next_packet(),
            Self::Blocks(blocks) => Ok(blocks.next()?),
        }
    }
}

/// Blocks of equal length.
pub(super) struct PacketBlocks {
    source: Box<dyn MediaSource>,
    /// Bytes that were already read.
    begun: Vec<u8>,
    /// Bytes that are still to come; `None` for all until the end.
    left: Option<u64>,
    block: u32,
    frames: u32,
    /// Blocks in a packet.
    count: u32,
    given: u64,
}

impl PacketBlocks {
    /// The blocks of `shape` in `length` bytes of `source`; `begun` are the first of these bytes.
    pub(super) fn new(source: Box<dyn MediaSource>, shape: &Shape, begun: Vec<u8>, length: Option<u64>) -> Self {
        let (block, frames) = (shape.block.max(1), shape.frames.max(1));
        Self { source, begun, left: length, block, frames, count: Self::count(shape), given: 0 }
    }

    /// Blocks of `shape` in a packet.
    pub(super) fn count(shape: &Shape) -> u32 {
        (FRAMES / shape.frames.max(1)).max(1)
    }

    fn next(&mut self) -> io::Result<Option<Packet>> {
        let most = u64::from(self.block) * u64::from(self.count);
        let wanted = self.left.unwrap_or(u64::MAX).min(most);
        let mut bytes = std::mem::take(&mut self.begun);
        bytes.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        (&mut self.source).take(wanted - bytes.len() as u64).read_to_end(&mut bytes)?;
        if let Some(left) = &mut self.left {
            *left -= bytes.len() as u64;
        }
        let blocks = bytes.len() / self.block as usize; // drop half a block at the end
        bytes.truncate(blocks * self.block as usize);
        if blocks == 0 {
            return Ok(None);
        }
        let frames = blocks as u64 * u64::from(self.frames);
        let start = Timestamp::from(i64::try_from(self.given).unwrap_or(i64::MAX));
        self.given += frames;
        Ok(Some(Packet::new(0, start, Duration::from(frames), bytes)))
    }
}
