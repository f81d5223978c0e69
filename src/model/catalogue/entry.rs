//! An entry of the catalogue: one model.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::file::File;
use super::source::{ModelSource, is_commit};

/// The language of models that know more than can be listed.
pub const MANY: &str = "multi";
/// Bytes of a MB.
pub const MB: u64 = 1_000_000;

/// Folder of models for comparisons alone, in a models folder: nothing in it is chosen without being named.
pub const MEASURING: &str = "measuring";

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Voice activity detection.
    Vad,
    /// Speech to text.
    Asr,
    /// Language model.
    Llm,
    /// Text to speech.
    Tts,
    /// Decides whether a speaker has finished.
    Turn,
    /// Judges what a sentence means.
    Nli,
    /// Hears a wake word.
    Wake,
    /// Distinguishes speakers.
    Speaker,
}

/// The engine that runs a model; the model's folder is named after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Silero's voice detector on ONNX Runtime.
    Silero,
    /// Smart Turn on ONNX Runtime.
    SmartTurn,
    /// PocketSphinx.
    Sphinx,
    /// Whisper on CTranslate2.
    Whisper,
    /// llama.cpp.
    Llama,
    /// Piper on ONNX Runtime.
    Piper,
    /// Kokoro on ONNX Runtime.
    Kokoro,
    /// A sequence classifier on ONNX Runtime.
    Nli,
    /// The sound features that detectors of wake words share, on ONNX Runtime.
    WakeWord,
    /// The LSTM of Resemblyzer, which turns a voice into numbers.
    Resemblyzer,
}

/// One model that golem can fetch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Unique, lower case, as typed: `whisper-base.en`.
    pub name: String,
    /// What it is for.
    pub kind: ModelKind,
    /// What runs it.
    pub engine: Engine,
    /// Codes such as `en`; `multi` for more than can be listed.
    pub languages: Vec<String>,
    /// Millions of parameters, where speed follows from them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters_m: Option<u64>,
    /// About how much disk it takes, in MB of 10^6 bytes: only where the exact bytes of some file are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_mb: Option<u64>,
    /// About how much memory it takes when loaded, in MB of 10^6 bytes; Whisper with its weights as `int8`.
    pub memory_mb: u64,
    /// SPDX identifier, or the licence's own name.
    pub licence: String,
    /// One line: what it is good for.
    pub note: String,
    /// The facts of this entry that could not be checked in public documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unverified: Option<String>,
    /// Whether it is there for comparisons alone: no profile holds it and no list offers it unasked.
    #[serde(default, skip_serializing_if = "is_false")]
    pub measuring: bool,
    /// Where it comes from, the first choice first.
    pub sources: Vec<ModelSource>,
    /// Its files.
    pub files: Vec<File>,
}

/// Bytes on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// How many.
    pub bytes: u64,
    /// Whether that is known to the byte.
    pub exact: bool,
}

impl Entry {
    /// Its folder under a models folder, where golem finds it: `whisper/whisper-base.en`, `silero`, `pocketsphinx`.
    pub fn folder(&self) -> PathBuf {
        if self.measuring {
            return PathBuf::from(MEASURING).join(&self.name);
        }
        match self.engine {
            Engine::Silero => "silero".into(),
            Engine::Sphinx => "pocketsphinx".into(),
            Engine::SmartTurn => PathBuf::from("turn").join(&self.name),
            Engine::Whisper => PathBuf::from("whisper").join(&self.name),
            Engine::Llama => PathBuf::from("llm").join(&self.name),
            Engine::Piper => PathBuf::from("piper").join(&self.name),
            Engine::Kokoro => PathBuf::from("kokoro").join(&self.name),
            Engine::Nli => PathBuf::from("nli").join(&self.name),
            Engine::WakeWord => PathBuf::from("wake").join(&self.name),
            Engine::Resemblyzer => PathBuf::from("speaker").join(&self.name),
        }
    }

    /// What `asr.model`, `llm.model` or `tts.voice` must say to mean this model; `None` where no setting names one.
    pub fn setting(&self) -> Option<String> {
        let stem = |end: &str| self.files.iter().find_map(|file| file.place().strip_suffix(end)).map(str::to_owned);
        match self.engine {
            Engine::Whisper => Some(self.name.clone()),
            Engine::Llama => stem(".gguf"),
            Engine::Piper => stem(".onnx"),
            Engine::Kokoro
            | Engine::Sphinx
            | Engine::Silero
            | Engine::SmartTurn
            | Engine::Nli
            | Engine::WakeWord
            | Engine::Resemblyzer => None,
        }
    }

    /// Whether it is made for `language`, a code such as `ru`.
    pub fn speaks(&self, language: &str) -> bool {
        self.languages.iter().any(|known| known == language || known == MANY)
    }

    /// The commit that its hub pins, where a source is a hub and pins one.
    pub fn commits(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().filter_map(|source| match source {
            ModelSource::Hub { revision, .. } if is_commit(revision) => Some(revision.as_str()),
            _ => None,
        })
    }

    /// Bytes of all its files, if every one's are known.
    pub fn bytes(&self) -> Option<u64> {
        self.files.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.bytes?))
    }

    /// What it takes on disk: exactly, or about.
    pub fn size(&self) -> Size {
        let estimate = || self.estimated_mb.unwrap_or_default().saturating_mul(MB);
        Size { bytes: self.bytes().unwrap_or_else(estimate), exact: self.bytes().is_some() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_false(value: &bool) -> bool {
    !value
}
