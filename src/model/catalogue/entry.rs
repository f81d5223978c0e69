//! What is known of one model.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The language of models that know more than can be listed.
pub const MANY: &str = "multi";
/// Bytes of what is called a MB here.
pub const MB: u64 = 1_000_000;

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
        /// Bytes of the archive.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    /// Files under a plain address.
    Url {
        /// Address that the files' paths are appended to; ends with a slash.
        url: String,
    },
}

/// Bytes on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// How many.
    pub bytes: u64,
    /// Whether that is known to the byte.
    pub exact: bool,
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

    /// What `asr.model`, `llm.model` or `tts.voice` must say to mean this model; `None` where no setting names one.
    pub fn setting(&self) -> Option<String> {
        let stem = |end: &str| self.files.iter().find_map(|file| file.place().strip_suffix(end)).map(str::to_owned);
        match self.engine {
            Engine::Whisper => Some(self.name.clone()),
            Engine::Llama => stem(".gguf"),
            Engine::Piper => stem(".onnx"),
            Engine::Sphinx | Engine::Silero | Engine::SmartTurn | Engine::Nli => None,
        }
    }

    /// Whether it is made for `language`, a code such as `ru`.
    pub fn speaks(&self, language: &str) -> bool {
        self.languages.iter().any(|known| known == language || known == MANY)
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

impl File {
    /// Its path in the model's folder, with slashes.
    pub fn place(&self) -> &str {
        self.to.as_deref().unwrap_or_else(|| self.path.trim_end_matches('/').rsplit('/').next().unwrap_or(&self.path))
    }
}
