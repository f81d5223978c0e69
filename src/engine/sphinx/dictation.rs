//! The streaming decoder of free speech with a statistical language model.

use super::super::{EngineError, Transcriber};
use super::failure::{NAME, failed};
use super::ffi::{SphinxDecoder, SphinxValue};
use super::files::{SphinxFiles, path_of};
use super::score::{plain, sureness};
use super::{dictionary, model};
use crate::message::Transcript;
use crate::signal::frame::RATE;
use crate::signal::pcm::quantised;
use crate::signal::span;
use crate::turn::Ticket;

/// Samples decoded between two checks of the stop ticket: 100 ms.
const CHUNK: usize = RATE as usize / 10;
/// Most alternative readings of a transcript.
const READINGS: usize = 4;
/// Most nats a frame by which words usually beat bare phones when every sound is scored.
const CLEAR: f32 = 1.9;
/// Nats a frame below [`CLEAR`] at which doubt begins. It is the unit of confidence, so that -1 is the limit as for
/// Whisper.
const DOUBT: f32 = 4.1;

/// Natural-log likelihood a frame, relative to bare phones, from the confidence of a dictation.
pub fn likelihood(confidence: f32) -> f32 {
    CLEAR + confidence * DOUBT
}

/// The decoder's position in the utterance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DictationProgress {
    /// No audio is decoded yet.
    Fresh,
    /// So many samples of the utterance are decoded.
    Running(usize),
    /// So many samples are decoded, and were taken for the whole utterance.
    Ended(usize),
}

/// A recogniser of free speech. Not `Send`: build it inside the thread that uses it.
pub struct Dictation {
    /// Decodes words, and beside them bare phones with which the words are compared.
    decoder: SphinxDecoder,
    /// All audio of the utterance.
    audio: Vec<i16>,
    progress: DictationProgress,
    partial: String,
    /// Mean cepstrum at the beginning of every utterance: the library's own guess. Its running mean drifts with every
    /// pause between utterances (45 % of orders understood instead of 84 %), and measured means did no better.
    mean: String,
}

impl Dictation {
    /// Loads the library and the models.
    ///
    /// # Errors
    /// When a file is missing or broken.
    pub fn open(files: &SphinxFiles) -> Result<Self, EngineError> {
        model::dictionary(&files.dictionary)?;
        let settings = [
            ("hmm", path_of(&files.acoustic)),
            ("dict", path_of(&files.dictionary)),
            ("samprate", SphinxValue::Real(f64::from(RATE))),
            // Scores are relative to the best sound of a frame. With all sounds scored, the scores of words and phones
            // are comparable, and are computed once for both.
            ("compallsen", SphinxValue::Flag(true)),
        ];
        let decoder = SphinxDecoder::open(&files.library, &settings)?;
        language(&decoder, files)?;
        let mean = decoder.mean();
        if !decoder.listen_for_phones_too() {
            return Err(failed("the acoustic model cannot be used for bare phones"));
        }
        Ok(Self { decoder, audio: Vec::new(), progress: DictationProgress::Fresh, partial: String::new(), mean })
    }

    /// Adds the word `word` with its IPA phonemes from `pronounce`. A word that the language model lacks too stays
    /// unlikely.
    ///
    /// # Errors
    /// When the word cannot be pronounced.
    pub fn add_word(&mut self, word: &str, pronounce: &dyn Fn(&str) -> Option<String>) -> Result<(), EngineError> {
        self.end();
        dictionary::learn(&self.decoder, word, pronounce, true)
    }

    /// Decodes the gathered audio that is not decoded yet; `false` when `stop` went stale on the way.
    fn catch_up(&mut self, stop: Option<&Ticket>) -> Result<bool, EngineError> {
        let begun = match self.progress {
            DictationProgress::Running(done) => done,
            DictationProgress::Fresh | DictationProgress::Ended(_) => self.begin()?,
        };
        let mut done = begun;
        for chunk in self.audio[begun..].chunks(CHUNK) {
            if stop.is_some_and(Ticket::stale) {
                self.progress = DictationProgress::Running(done);
                return Ok(false);
            }
            if !self.decoder.feed(chunk) {
                return Err(failed("the decoder refuses audio"));
            }
            done += chunk.len();
        }
        self.progress = DictationProgress::Running(done);
        Ok(true)
    }

    /// Begins to decode the utterance at its first sample.
    fn begin(&mut self) -> Result<usize, EngineError> {
        self.decoder.set_mean(&self.mean);
        if self.decoder.start() { Ok(0) } else { Err(failed("the decoder cannot begin an utterance")) }
    }

    fn end(&mut self) {
        if let DictationProgress::Running(done) = self.progress {
            self.decoder.end();
            self.progress = DictationProgress::Ended(done);
        }
    }

    /// Whether the utterance was ended and only quiet came since: its words still hold then.
    fn settled(&self) -> bool {
        matches!(self.progress, DictationProgress::Ended(done) if span::sounds_until(&self.audio, RATE) <= done)
    }

    /// Confidence in the words, in units of [`DOUBT`]: above -1 for words that were meant.
    fn confidence(&self, score: i32) -> f32 {
        let phones = self.decoder.in_phones(|phones| phones.words().map_or(0, |(_, score)| score));
        ((sureness(score - phones, self.decoder.word_frames()) - CLEAR) / DOUBT).min(0.0)
    }

    /// The words so far, without the marks of alternative pronunciations.
    fn words(&self) -> (String, i32) {
        self.decoder.words().map_or_else(Default::default, |(words, score)| (plain(&words), score))
    }

    /// Alternative readings of the ended utterance.
    fn alternatives(&self, text: &str) -> Vec<String> {
        let mut alternatives = Vec::new();
        for reading in self.decoder.readings(3 * READINGS) {
            let reading = plain(&reading);
            if !reading.is_empty() && reading != text && !alternatives.contains(&reading) {
                alternatives.push(reading);
            }
        }
        alternatives.truncate(READINGS);
        alternatives
    }
}

impl Transcriber for Dictation {
    fn describe(&self) -> String {
        format!("{NAME}, dictation")
    }

    fn streams(&self) -> bool {
        false
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.end();
        self.audio.clear();
        self.partial.clear();
        self.progress = DictationProgress::Fresh;
        Ok(())
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.audio.extend(audio.iter().map(|&sample| quantised(sample)));
        if audio.is_empty() || self.settled() {
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

    /// May be called again after more [`Transcriber::accept`]: it then decodes the whole utterance anew.
    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError> {
        if self.audio.is_empty() || stop.stale() {
            return Ok(Transcript::default());
        }
        if !self.settled() && !self.catch_up(Some(stop))? {
            return Ok(Transcript::default());
        }
        self.end();
        let (text, score) = self.words();
        if text.is_empty() {
            return Ok(Transcript::default());
        }
        let alternatives = self.alternatives(&text);
        Ok(Transcript { mean_logprob: Some(self.confidence(score)), text, alternatives, ..Transcript::default() })
    }
}

/// Makes the decoder use its language model.
fn language(decoder: &SphinxDecoder, files: &SphinxFiles) -> Result<(), EngineError> {
    let path = files
        .language_model
        .as_deref()
        .ok_or_else(|| failed("dictation needs a language model; install one or set asr.grammar"))?;
    model::exists(path, "PocketSphinx language model")?;
    if decoder.listen_for_language(path) {
        return Ok(());
    }
    let reason = decoder.complaint().unwrap_or_else(|| "it is no ARPA or binary language model".into());
    Err(EngineError::Unusable { what: "a language model".into(), path: path.into(), reason })
}
