//! The transcription of recordings: the stretches of voice in them, the words in each stretch, and their subtitles.

pub mod agreement;
pub mod cue;
pub mod listen;
pub mod segment;
pub mod subtitles;
pub mod track;
pub mod word;
mod word_cue;
