//! The source of golem's recogniser, language model and synthesiser: those of the settings, or others in their place.

use std::time::Instant;

use crate::config::{AsrConfig, LlmConfig, TtsConfig};
use crate::engine::registry::{self, ChosenEngine, Files, Sentences};
use crate::engine::{Chat, EngineError, Synthesizer, Transcriber, anywhere};

/// Makes a recogniser, a language model and a synthesiser, each inside the thread that works with it.
pub trait EngineSource: Send + Sync {
    /// The recogniser.
    ///
    /// # Errors
    /// When there is none.
    fn asr(
        &self,
        config: &AsrConfig,
        files: &Files,
        sentences: Option<&Sentences>,
    ) -> Result<ChosenEngine<dyn Transcriber>, EngineError>;

    /// The language model.
    ///
    /// # Errors
    /// When there is none.
    fn llm(&self, config: &LlmConfig, files: &Files) -> Result<ChosenEngine<dyn Chat>, EngineError>;

    /// The synthesiser.
    ///
    /// # Errors
    /// When there is none.
    fn tts(&self, config: &TtsConfig, files: &Files) -> Result<ChosenEngine<dyn Synthesizer>, EngineError>;

    /// Whether the recogniser and the language model can be exchanged while golem runs.
    fn exchangeable(&self) -> bool {
        true
    }

    /// Whether the recogniser gets an utterance without the wake phrase that opened it.
    fn leaves_out_call(&self) -> bool {
        false
    }
}

/// The engines that the settings name.
pub struct ConfiguredEngines;

impl EngineSource for ConfiguredEngines {
    fn asr(
        &self,
        config: &AsrConfig,
        files: &Files,
        sentences: Option<&Sentences>,
    ) -> Result<ChosenEngine<dyn Transcriber>, EngineError> {
        anywhere::asr(config, files, sentences, Instant::now)
    }

    fn llm(&self, config: &LlmConfig, files: &Files) -> Result<ChosenEngine<dyn Chat>, EngineError> {
        registry::llm(config, files, Instant::now)
    }

    fn tts(&self, config: &TtsConfig, files: &Files) -> Result<ChosenEngine<dyn Synthesizer>, EngineError> {
        anywhere::voice(config, files, Instant::now)
    }
}
