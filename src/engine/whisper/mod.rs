//! Whisper on CTranslate2. Any folder published for faster-whisper works, from tiny to large-v3-turbo.
//!
//! The encoder reads only the utterance and as much silence as the model needs (`audio_context = "auto"`). Short
//! commands gain most of their speed by that. If the decoder loses the speech in a short window, the full 30 s are
//! read.

mod correct;
mod decode;
mod detect;
mod folder;
mod interim;
mod loops;
mod manner;
mod model;
pub mod names;
mod options;
mod prompt;
mod reading;
mod score;
mod scored;
#[cfg(test)]
mod tests;
mod text;
mod timing;
mod vocabulary;
mod window;
mod words;

use std::path::Path;

pub use self::model::Whisper;
use self::names::Names;
use self::prompt::ExpectedLanguage;
pub use self::score::Likelihood;
use super::options::{AsrOptions, AsrTask, WordTiming};
use super::{EngineError, Transcriber};
use crate::config::{self, AudioContext};
use crate::message::Transcript;
use crate::signal::frame::RATE;
use crate::signal::mel::LogMel;
use crate::turn::Ticket;

/// Golem's own name, as people say it.
const OWN_NAME: &str = "golem";
/// Fewest samples that can hold a word: 50 ms.
const SHORTEST: usize = RATE as usize / 20;

impl Whisper {
    /// Loads the CTranslate2 folder `dir` and decodes a moment of silence: the first decoding is slow.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when the folder lacks a file. [`EngineError::Unusable`] when a file is cut short or of
    /// another kind, or when the model lacks the language or precision of the config.
    pub fn open(dir: &Path, config: &config::AsrConfig) -> Result<Self, EngineError> {
        let folder::LoadedWhisper { model, languages, vocabulary } = folder::load(dir, config)?;
        let language = ExpectedLanguage::choose(&config.language, model.is_multilingual(), &languages)
            .map_err(|reason| folder::unusable(dir, reason))?;
        let allowed = match language {
            ExpectedLanguage::Detect => detect::allowed(&config.languages, &languages),
            _ => Ok(Vec::new()),
        };
        let allowed = allowed.map_err(|reason| folder::unusable(dir, reason))?;
        let mut whisper = Self {
            mel: LogMel::new(model.n_mels()),
            name: dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy().into_owned(),
            language,
            task: AsrTask::Transcribe,
            words: WordTiming::Off,
            known: languages,
            languages: config.languages.clone(),
            usual: None,
            allowed,
            beam: config.beam.max(1),
            context: config.audio_context,
            shortest: window::FULL,
            again: 0,
            names: Names::default(),
            audio: Vec::new(),
            vocabulary,
            heard: None,
            model,
        };
        whisper.expect([OWN_NAME].into_iter().chain(config.vocabulary.iter().map(String::as_str)));
        whisper.warm().map_err(|error| folder::unusable(dir, error.to_string()))?;
        Ok(whisper)
    }

    /// Finds the shortest window by the width of the encoder's output, and runs encoder and decoder once on silence in
    /// a short command's window.
    fn warm(&mut self) -> Result<(), EngineError> {
        self.audio = vec![0.0; RATE as usize];
        let (all, stop) = (0..self.audio.len(), Ticket::standing());
        if let Some(encoded) = self.encode(all.clone(), window::SECOND, &stop)? {
            // The encoder gives one frame for two of the spectrogram.
            let width = usize::try_from(encoded.size()).unwrap_or(0) / (window::SECOND / 2);
            self.shortest = window::shortest(width, self.model.is_multilingual());
        }
        self.understand(all, &stop)?;
        self.audio.clear();
        self.heard = None;
        self.again = 0;
        Ok(())
    }

    /// Frames of the window for `samples` of speech.
    fn frames(&self, samples: usize) -> usize {
        match self.context {
            AudioContext::Auto => window::frames(samples, self.shortest),
            AudioContext::Seconds(seconds) => window::frames(samples, usize::from(seconds) * window::SECOND),
            AudioContext::Full => window::FULL,
        }
    }

    /// Sets the window from the next utterance on.
    pub fn look(&mut self, context: AudioContext) {
        self.context = context;
    }

    /// Number of windows shorter than 30 s that lost the speech and were read again.
    pub fn read_again(&self) -> usize {
        self.again
    }
}

impl Transcriber for Whisper {
    fn describe(&self) -> String {
        match &self.language {
            ExpectedLanguage::EnglishOnly => format!("Whisper {}", self.name),
            ExpectedLanguage::Fixed(tag) => format!("Whisper {}, {tag}", self.name),
            ExpectedLanguage::Detect if self.allowed.is_empty() => format!("Whisper {}, any language", self.name),
            ExpectedLanguage::Detect => format!("Whisper {}, {}", self.name, self.allowed.join(" or ")),
        }
    }

    fn streams(&self) -> bool {
        false
    }

    fn follow(&mut self, options: &AsrOptions) -> Result<(), EngineError> {
        self.take_options(options)
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.audio.clear();
        self.heard = None;
        Ok(())
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.audio.extend_from_slice(audio);
        Ok(None)
    }

    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError> {
        let mut readings = Vec::new();
        self.heard = None;
        for window in window::split(&self.audio) {
            if window.len() < SHORTEST {
                continue;
            }
            match self.understand(window, stop)? {
                Some(reading) => readings.push(reading),
                None => return Ok(Transcript::default()),
            }
        }
        if readings.len() != 1 {
            self.heard = None;
        }
        Ok(reading::join(readings))
    }

    fn interim(&mut self, beginning: &str, stop: &Ticket) -> Result<Option<Transcript>, EngineError> {
        self.so_far(beginning, stop)
    }

    fn score(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
        let likelihoods = self.likelihoods(texts, stop)?;
        Ok(likelihoods.map(|all| all.iter().map(Likelihood::mean).collect()))
    }
}
