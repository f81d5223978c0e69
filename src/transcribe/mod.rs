//! Recordings into words: the stretches of voice in them, what is said in each, and subtitles of it.

pub mod cue;
pub mod listen;
pub mod segment;
pub mod subtitles;
pub mod track;
