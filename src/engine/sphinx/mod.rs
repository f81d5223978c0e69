//! PocketSphinx: small ears that need no GPU and understand while the person speaks.
//!
//! Two ways to listen: dictation with a statistical language model, and a JSGF grammar that knows what can be
//! said, which is far more reliable. The library is loaded at run time; a machine without it can still run golem.

mod ffi;
mod grammar;
mod model;
mod phones;

use std::path::{Path, PathBuf};

use self::ffi::{Decoder, Value};
use super::{EngineError, RATE, Transcriber};
use crate::message::Transcript;
use crate::turn::Ticket;

pub use self::phones::arpabet;

const NAME: &str = "PocketSphinx";
/// Samples decoded between two looks at the stop ticket: 100 ms.
const CHUNK: usize = RATE as usize / 10;
/// Samples gathered before the search begins, so that the mean cepstrum is this voice's in this room: 1.5 s.
const HOLD: usize = RATE as usize * 3 / 2;
/// Other readings given with a transcript.
const READINGS: usize = 4;
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
pub enum Mode {
    /// Anything, as likely as the language model finds it.
    Dictation,
    /// What this JSGF grammar (its text) allows.
    Grammar(String),
}

/// Where the decoder stands in the utterance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Nothing decoded: audio is being gathered.
    Holding,
    /// The decoder follows; so many samples of the utterance went in.
    Running(usize),
    /// The decoder has finished what there was.
    Ended,
}

/// PocketSphinx as ears. Not `Send`: build it inside the thread that uses it.
pub struct Sphinx {
    decoder: Decoder,
    mode: Mode,
    /// All audio of the utterance.
    audio: Vec<i16>,
    progress: Progress,
    partial: String,
    /// Mean cepstrum to begin with where an utterance has no audio to measure.
    mean: String,
}

impl Sphinx {
    /// Loads the library and the models. `pronounce` gives the IPA phonemes (as espeak-ng writes `en-us`) of words
    /// that a grammar has and the dictionary lacks.
    ///
    /// # Errors
    /// When a file is missing or broken, the grammar cannot be parsed, or one of its words cannot be pronounced.
    pub fn open(
        files: &SphinxFiles,
        mode: Mode,
        pronounce: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, EngineError> {
        model::exists(&files.library, "PocketSphinx library")?;
        model::acoustic(&files.acoustic)?;
        model::dictionary(&files.dictionary)?;
        let decoder = Decoder::open(&files.library, &settings(files, &mode))?;
        match &mode {
            Mode::Dictation => language(&decoder, files.language_model.as_deref())?,
            Mode::Grammar(jsgf) => grammatical(&decoder, jsgf, pronounce)?,
        }
        let mean = decoder.mean();
        Ok(Self { decoder, mode, audio: Vec::new(), progress: Progress::Holding, partial: String::new(), mean })
    }

    /// Teaches a running dictation the word `word`, pronounced as the IPA phonemes of `pronounce`. Words that the
    /// language model lacks as well stay unlikely.
    ///
    /// # Errors
    /// When the word cannot be pronounced.
    pub fn add_word(&mut self, word: &str, pronounce: &dyn Fn(&str) -> Option<String>) -> Result<(), EngineError> {
        if self.progress != Progress::Ended {
            self.decoder.end();
        }
        learn(&self.decoder, word, pronounce, true)
    }

    /// Decodes what was gathered and not decoded yet; `false` when `stop` went stale on the way.
    fn catch_up(&mut self, stop: Option<&Ticket>) -> Result<bool, EngineError> {
        let begun = match self.progress {
            Progress::Running(done) => done,
            Progress::Holding | Progress::Ended => self.begin()?,
        };
        let mut done = begun;
        for chunk in self.audio[begun..].chunks(CHUNK) {
            if stop.is_some_and(Ticket::stale) {
                self.progress = Progress::Running(done);
                return Ok(false);
            }
            if !self.decoder.feed(chunk) {
                return Err(failed("the decoder refuses audio"));
            }
            done += chunk.len();
        }
        self.progress = Progress::Running(done);
        Ok(true)
    }

    /// Begins to decode the utterance from its first sample, normalised by the mean of what there is of it.
    fn begin(&mut self) -> Result<usize, EngineError> {
        let sample = &self.audio[..self.audio.len().min(HOLD)];
        let mean = self.decoder.measure(sample).unwrap_or_else(|| self.mean.clone());
        self.decoder.set_mean(&mean);
        if self.decoder.start() { Ok(0) } else { Err(failed("the decoder cannot begin an utterance")) }
    }

    /// The words so far with the marks of alternative pronunciations taken off.
    fn words(&self) -> (String, i32) {
        self.decoder.words().map_or_else(Default::default, |(words, score)| (plain(&words), score))
    }
}

impl Transcriber for Sphinx {
    fn describe(&self) -> String {
        match &self.mode {
            Mode::Dictation => format!("{NAME}, dictation"),
            Mode::Grammar(_) => format!("{NAME}, grammar"),
        }
    }

    fn streams(&self) -> bool {
        true
    }

    fn start(&mut self) -> Result<(), EngineError> {
        if matches!(self.progress, Progress::Running(_)) {
            self.decoder.end();
        }
        self.audio.clear();
        self.partial.clear();
        self.progress = Progress::Holding;
        Ok(())
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.audio.extend(audio.iter().map(|&sample| to_i16(sample)));
        if audio.is_empty() || self.audio.len() < HOLD {
            return Ok(None);
        }
        self.catch_up(None)?;
        let (words, _) = self.words();
        if words.is_empty() || words == self.partial {
            return Ok(None);
        }
        self.partial.clone_from(&words);
        Ok(Some(words))
    }

    /// May be called again after more [`Transcriber::accept`]: the whole utterance is then decoded anew.
    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError> {
        if self.audio.is_empty() || stop.stale() {
            return Ok(Transcript::default());
        }
        if self.progress != Progress::Ended && !self.catch_up(Some(stop))? {
            return Ok(Transcript::default());
        }
        if self.progress != Progress::Ended {
            self.decoder.end();
            self.progress = Progress::Ended;
        }
        let (text, score) = self.words();
        if text.is_empty() {
            return Ok(Transcript::default());
        }
        let mut alternatives = Vec::new();
        if self.mode == Mode::Dictation {
            for reading in self.decoder.readings(3 * READINGS) {
                let reading = plain(&reading);
                if !reading.is_empty() && reading != text && !alternatives.contains(&reading) {
                    alternatives.push(reading);
                }
            }
            alternatives.truncate(READINGS);
        }
        Ok(Transcript {
            mean_logprob: Some(per_frame(score, self.decoder.frames())),
            text,
            alternatives,
            ..Transcript::default()
        })
    }
}

/// How the decoder is set up; see `scripts/bench-ears` for what the numbers were tuned on.
fn settings(files: &SphinxFiles, mode: &Mode) -> Vec<(&'static str, Value)> {
    let path = |path: &Path| Value::Text(path.to_string_lossy().into_owned());
    let mut settings = vec![
        ("hmm", path(&files.acoustic)),
        ("dict", path(&files.dictionary)),
        ("samprate", Value::Real(f64::from(RATE))),
    ];
    match mode {
        // The lattice of a grammar costs ten times what the search does and changes no word.
        Mode::Grammar(_) => settings.push(("bestpath", Value::Flag(false))),
        Mode::Dictation => settings.push(("maxhmmpf", Value::Whole(30_000))),
    }
    settings
}

/// Sets the decoder to dictation.
fn language(decoder: &Decoder, path: Option<&Path>) -> Result<(), EngineError> {
    let path = path.ok_or_else(|| failed("dictation needs a language model; install one or set asr.grammar"))?;
    model::exists(path, "PocketSphinx language model")?;
    if decoder.listen_for_language(path) {
        return Ok(());
    }
    let reason = decoder.complaint().unwrap_or_else(|| "it is no ARPA or binary language model".into());
    Err(EngineError::Unusable { what: "a language model".into(), path: path.into(), reason })
}

/// Sets the decoder to a grammar, its unknown words learnt first.
fn grammatical(decoder: &Decoder, jsgf: &str, pronounce: &dyn Fn(&str) -> Option<String>) -> Result<(), EngineError> {
    let words = grammar::words(jsgf);
    if words.is_empty() {
        return Err(failed("the grammar has no words; write JSGF such as: #JSGF V1.0; grammar g; public <g> = stop;"));
    }
    for word in words.iter().filter(|word| !decoder.knows(word)) {
        learn(decoder, word, pronounce, false)?;
    }
    if decoder.listen_for_grammar(jsgf) {
        return Ok(());
    }
    let reason = decoder.complaint().unwrap_or_else(|| "it has no public rule".into());
    Err(failed(format!("the grammar cannot be used: {reason}")))
}

/// Adds a word that the dictionary lacks.
fn learn(
    decoder: &Decoder,
    word: &str,
    pronounce: &dyn Fn(&str) -> Option<String>,
    now: bool,
) -> Result<(), EngineError> {
    let phones = pronounce(word).as_deref().and_then(arpabet);
    let added = phones.is_some_and(|phones| decoder.knows(word) || decoder.add(word, &phones, now));
    if added { Ok(()) } else { Err(EngineError::Unpronounceable(word.into())) }
}

/// The words without silence, noise and the numbers of alternative pronunciations: `the(2) <sil>` is `the`.
fn plain(words: &str) -> String {
    let words: Vec<String> = words
        .split_whitespace()
        .filter(|word| !word.starts_with(['<', '[', '+']))
        .map(|word| word.split_once('(').map_or(word, |(word, _)| word).to_lowercase())
        .collect();
    words.join(" ")
}

/// A hypothesis' score as natural log-probability of a frame, relative to the best sounds that any words could
/// have made of it: near 0 for clear speech about the topic, lower for anything else.
#[allow(clippy::cast_precision_loss)] // scores and frame counts stay below 2^24
fn per_frame(score: i32, frames: i32) -> f32 {
    score as f32 * SCORE_UNIT * LN_BASE / frames.max(1) as f32
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
    fn scores_are_spread_over_the_frames() {
        assert!((per_frame(-2000, 100) + 2.048).abs() < 0.01);
        assert!(per_frame(-1, 0).is_finite());
    }

    #[test]
    fn samples_are_clipped_not_wrapped() {
        assert_eq!([0.0, 1.0, -1.0, 7.0, -7.0, f32::NAN].map(to_i16), [0, 32_767, -32_767, 32_767, -32_768, 0]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let files = SphinxFiles { library: "no/library.so".into(), ..SphinxFiles::default() };
        let Err(EngineError::Missing { path, .. }) = Sphinx::open(&files, Mode::Dictation, &|_| None) else {
            panic!("there is no such library");
        };
        assert_eq!(path, Path::new("no/library.so"));
    }
}
