//! The making of engines from a recipe, inside the thread that will work with them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::Sender;

use super::super::engines::EngineSource;
use super::super::report::takeover;
use crate::command::Commands;
use crate::config::llm_source::LlmSource;
use crate::config::speech_engine::{AsrEngine, TtsEngine};
use crate::config::speech_server::SpeechServerConfig;
use crate::config::{Config, LlmConfig};
use crate::control::Update;
use crate::engine::registry::{self, Files, SPHINX_MODELS, Sentences};
use crate::message::{Event, Part};
use crate::model::{Places, is_gguf, is_whisper};
use crate::turn::TurnClock;
use crate::worker::asr::AsrWorker;
use crate::worker::baton::Baton;
use crate::worker::llm::LlmWorker;
use crate::worker::understander::Understander;
use crate::worker::{Handle, asr, llm};

/// The settings of a recogniser, a language model or a voice, and the files that these settings choose.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The settings.
    pub config: Config,
    /// The files.
    pub files: Files,
}

impl Recipe {
    /// The name under which the product is offered; empty if the recipe can make nothing.
    pub fn name(&self, part: Part) -> String {
        match part {
            Part::Asr => match (self.config.asr.servers().first(), &self.files.whisper) {
                (Some(server), _) => server.label(),
                (None, model) if self.hears_with_whisper() => model.as_deref().map(folder_name).unwrap_or_default(),
                _ if crate::model::is_starter(&self.files.sphinx.dictionary) => SPHINX_MODELS[1].into(),
                _ => SPHINX_MODELS[0].into(),
            },
            Part::Llm if !self.config.llm.servers().is_empty() => self.config.llm.first_brain().label(),
            Part::Llm => self.files.gguf.as_deref().map(file_name).unwrap_or_default(),
            Part::Tts => self.files.piper.as_deref().map(file_name).unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// Whether the settings leave the choice of the part to golem.
    pub fn free(&self, part: Part) -> bool {
        match part {
            Part::Asr => self.config.asr.engine == AsrEngine::Auto && self.config.asr.model.is_empty(),
            Part::Llm => {
                let llm = &self.config.llm;
                llm.servers().is_empty() && llm.model.is_empty() && !self.config.intents.only
            }
            Part::Tts => self.config.tts.engine == TtsEngine::Auto && self.config.tts.voice.is_empty(),
            _ => false,
        }
    }

    /// Whether whisper is used, as [`registry::asr`] decides.
    fn hears_with_whisper(&self) -> bool {
        let asr = &self.config.asr;
        let named =
            || !SPHINX_MODELS.contains(&asr.model.as_str()) && (self.files.whisper.is_some() || !asr.model.is_empty());
        asr.engine == AsrEngine::Whisper || (asr.engine == AsrEngine::Auto && named())
    }
}

fn folder_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn file_name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The description of an engine that is loaded and warm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadedEngine {
    /// Name and model in a few words.
    pub what: String,
    /// The reason for this one.
    pub why: String,
    /// Whether a recogniser decodes while a person speaks.
    pub streams: bool,
    /// Address of the server that does the work, if there is one.
    pub at: Option<String>,
}

/// Makes recognisers and language models.
#[derive(Clone)]
pub struct EngineFactory {
    /// The current settings.
    config: Arc<Mutex<Config>>,
    /// Finds the files that settings choose; without it nothing is exchanged.
    find: Option<fn(&Config) -> Files>,
    engines: Arc<dyn EngineSource>,
    places: Places,
    commands: Option<Arc<Commands>>,
    /// Clocks of the replies and of the utterances that are still wanted.
    turns: TurnClock,
    utterances: TurnClock,
    baton: Baton,
    events: Sender<Event>,
    updates: Sender<Update>,
}

impl EngineFactory {
    /// The baton by which the language models of this shop share the processor with text to speech.
    pub fn baton(&self) -> &Baton {
        &self.baton
    }

    /// A shop for a golem with these settings. The work of its engines goes stale with the clocks: `turns` for replies,
    /// `utterances` for utterances.
    pub fn new(
        config: &Config,
        find: Option<fn(&Config) -> Files>,
        engines: &Arc<dyn EngineSource>,
        places: &Places,
        commands: Option<&Arc<Commands>>,
        (turns, utterances): (&TurnClock, &TurnClock),
        (events, updates): (&Sender<Event>, &Sender<Update>),
    ) -> Self {
        let config = Arc::new(Mutex::new(config.clone()));
        let (engines, places, commands) = (Arc::clone(engines), places.clone(), commands.cloned());
        let (turns, utterances) = (turns.clone(), utterances.clone());
        let (events, updates) = (events.clone(), updates.clone());
        Self { config, find, engines, places, commands, turns, utterances, baton: Baton::default(), events, updates }
    }

    fn config(&self) -> Config {
        self.config.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the settings of the language model from `config`. True if they make another one.
    pub fn configure(&self, config: &Config) -> bool {
        let mut own = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        let prompted = LlmConfig { system_prompt: config.llm.system_prompt.clone(), ..own.llm.clone() };
        own.llm.clone_from(&config.llm);
        !own.intents.only && prompted != config.llm
    }

    /// The folders in which it looks for models.
    pub fn roots(&self) -> &[PathBuf] {
        self.places.roots()
    }

    /// The recipe that the settings choose among the models that are installed now.
    pub fn chosen(&self) -> Option<Recipe> {
        let config = self.config();
        self.find.map(|find| Recipe { files: find(&config), config })
    }

    /// The recipe of the engine that is offered as `name`.
    ///
    /// # Errors
    /// When there is none, with a reason to be put into a sentence.
    pub fn recipe(&self, part: Part, name: &str) -> Result<Recipe, String> {
        let unknown = || {
            let what = if part == Part::Llm { "language model" } else { "pair of ears" };
            format!("there is no {what} \"{name}\"; golem ctl offers lists those there are, golem setup fetches more")
        };
        let mut config = self.config();
        let known = match part {
            Part::Asr if config.asr.preferring(name).is_some() => {
                config.asr = config.asr.preferring(name).unwrap_or_default();
                true
            }
            Part::Asr if SPHINX_MODELS.contains(&name) => {
                config.asr = config.asr.at_home();
                (config.asr.engine, config.asr.model) = (AsrEngine::Sphinx, name.into());
                true
            }
            Part::Asr => {
                config.asr = config.asr.at_home();
                (config.asr.engine, config.asr.model) = (AsrEngine::Whisper, name.into());
                self.places.find(name, is_whisper).is_some()
            }
            Part::Llm if config.intents.only => {
                return Err("golem only takes commands; start it without --intent-only".into());
            }
            Part::Llm => {
                let server = config.llm.preferring(name);
                let known = server.is_some() || self.places.find(name, is_gguf).is_some();
                config.llm = server.unwrap_or_else(|| config.llm.at_home(name));
                known
            }
            _ => false,
        };
        let find = self.find.filter(|_| known && !name.is_empty()).ok_or_else(unknown)?;
        Ok(Recipe { files: find(&config), config })
    }

    /// The names of the engines on offer.
    pub fn names(&self, part: Part) -> Vec<String> {
        if self.find.is_none() {
            return Vec::new();
        }
        let config = self.config();
        let all: Vec<String> = match part {
            Part::Asr => {
                let (servers, whispers) = (config.asr.servers(), self.places.all(is_whisper));
                let whispers = whispers.iter().map(|path| folder_name(path));
                let servers = servers.iter().map(SpeechServerConfig::label);
                servers.chain(whispers).chain([SPHINX_MODELS[0].into()]).collect()
            }
            Part::Llm if config.intents.only => Vec::new(),
            Part::Llm => {
                let servers = config.llm.known_servers();
                let files = self.places.all(is_gguf);
                servers.iter().map(LlmSource::label).chain(files.iter().map(|path| file_name(path))).collect()
            }
            _ => Vec::new(),
        };
        // List each name once: the first folder wins, as in the search.
        let mut names: Vec<String> = Vec::new();
        for name in all {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Starts the thread of the recogniser: it makes its engine, reports the outcome, and works.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn asr(
        &self,
        Recipe { config, files }: Recipe,
        told: impl FnOnce(Result<LoadedEngine, String>) + Send + 'static,
    ) -> std::io::Result<Handle<asr::AsrJob>> {
        let sentences = self.commands.as_ref().map(|commands| Sentences::of(commands, config.intents.only));
        let (commands, utterances, events) = (self.commands.clone(), self.utterances.clone(), self.events.clone());
        let (updates, engines) = (self.updates.clone(), Arc::clone(&self.engines));
        Handle::with_queue("golem-asr", move |jobs| {
            let asr = config.asr.expecting(&config.wake.phrase);
            match engines.asr(&asr, &files, sentences.as_ref()) {
                Ok(choice) => {
                    let understander = commands.map(|commands| {
                        // Take commands without the model: it may be missing or broken, and then nothing is guessed.
                        let guesser = registry::nli(&files).unwrap_or_else(|error| {
                            tracing::warn!("{error}");
                            None
                        });
                        Understander::new(commands, guesser)
                    });
                    let (what, streams) = (choice.engine.describe(), choice.engine.streams());
                    told(Ok(LoadedEngine { what, why: choice.why, streams, at: choice.engine.address() }));
                    let worker = AsrWorker::new(choice.engine, utterances, understander);
                    worker.reporting(takeover(Part::Asr, updates)).run(&jobs, &events);
                }
                Err(error) => told(Err(error.to_string())),
            }
        })
    }

    /// Starts the thread of the language model: it makes its engine, reports the outcome, and works.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn llm(
        &self,
        Recipe { config, files }: Recipe,
        told: impl FnOnce(Result<LoadedEngine, String>) + Send + 'static,
    ) -> std::io::Result<Handle<llm::LlmJob>> {
        let (turns, baton, events) = (self.turns.clone(), self.baton.clone(), self.events.clone());
        let (updates, engines) = (self.updates.clone(), Arc::clone(&self.engines));
        Handle::with_queue("golem-llm", move |jobs| match engines.llm(&config.llm, &files) {
            Ok(choice) => {
                let (what, at) = (choice.engine.describe(), choice.engine.address());
                told(Ok(LoadedEngine { what, why: choice.why, streams: false, at }));
                let worker = LlmWorker::new(choice.engine, turns, baton).asking_patience();
                worker.reporting(takeover(Part::Llm, updates)).run(&jobs, &events);
            }
            Err(error) => told(Err(error.to_string())),
        })
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::unbounded;

    use super::*;
    use crate::config::llm_source::LlmEngine;
    use crate::runtime::engines::ConfiguredEngines;

    #[test]
    fn the_servers_of_the_settings_are_offered_and_can_be_switched_to() {
        let server =
            |engine, url: &str| LlmSource { engine, url: url.into(), model: "m".into(), key_env: String::new() };
        let mut config = Config::default();
        (config.llm.engine, config.llm.model) = (LlmEngine::Ollama, "qwen3".into());
        config.llm.fallback = vec![server(LlmEngine::OpenAi, "http://box:8000")];
        let (turns, events, updates) = (TurnClock::new(), unbounded().0, unbounded().0);
        let find: fn(&Config) -> Files = |_| Files::default();
        let clocks = (&turns, &turns);
        let engines: Arc<dyn EngineSource> = Arc::new(ConfiguredEngines);
        let shop =
            EngineFactory::new(&config, Some(find), &engines, &Places::default(), None, clocks, (&events, &updates));
        assert_eq!(shop.names(Part::Llm), ["qwen3 at http://127.0.0.1:11434", "m at http://box:8000"]);
        let recipe = shop.recipe(Part::Llm, "m at http://box:8000").unwrap();
        assert_eq!(recipe.name(Part::Llm), "m at http://box:8000");
        assert_eq!((recipe.config.llm.servers().len(), recipe.free(Part::Llm)), (2, false));
        assert!(shop.recipe(Part::Llm, "m").is_err());

        let mut new = config.clone();
        new.llm.system_prompt = "Be brief.".into();
        assert!(!shop.configure(&new), "the same brain");
        new.llm.fallback.clear();
        assert!(shop.configure(&new));
        assert_eq!(shop.names(Part::Llm), ["qwen3 at http://127.0.0.1:11434"]);
        new.llm = LlmConfig::default();
        assert!(shop.configure(&new));
        assert!(shop.chosen().unwrap().free(Part::Llm));
    }
}
