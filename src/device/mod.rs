//! Microphones, loudspeakers and sound files.

pub mod capture;
pub mod deck;
pub mod line;
pub mod playback;
pub mod wav;
