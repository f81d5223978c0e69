//! The engines by name, and the choice of `auto` on this machine.

mod own_voice;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

pub use self::own_voice::{espeak_data, voice};
use super::duo::{DictationWithGrammar, SecondOpinion};
use super::echo::aec3::Aec3;
use super::echo::guard::{CancellerMaker, GuardedCanceller};
use super::echo::sonora::Sonora;
use super::embedding::SpeechEmbedding;
use super::espeak;
pub use super::files::Files;
use super::llama::Llama;
use super::nli::Nli;
use super::remote::RemoteChat;
use super::remote::local::ClockReader;
use super::silero::{Silero, SileroModel};
use super::smart_turn::SmartTurn;
use super::sphinx::{Sphinx, SphinxGrammar};
use super::wake::{Spotter, WakeSources, fitted};
use super::whisper::{Whisper, names};
use super::{Chat, EngineError, KeywordSpotter, Transcriber, TurnModel, Vad};
use crate::command::Commands;
use crate::config::echo::{Canceller, EchoConfig};
use crate::config::speech_engine::AsrEngine;
use crate::config::wake_language::WakeLanguage;
use crate::config::{AsrConfig, LlmConfig};
use crate::intent::grammar::Automaton;

/// An engine and the reason for its choice.
pub struct ChosenEngine<T: ?Sized> {
    /// The engine, ready and warm.
    pub engine: Box<T>,
    /// The reason in one line, for the screen.
    pub why: String,
}

/// The commands' grammar, for recognisers that can be limited to it.
#[derive(Clone, Debug)]
pub struct Sentences {
    /// The grammar, or the reason why there is none.
    pub grammar: Result<Automaton, String>,
    /// Whether only commands are recognised.
    pub only: bool,
    /// Names in the commands' lists.
    pub names: Vec<String>,
}

impl Sentences {
    /// The grammar of `commands`.
    pub fn of(commands: &Commands, only: bool) -> Self {
        let grammar = commands.grammar().cloned().map_err(ToString::to_string);
        Self { grammar, only, names: names::of(commands.book().intents()) }
    }
}

/// Values of `asr.model` that mean PocketSphinx: all of its English, or only the topics of the starter language model.
pub const SPHINX_MODELS: &[&str] = &["en-us", "starter"];
/// The reason for an engine or model that the config names.
pub(super) const SAID: &str = "the config says so";

/// Silero's model that takes several frames in one run. It is used in place of the other one if it lies beside it.
const SILERO_ROW: &str = "silero_vad_16k_sequence.onnx";

/// The voice-activity engine.
///
/// # Errors
/// When its library or model cannot be used.
pub fn vad(files: &Files) -> Result<Box<dyn Vad>, EngineError> {
    Ok(Box::new(Silero::open(&files.onnxruntime, &silero(files))?))
}

fn silero(files: &Files) -> PathBuf {
    let row = files.silero.with_file_name(SILERO_ROW);
    if row.is_file() { row } else { files.silero.clone() }
}

/// The voice detectors of many clients on one model, which is in memory while one of them is.
#[derive(Default)]
pub struct SharedVads {
    model: Mutex<Weak<SileroModel>>,
}

impl SharedVads {
    /// Another detector.
    ///
    /// # Errors
    /// When the model or its library cannot be used.
    pub fn open(&self, files: &Files) -> Result<Box<dyn Vad>, EngineError> {
        let mut shared = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        let model = match shared.upgrade() {
            Some(model) => model,
            None => SileroModel::open(&files.onnxruntime, &silero(files))?,
        };
        *shared = Arc::downgrade(&model);
        Ok(Box::new(Silero::of(model)))
    }
}

/// The echo canceller that the config names, if any; `auto` is aec3.
///
/// # Errors
/// When it cannot be made.
pub fn echo(config: &EchoConfig) -> Result<Option<GuardedCanceller>, EngineError> {
    let make: CancellerMaker = match config.canceller.resolved() {
        Canceller::Off => return Ok(None),
        Canceller::Sonora => Box::new(|| Ok(Box::new(Sonora::new()))),
        Canceller::Auto | Canceller::Aec3 => Box::new(|| Ok(Box::new(Aec3::new()?))),
    };
    GuardedCanceller::new(make).map(Some)
}

/// The model that judges whether a turn is over; `None` if none is installed.
///
/// # Errors
/// When the model or its library cannot be used.
pub fn turn(files: &Files) -> Result<Option<Box<dyn TurnModel>>, EngineError> {
    let open = |model: &PathBuf| SmartTurn::open(&files.onnxruntime, model);
    Ok(files.turn.as_ref().map(open).transpose()?.map(|model| Box::new(model) as Box<dyn TurnModel>))
}

/// The spotter of `phrase`, said in `language`. At its first use the phrase is fitted to this machine's voices of the
/// language and to `owner`: recordings of the phrase (16 kHz) by people who will say it. `progress` gets the completed
/// share, 0..=1.
///
/// # Errors
/// When the embedding's or the voices' files cannot be used.
pub fn spotter(
    phrase: &str,
    language: &WakeLanguage,
    owner: &[Vec<f32>],
    files: &Files,
    progress: &mut dyn FnMut(f32),
) -> Result<Box<dyn KeywordSpotter>, EngineError> {
    Ok(Box::new(spotter_of(&[phrase], language, owner, files, progress)?))
}

/// One spotter of several phrases, otherwise as [`spotter`].
///
/// # Errors
/// As for [`spotter`].
pub fn spotter_of(
    phrases: &[&str],
    language: &WakeLanguage,
    owner: &[Vec<f32>],
    files: &Files,
    progress: &mut dyn FnMut(f32),
) -> Result<Spotter, EngineError> {
    let mut embedding = SpeechEmbedding::open(&files.onnxruntime, &files.embedding)?;
    let sources = WakeSources {
        onnxruntime: files.onnxruntime.clone(),
        espeak: espeak_data(files)?,
        pipers: files.pipers.clone(),
        words: files.words.clone(),
        kept: files.wake_kept.clone(),
    };
    let mut heads = Vec::with_capacity(phrases.len());
    for phrase in phrases {
        heads.push(fitted(&sources, phrase, language, owner, &mut embedding, progress)?);
    }
    embedding.reset();
    Ok(Spotter::new(embedding, heads))
}

/// The model that judges an utterance's meaning when no template matches; `None` if none is installed.
///
/// # Errors
/// When the model exists but cannot be used.
pub fn nli(files: &Files) -> Result<Option<Nli>, EngineError> {
    files.nli.as_deref().map(|folder| Nli::open(&files.onnxruntime, folder, 0)).transpose()
}

/// Golem's own recogniser, as the config names it. `auto` is Whisper if a Whisper model is installed, PocketSphinx
/// otherwise. With `sentences`, the recogniser also listens for commands if it can.
///
/// # Errors
/// When the engine's files cannot be used.
pub fn asr(
    config: &AsrConfig,
    files: &Files,
    sentences: Option<&Sentences>,
) -> Result<ChosenEngine<dyn Transcriber>, EngineError> {
    let config = &config.at_home();
    let (engine, why) = match (config.engine, &files.whisper) {
        (AsrEngine::Auto, _) if SPHINX_MODELS.contains(&config.model.as_str()) => {
            (AsrEngine::Sphinx, "the config names its model".into())
        }
        (AsrEngine::Auto, Some(model)) => {
            (AsrEngine::Whisper, format!("a Whisper model is installed at {}", model.display()))
        }
        (AsrEngine::Auto, None) if !config.model.is_empty() => (AsrEngine::Whisper, String::new()),
        (AsrEngine::Auto, None) => {
            (AsrEngine::Sphinx, "no Whisper model is installed; golem setup fetches one that hears better".into())
        }
        (AsrEngine::Whisper, Some(model)) => (AsrEngine::Whisper, format!("{SAID}, {}", model.display())),
        (engine, _) => (engine, SAID.into()),
    };
    let open = if engine == AsrEngine::Whisper { whisper } else { sphinx };
    Ok(ChosenEngine { engine: open(config, files, sentences)?, why })
}

/// The language model: the servers of the settings, and after them golem's own model, which is opened when it is
/// needed.
///
/// # Errors
/// When there is no model, or it cannot be used.
pub fn llm(config: &LlmConfig, files: &Files, clock: ClockReader) -> Result<ChosenEngine<dyn Chat>, EngineError> {
    if config.servers().is_empty() {
        return local_llm(config, files);
    }
    let (own, files) = (config.at_home(config.local_model()), files.clone());
    let local = Box::new(move || local_llm(&own, &files).map(|own| own.engine));
    Ok(ChosenEngine { engine: Box::new(RemoteChat::open(config, local, clock)), why: SAID.into() })
}

fn local_llm(config: &LlmConfig, files: &Files) -> Result<ChosenEngine<dyn Chat>, EngineError> {
    let none = || missing("language model", &config.model, "a GGUF file under models/llm");
    let path = files.gguf.as_deref().ok_or_else(none)?;
    let why = if config.model.is_empty() { "the largest that is installed" } else { SAID };
    Ok(ChosenEngine { engine: Box::new(Llama::open(path, config)?), why: format!("{why}, {}", path.display()) })
}

fn missing(what: &str, named: &str, wanted: &str) -> EngineError {
    let path = if named.is_empty() { Path::new("models").into() } else { PathBuf::from(named) };
    EngineError::Missing { what: what.into(), path, hint: format!("type golem setup, or put {wanted}") }
}

fn whisper(
    config: &AsrConfig,
    files: &Files,
    sentences: Option<&Sentences>,
) -> Result<Box<dyn Transcriber>, EngineError> {
    let wanted = "a CTranslate2 Whisper folder (model.bin, config.json, …) under models/whisper";
    let folder = files.whisper.as_deref().ok_or_else(|| missing("Whisper model", &config.model, wanted))?;
    let mut whisper = Whisper::open(folder, config)?;
    whisper.expect_listed(sentences.iter().flat_map(|sentences| &sentences.names).map(String::as_str));
    let asr = Box::new(whisper);
    match sentences.and_then(|sentences| second_ears(files, sentences)) {
        Some(second) => Ok(Box::new(SecondOpinion::new(asr, second))),
        None => Ok(asr),
    }
}

/// A second recogniser, for commands only, beside the one for free speech. `None` if the commands are in other
/// languages or PocketSphinx is not installed.
pub(super) fn second_ears(files: &Files, sentences: &Sentences) -> Option<Box<dyn Transcriber>> {
    let second = sphinx_for(files, sentences.grammar.clone().ok()?);
    let told = second.inspect_err(|reason| tracing::debug!("no second ears for commands: {reason}"));
    told.ok().map(|second| Box::new(second) as Box<dyn Transcriber>)
}

/// PocketSphinx for the sentences of `grammar` only.
fn sphinx_for(files: &Files, grammar: Automaton) -> Result<Sphinx, EngineError> {
    let mut own = files.sphinx.clone();
    own.dictionary.clone_from(&files.words);
    Sphinx::open(&own, SphinxGrammar::Sentences(grammar), &pronouncer(files))
}

fn sphinx(_: &AsrConfig, files: &Files, sentences: Option<&Sentences>) -> Result<Box<dyn Transcriber>, EngineError> {
    let open = |mode: SphinxGrammar| {
        let mut own = files.sphinx.clone();
        if mode != SphinxGrammar::Dictation {
            own.dictionary.clone_from(&files.words);
        }
        Ok::<_, EngineError>(Box::new(Sphinx::open(&own, mode, &pronouncer(files))?))
    };
    if let Some(path) = &files.grammar {
        let jsgf = std::fs::read_to_string(path).map_err(|error| EngineError::Unusable {
            what: "JSGF grammar".into(),
            path: path.clone(),
            reason: error.to_string(),
        })?;
        return Ok(open(SphinxGrammar::Jsgf(jsgf))?);
    }
    match sentences.map(|sentences| (sentences.only, sentences.grammar.clone())) {
        Some((true, Ok(grammar))) => Ok(open(SphinxGrammar::Sentences(grammar))?),
        Some((true, Err(reason))) => Err(EngineError::Failed { engine: "PocketSphinx", reason }),
        Some((false, Ok(grammar))) => Ok(Box::new(DictationWithGrammar::new(
            open(SphinxGrammar::Dictation)?,
            open(SphinxGrammar::Sentences(grammar))?,
        ))),
        Some((false, Err(reason))) => {
            tracing::warn!("commands are understood from dictation only: {reason}");
            Ok(open(SphinxGrammar::Dictation)?)
        }
        None => Ok(open(SphinxGrammar::Dictation)?),
    }
}

/// A source of phonemes, from espeak-ng, for words that the dictionary lacks.
fn pronouncer(files: &Files) -> impl Fn(&str) -> Option<String> {
    let data = espeak::find_data(&files.espeak);
    move |word| {
        espeak::init(data.as_deref()?).ok()?;
        espeak::phonemes(word, "en-us").ok()
    }
}
