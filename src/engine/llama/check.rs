//! The check of a model file before llama.cpp loads or runs it, and the reason in plain words if it cannot chat.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use crate::engine::EngineError;

/// Name of the file's kind in messages.
const WHAT: &str = "a language model";
/// The first four bytes of every GGUF file (GGUF specification, header).
const MAGIC: [u8; 4] = *b"GGUF";

/// The error for a file that exists but cannot be used.
pub fn unusable(path: &Path, reason: impl Into<String>) -> EngineError {
    EngineError::Unusable { what: WHAT.into(), path: path.to_owned(), reason: reason.into() }
}

/// Checks that `path` is a readable file with the first bytes of a GGUF.
///
/// # Errors
/// `Missing` when there is no such file, `Unusable` when it is of another kind.
pub fn file(path: &Path) -> Result<(), EngineError> {
    let mut magic = [0; 4];
    match File::open(path).and_then(|mut file| file.read_exact(&mut magic)) {
        Ok(()) if magic == MAGIC => Ok(()),
        Ok(()) => Err(unusable(path, "it is not a GGUF file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(EngineError::Missing {
            what: "language model".into(),
            path: path.to_owned(),
            hint: "put a GGUF file there, or name one in the config under [llm] model".into(),
        }),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(unusable(path, "it is empty or cut short")),
        Err(error) => Err(unusable(path, error.to_string())),
    }
}

/// The reason, found in its metadata, why a model cannot hold a conversation; `None` when it can.
pub fn refusal(value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let architecture = value("general.architecture")?;
    let encodes = architecture.contains("bert") || architecture.ends_with("-embedding");
    let causal = value(&format!("{architecture}.attention.causal")).is_none_or(|causal| causal != "false");
    if encodes || !causal {
        return Some(format!("it is an embedding model ({architecture}) and cannot write text"));
    }
    if architecture.starts_with("t5") {
        return Some(format!("it is an encoder-decoder model ({architecture}), which golem does not drive"));
    }
    let vocabulary = value("tokenizer.ggml.model");
    vocabulary.is_none_or(|model| model == "no_vocab").then(|| "it has no vocabulary".into())
}

/// The context length that the model was trained on, from its metadata; `None` when that is not a sensible number.
pub fn context_length(value: impl Fn(&str) -> Option<String>) -> Option<u32> {
    let length = value(&format!("{}.context_length", value("general.architecture")?))?;
    length.parse().ok().filter(|&length| length > 0 && i32::try_from(length).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Metadata<'a> = [(&'a str, &'a str)];

    fn value(metadata: &Metadata, key: &str) -> Option<String> {
        metadata.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned())
    }

    fn refused(metadata: &Metadata) -> Option<String> {
        refusal(|key| value(metadata, key))
    }

    #[test]
    fn a_context_length_that_makes_no_sense_is_none() {
        let length =
            |text| context_length(|key| value(&[("general.architecture", "gpt2"), ("gpt2.context_length", text)], key));
        assert_eq!(length("1024"), Some(1024));
        assert_eq!([length("0"), length("4294967040"), length("many")], [None; 3]);
    }

    #[test]
    fn models_that_only_embed_are_refused_by_their_metadata() {
        let llama = [("general.architecture", "llama"), ("tokenizer.ggml.model", "gpt2")];
        assert_eq!(refused(&llama), None);
        let causal = [("llama.attention.causal", "false")];
        assert!(refused(&[&llama[..], &causal].concat()).is_some_and(|why| why.contains("embedding")));
        assert!(refused(&[("general.architecture", "nomic-bert")]).is_some_and(|why| why.contains("embedding")));
        assert!(refused(&[("general.architecture", "t5")]).is_some_and(|why| why.contains("encoder-decoder")));
        assert!(refused(&llama[..1]).is_some_and(|why| why.contains("vocabulary")));
    }

    #[test]
    fn a_file_that_is_absent_or_no_gguf_says_so() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("brain.gguf");
        assert!(matches!(file(&path), Err(EngineError::Missing { .. })));
        for (bytes, why) in [(&b""[..], "cut short"), (b"GG", "cut short"), (b"PK\x03\x04zip", "not a GGUF")] {
            std::fs::write(&path, bytes).expect("written");
            assert!(file(&path).is_err_and(|error| error.to_string().contains(why)));
        }
        assert!(matches!(file(folder.path()), Err(EngineError::Unusable { .. })));
        std::fs::write(&path, b"GGUF\x03").expect("written");
        assert!(file(&path).is_ok());
    }
}
