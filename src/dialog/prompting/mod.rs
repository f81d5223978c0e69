//! The decisions of the prompter: its theses, when one was said, what shows the next one.

pub mod cue;
pub mod said;
pub mod show;
pub mod theses;
