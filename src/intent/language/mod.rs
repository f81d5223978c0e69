//! English and Russian as far as commands need them: words, their weight and sound, numbers, and other ways to write them.

pub mod forms;
pub mod lexicon;
pub mod number;
pub mod phonetic;
pub mod text;
