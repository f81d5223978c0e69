//! Golem's own sentences, in each language that it speaks.
//!
//! A [`Phrase`] or a [`Failure`] is the meaning with its data; one file per language puts it into words. If a language
//! lacks a sentence, the code does not compile. Words of the language model and of people are not here.

pub mod english;
mod failure;
mod language;
mod moment;
mod phrase;
pub mod russian;
mod words;

#[cfg(test)]
mod tests;

pub use failure::{Failure, ProgramEnd, ServiceFault, WriteFault};
pub use language::{Language, primary};
pub use moment::{Every, RelativeMoment};
pub use phrase::{AlarmLabel, ListedAlarm, Phrase};

impl Phrase {
    /// The phrase in words.
    pub fn say(&self, language: Language) -> String {
        match language {
            Language::English => english::say(self),
            Language::Russian => russian::say(self),
        }
    }
}

impl Failure {
    /// The failure in words.
    pub fn say(&self, language: Language) -> String {
        match language {
            Language::English => english::failure(self),
            Language::Russian => russian::failure(self),
        }
    }
}
