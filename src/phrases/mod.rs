//! The sentences that golem says of its own accord, in each language that it speaks.
//!
//! A [`Phrase`] or a [`Failure`] is what is meant, with its data; a file a language puts it into words. A sentence that
//! a language lacks does not compile. What the language model says and what people say is not here.

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
