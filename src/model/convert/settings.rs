//! The settings in the JSON files of a checkpoint, and the JSON file that CTranslate2 wants instead.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::ConvertError;
use super::float::Float;
use super::json;

/// The file that describes a checkpoint.
const CONFIG: &str = "config.json";
/// The file in which newer checkpoints describe decoding.
const GENERATION: &str = "generation_config.json";
/// Largest dimension that is accepted: no Whisper is larger, and it bounds the plan that a broken `config.json` asks
/// for.
const LARGEST: u64 = 1 << 20;
/// Most layers of a half; the largest Whisper has 32.
const MOST_LAYERS: u64 = 1 << 10;

/// The sizes in `config.json`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Dims {
    /// Tokens.
    pub(super) vocab_size: u64,
    /// Mel bands of the input.
    pub(super) num_mel_bins: u64,
    /// Width of the model.
    pub(super) d_model: u64,
    /// Layers of the encoder.
    pub(super) encoder_layers: u64,
    /// Heads of its attentions.
    pub(super) encoder_attention_heads: i16,
    /// Inner width of its feed-forward layers.
    pub(super) encoder_ffn_dim: u64,
    /// Layers of the decoder.
    pub(super) decoder_layers: u64,
    /// Heads of its attentions.
    pub(super) decoder_attention_heads: i16,
    /// Inner width of its feed-forward layers.
    pub(super) decoder_ffn_dim: u64,
    /// Most states of the encoder: 50 a second of audio.
    pub(super) max_source_positions: u64,
    /// Most tokens of the decoder, the prompt included.
    pub(super) max_target_positions: u64,
}

/// The parts of `config.json` that matter.
#[derive(Deserialize)]
struct CheckpointConfig {
    architectures: Option<Vec<String>>,
    #[serde(default = "gelu")]
    activation_function: String,
    #[serde(default)]
    scale_embedding: bool,
    dtype: Option<String>,
    /// The older name of `dtype`.
    torch_dtype: Option<String>,
    suppress_tokens: Option<Vec<i64>>,
    begin_suppress_tokens: Option<Vec<i64>>,
    #[serde(flatten)]
    dims: Dims,
}

/// The parts of `generation_config.json` that matter.
#[derive(Default, Deserialize)]
struct Generation {
    suppress_tokens: Option<Vec<i64>>,
    begin_suppress_tokens: Option<Vec<i64>>,
    alignment_heads: Option<Vec<[u64; 2]>>,
    lang_to_id: Option<BTreeMap<String, u64>>,
}

/// CTranslate2's `config.json`, in the order of its keys.
#[derive(Debug, Serialize)]
pub(super) struct Decoding {
    /// Layer and head of the cross-attentions that follow the audio.
    pub(super) alignment_heads: Vec<[u64; 2]>,
    /// Tokens of the languages.
    pub(super) lang_ids: Vec<u64>,
    /// Tokens that are never decoded.
    pub(super) suppress_ids: Option<Vec<i64>>,
    /// Tokens that are not decoded first.
    pub(super) suppress_ids_begin: Option<Vec<i64>>,
}

/// The settings of a checkpoint.
#[derive(Debug)]
pub(super) struct CheckpointSettings {
    /// Its sizes.
    pub(super) dims: Dims,
    /// The number format it is meant to be loaded as; the stored one where no file names it.
    pub(super) dtype: Option<Float>,
    /// How it is decoded; `lang_ids` is empty where no file lists them.
    pub(super) decoding: Decoding,
}

fn gelu() -> String {
    "gelu".into()
}

/// Whether the `config.json` in `dir` names a Whisper of Hugging Face's transformers.
pub(super) fn is_whisper(dir: &Path) -> bool {
    #[derive(Deserialize)]
    struct CheckpointKind {
        model_type: String,
    }
    json::read::<CheckpointKind>(&dir.join(CONFIG)).is_ok_and(|kind| kind.model_type == "whisper")
}

/// Reads the settings of the checkpoint in `dir`.
///
/// # Errors
/// When `config.json` is missing, broken, of another kind of model, or of a Whisper that CTranslate2 cannot run.
pub(super) fn read(dir: &Path) -> Result<CheckpointSettings, ConvertError> {
    let path = dir.join(CONFIG);
    if !path.is_file() {
        let hint = "a checkpoint is a folder with config.json, tokenizer.json and model.safetensors; fetch all of them";
        return Err(ConvertError::Missing { path, hint: hint.into() });
    }
    let config: serde_json::Value = json::read(&path)?;
    let kind = config.get("model_type").and_then(serde_json::Value::as_str).unwrap_or("unnamed");
    if kind != "whisper" {
        return Err(ConvertError::unusable(&path, format!("it is of model type {kind}; only Whisper is converted")));
    }
    let config: CheckpointConfig = serde_json::from_value(config)
        .map_err(|error| ConvertError::unusable(&path, format!("{error}; fetch the file again")))?;
    check(&config).map_err(|reason| ConvertError::unusable(&path, reason))?;
    let decoding = decoding(&config, json::read_if_there(&dir.join(GENERATION))?);
    let dtype = dtype(&config).map_err(|reason| ConvertError::unusable(&path, reason))?;
    Ok(CheckpointSettings { dims: config.dims, dtype, decoding })
}

/// The kind of numbers that the model is meant to be loaded as.
fn dtype(config: &CheckpointConfig) -> Result<Option<Float>, String> {
    match config.dtype.as_deref().or(config.torch_dtype.as_deref()) {
        None => Ok(None),
        Some("float32") => Ok(Some(Float::F32)),
        Some("float16") => Ok(Some(Float::F16)),
        Some("bfloat16") => Ok(Some(Float::Bf16)),
        Some(other) => Err(format!("its dtype is {other}, not float32, float16 or bfloat16: save it in one of these")),
    }
}

/// Refuses settings that CTranslate2's Whisper does not support.
fn check(config: &CheckpointConfig) -> Result<(), String> {
    let head = |name: &String| name.contains("Whisper") && !name.contains("Classification");
    let named = config.architectures.as_deref().unwrap_or_default();
    if let Some(name) = named.iter().find(|name| !head(name)) {
        return Err(format!("it is a {name}; only WhisperForConditionalGeneration writes text"));
    }
    if config.activation_function != "gelu" || config.scale_embedding {
        return Err("CTranslate2's Whisper knows no activation but gelu, and no scaled embeddings".into());
    }
    let Dims { d_model, encoder_attention_heads, decoder_attention_heads, .. } = config.dims;
    for heads in [encoder_attention_heads, decoder_attention_heads] {
        if u64::try_from(heads).ok().and_then(|heads| d_model.checked_rem(heads)) != Some(0) {
            return Err(format!("a width of {d_model} does not split into {heads} attention heads"));
        }
    }
    within(&config.dims)
}

fn within(dims: &Dims) -> Result<(), String> {
    let Dims { vocab_size, num_mel_bins, d_model, max_source_positions, max_target_positions, .. } = *dims;
    let sizes = [vocab_size, num_mel_bins, d_model, max_source_positions, max_target_positions];
    let inner = [dims.encoder_ffn_dim, dims.decoder_ffn_dim];
    if let Some(size) = sizes.into_iter().chain(inner).find(|size| !(1..=LARGEST).contains(size)) {
        return Err(format!("no Whisper has a size of {size}; fetch the file again"));
    }
    match [dims.encoder_layers, dims.decoder_layers].into_iter().find(|layers| !(1..=MOST_LAYERS).contains(layers)) {
        Some(layers) => Err(format!("no Whisper has {layers} layers; fetch the file again")),
        None => Ok(()),
    }
}

/// How the model is decoded: by `generation_config.json`, or by `config.json` where there is none.
fn decoding(config: &CheckpointConfig, generation: Option<Generation>) -> Decoding {
    let generation = generation.unwrap_or_else(|| Generation {
        suppress_tokens: config.suppress_tokens.clone(),
        begin_suppress_tokens: config.begin_suppress_tokens.clone(),
        ..Generation::default()
    });
    let mut lang_ids: Vec<u64> = generation.lang_to_id.unwrap_or_default().into_values().collect();
    lang_ids.sort_unstable();
    Decoding {
        alignment_heads: generation.alignment_heads.unwrap_or_else(|| later_half(&config.dims)),
        lang_ids,
        suppress_ids: generation.suppress_tokens,
        suppress_ids_begin: generation.begin_suppress_tokens,
    }
}

/// All heads of the later half of the decoder's layers: the best guess at those that follow the audio, if no list names
/// them.
fn later_half(dims: &Dims) -> Vec<[u64; 2]> {
    let heads = u64::try_from(dims.decoder_attention_heads).unwrap_or(0);
    let layers = dims.decoder_layers / 2..dims.decoder_layers;
    layers.flat_map(|layer| (0..heads).map(move |head| [layer, head])).collect()
}
