//! The model with its vocabulary, names and last utterance.

use ct2rs::sys;

use super::names::Names;
use super::prompt::ExpectedLanguage;
use super::scored::ScoredAudio;
use super::vocabulary::WhisperVocabulary;
use crate::config::AudioContext;
use crate::engine::EngineError;
use crate::engine::options::{AsrTask, WordTiming};
use crate::signal::mel::LogMel;

/// Whisper, loaded and warm.
pub struct Whisper {
    pub(super) model: sys::Whisper,
    pub(super) mel: LogMel,
    pub(super) name: String,
    pub(super) language: ExpectedLanguage,
    /// What is done with speech.
    pub(super) task: AsrTask,
    /// Whether readings come with the times of their words.
    pub(super) words: WordTiming,
    /// Tags of the languages that the model knows.
    pub(super) known: Vec<String>,
    /// The settings' `asr.languages`, as they were written.
    pub(super) languages: Vec<String>,
    /// Language and names of the settings, from the first options on that may change them.
    pub(super) usual: Option<(ExpectedLanguage, Names)>,
    /// Tags that may be heard where the language is detected; empty for any.
    pub(super) allowed: Vec<String>,
    pub(super) beam: usize,
    pub(super) context: AudioContext,
    /// Frames of the model's shortest window.
    pub(super) shortest: usize,
    /// Windows that were read a second time, in full.
    pub(super) again: usize,
    pub(super) names: Names,
    pub(super) audio: Vec<f32>,
    pub(super) vocabulary: WhisperVocabulary,
    /// The utterance read last, while it fits one window.
    pub(super) heard: Option<ScoredAudio>,
}

pub(super) fn failed(error: &impl ToString) -> EngineError {
    EngineError::Failed { engine: "whisper", reason: error.to_string() }
}
