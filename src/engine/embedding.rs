//! Google's speech embedding on ONNX Runtime: 96 numbers every 80 ms that describe the last 0.8 s of sound.
//!
//! Two models in a row: a mel spectrogram of 32 bands every 10 ms, and a network over 76 of its rows. The network takes
//! 8 rows at a time and keeps what it still needs of earlier ones. Classifiers of wake words share the embedding.

mod graph;
mod network;
mod wire;

use std::path::Path;

use ort::session::Session;
use ort::value::Tensor;

use super::{EngineError, onnx};
use network::{BANDS, EmbeddingNetwork, ROWS, WHAT, unusable};
pub use network::{Embedding, NETWORK, WIDTH};

/// File name of the mel spectrogram in the model's folder.
pub const MEL: &str = "melspectrogram.onnx";
/// Samples from one embedding to the next: 80 ms at 16 kHz.
pub const STRIDE: usize = 1280;
/// Samples of the previous stride that the first windows of a stride overlap.
const CONTEXT: usize = 480;
/// The spectrogram was trained on 16-bit samples and has no floor of its own: sound in -1..=1 would be 90 dB too faint.
const FULL_SCALE: f32 = 32_767.0;

/// The speech embedding, on one thread that sleeps between strides.
pub struct SpeechEmbedding {
    mel: Session,
    network: EmbeddingNetwork,
    /// The context, then samples that do not fill a stride yet; in the range of 16 bits.
    samples: Vec<f32>,
}

impl SpeechEmbedding {
    /// Opens both models in `folder` with the ONNX Runtime at `library`, and runs them once: the first run is slow.
    ///
    /// # Errors
    /// [`EngineError::Missing`] or [`EngineError::Unusable`] for either file or the library.
    pub fn open(library: &Path, folder: &Path) -> Result<Self, EngineError> {
        onnx::init_runtime(library)?;
        let mel = onnx::open_small(WHAT, &folder.join(MEL))?;
        let mut embedding = Self { mel, network: EmbeddingNetwork::open(&folder.join(NETWORK))?, samples: Vec::new() };
        let tried = embedding.hear(&vec![0.0; 12 * STRIDE]);
        let made = tried.map_err(|error| unusable(folder, error.to_string()))?.len();
        embedding.reset();
        if made == 12 - 9 {
            Ok(embedding)
        } else {
            Err(unusable(folder, format!("it made {made} embeddings of a second")))
        }
    }

    /// Forgets all sound.
    pub fn reset(&mut self) {
        self.samples.clear();
        self.samples.resize(CONTEXT, 0.0);
        self.network.reset();
    }

    /// Takes more sound (16 kHz, -1..=1, any length) and returns the embeddings that it completes, in order. The first
    /// comes after 0.8 s.
    ///
    /// # Errors
    /// When the runtime refuses the sound.
    pub fn hear(&mut self, samples: &[f32]) -> Result<Vec<Embedding>, EngineError> {
        if self.samples.is_empty() {
            self.reset();
        }
        self.samples.extend(samples.iter().map(|sample| (sample.clamp(-1.0, 1.0) * FULL_SCALE).trunc()));
        let strides = (self.samples.len() - CONTEXT) / STRIDE;
        if strides == 0 {
            return Ok(Vec::new());
        }
        let taken = strides * STRIDE;
        let rows = self.spectrogram(taken + CONTEXT).map_err(|error| failed(&error))?;
        self.samples.drain(..taken);
        self.network.hear(&rows).map_err(|error| failed(&error))
    }

    /// The mel rows of the first `length` samples.
    fn spectrogram(&mut self, length: usize) -> ort::Result<Vec<f32>> {
        let input = Tensor::from_array(([1, length], self.samples[..length].to_vec()))?;
        let outputs = self.mel.run(ort::inputs![input])?;
        let mel = outputs[0].try_extract_tensor::<f32>()?.1;
        let wanted = (length - CONTEXT) / STRIDE * ROWS * BANDS;
        if mel.len() != wanted {
            return Err(ort::Error::new(format!("the spectrogram has {} numbers, not {wanted}", mel.len())));
        }
        Ok(mel.iter().map(|value| value / 10.0 + 2.0).collect())
    }
}

fn failed(error: &ort::Error) -> EngineError {
    EngineError::Failed { engine: "speech embedding", reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::recording;

    /// The embedding, if its library and models are installed.
    fn installed() -> Option<SpeechEmbedding> {
        let library = recording::installed("runtime/libonnxruntime.so")?;
        let folder = recording::installed("models/wake/openwakeword-features")?;
        Some(SpeechEmbedding::open(&library, &folder).unwrap())
    }

    #[test]
    fn sound_gives_the_same_embeddings_in_whatever_pieces_it_comes() {
        let Some(mut embedding) = installed() else { return };
        let speech = recording::read(&recording::fixture("audio/whisper/03-flite-rms.flac"));
        let whole = embedding.hear(&speech).unwrap();
        assert_eq!(whole.len(), speech.len() / STRIDE - 9);
        for piece in [512, 1280, 5000] {
            embedding.reset();
            let pieces: Vec<Embedding> =
                speech.chunks(piece).flat_map(|piece| embedding.hear(piece).unwrap()).collect();
            let apart = whole.iter().flatten().zip(pieces.iter().flatten()).map(|(a, b)| (a - b).abs());
            assert_eq!(pieces.len(), whole.len());
            // The tolerance is for digital silence, where the runtime's result depends on the length.
            let worst = apart.fold(0.0, f32::max);
            assert!(worst < 0.3, "embeddings of up to 86 differ by {worst}");
        }
    }

    /// Results of the official runtime in Python: a few numbers of each embedding.
    #[derive(serde::Deserialize)]
    struct Reference {
        recording: String,
        first: Vec<[f32; 4]>,
    }

    #[test]
    fn embeddings_are_those_of_the_models_in_python() {
        let Some(mut embedding) = installed() else { return };
        let reference = std::fs::read_to_string(recording::fixture("parity/embedding.json")).unwrap();
        let reference: Reference = serde_json::from_str(&reference).unwrap();
        let ours = embedding.hear(&recording::read(&recording::fixture("parity").join(reference.recording))).unwrap();
        assert_eq!(ours.len(), reference.first.len());
        let numbers = ours.iter().zip(&reference.first).flat_map(|(ours, theirs)| ours.iter().zip(theirs));
        let worst = numbers.map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f32::max);
        println!("{} embeddings differ by {worst:e} at most", ours.len());
        assert!(worst < 0.02, "embeddings differ by {worst}");
    }
}
