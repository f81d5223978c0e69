//! PocketSphinx: small ears that need no GPU and understand while the person speaks.
//!
//! Two ways to listen: dictation with a statistical language model, and a JSGF grammar that knows what can be
//! said, which is far more reliable. The library is loaded at run time; a machine without it can still run golem.

mod ffi;
mod grammar;
mod model;
mod phones;
mod recorded;

use std::path::{Path, PathBuf};

use self::ffi::{Decoder, Value};
use super::{EngineError, RATE, Transcriber};
use crate::message::Transcript;
use crate::turn::Ticket;

pub use self::phones::arpabet;
pub use self::recorded::Recorded;

const NAME: &str = "PocketSphinx";
/// Samples decoded between two looks at the stop ticket: 100 ms.
const CHUNK: usize = RATE as usize / 10;
/// Other readings given with a transcript.
const READINGS: usize = 4;
/// Natural logarithm of the base of the library's logs (`logbase` 1.0001) …
const LN_BASE: f32 = 0.000_099_995;
/// … and the factor by which hypothesis scores are scaled down (`SENSCR_SHIFT` 10).
const SCORE_UNIT: f32 = 1024.0;

/// Nats a frame by which phones beat words where doubt begins; the unit of confidence, so that -1 divides as it does
/// for Whisper. With a coffee grammar the least sure of 30 real orders was at 4.10, the surest of 23 read sentences
/// at 4.14; one in twenty wake words and a third of short noises pass.
const DOUBT: f32 = 4.1;

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

/// Where the decoders stand in the utterance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// No audio was decoded yet.
    Fresh,
    /// So many samples of the utterance went in.
    Running(usize),
    /// All that there was is decoded.
    Ended,
}

/// PocketSphinx as ears. Not `Send`: build it inside the thread that uses it.
pub struct Sphinx {
    decoder: Decoder,
    /// A loop of bare phones that hears the same audio: what the words are weighed against.
    phones: Decoder,
    mode: Mode,
    /// All audio of the utterance.
    audio: Vec<i16>,
    progress: Progress,
    partial: String,
    /// Mean cepstrum that every utterance begins with: the library's own guess. Its running mean drifts with every
    /// pause between utterances (45 % of orders understood instead of 84 %), and measured means did no better.
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
        let acoustic = path_of(&files.acoustic);
        let phones = Decoder::open(&files.library, &[("hmm", acoustic), ("samprate", Value::Real(f64::from(RATE)))])?;
        if !phones.listen_for_phones() {
            return Err(failed("the acoustic model cannot be used for bare phones"));
        }
        Ok(Self { decoder, phones, mode, audio: Vec::new(), progress: Progress::Fresh, partial: String::new(), mean })
    }

    /// Teaches a running dictation the word `word`, pronounced as the IPA phonemes of `pronounce`. Words that the
    /// language model lacks as well stay unlikely.
    ///
    /// # Errors
    /// When the word cannot be pronounced.
    pub fn add_word(&mut self, word: &str, pronounce: &dyn Fn(&str) -> Option<String>) -> Result<(), EngineError> {
        self.end();
        learn(&self.decoder, word, pronounce, true)
    }

    /// Decodes what was gathered and not decoded yet; `false` when `stop` went stale on the way.
    fn catch_up(&mut self, stop: Option<&Ticket>) -> Result<bool, EngineError> {
        let begun = match self.progress {
            Progress::Running(done) => done,
            Progress::Fresh | Progress::Ended => self.begin()?,
        };
        let mut done = begun;
        for chunk in self.audio[begun..].chunks(CHUNK) {
            if stop.is_some_and(Ticket::stale) {
                self.progress = Progress::Running(done);
                return Ok(false);
            }
            if !(self.decoder.feed(chunk) && self.phones.feed(chunk)) {
                return Err(failed("the decoder refuses audio"));
            }
            done += chunk.len();
        }
        self.progress = Progress::Running(done);
        Ok(true)
    }

    /// Begins to decode the utterance from its first sample.
    fn begin(&mut self) -> Result<usize, EngineError> {
        for decoder in [&self.decoder, &self.phones] {
            decoder.set_mean(&self.mean);
            if !decoder.start() {
                return Err(failed("the decoder cannot begin an utterance"));
            }
        }
        Ok(0)
    }

    fn end(&mut self) {
        if matches!(self.progress, Progress::Running(_)) {
            self.decoder.end();
            self.phones.end();
            self.progress = Progress::Ended;
        }
    }

    /// How sure the words are: see [`confidence`].
    fn confidence(&self, score: i32) -> f32 {
        let phones = self.phones.words().map_or(0, |(_, score)| score);
        confidence(score - phones, self.decoder.word_frames())
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
        self.end();
        self.audio.clear();
        self.partial.clear();
        self.progress = Progress::Fresh;
        Ok(())
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.audio.extend(audio.iter().map(|&sample| to_i16(sample)));
        if audio.is_empty() {
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
        self.end();
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
        Ok(Transcript { mean_logprob: Some(self.confidence(score)), text, alternatives, ..Transcript::default() })
    }
}

/// How the decoder is set up; see `scripts/bench-ears` for what the numbers were tuned on.
fn settings(files: &SphinxFiles, mode: &Mode) -> Vec<(&'static str, Value)> {
    let mut settings = vec![
        ("hmm", path_of(&files.acoustic)),
        ("dict", path_of(&files.dictionary)),
        ("samprate", Value::Real(f64::from(RATE))),
    ];
    if matches!(mode, Mode::Grammar(_)) {
        settings.extend([
            // The lattice of a grammar costs ten times what the search does and changes no word.
            ("bestpath", Value::Flag(false)),
            // Narrower beams lose one order in ten, wider ones win none.
            ("beam", Value::Real(1e-80)),
            ("pbeam", Value::Real(1e-80)),
            ("wbeam", Value::Real(1e-60)),
        ]);
    }
    settings
}

fn path_of(path: &Path) -> Value {
    Value::Text(path.to_string_lossy().into_owned())
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
        .filter(|word| !filler(word))
        .map(|word| word.split_once('(').map_or(word, |(word, _)| word).to_lowercase())
        .collect();
    words.join(" ")
}

/// Whether a word of the library's is silence or noise.
fn filler(word: &str) -> bool {
    word.starts_with(['<', '[', '+'])
}

/// How much likelier bare phones in any order are than the words, in nats for each frame with words in it, and then
/// in units of [`DOUBT`]: above -1 for words as they were meant, below for anything else that was pressed into words.
#[allow(clippy::cast_precision_loss)] // scores and frame counts stay below 2^24
fn confidence(score: i32, word_frames: i32) -> f32 {
    score as f32 * SCORE_UNIT * LN_BASE / word_frames.max(1) as f32 / DOUBT
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
        assert!((confidence(-4004, 100) + 1.0).abs() < 0.01);
        assert!(confidence(-2200, 1000) > -0.2);
        assert!(confidence(-1, 0).is_finite());
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
