//! The decisions of the prompter: its theses, whether one was said, and when the next one is shown.

pub mod cue;
pub mod said;
pub mod show;
pub mod theses;
