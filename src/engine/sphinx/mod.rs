//! PocketSphinx: small ears that need no GPU.
//!
//! Two ways to listen: dictation with a statistical language model, and a grammar that knows what can be said, which is far more reliable. The library is loaded at run time; a machine without it can still run golem.

mod commands;
mod dictation;
mod dictionary;
mod evidence;
mod ffi;
mod grammar;
mod model;
mod phones;
mod recorded;

use std::path::{Path, PathBuf};

use self::commands::GrammarDecoder;
use self::dictation::Dictation;
use self::ffi::SphinxValue;
use super::{EngineError, Transcriber};
use crate::intent::grammar::Automaton;
use crate::message::Transcript;
use crate::turn::Ticket;

pub use self::phones::arpabet;
pub use self::recorded::Recorded;
pub use dictation::likelihood;

const NAME: &str = "PocketSphinx";
/// Natural logarithm of the base of the library's logs (`logbase` 1.0001) …
const LN_BASE: f32 = 0.000_099_995;
/// … and the factor by which hypothesis scores are scaled down (`SENSCR_SHIFT` 10).
const SCORE_UNIT: f32 = 1024.0;

/// Where the library and its models are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SphinxFiles {
    /// The shared library.
    pub library: PathBuf,
    /// Folder of the acoustic model.
    pub acoustic: PathBuf,
    /// Pronunciations: a word and its phones in each line.
    pub dictionary: PathBuf,
    /// Language model for dictation: ARPA text or PocketSphinx's binary form.
    pub language_model: Option<PathBuf>,
}

/// What can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SphinxGrammar {
    /// Anything, as likely as the language model finds it.
    Dictation,
    /// What this JSGF grammar (its text) allows.
    Jsgf(String),
    /// These sentences.
    Sentences(Automaton),
}

/// PocketSphinx as ears. Not `Send`: build it inside the thread that uses it.
pub struct Sphinx(Recognizer);

enum Recognizer {
    Dictation(Box<Dictation>),
    Grammar(Box<GrammarDecoder>),
}

impl Sphinx {
    /// Loads the library and the models. `pronounce` gives the IPA phonemes (as espeak-ng writes `en-us`) of words
    /// that a grammar has and the dictionary lacks.
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

    /// Teaches a running dictation the word `word`; one that its language model lacks as well stays unlikely. A grammar
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

/// Whether the library and its acoustic model are there and whole.
///
/// # Errors
/// Names the file that is missing or broken.
pub fn usable(files: &SphinxFiles) -> Result<(), EngineError> {
    model::exists(&files.library, "PocketSphinx library")?;
    model::acoustic(&files.acoustic)
}

fn path_of(path: &Path) -> SphinxValue {
    SphinxValue::Text(path.to_string_lossy().into_owned())
}

/// The words without silence, noise and the numbers of alternative pronunciations: `the(2) <sil>` is `the`.
fn plain(words: &str) -> String {
    let words: Vec<String> = words
        .split_whitespace()
        .filter(|word| !filler(word))
        .map(|word| word.split_once('(').map_or(word, |(word, _)| word).to_lowercase())
        .collect();
    words.join(" ")
}

/// Whether a word of the library's is silence or noise.
fn filler(word: &str) -> bool {
    word.starts_with(['<', '[', '+'])
}

/// How much likelier words are than bare phones in any order, in nats for each frame with words in it. Phones of a loop know
/// no neighbours, so that words said clearly are likelier.
#[allow(clippy::cast_precision_loss)] // scores and frame counts stay below 2^24
fn sureness(score: i32, word_frames: i32) -> f32 {
    nats(score as f32) / word_frames.max(1) as f32
}

/// A score in the library's own units as a natural logarithm.
fn nats(score: f32) -> f32 {
    score * SCORE_UNIT * LN_BASE
}

#[allow(clippy::cast_possible_truncation)] // clamped
fn to_i16(sample: f32) -> i16 {
    (sample * 32_767.0).clamp(-32_768.0, 32_767.0) as i16
}

fn failed(reason: impl Into<String>) -> EngineError {
    EngineError::Failed { engine: NAME, reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_the_dictionary_are_not_read_out() {
        assert_eq!(plain("<s> the(2) Lamp <sil> [NOISE] on </s>"), "the lamp on");
        assert_eq!(plain("<sil>"), "");
    }

    #[test]
    fn doubt_is_counted_per_frame_with_words() {
        assert!((sureness(-4004, 100) + 4.1).abs() < 0.01);
        assert!(sureness(-2200, 1000) > -0.3);
        assert!(sureness(-1, 0).is_finite());
    }

    #[test]
    fn samples_are_clipped_not_wrapped() {
        assert_eq!([0.0, 1.0, -1.0, 7.0, -7.0, f32::NAN].map(to_i16), [0, 32_767, -32_767, 32_767, -32_768, 0]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let files = SphinxFiles { library: "no/library.so".into(), ..SphinxFiles::default() };
        let Err(EngineError::Missing { path, .. }) = Sphinx::open(&files, SphinxGrammar::Dictation, &|_| None) else {
            panic!("there is no such library");
        };
        assert_eq!(path, Path::new("no/library.so"));
    }
}
