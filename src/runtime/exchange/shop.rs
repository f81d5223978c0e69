//! The shop that makes engines from a recipe, inside the thread that will work with them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::command::Commands;
use crate::config::Config;
use crate::engine::registry::{self, Files, SPHINX_MODELS, Sentences};
use crate::message::{Event, Part};
use crate::model::{Places, is_gguf, is_whisper};
use crate::turn::TurnClock;
use crate::worker::asr::AsrWorker;
use crate::worker::baton::Baton;
use crate::worker::llm::LlmWorker;
use crate::worker::understander::Understander;
use crate::worker::{Handle, asr, llm};

/// What ears, a brain or a voice are made from: settings, and the files that these settings choose.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The settings.
    pub config: Config,
    /// The files.
    pub files: Files,
}

impl Recipe {
    /// What it makes, by the name under which that is offered; empty where it can make nothing.
    pub fn name(&self, part: Part) -> String {
        match part {
            Part::Asr => match (self.hears_with_whisper(), &self.files.whisper) {
                (true, model) => model.as_deref().map(folder_name).unwrap_or_default(),
                (false, _) if crate::model::is_starter(&self.files.sphinx.dictionary) => SPHINX_MODELS[1].into(),
                (false, _) => SPHINX_MODELS[0].into(),
            },
            Part::Llm => self.files.gguf.as_deref().map(file_name).unwrap_or_default(),
            Part::Tts => self.files.piper.as_deref().map(file_name).unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// Whether the settings leave the choice of the part to golem.
    pub fn free(&self, part: Part) -> bool {
        match part {
            Part::Asr => self.config.asr.engine == "auto" && self.config.asr.model.is_empty(),
            Part::Llm => self.config.llm.model.is_empty() && !self.config.intents.only,
            Part::Tts => self.config.tts.engine == "auto" && self.config.tts.voice.is_empty(),
            _ => false,
        }
    }

    /// As [`registry::asr`] decides.
    fn hears_with_whisper(&self) -> bool {
        let asr = &self.config.asr;
        let named =
            || !SPHINX_MODELS.contains(&asr.model.as_str()) && (self.files.whisper.is_some() || !asr.model.is_empty());
        asr.engine == "whisper" || (asr.engine == "auto" && named())
    }
}

fn folder_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn file_name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is known of an engine that is whole and warm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// Name and model in a few words.
    pub what: String,
    /// Why this one.
    pub why: String,
    /// Of ears: whether they hear while a person speaks.
    pub streams: bool,
}

/// Makes ears and brains.
#[derive(Clone)]
pub struct Shop {
    /// The settings that golem began with.
    config: Config,
    /// Finds the files that settings choose; where there is none, nothing is exchanged.
    find: Option<fn(&Config) -> Files>,
    places: Places,
    commands: Option<Arc<Commands>>,
    /// Which replies, and which utterances, are still wanted.
    turns: TurnClock,
    utterances: TurnClock,
    baton: Baton,
    events: Sender<Event>,
}

impl Shop {
    /// The baton by which the brains of this shop share the processor with the voice.
    pub fn baton(&self) -> &Baton {
        &self.baton
    }

    /// A shop for a golem with these settings, whose engines' work goes stale with the clocks: `turns` for replies,
    /// `utterances` for utterances.
    pub fn new(
        config: &Config,
        find: Option<fn(&Config) -> Files>,
        places: &Places,
        commands: Option<&Arc<Commands>>,
        (turns, utterances): (&TurnClock, &TurnClock),
        events: &Sender<Event>,
    ) -> Self {
        let (config, places, commands) = (config.clone(), places.clone(), commands.cloned());
        let (turns, utterances, events) = (turns.clone(), utterances.clone(), events.clone());
        Self { config, find, places, commands, turns, utterances, baton: Baton::default(), events }
    }

    /// The folders it looks into for models.
    pub fn roots(&self) -> &[PathBuf] {
        self.places.roots()
    }

    /// What the settings choose among the models that are installed now.
    pub fn chosen(&self) -> Option<Recipe> {
        self.find.map(|find| Recipe { config: self.config.clone(), files: find(&self.config) })
    }

    /// The recipe for what is offered as `name`.
    ///
    /// # Errors
    /// With a reason to be put into a sentence when there is no such thing.
    pub fn recipe(&self, part: Part, name: &str) -> Result<Recipe, String> {
        let unknown = || {
            let what = if part == Part::Llm { "language model" } else { "pair of ears" };
            format!("there is no {what} \"{name}\"; golem ctl offers lists those there are, golem setup fetches more")
        };
        let mut config = self.config.clone();
        let known = match part {
            Part::Asr if SPHINX_MODELS.contains(&name) => {
                (config.asr.engine, config.asr.model) = ("sphinx".into(), name.into());
                true
            }
            Part::Asr => {
                (config.asr.engine, config.asr.model) = ("whisper".into(), name.into());
                self.places.find(name, is_whisper).is_some()
            }
            Part::Llm if config.intents.only => {
                return Err("golem only takes commands; start it without --intent-only".into());
            }
            Part::Llm => {
                config.llm.model = name.into();
                self.places.find(name, is_gguf).is_some()
            }
            _ => false,
        };
        let find = self.find.filter(|_| known && !name.is_empty()).ok_or_else(unknown)?;
        Ok(Recipe { files: find(&config), config })
    }

    /// The names of what can be had.
    pub fn names(&self, part: Part) -> Vec<String> {
        if self.find.is_none() {
            return Vec::new();
        }
        let all: Vec<String> = match part {
            Part::Asr => {
                let whispers = self.places.all(is_whisper);
                whispers.iter().map(|path| folder_name(path)).chain([SPHINX_MODELS[0].into()]).collect()
            }
            Part::Llm if self.config.intents.only => Vec::new(),
            Part::Llm => self.places.all(is_gguf).iter().map(|path| file_name(path)).collect(),
            _ => Vec::new(),
        };
        // One name stands for the first that is found by it, also where two folders are the same.
        let mut names: Vec<String> = Vec::new();
        for name in all {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Starts the thread that hears: it makes its engine, reports the outcome, and works.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn asr(
        &self,
        Recipe { config, files }: Recipe,
        told: impl FnOnce(Result<Fresh, String>) + Send + 'static,
    ) -> std::io::Result<Handle<asr::AsrJob>> {
        let sentences = self.commands.as_ref().map(|commands| Sentences::of(commands, config.intents.only));
        let (commands, utterances, events) = (self.commands.clone(), self.utterances.clone(), self.events.clone());
        Handle::with_queue("golem-asr", move |jobs| {
            match registry::asr(&config.asr.expecting(&config.wake.phrase), &files, sentences.as_ref()) {
                Ok(choice) => {
                    let understander = commands.map(|commands| {
                        // Without a model nothing is guessed; a broken one is no reason not to take commands.
                        let guesser = registry::nli(&files).unwrap_or_else(|error| {
                            tracing::warn!("{error}");
                            None
                        });
                        Understander::new(commands, guesser)
                    });
                    let (what, streams) = (choice.engine.describe(), choice.engine.streams());
                    told(Ok(Fresh { what, why: choice.why, streams }));
                    AsrWorker::new(choice.engine, utterances, understander).run(&jobs, &events);
                }
                Err(error) => told(Err(error.to_string())),
            }
        })
    }

    /// Starts the thread that thinks, likewise.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn llm(
        &self,
        Recipe { config, files }: Recipe,
        told: impl FnOnce(Result<Fresh, String>) + Send + 'static,
    ) -> std::io::Result<Handle<llm::LlmJob>> {
        let (turns, baton, events) = (self.turns.clone(), self.baton.clone(), self.events.clone());
        Handle::with_queue("golem-llm", move |jobs| match registry::llm(&config.llm, &files) {
            Ok(choice) => {
                told(Ok(Fresh { what: choice.engine.describe(), why: choice.why, streams: false }));
                LlmWorker::new(choice.engine, turns, baton).run(&jobs, &events);
            }
            Err(error) => told(Err(error.to_string())),
        })
    }
}
