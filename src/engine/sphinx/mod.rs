//! PocketSphinx: a small recogniser that needs no GPU.
//!
//! It has two modes: dictation with a statistical language model, and a grammar of possible sentences, which is far
//! more reliable. The library is loaded at run time; golem also runs on a machine without it.

mod commands;
mod dictation;
mod dictionary;
mod evidence;
mod failure;
mod ffi;
mod files;
mod grammar;
mod model;
mod phones;
mod recorded;
mod score;

use self::commands::GrammarDecoder;
use self::dictation::Dictation;
use super::{EngineError, Transcriber};
use crate::intent::grammar::Automaton;
use crate::message::Transcript;
use crate::turn::Ticket;

pub use self::phones::arpabet;
pub use self::recorded::Recorded;
pub use dictation::likelihood;
pub use files::SphinxFiles;

/// The possible speech.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SphinxGrammar {
    /// Free speech, as likely as the language model finds it.
    Dictation,
    /// The sentences that this JSGF grammar (its text) allows.
    Jsgf(String),
    /// These sentences.
    Sentences(Automaton),
}

/// PocketSphinx as a recogniser. Not `Send`: build it inside the thread that uses it.
pub struct Sphinx(Recognizer);

enum Recognizer {
    Dictation(Box<Dictation>),
    Grammar(Box<GrammarDecoder>),
}

impl Sphinx {
    /// Loads the library and the models. `pronounce` gives the IPA phonemes (as espeak-ng writes `en-us`) of a
    /// grammar's words that the dictionary lacks.
    ///
    /// # Errors
    /// When a file is missing or broken, the grammar cannot be parsed, or one of its words cannot be pronounced.
    pub fn open(
        files: &SphinxFiles,
        mode: SphinxGrammar,
        pronounce: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, EngineError> {
        usable(files)?;
        Ok(Self(match mode {
            SphinxGrammar::Dictation => Recognizer::Dictation(Box::new(Dictation::open(files)?)),
            SphinxGrammar::Jsgf(jsgf) => Recognizer::Grammar(Box::new(GrammarDecoder::jsgf(files, &jsgf, pronounce)?)),
            SphinxGrammar::Sentences(sentences) => {
                Recognizer::Grammar(Box::new(GrammarDecoder::sentences(files, &sentences, pronounce)?))
            }
        }))
    }

    /// Adds the word `word` to a running dictation; a word that its language model lacks too stays unlikely. A grammar
    /// has its words already.
    ///
    /// # Errors
    /// When the word cannot be pronounced.
    pub fn add_word(&mut self, word: &str, pronounce: &dyn Fn(&str) -> Option<String>) -> Result<(), EngineError> {
        match &mut self.0 {
            Recognizer::Dictation(asr) => asr.add_word(word, pronounce),
            Recognizer::Grammar(_) => Ok(()),
        }
    }

    fn asr(&self) -> &dyn Transcriber {
        match &self.0 {
            Recognizer::Dictation(asr) => asr.as_ref(),
            Recognizer::Grammar(asr) => asr.as_ref(),
        }
    }

    fn asr_mut(&mut self) -> &mut dyn Transcriber {
        match &mut self.0 {
            Recognizer::Dictation(asr) => asr.as_mut(),
            Recognizer::Grammar(asr) => asr.as_mut(),
        }
    }
}

impl Transcriber for Sphinx {
    fn describe(&self) -> String {
        self.asr().describe()
    }

    fn streams(&self) -> bool {
        self.asr().streams()
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.asr_mut().start()
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.asr_mut().accept(audio)
    }

    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError> {
        self.asr_mut().finish(stop)
    }
}

/// Checks that the library and its acoustic model exist and are complete.
///
/// # Errors
/// The file that is missing or broken.
pub fn usable(files: &SphinxFiles) -> Result<(), EngineError> {
    model::exists(&files.library, "PocketSphinx library")?;
    model::acoustic(&files.acoustic)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let files = SphinxFiles { library: "no/library.so".into(), ..SphinxFiles::default() };
        let Err(EngineError::Missing { path, .. }) = Sphinx::open(&files, SphinxGrammar::Dictation, &|_| None) else {
            panic!("there is no such library");
        };
        assert_eq!(path, Path::new("no/library.so"));
    }
}
