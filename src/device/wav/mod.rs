//! Sound files: reading them as if they were a microphone, writing what would have been played.

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
