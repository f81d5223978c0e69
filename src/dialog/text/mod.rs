//! The text of a reply as clauses that can be spoken: markup left out, cut where a speaker would pause.

pub mod boundary;
pub mod clause;
mod function_words;
pub mod inline;
pub mod markup;
pub mod speakable;
mod writer;
