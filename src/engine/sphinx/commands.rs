//! The decoder of a grammar's sentences. It decodes after the person has spoken, with the mean of the whole utterance
//! taken off its features. So one order in ten more is understood in noise than while streaming, and decoding takes a
//! tenth of the time of speaking.

use std::collections::BTreeSet;
use std::io::Write;

use super::super::{EngineError, Transcriber};
use super::dictionary::Pronunciations;
use super::evidence::Evidence;
use super::failure::{NAME, failed};
use super::ffi::{SphinxDecoder, SphinxValue};
use super::files::{SphinxFiles, path_of};
use super::score::{plain, sureness};
use super::{dictionary, grammar, model};
use crate::intent::grammar::Automaton;
use crate::message::{GrammarMatch, Transcript};
use crate::signal::frame::RATE;
use crate::signal::pcm::quantised;
use crate::signal::span;
use crate::turn::Ticket;

/// A recogniser of a grammar's sentences. Not `Send`: build it inside the thread that uses it.
pub struct GrammarDecoder {
    decoder: SphinxDecoder,
    /// All audio of the utterance.
    audio: Vec<i16>,
    /// The last transcript, with the number of samples that it covers.
    understood: Option<(usize, Transcript)>,
}

impl GrammarDecoder {
    /// A recogniser of the sentences that the grammar `jsgf` (its text) allows, with the grammar's words from the
    /// dictionary. `pronounce` gives the IPA phonemes (as espeak-ng writes `en-us`) of words that the dictionary lacks.
    ///
    /// # Errors
    /// When a file is missing or broken, the grammar cannot be parsed, or one of its words cannot be pronounced.
    pub fn jsgf(
        files: &SphinxFiles,
        jsgf: &str,
        pronounce: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, EngineError> {
        let words = grammar::words(jsgf);
        if words.is_empty() {
            let example = "#JSGF V1.0; grammar g; public <g> = stop;";
            return Err(failed(format!("the grammar has no words; write JSGF such as: {example}")));
        }
        Self::open(files, &words, pronounce, true, |decoder, _| Ok(decoder.listen_for_grammar(jsgf)))
    }

    /// A recogniser of these sentences, otherwise as [`GrammarDecoder::jsgf`].
    ///
    /// # Errors
    /// When a file is missing or broken, no temporary file can be written, or a word cannot be pronounced.
    pub fn sentences(
        files: &SphinxFiles,
        sentences: &Automaton,
        pronounce: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, EngineError> {
        let words = sentences.words().map(str::to_lowercase).collect();
        // Give each pronunciation an arc of its own. Otherwise the library looks for alternative pronunciations at
        // every state of the grammar, which takes 1.5 s for twenty thousand arcs.
        Self::open(files, &words, pronounce, false, |decoder, ways| {
            // The library reads such grammars from files only.
            let mut file = tempfile::NamedTempFile::new().map_err(|error| failed(error.to_string()))?;
            let text = sentences.fsg(|word| ways.get(&word.to_lowercase()).copied().unwrap_or(1));
            file.write_all(text.as_bytes()).map_err(|error| failed(error.to_string()))?;
            Ok(decoder.listen_for_sentences(file.path(), WEIGHT))
        })
    }

    fn open(
        files: &SphinxFiles,
        words: &BTreeSet<String>,
        pronounce: &dyn Fn(&str) -> Option<String>,
        other_ways: bool,
        listen: impl FnOnce(&SphinxDecoder, &Pronunciations) -> Result<bool, EngineError>,
    ) -> Result<Self, EngineError> {
        model::dictionary(&files.dictionary)?;
        if let Some(word) = words.iter().find(|word| foreign(word)) {
            let reason = "the acoustic model knows English only, and the commands have words such as";
            return Err(failed(format!("{reason} \"{word}\"; listen with Whisper, or write the commands in English")));
        }
        let mut settings = settings(files);
        settings.push(("fsgusealtpron", SphinxValue::Flag(other_ways)));
        let decoder = SphinxDecoder::open(&files.library, &settings)?;
        let ways = dictionary::teach(&decoder, &files.dictionary, words, pronounce)?;
        if !listen(&decoder, &ways)? {
            let reason = decoder.complaint().unwrap_or_else(|| "it has no public rule".into());
            return Err(failed(format!("the grammar cannot be used: {reason}")));
        }
        if !decoder.listen_for_phones_too() {
            return Err(failed("the acoustic model cannot be used for bare phones"));
        }
        Ok(Self { decoder, audio: Vec::new(), understood: None })
    }

    /// Decodes the utterance into a sentence, and into bare phones with which the sentence is compared.
    fn understand(&self, stop: &Ticket) -> Result<Transcript, EngineError> {
        let audio = &self.audio[span::voiced(&self.audio, RATE)];
        if !self.decoder.decode_whole(audio) {
            let reason = self.decoder.complaint().unwrap_or_else(|| "the decoder refuses audio".into());
            return Err(failed(reason));
        }
        let (text, score) = self.decoder.words().map_or_else(Default::default, |(words, score)| (plain(&words), score));
        if text.is_empty() || stop.stale() {
            return Ok(Transcript::default());
        }
        let (sentence, frames) = (self.decoder.segments(), self.decoder.word_frames());
        let (phones, of_phones) =
            self.decoder.in_phones(|phones| (phones.segments(), phones.words().map_or(0, |(_, score)| score)));
        let likelihood = sureness(score - of_phones, frames);
        let all = audio.len() * FRAMES_PER_SECOND / RATE as usize;
        let evidence = Evidence::of(&sentence, &phones, all);
        let confidence = evidence.map_or(0.0, Evidence::confidence);
        let command = Some(GrammarMatch { text: text.clone(), confidence, likelihood, alternatives: Vec::new() });
        Ok(Transcript { text, mean_logprob: Some(2.0 * (confidence - 1.0)), command, ..Transcript::default() })
    }
}

impl Transcriber for GrammarDecoder {
    fn describe(&self) -> String {
        format!("{NAME}, grammar")
    }

    fn streams(&self) -> bool {
        false
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.audio.clear();
        self.understood = None;
        Ok(())
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.audio.extend(audio.iter().map(|&sample| quantised(sample)));
        Ok(None)
    }

    /// May be called again after more [`Transcriber::accept`]: it then decodes the whole utterance anew.
    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError> {
        if self.audio.is_empty() || stop.stale() {
            return Ok(Transcript::default());
        }
        if let Some((samples, transcript)) = &self.understood
            && *samples == self.audio.len()
        {
            return Ok(transcript.clone());
        }
        let transcript = self.understand(stop)?;
        if !stop.stale() {
            self.understood = Some((self.audio.len(), transcript.clone()));
        }
        Ok(transcript)
    }
}

/// Weight of the penalties for silence and words; 6.5, the library's own, loses words in noise.
const WEIGHT: f32 = 2.0;

/// The decoder's settings. They were tuned on one half of the coffee orders; see `golem bench intent`.
fn settings(files: &SphinxFiles) -> Vec<(&'static str, SphinxValue)> {
    vec![
        ("hmm", path_of(&files.acoustic)),
        ("samprate", SphinxValue::Real(f64::from(RATE))),
        // The lattice of a grammar costs ten times as much as the search and changes no word.
        ("bestpath", SphinxValue::Flag(false)),
        // Narrower beams lose one order in ten, wider ones win none.
        ("beam", SphinxValue::Real(1e-80)),
        ("pbeam", SphinxValue::Real(1e-80)),
        ("wbeam", SphinxValue::Real(1e-60)),
        ("lw", SphinxValue::Real(f64::from(WEIGHT))),
        // Scores are relative to the best of all sounds in the frame. If only sounds that the grammar expects counted,
        // equal speech would get less confidence the more alternatives there are.
        ("compallsen", SphinxValue::Flag(true)),
    ]
}

/// Frames in a second of the library.
const FRAMES_PER_SECOND: usize = 100;

/// Whether a word has letters that English lacks.
fn foreign(word: &str) -> bool {
    word.chars().any(|c| c.is_alphabetic() && !('\0'..='\u{24f}').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_alphabets_are_foreign() {
        assert!(foreign("включи"));
        assert!(!foreign("café") && !foreign("i'd"));
    }
}
