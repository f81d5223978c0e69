//! The voice assistant itself: pure decisions.

pub mod boundary;
pub mod clause;
pub mod inline;
pub mod markup;
pub mod speakable;
