//! The matching of words to meanings: exactly, with tolerance for the recogniser's slips, or guessed from the sense.

mod context;
pub mod fill;
pub mod gist;
pub mod heard;
pub mod interpret;
pub mod matcher;
mod rank;
mod search;
pub mod tolerant;
pub mod vote;
pub mod zeroshot;
