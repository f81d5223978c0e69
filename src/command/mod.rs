//! Commands: the owner's files with sentences and actions, and the decision what a sentence sets off. Pure except for
//! reading those files; no command is run here.

pub mod address;
pub mod apps;
pub mod argv;
mod book;
pub mod builtin;
mod commands;
pub mod confirm;
pub mod decide;
mod error;
pub mod file;
mod keys;
mod open;
mod options;
mod programs;
pub mod repeat;
pub mod risk;
mod slots;
pub mod spoken;
pub mod target;
pub mod when;

pub use book::{Book, Warning};
pub use commands::Commands;
pub use decide::Verdict;
pub use error::CommandError;
pub use repeat::Repeats;

#[cfg(test)]
mod tests;
