//! English and Russian as far as commands need them: words, their weight and sound, numbers, and their other forms.

pub mod forms;
pub mod lexicon;
pub mod number;
pub mod phonetic;
pub mod text;
