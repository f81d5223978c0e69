//! The matching of words to meanings: word for word, with slips of the recogniser allowed, or guessed from their sense.

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
