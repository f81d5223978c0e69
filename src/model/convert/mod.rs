//! The conversion of Whisper checkpoints of Hugging Face's transformers to models of CTranslate2, so that fine-tuned
//! ones run.
//!
//! The result equals that of CTranslate2's own converter. Weights are read, converted and written a megabyte at a time:
//! a model of 1.5 billion parameters takes no more memory than the smallest.

mod bin;
mod error;
mod float;
mod json;
mod layout;
mod precision;
mod quantize;
mod settings;
#[cfg(test)]
mod tests;
mod values;
mod vocabulary;
mod weights;
mod write;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::json as value;

pub use self::error::ConvertError;
use self::error::OfFile;
pub use self::precision::Precision;
use self::settings::{CheckpointSettings, Decoding, Dims};
use self::vocabulary::{CheckpointVocabulary, TOKENIZER};
use self::weights::Weights;
use crate::signal::frame::RATE;

/// The file with the log-mel's settings for runtimes.
const PREPROCESSOR: &str = "preprocessor_config.json";
/// Encoder states per second of audio.
const STATES: u64 = 50;

/// Whether the folder `path` is a Whisper checkpoint of Hugging Face's transformers, complete or not.
pub fn is_checkpoint(path: &Path) -> bool {
    settings::is_whisper(path)
}

/// Bytes of weights that the checkpoint in the folder `source` will have as a model, to compare with the space that is
/// left; the other files take at most a few megabytes.
///
/// # Errors
/// When the checkpoint is incomplete, broken or not Whisper.
pub fn bytes(source: &Path, precision: Precision) -> Result<u64, ConvertError> {
    let CheckpointSettings { dims, dtype, .. } = settings::read(source)?;
    Ok(write::total(&write::plan(&Weights::open(source)?, &dims, dtype)?, precision))
}

/// Converts the checkpoint in the folder `source` into the new folder `into`, which appears when it is complete.
/// `progress` receives the bytes of weights written and their total.
///
/// # Errors
/// When the checkpoint is incomplete, broken or not Whisper, when `into` exists, or when it cannot be written.
pub fn whisper(
    source: &Path,
    into: &Path,
    precision: Precision,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), ConvertError> {
    let CheckpointSettings { dims, dtype, decoding } = settings::read(source)?;
    let vocabulary = CheckpointVocabulary::read(source, dims.vocab_size)?;
    let weights = Weights::open(source)?;
    let plan = write::plan(&weights, &dims, dtype)?;
    vacant(into)?;
    let parent = parent(into);
    fs::create_dir_all(&parent).at(&parent)?;
    let place = tempfile::Builder::new().prefix(".convert-").tempdir_in(&parent).at(&parent)?;
    // Build in a subfolder, because the temporary folder is closed to other users.
    let folder = place.path().join("model");
    fs::create_dir(&folder).at(&folder)?;
    write::model(&folder.join("model.bin"), &weights, &plan, precision, progress)?;
    describe(source, &folder, &dims, decoding, &vocabulary)?;
    File::open(&folder).and_then(|folder| folder.sync_all()).at(&folder)?;
    vacant(into)?;
    fs::rename(&folder, into).at(into)?;
    File::open(&parent).and_then(|parent| parent.sync_all()).at(&parent)
}

/// The folder that `into` will be in.
fn parent(into: &Path) -> PathBuf {
    match into.parent() {
        Some(parent) if parent != Path::new("") => parent.into(),
        _ => ".".into(),
    }
}

/// Refuses a name that is taken.
fn vacant(into: &Path) -> Result<(), ConvertError> {
    if into.symlink_metadata().is_ok() { Err(ConvertError::Taken(into.into())) } else { Ok(()) }
}

/// Writes all files but the weights.
fn describe(
    source: &Path,
    folder: &Path,
    dims: &Dims,
    mut decoding: Decoding,
    vocabulary: &CheckpointVocabulary,
) -> Result<(), ConvertError> {
    if decoding.lang_ids.is_empty() {
        decoding.lang_ids = vocabulary.languages();
    }
    json::write(&folder.join("vocabulary.json"), json::python(&vocabulary.tokens).as_bytes())?;
    json::write(&folder.join(TOKENIZER), &vocabulary.tokenizer)?;
    let given = source.join(PREPROCESSOR);
    let preprocessor = if given.is_file() { json::text(&given)? } else { preprocessor(dims).into_bytes() };
    json::write(&folder.join(PREPROCESSOR), &preprocessor)?;
    json::write(&folder.join("config.json"), (json::python(&decoding) + "\n").as_bytes())
}

/// Whisper's log-mel, for checkpoints that do not describe it.
fn preprocessor(dims: &Dims) -> String {
    let seconds = dims.max_source_positions / STATES;
    json::python(&value!({
        "chunk_length": seconds, "feature_extractor_type": "WhisperFeatureExtractor",
        "feature_size": dims.num_mel_bins, "hop_length": 160, "n_fft": 400, "n_samples": seconds * u64::from(RATE),
        "nb_max_frames": 2 * dims.max_source_positions, "padding_side": "right", "padding_value": 0.0,
        "processor_class": "WhisperProcessor", "return_attention_mask": false, "sampling_rate": RATE,
    })) + "\n"
}
