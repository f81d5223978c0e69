//! What models there are: the catalogue that comes with golem, and the user's own beside it.
//!
//! A model is one folder under a models folder, complete or not there at all: [`Entry::folder`] names it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Finds voices.
    Vad,
    /// Hears words.
    Asr,
    /// Thinks.
    Llm,
    /// Speaks.
    Tts,
    /// Tells whether a speaker has finished.
    Turn,
    /// Judges what a sentence means.
    Nli,
}

/// What runs a model; the folder it lies in is named after it.
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
    /// A sequence classifier on ONNX Runtime.
    Nli,
}

/// One model that golem can fetch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Unique, lower case, as typed: `whisper-base.en`.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// What runs it.
    pub engine: Engine,
    /// Codes such as `en`; `multi` for more than can be listed.
    pub languages: Vec<String>,
    /// Memory it takes when loaded, in MB of 10^6 bytes.
    pub memory_mb: u64,
    /// SPDX identifier, or the licence's own name.
    pub licence: String,
    /// One line: what it is good for.
    pub note: String,
    /// What about this entry could not be checked in public documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unverified: Option<String>,
    /// Where it comes from.
    pub source: Source,
    /// Its files.
    pub files: Vec<File>,
}

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, untagged)]
pub enum Source {
    /// A repository on the hub, at a commit, or a branch where no commit is known.
    Hub {
        /// `owner/name`.
        hub: String,
        /// Commit or branch.
        revision: String,
    },
    /// An archive of the Python package index, wheel or sdist; its files are members of it.
    Pypi {
        /// Name and version in requirements syntax: `silero-vad==6.2.3`.
        pypi: String,
        /// The archive's name.
        archive: String,
        /// The archive's digest, in hex.
        sha256: String,
    },
    /// Files under a plain address.
    Url {
        /// Address that the files' paths are appended to; ends with a slash.
        url: String,
    },
}

/// One file of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its path at the source; with a slash at the end, a whole folder of an archive.
    pub path: String,
    /// Its path in the model's folder; without it, the last part of `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Bytes; where it is not known, the source is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Its digest in hex; where it is not known, the hub's own digest of the file is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Entry {
    /// Its folder under a models folder, where golem finds it: `whisper/whisper-base.en`, `silero`, `pocketsphinx`.
    pub fn folder(&self) -> PathBuf {
        match self.engine {
            Engine::Silero => "silero".into(),
            Engine::Sphinx => "pocketsphinx".into(),
            Engine::SmartTurn => PathBuf::from("turn").join(&self.name),
            Engine::Whisper => PathBuf::from("whisper").join(&self.name),
            Engine::Llama => PathBuf::from("llm").join(&self.name),
            Engine::Piper => PathBuf::from("piper").join(&self.name),
            Engine::Nli => PathBuf::from("nli").join(&self.name),
        }
    }

    /// Bytes of all its files, if every one's are known.
    pub fn bytes(&self) -> Option<u64> {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

impl File {
    /// Its path in the model's folder, with slashes.
    pub fn place(&self) -> &str {
        self.to.as_deref().unwrap_or_else(|| self.path.trim_end_matches('/').rsplit('/').next().unwrap_or(&self.path))
    }
}
