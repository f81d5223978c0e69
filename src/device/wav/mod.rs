//! Sound files: read in place of a microphone, written in place of a loudspeaker.

mod decoder;
mod find;
mod header;
mod kinds;
mod packets;
mod reader;
mod shape;
mod stream;
mod writer;

pub use reader::{SoundReader, read_all};
pub use writer::WavWriter;
