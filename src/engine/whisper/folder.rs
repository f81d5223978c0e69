//! A Whisper folder as published for faster-whisper: `model.bin`, `config.json` and a vocabulary.

use std::collections::BTreeMap;
use std::path::Path;

use ct2rs::sys;
use serde::Deserialize;

use super::prompt::language_tag;
use super::vocabulary::WhisperVocabulary;
use crate::config;
use crate::engine::{EngineError, cpu};

/// Name of the folder in messages.
const WHAT: &str = "Whisper model";
/// Most threads: more than four do not decode an utterance faster.
const MOST_THREADS: usize = 4;

/// A model in memory, the tags of the languages it knows, and its tokens.
pub(super) struct LoadedWhisper {
    pub(super) model: sys::Whisper,
    pub(super) languages: Vec<String>,
    pub(super) vocabulary: WhisperVocabulary,
}

/// Loads the folder `dir`.
///
/// # Errors
/// [`EngineError::Missing`] when a file does not exist, [`EngineError::Unusable`] when it cannot be read.
pub(super) fn load(dir: &Path, config: &config::AsrConfig) -> Result<LoadedWhisper, EngineError> {
    // CTranslate2 writes its log to the terminal, which golem's screen uses.
    sys::set_log_level(sys::LogLevel::Off);
    for name in ["model.bin", "config.json"] {
        require(dir, name)?;
    }
    let options = sys::Config {
        device: sys::Device::CPU,
        compute_type: compute_type(&config.compute_type).map_err(|reason| unusable(dir, reason))?,
        num_threads_per_replica: threads(config.threads),
        ..sys::Config::default()
    };
    let (tokens, for_ctranslate2) = vocabulary(dir)?;
    let model = if for_ctranslate2 {
        sys::Whisper::new(dir, options).map_err(|error| unusable(dir, error.to_string()))?
    } else {
        from_memory(dir, &tokens, options)?
    };
    if model.n_mels() == 0 {
        return Err(unusable(dir, "its encoder takes no mel bands".into()));
    }
    let languages = tokens.iter().filter_map(|token| language_tag(token)).map(ToString::to_string).collect();
    Ok(LoadedWhisper { model, languages, vocabulary: WhisperVocabulary::new(&tokens) })
}

/// An [`EngineError::Unusable`] about the folder `dir`.
pub(super) fn unusable(dir: &Path, reason: String) -> EngineError {
    EngineError::Unusable { what: WHAT.into(), path: dir.into(), reason }
}

fn require(dir: &Path, name: &str) -> Result<(), EngineError> {
    if dir.join(name).is_file() {
        return Ok(());
    }
    Err(missing(dir, name))
}

fn missing(dir: &Path, name: &str) -> EngineError {
    let hint = "a Whisper folder for CTranslate2 holds model.bin, config.json and vocabulary.json (or vocabulary.txt, \
                or tokenizer.json); name another in asr.model";
    EngineError::Missing { what: WHAT.into(), path: dir.join(name), hint: hint.into() }
}

/// The tokens in order of their ids, and whether CTranslate2 can read the vocabulary itself.
fn vocabulary(dir: &Path) -> Result<(Vec<String>, bool), EngineError> {
    let read =
        |name: &str| std::fs::read_to_string(dir.join(name)).map_err(|error| unusable(dir, format!("{name}: {error}")));
    let parse = |name: &str, tokens: serde_json::Result<Vec<String>>| {
        tokens.map_err(|error| unusable(dir, format!("{name}: {error}")))
    };
    let is_there = |name: &str| dir.join(name).is_file();
    if is_there("vocabulary.json") {
        Ok((parse("vocabulary.json", serde_json::from_str(&read("vocabulary.json")?))?, true))
    } else if is_there("vocabulary.txt") {
        Ok((read("vocabulary.txt")?.lines().map(ToString::to_string).collect(), true))
    } else if is_there("tokenizer.json") {
        Ok((parse("tokenizer.json", tokenizer_tokens(&read("tokenizer.json")?))?, false))
    } else {
        Err(missing(dir, "vocabulary.json"))
    }
}

/// The fields of Hugging Face's `tokenizer.json` that list tokens.
#[derive(Deserialize)]
struct TokenizerFile {
    model: TokenizerModel,
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
}

#[derive(Deserialize)]
struct TokenizerModel {
    vocab: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
struct AddedToken {
    id: usize,
    content: String,
}

/// The tokens of a `tokenizer.json` in order of their ids.
fn tokenizer_tokens(json: &str) -> serde_json::Result<Vec<String>> {
    let tokenizer: TokenizerFile = serde_json::from_str(json)?;
    let added = tokenizer.added_tokens.into_iter().map(|token| (token.id, token.content));
    let tokens: BTreeMap<usize, String> =
        tokenizer.model.vocab.into_iter().map(|(token, id)| (id, token)).chain(added).collect();
    Ok(tokens.into_values().collect())
}

/// Loads a folder whose vocabulary CTranslate2 cannot read; it gets `tokens` instead.
fn from_memory(dir: &Path, tokens: &[String], options: sys::Config) -> Result<sys::Whisper, EngineError> {
    let mut files = sys::ModelMemoryReader::new("whisper").map_err(|error| unusable(dir, error.to_string()))?;
    let vocabulary = serde_json::to_vec(tokens).map_err(|error| unusable(dir, error.to_string()))?;
    files.register_file("vocabulary.json", &vocabulary);
    for name in ["model.bin", "config.json"] {
        let content = std::fs::read(dir.join(name)).map_err(|error| unusable(dir, format!("{name}: {error}")))?;
        files.register_file(name, &content);
    }
    sys::Whisper::new_from_memory(&mut files, options).map_err(|error| unusable(dir, error.to_string()))
}

/// CTranslate2's name for the config's precision.
fn compute_type(name: &str) -> Result<sys::ComputeType, String> {
    Ok(match name {
        "default" | "" => sys::ComputeType::DEFAULT,
        "auto" => sys::ComputeType::AUTO,
        "float32" => sys::ComputeType::FLOAT32,
        "int8" => sys::ComputeType::INT8,
        "int8_float32" => sys::ComputeType::INT8_FLOAT32,
        "int8_float16" => sys::ComputeType::INT8_FLOAT16,
        "int8_bfloat16" => sys::ComputeType::INT8_BFLOAT16,
        "int16" => sys::ComputeType::INT16,
        "float16" => sys::ComputeType::FLOAT16,
        "bfloat16" => sys::ComputeType::BFLOAT16,
        _ => {
            return Err(format!(
                "asr.compute_type \"{name}\" is none of default, auto, int8, int8_float32, int16, float16, bfloat16, float32"
            ));
        }
    })
}

/// The configured number of threads; 0 for at most four. The threads of the `ruy` backend always spin while they wait;
/// those of oneDNN are OpenMP's.
fn threads(configured: usize) -> usize {
    let sleeps = cfg!(feature = "onednn") && cpu::openmp_sleeps();
    if configured > 0 { configured } else { cpu::threads(0, sleeps).min(MOST_THREADS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokenizer_json_lists_tokens_by_id() {
        let json = r#"{"model": {"vocab": {"b": 1, "a": 0, "": 2}}, "added_tokens": [{"id": 3, "content": "<|en|>"}]}"#;
        assert_eq!(tokenizer_tokens(json).unwrap(), ["a", "b", "", "<|en|>"]);
        assert!(tokenizer_tokens("{}").is_err());
    }

    #[test]
    fn precision_is_known_or_explained() {
        assert_eq!(compute_type("int8_float32").unwrap(), sys::ComputeType::INT8_FLOAT32);
        assert!(compute_type("int4").unwrap_err().contains("int8_float32"));
    }

    #[test]
    fn threads_are_as_configured_or_few() {
        assert_eq!(threads(7), 7);
        assert!((1..=MOST_THREADS).contains(&threads(0)));
    }
}
