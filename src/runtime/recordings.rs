//! The recogniser of recordings: that of the dialogue, unless it is PocketSphinx's dictation. In its place a
//! PocketSphinx hears whole parts, with all of English and with the words of conversations with golem.

use std::path::Path;
use std::time::Instant;

use super::assembly::{files, places};
use crate::config::Config;
use crate::config::speech_engine::AsrEngine;
use crate::engine::anywhere;
use crate::engine::registry::{ChosenEngine, Files};
use crate::engine::sphinx::{Recorded, SphinxFiles};
use crate::engine::{EngineError, Transcriber};
use crate::transcribe::segment::PauseLimit;

/// PocketSphinx's model of all of English, as `asr.model` names it.
const ENGLISH: &str = "en-us";

/// The recogniser that hears recordings under given settings.
pub struct RecordingAsr {
    config: Config,
    files: Files,
    /// Whether the settings or the files name PocketSphinx's dictation.
    sphinx: bool,
}

impl RecordingAsr {
    /// The recogniser that `config` and the installed models lead to.
    pub fn choose(config: &Config) -> Self {
        let (asr, files) = (&config.asr, files(config));
        let sphinx = names_sphinx(config) || files.whisper.is_none();
        let english =
            [ENGLISH, ""].contains(&asr.model.as_str()) && matches!(asr.engine, AsrEngine::Auto | AsrEngine::Sphinx);
        Self { config: config.clone(), sphinx: sphinx && english && files.grammar.is_none(), files }
    }

    /// The longest pause within a part for this recogniser.
    pub fn pause_limit(&self) -> PauseLimit {
        if self.sphinx { PauseLimit::Sentences } else { PauseLimit::Windows }
    }

    /// Name of the model that the settings and files lead to.
    pub fn model(&self) -> String {
        if let Some(server) = self.config.asr.servers().into_iter().next() {
            return server.model;
        }
        let folder = self
            .files
            .whisper
            .as_deref()
            .filter(|_| !self.sphinx && !names_sphinx(&self.config))
            .and_then(Path::file_name);
        folder.map_or_else(|| "pocketsphinx".into(), |name| name.to_string_lossy().into_owned())
    }

    /// Loads the recogniser. To be called inside the thread that uses it.
    ///
    /// # Errors
    /// When a name in the settings is unknown or a file cannot be used.
    pub fn open(&self) -> Result<ChosenEngine<dyn Transcriber>, EngineError> {
        if !self.sphinx {
            return anywhere::asr(&self.config.asr, &self.files, None, Instant::now);
        }
        let mut config = self.config.clone();
        config.asr.model = ENGLISH.into(); // recordings may be about anything, not only what the starter model knows
        let general = files(&config).sphinx;
        let starter = |name: &str| places().at(&format!("starter/{name}"));
        let (dictionary, model) = (starter("talk.dict"), starter("talk.lm"));
        let talk = (dictionary.is_file() && model.is_file()).then(|| SphinxFiles {
            dictionary,
            language_model: Some(model),
            ..general.clone()
        });
        let engine = Box::new(Recorded::open(&[Some(general), talk].into_iter().flatten().collect::<Vec<_>>())?);
        let why = if names_sphinx(&self.config) {
            "the config says so"
        } else {
            "no Whisper model is installed; golem setup fetches one that hears better"
        };
        Ok(ChosenEngine { engine, why: why.into() })
    }
}

fn names_sphinx(config: &Config) -> bool {
    config.asr.engine == AsrEngine::Sphinx || config.asr.model == ENGLISH
}
