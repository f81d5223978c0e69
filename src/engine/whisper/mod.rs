//! Whisper on CTranslate2: any folder as published for faster-whisper, tiny to large-v3-turbo.
//!
//! The encoder sees no more than the utterance and a second of silence (`audio_context = "auto"`), which is where
//! short commands win most of their latency. Should such a window lead the decoder astray, the full 30 s are tried.

mod detect;
mod folder;
mod manner;
mod prompt;
mod reading;
mod score;
#[cfg(test)]
mod tests;
mod text;
mod vocabulary;
mod window;

use std::ops::Range;
use std::path::Path;

use ct2rs::sys::{self, Device, StorageView, WhisperOptions};

use self::prompt::Language;
use self::reading::Reading;
use self::score::Heard;
pub use self::score::Likelihood;
use self::vocabulary::Vocabulary;
use super::{EngineError, RATE, Transcriber};
use crate::config::{self, AudioContext};
use crate::message::Transcript;
use crate::signal::mel::LogMel;
use crate::turn::Ticket;

/// Most readings of one utterance that are asked for.
const MOST_READINGS: usize = 5;
/// Shorter sounds hold no word: 50 ms.
const SHORTEST: usize = RATE as usize / 20;

/// Whisper, loaded and warm.
pub struct Whisper {
    model: sys::Whisper,
    mel: LogMel,
    name: String,
    language: Language,
    /// Tags that may be heard where the language is detected; empty for any.
    allowed: Vec<String>,
    beam: usize,
    context: AudioContext,
    audio: Vec<f32>,
    vocabulary: Vocabulary,
    /// The utterance read last, while it fits one window.
    heard: Option<Heard>,
}

impl Whisper {
    /// Loads the CTranslate2 folder `dir` and decodes a moment of silence, so that the first utterance is not the
    /// slowest.
    ///
    /// # Errors
    /// [`EngineError::Missing`] when the folder lacks a file, [`EngineError::Unusable`] when a file is cut short or of
    /// another kind, or when the config asks for a language or precision that the model does not have.
    pub fn open(dir: &Path, config: &config::Asr) -> Result<Self, EngineError> {
        let folder::Loaded { model, languages, vocabulary } = folder::load(dir, config)?;
        let language = Language::choose(&config.language, model.is_multilingual(), &languages)
            .map_err(|reason| folder::unusable(dir, reason))?;
        let allowed = match language {
            Language::Detect => detect::allowed(&config.languages, &languages),
            _ => Ok(Vec::new()),
        };
        let allowed = allowed.map_err(|reason| folder::unusable(dir, reason))?;
        let mut whisper = Self {
            mel: LogMel::new(model.n_mels()),
            name: dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy().into_owned(),
            language,
            allowed,
            beam: config.beam.max(1),
            context: config.audio_context,
            audio: Vec::new(),
            vocabulary,
            heard: None,
            model,
        };
        whisper.warm().map_err(|error| folder::unusable(dir, error.to_string()))?;
        Ok(whisper)
    }

    /// Runs encoder and decoder once on silence.
    fn warm(&mut self) -> Result<(), EngineError> {
        self.audio = vec![0.0; RATE as usize];
        let frames = self.frames(self.audio.len());
        self.read(0..self.audio.len(), frames, &Ticket::standing())?;
        self.audio.clear();
        self.heard = None;
        Ok(())
    }

    fn frames(&self, samples: usize) -> usize {
        match self.context {
            AudioContext::Auto => window::frames(samples),
            AudioContext::Full => window::FULL,
        }
    }

    /// Reads one window of the audio, a second time with the full context when a short one led astray.
    fn understand(&mut self, window: Range<usize>, stop: &Ticket) -> Result<Option<Reading>, EngineError> {
        let frames = self.frames(window.len());
        let first = self.read(window.clone(), frames, stop)?;
        let astray = first.as_ref().is_some_and(|reading| reading.astray);
        if !astray || frames == window::FULL {
            return Ok(first);
        }
        let second = self.read(window, window::FULL, stop)?;
        Ok(match (first, second) {
            (Some(first), Some(second)) if second.astray && second.mean() < first.mean() => Some(first),
            (_, second) => second,
        })
    }

    /// Encodes and decodes one window in `frames` frames; `None` when `stop` went stale on the way.
    fn read(&mut self, window: Range<usize>, frames: usize, stop: &Ticket) -> Result<Option<Reading>, EngineError> {
        let audio = &self.audio[window];
        let mut mel = self.mel.compute(audio, frames);
        let features =
            StorageView::new(&[1, self.mel.mels(), frames], &mut mel, Device::CPU).map_err(|error| failed(&error))?;
        if stop.stale() {
            return Ok(None);
        }
        let encoded = self.model.encode(&features, false).map_err(|error| failed(&error))?;
        if stop.stale() {
            return Ok(None);
        }
        let language = self.spoken(&encoded)?;
        let limit = window::most_tokens(audio.len());
        let prompt = prompt::prompt(language.as_deref());
        let results = self.model.generate(&encoded, std::slice::from_ref(&prompt), &self.options(limit));
        let Some(result) = results.map_err(|error| failed(&error))?.into_iter().next() else { return Ok(None) };
        self.heard = Some(Heard::new(encoded, prompt, &result));
        let language = language.unwrap_or_else(|| "en".into());
        Ok(Some(Reading::of(&result, limit, language)))
    }

    /// The tag to prompt with: as configured, as heard, or none.
    fn spoken(&self, encoded: &StorageView) -> Result<Option<String>, EngineError> {
        match &self.language {
            Language::EnglishOnly => Ok(None),
            Language::Fixed(tag) => Ok(Some(tag.clone())),
            Language::Detect => {
                let heard = self.model.detect_language(encoded).map_err(|error| failed(&error))?;
                let ranked = heard.iter().flatten().map(|guess| guess.language.as_str());
                let advice = "the model does not tell languages apart: set asr.language";
                detect::likeliest(ranked, &self.allowed).map(Some).ok_or_else(|| failed(&advice))
            }
        }
    }

    fn options(&self, limit: usize) -> WhisperOptions {
        WhisperOptions {
            beam_size: self.beam,
            num_hypotheses: self.beam.min(MOST_READINGS),
            // CTranslate2 gives half of it to the text; the other half stands for a prompt.
            max_length: 2 * limit,
            return_scores: true,
            return_no_speech_prob: true,
            ..WhisperOptions::default()
        }
    }
}

impl Transcriber for Whisper {
    fn describe(&self) -> String {
        match &self.language {
            Language::EnglishOnly => format!("Whisper {}", self.name),
            Language::Fixed(tag) => format!("Whisper {}, {tag}", self.name),
            Language::Detect if self.allowed.is_empty() => format!("Whisper {}, any language", self.name),
            Language::Detect => format!("Whisper {}, {}", self.name, self.allowed.join(" or ")),
        }
    }

    fn streams(&self) -> bool {
        false
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

    fn score(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
        let likelihoods = self.likelihoods(texts, stop)?;
        Ok(likelihoods.map(|all| all.iter().map(Likelihood::mean).collect()))
    }
}

fn failed(error: &impl ToString) -> EngineError {
    EngineError::Failed { engine: "whisper", reason: error.to_string() }
}
