//! The tokens of a checkpoint in order of their ids, and the tokenizer in one file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json as value};

use super::error::ConvertError;
use super::json;

/// The one file that holds all about the tokens.
pub(super) const TOKENIZER: &str = "tokenizer.json";
/// The three older files: tokens, merges of the byte-pair encoding, special tokens.
const OLD: [&str; 3] = ["vocab.json", "merges.txt", "added_tokens.json"];
/// Seconds between two timestamp tokens.
const STEP: f64 = 0.02;

/// The tokens of a model.
pub(super) struct CheckpointVocabulary {
    /// In order of their ids, as many as the model has.
    pub(super) tokens: Vec<String>,
    /// The text of `tokenizer.json`.
    pub(super) tokenizer: Vec<u8>,
}

#[derive(Deserialize)]
struct CheckpointTokenizer {
    model: VocabularyModel,
    #[serde(default)]
    added_tokens: Vec<CheckpointToken>,
}

#[derive(Deserialize)]
struct VocabularyModel {
    vocab: HashMap<String, u64>,
}

#[derive(Deserialize)]
struct CheckpointToken {
    id: u64,
    content: String,
}

impl CheckpointVocabulary {
    /// Reads the tokens in `dir` for a model of `size` tokens. Timestamps that the files leave out are added, tokens
    /// beyond the model's are left out.
    ///
    /// # Errors
    /// When there are no tokens, or an id is left out.
    pub(super) fn read(dir: &Path, size: u64) -> Result<Self, ConvertError> {
        let path = dir.join(TOKENIZER);
        if path.is_file() {
            let CheckpointTokenizer { model, added_tokens } = json::read(&path)?;
            let added = added_tokens.into_iter().map(|token| (token.content, token.id));
            let tokens = in_order(&path, model.vocab.into_iter().chain(added), size)?;
            return Ok(Self { tokens, tokenizer: json::text(&path)? });
        }
        let [vocab, merges, added] = OLD.map(|name| dir.join(name));
        if !vocab.is_file() || !merges.is_file() {
            let hint = "fetch it, or vocab.json, merges.txt and added_tokens.json, into the checkpoint's folder";
            return Err(ConvertError::Missing { path, hint: hint.into() });
        }
        let base: BTreeMap<String, u64> = json::read(&vocab)?;
        let added: BTreeMap<String, u64> = json::read_if_there(&added)?.unwrap_or_default();
        let tokenizer = tokenizer(&base, &String::from_utf8_lossy(&json::text(&merges)?), &added);
        let tokens = in_order(&vocab, base.into_iter().chain(added), size)?;
        Ok(Self { tokens, tokenizer: tokenizer.to_string().into_bytes() })
    }

    /// The ids of the language tokens, such as `<|en|>`: two or three small letters each.
    pub(super) fn languages(&self) -> Vec<u64> {
        let is_language = |token: &str| {
            let name = token.strip_prefix("<|").and_then(|rest| rest.strip_suffix("|>")).unwrap_or_default();
            (2..=3).contains(&name.len()) && name.bytes().all(|letter| letter.is_ascii_lowercase())
        };
        (0..).zip(&self.tokens).filter(|(_, token)| is_language(token)).map(|(id, _)| id).collect()
    }
}

/// The first `size` tokens by id.
fn in_order(path: &Path, tokens: impl Iterator<Item = (String, u64)>, size: u64) -> Result<Vec<String>, ConvertError> {
    let by_id: BTreeMap<u64, String> = tokens.map(|(token, id)| (id, token)).collect();
    if let Some((id, _)) = (0..).zip(by_id.keys()).find(|(id, key)| id != *key) {
        let reason = format!("no token has the id {id}, but later ones are there; fetch the file again");
        return Err(ConvertError::unusable(path, reason));
    }
    let known = by_id.len() as u64;
    let timestamps = (0..size.saturating_sub(known)).map(timestamp);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    Ok(by_id.into_values().chain(timestamps).take(size).collect())
}

fn timestamp(step: u64) -> String {
    #[allow(clippy::cast_precision_loss)] // Fewer steps than 2^52.
    let seconds = step as f64 * STEP;
    format!("<|{seconds:.2}|>")
}

/// `tokenizer.json` of a byte-level byte-pair encoding.
fn tokenizer(vocab: &BTreeMap<String, u64>, merges: &str, added: &BTreeMap<String, u64>) -> Value {
    let mut special: Vec<_> = added.iter().collect();
    special.sort_by_key(|(_, id)| **id);
    let special = special.into_iter().map(|(content, id)| {
        value!({ "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                 "normalized": false, "special": true })
    });
    let merges: Vec<&str> = merges.lines().filter(|line| !line.starts_with("#version") && !line.is_empty()).collect();
    let bytes = value!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true });
    value!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": special.collect::<Value>(),
        "normalizer": null, "pre_tokenizer": bytes, "post_processor": null, "decoder": bytes,
        "model": { "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
                   "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                   "vocab": vocab, "merges": merges },
    })
}
