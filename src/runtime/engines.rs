//! The source of a golem's ears, brain and voice: what the settings name, or something else that works in their place.

use std::time::Instant;

use crate::config::{AsrConfig, LlmConfig, TtsConfig};
use crate::engine::registry::{self, ChosenEngine, Files, Sentences};
use crate::engine::{Chat, EngineError, Synthesizer, Transcriber, anywhere};

/// Makes ears, a brain and a voice, each inside the thread that works with it.
pub trait EngineSource: Send + Sync {
    /// The ears.
    ///
    /// # Errors
    /// When there are none.
    fn ears(
        &self,
        config: &AsrConfig,
        files: &Files,
        sentences: Option<&Sentences>,
    ) -> Result<ChosenEngine<dyn Transcriber>, EngineError>;

    /// The brain.
    ///
    /// # Errors
    /// When there is none.
    fn brain(&self, config: &LlmConfig, files: &Files) -> Result<ChosenEngine<dyn Chat>, EngineError>;

    /// The voice.
    ///
    /// # Errors
    /// When there is none.
    fn voice(&self, config: &TtsConfig, files: &Files) -> Result<ChosenEngine<dyn Synthesizer>, EngineError>;

    /// Whether other ears and another brain can take the place of these while golem runs.
    fn exchangeable(&self) -> bool {
        true
    }

    /// Whether the ears are to hear an utterance without the wake phrase that opened it.
    fn leaves_out_call(&self) -> bool {
        false
    }
}

/// The engines that the settings name.
pub struct ConfiguredEngines;

impl EngineSource for ConfiguredEngines {
    fn ears(
        &self,
        config: &AsrConfig,
        files: &Files,
        sentences: Option<&Sentences>,
    ) -> Result<ChosenEngine<dyn Transcriber>, EngineError> {
        anywhere::asr(config, files, sentences, Instant::now)
    }

    fn brain(&self, config: &LlmConfig, files: &Files) -> Result<ChosenEngine<dyn Chat>, EngineError> {
        registry::llm(config, files, Instant::now)
    }

    fn voice(&self, config: &TtsConfig, files: &Files) -> Result<ChosenEngine<dyn Synthesizer>, EngineError> {
        anywhere::voice(config, files, Instant::now)
    }
}
