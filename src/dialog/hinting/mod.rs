//! The decisions about hints: which words are a question, who asked it, what the language model gets, and which hints
//! are kept.

pub mod asker;
pub mod kept;
pub mod prompt;
pub mod question;
pub mod queue;
