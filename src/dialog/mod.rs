//! The voice assistant itself: pure decisions.

pub mod clause;
pub mod speakable;
