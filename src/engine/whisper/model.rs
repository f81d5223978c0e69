//! The loaded model with its vocabulary, names and last utterance.

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
    /// The task of transcriptions.
    pub(super) task: AsrTask,
    /// Whether transcripts come with word times.
    pub(super) words: WordTiming,
    /// Tags of the languages that the model knows.
    pub(super) known: Vec<String>,
    /// The settings' `asr.languages`, unchanged.
    pub(super) languages: Vec<String>,
    /// Language and names of the settings, saved when the first options arrive.
    pub(super) usual: Option<(ExpectedLanguage, Names)>,
    /// Tags that language detection may choose; empty for all.
    pub(super) allowed: Vec<String>,
    pub(super) beam: usize,
    pub(super) context: AudioContext,
    /// Frames of the model's shortest window.
    pub(super) shortest: usize,
    /// Number of windows that were read again in full.
    pub(super) again: usize,
    pub(super) names: Names,
    pub(super) audio: Vec<f32>,
    pub(super) vocabulary: WhisperVocabulary,
    /// The last utterance, if it fits one window.
    pub(super) heard: Option<ScoredAudio>,
}

pub(super) fn failed(error: &impl ToString) -> EngineError {
    EngineError::Failed { engine: "whisper", reason: error.to_string() }
}
