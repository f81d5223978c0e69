//! The engines by name, and which of them `auto` takes on this machine, and why.

use std::path::{Path, PathBuf};

use super::duo::Duo;
use super::espeak::{self, Espeak};
use super::llama::Llama;
use super::nli::Nli;
use super::piper::Piper;
use super::silero::Silero;
use super::sphinx::{Mode, Sphinx, SphinxFiles};
use super::whisper::{Whisper, names};
use super::{Chat, EngineError, Synthesizer, Transcriber, Vad, reinstall};
use crate::command::Commands;
use crate::config::{Asr, Llm, Tts};
use crate::intent::grammar::Automaton;

/// The files that engines of this machine can use, as found by the caller: engines do not search.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// ONNX Runtime's shared library.
    pub onnxruntime: PathBuf,
    /// Silero's model.
    pub silero: PathBuf,
    /// Folder that holds `espeak-ng-data`, likeliest first.
    pub espeak: Vec<PathBuf>,
    /// A CTranslate2 Whisper folder.
    pub whisper: Option<PathBuf>,
    /// PocketSphinx's library and models.
    pub sphinx: SphinxFiles,
    /// Pronunciations of all English words that PocketSphinx knows, for grammars.
    pub words: PathBuf,
    /// JSGF grammar for PocketSphinx, instead of its language model.
    pub grammar: Option<PathBuf>,
    /// A GGUF language model.
    pub gguf: Option<PathBuf>,
    /// A Piper voice.
    pub piper: Option<PathBuf>,
    /// Folder of a model for natural-language inference in ONNX.
    pub nli: Option<PathBuf>,
}

/// An engine and why it was chosen.
pub struct Choice<T: ?Sized> {
    /// The engine, ready and warm.
    pub engine: Box<T>,
    /// One line for the screen.
    pub why: String,
}

/// The commands' grammar, for ears that can listen for nothing else.
#[derive(Clone, Debug)]
pub struct Sentences {
    /// What can be said, or why nothing can.
    pub grammar: Result<Automaton, String>,
    /// Nothing but commands is listened for.
    pub only: bool,
    /// What the commands' lists call things.
    pub names: Vec<String>,
}

impl Sentences {
    /// The grammar of `commands`.
    pub fn of(commands: &Commands, only: bool) -> Self {
        let grammar = commands.grammar().cloned().map_err(ToString::to_string);
        Self { grammar, only, names: names::of(commands.book().intents()) }
    }
}

type Ears = fn(&Asr, &Files, Option<&Sentences>) -> Result<Box<dyn Transcriber>, EngineError>;
type Voices = fn(&Tts, &Files) -> Result<Box<dyn Synthesizer>, EngineError>;

/// Speech-to-text engines.
pub const EARS: &[(&str, Ears)] = &[("whisper", whisper), ("sphinx", sphinx)];
/// Values of `asr.model` that mean PocketSphinx: all of its English, or only what the starter brain can talk about.
pub const SPHINX_MODELS: &[&str] = &["en-us", "starter"];
/// Text-to-speech engines.
pub const VOICES: &[(&str, Voices)] = &[("piper", piper), ("espeak", espeak)];

/// Why an engine or model was taken that the config names.
const SAID: &str = "the config says so";

/// The voice-activity engine.
///
/// # Errors
/// When its library or model cannot be used.
pub fn vad(files: &Files) -> Result<Box<dyn Vad>, EngineError> {
    Ok(Box::new(Silero::open(&files.onnxruntime, &files.silero)?))
}

/// The judge of what an utterance means when no template matches it; `None` where no model is installed.
///
/// # Errors
/// When the model is there but cannot be used.
pub fn nli(files: &Files) -> Result<Option<Nli>, EngineError> {
    files.nli.as_deref().map(|folder| Nli::open(&files.onnxruntime, folder, 0)).transpose()
}

/// The ears that the config names; `auto` is Whisper where a Whisper model is installed, PocketSphinx otherwise. With
/// `sentences`, ears that can listen for commands do so.
///
/// # Errors
/// When the name is unknown or the engine's files cannot be used.
pub fn ears(
    config: &Asr,
    files: &Files,
    sentences: Option<&Sentences>,
) -> Result<Choice<dyn Transcriber>, EngineError> {
    let (name, why) = match (config.engine.as_str(), &files.whisper) {
        ("auto", _) if SPHINX_MODELS.contains(&config.model.as_str()) => {
            ("sphinx", "the config names its model".into())
        }
        ("auto", Some(model)) => ("whisper", format!("a Whisper model is installed at {}", model.display())),
        ("auto", None) if !config.model.is_empty() => ("whisper", String::new()),
        ("auto", None) => ("sphinx", "no Whisper model is installed; golem setup fetches one that hears better".into()),
        ("whisper", Some(model)) => ("whisper", format!("{SAID}, {}", model.display())),
        (name, _) => (name, SAID.into()),
    };
    let open = by_name("asr", EARS, name)?;
    Ok(Choice { engine: open(config, files, sentences)?, why })
}

/// The brain.
///
/// # Errors
/// When there is no model or it cannot be used.
pub fn brain(config: &Llm, files: &Files) -> Result<Choice<dyn Chat>, EngineError> {
    let path = files
        .gguf
        .as_deref()
        .ok_or_else(|| missing("language model", &config.model, "a GGUF file under models/llm"))?;
    let why = if config.model.is_empty() { "the largest that is installed" } else { SAID };
    Ok(Choice { engine: Box::new(Llama::open(path, config)?), why: format!("{why}, {}", path.display()) })
}

/// The voice that the config names; `auto` is Piper where a voice is installed, espeak-ng otherwise.
///
/// # Errors
/// When the name is unknown or the engine's files cannot be used.
pub fn voice(config: &Tts, files: &Files) -> Result<Choice<dyn Synthesizer>, EngineError> {
    let (name, why) = match (config.engine.as_str(), &files.piper) {
        ("auto", Some(voice)) => ("piper", format!("a Piper voice is installed at {}", voice.display())),
        ("auto", None) => ("espeak", "no Piper voice is installed; golem setup fetches one that sounds better".into()),
        ("piper", Some(voice)) => ("piper", format!("{SAID}, {}", voice.display())),
        (name, _) => (name, SAID.into()),
    };
    let open = by_name("tts", VOICES, name)?;
    Ok(Choice { engine: open(config, files)?, why })
}

fn by_name<T: Copy>(kind: &'static str, table: &[(&str, T)], name: &str) -> Result<T, EngineError> {
    let known = || ["auto"].into_iter().chain(table.iter().map(|(name, _)| *name)).collect::<Vec<_>>().join(", ");
    let found = table.iter().find(|(known, _)| *known == name);
    found.map(|(_, open)| *open).ok_or_else(|| EngineError::Unknown { kind, name: name.into(), known: known() })
}

fn missing(what: &str, named: &str, wanted: &str) -> EngineError {
    let path = if named.is_empty() { Path::new("models").into() } else { PathBuf::from(named) };
    EngineError::Missing { what: what.into(), path, hint: format!("type golem setup, or put {wanted}") }
}

fn whisper(config: &Asr, files: &Files, sentences: Option<&Sentences>) -> Result<Box<dyn Transcriber>, EngineError> {
    let wanted = "a CTranslate2 Whisper folder (model.bin, config.json, …) under models/whisper";
    let folder = files.whisper.as_deref().ok_or_else(|| missing("Whisper model", &config.model, wanted))?;
    let mut whisper = Whisper::open(folder, config)?;
    whisper.expect(sentences.iter().flat_map(|sentences| &sentences.names).map(String::as_str));
    Ok(Box::new(whisper))
}

fn sphinx(_: &Asr, files: &Files, sentences: Option<&Sentences>) -> Result<Box<dyn Transcriber>, EngineError> {
    let open = |mode: Mode| {
        let mut own = files.sphinx.clone();
        if mode != Mode::Dictation {
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
        return Ok(open(Mode::Jsgf(jsgf))?);
    }
    match sentences.map(|sentences| (sentences.only, sentences.grammar.clone())) {
        Some((true, Ok(grammar))) => Ok(open(Mode::Sentences(grammar))?),
        Some((true, Err(reason))) => Err(EngineError::Failed { engine: "PocketSphinx", reason }),
        Some((false, Ok(grammar))) => Ok(Box::new(Duo::new(open(Mode::Dictation)?, open(Mode::Sentences(grammar))?))),
        Some((false, Err(reason))) => {
            tracing::warn!("commands are understood from dictation only: {reason}");
            Ok(open(Mode::Dictation)?)
        }
        None => Ok(open(Mode::Dictation)?),
    }
}

/// Phonemes of words that the dictionary lacks, from espeak-ng.
fn pronouncer(files: &Files) -> impl Fn(&str) -> Option<String> {
    let data = espeak::find_data(&files.espeak);
    move |word| {
        espeak::init(data.as_deref()?).ok()?;
        espeak::phonemes(word, "en-us").ok()
    }
}

/// The folder that holds `espeak-ng-data`.
///
/// # Errors
/// When there is none.
pub fn espeak_data(files: &Files) -> Result<PathBuf, EngineError> {
    espeak::find_data(&files.espeak).ok_or_else(|| EngineError::Missing {
        what: "espeak-ng-data".into(),
        path: files.espeak.first().cloned().unwrap_or_default(),
        hint: reinstall().into(),
    })
}

fn espeak(config: &Tts, files: &Files) -> Result<Box<dyn Synthesizer>, EngineError> {
    Ok(Box::new(Espeak::open(&espeak_data(files)?, config)?))
}

fn piper(config: &Tts, files: &Files) -> Result<Box<dyn Synthesizer>, EngineError> {
    let wanted = "a Piper voice (NAME.onnx and NAME.onnx.json) under models/piper";
    let voice = files.piper.as_deref().ok_or_else(|| missing("Piper voice", &config.voice, wanted))?;
    Ok(Box::new(Piper::open(&files.onnxruntime, voice, &espeak_data(files)?, config)?))
}
