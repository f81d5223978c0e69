//! Sound files: reading them as if they were a microphone, writing what would have been played.

mod reader;
mod writer;

pub use reader::{Reader, read_all};
pub use writer::WavWriter;
