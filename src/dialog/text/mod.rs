//! The text of a reply as spoken clauses: without markup, cut where a speaker would pause.

pub mod boundary;
pub mod clause;
mod function_words;
pub mod inline;
pub mod markup;
pub mod speakable;
mod writer;
