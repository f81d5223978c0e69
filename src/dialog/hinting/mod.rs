//! The decisions about hints: what is a question, who asked it, what the brain is asked, which hints are kept.

pub mod asker;
pub mod desk;
pub mod kept;
pub mod prompt;
pub mod question;
