//! The embedding's network, which takes 8 mel rows at a time.

use std::path::Path;

use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor};

use super::graph::{StreamingGraph, streaming};
use crate::engine::{EngineError, onnx};

/// Name of the models in messages.
pub(super) const WHAT: &str = "speech embedding";
/// File name of the network in the model's folder.
pub const NETWORK: &str = "embedding_model.onnx";
/// Numbers of one embedding.
pub const WIDTH: usize = 96;
/// Mel bands.
pub(super) const BANDS: usize = 32;
/// Mel rows, of 10 ms each, from one embedding to the next.
pub(super) const ROWS: usize = 8;
/// Mel rows of one embedding: 0.76 s.
#[cfg(test)]
pub(super) const WINDOW: usize = 76;
/// Empty rows before the first: the rows of the last window end in the middle of a stride.
const FRONT: usize = 4;
/// Earlier strides that the network needs for a whole window.
const STRIDES: usize = 9;

/// A description of 80 ms of sound and the 0.7 s before them.
pub type Embedding = [f32; WIDTH];

/// A network that computes each row once.
pub(super) struct EmbeddingNetwork {
    session: Session,
    shapes: Vec<[u64; 4]>,
    /// Earlier rows that the convolutions still need.
    kept: Vec<DynValue>,
    /// Rows that do not fill a stride yet.
    rows: Vec<f32>,
    /// Strides taken so far, up to [`STRIDES`].
    strides: usize,
}

impl EmbeddingNetwork {
    /// Opens the model at `path`.
    ///
    /// # Errors
    /// [`EngineError::Missing`] or [`EngineError::Unusable`].
    pub(super) fn open(path: &Path) -> Result<Self, EngineError> {
        onnx::require(WHAT, path, crate::engine::reinstall())?;
        let model = std::fs::read(path).map_err(|error| unusable(path, error.to_string()))?;
        let unknown = || unusable(path, "it is another network than the one that golem knows".into());
        let StreamingGraph { model, kept } = streaming(&model, ROWS as u64, BANDS as u64).ok_or_else(unknown)?;
        let session = onnx::builder(1).and_then(|mut builder| builder.commit_from_memory(&model));
        let session = session.map_err(|error| unusable(path, error.to_string()))?;
        Ok(Self { session, shapes: kept, kept: Vec::new(), rows: Vec::new(), strides: 0 })
    }

    /// Forgets all rows.
    pub(super) fn reset(&mut self) {
        self.kept.clear();
        self.rows.clear();
        self.rows.resize(FRONT * BANDS, 0.0);
        self.strides = 0;
    }

    /// Takes more rows and returns the embeddings that they complete, in order.
    pub(super) fn hear(&mut self, rows: &[f32]) -> ort::Result<Vec<Embedding>> {
        self.rows.extend_from_slice(rows);
        let whole = self.rows.len() / (ROWS * BANDS);
        let mut embeddings = Vec::with_capacity(whole);
        for stride in 0..whole {
            let from = stride * ROWS * BANDS;
            let rows = self.rows[from..from + ROWS * BANDS].to_vec();
            let embedding = self.run(rows)?;
            if self.strides < STRIDES {
                self.strides += 1;
            } else {
                embeddings.push(embedding);
            }
        }
        self.rows.drain(..whole * ROWS * BANDS);
        Ok(embeddings)
    }

    /// The embedding of the window that ends with `rows`, one stride.
    fn run(&mut self, rows: Vec<f32>) -> ort::Result<Embedding> {
        if self.kept.is_empty() {
            self.kept = self.shapes.iter().map(nothing).collect::<ort::Result<_>>()?;
        }
        let rows = Tensor::from_array(([1, ROWS, BANDS, 1], rows))?;
        let mut inputs: Vec<SessionInputValue> = Vec::with_capacity(1 + self.kept.len());
        inputs.push(rows.into());
        inputs.extend(self.kept.iter().map(SessionInputValue::from));
        let outputs = self.session.run(inputs.as_slice())?;
        let mut outputs = outputs.into_iter().map(|(_, value)| value);
        let unknown = || ort::Error::new("the embedding came in an unknown shape");
        let embedding = outputs.next().ok_or_else(unknown)?;
        let embedding: Embedding = embedding.try_extract_tensor::<f32>()?.1.try_into().map_err(|_| unknown())?;
        drop(inputs);
        self.kept = outputs.collect();
        Ok(embedding)
    }
}

/// The state before the first row: zeros.
fn nothing(shape: &[u64; 4]) -> ort::Result<DynValue> {
    let shape = shape.map(|size| usize::try_from(size).unwrap_or(0));
    Ok(Tensor::from_array((shape, vec![0.0_f32; shape.iter().product()]))?.into_dyn())
}

pub(super) fn unusable(path: &Path, reason: String) -> EngineError {
    EngineError::Unusable { what: WHAT.into(), path: path.into(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::recording;

    #[test]
    fn embeddings_are_those_of_the_network_over_whole_windows() {
        let Some(library) = recording::installed("runtime/libonnxruntime.so") else { return };
        let Some(folder) = recording::installed("models/wake/openwakeword-features") else { return };
        onnx::init_runtime(&library).unwrap();
        let mut random = fastrand::Rng::with_seed(1);
        let rows: Vec<f32> = (0..(WINDOW + 20 * ROWS) * BANDS).map(|_| random.f32() * 6.0 - 1.0).collect();
        let mut network = EmbeddingNetwork::open(&folder.join(NETWORK)).unwrap();
        let mut whole = onnx::open_small(WHAT, &folder.join(NETWORK)).unwrap();
        // Sound before a reset must not count.
        for heard in [&rows[..30 * BANDS], &rows[..]] {
            network.reset();
            let embeddings = network.hear(heard).unwrap();
            assert_eq!(embeddings.len(), if heard.len() < rows.len() { 0 } else { 21 });
            for (number, embedding) in embeddings.iter().enumerate() {
                let window = rows[number * ROWS * BANDS..][..WINDOW * BANDS].to_vec();
                let input = Tensor::from_array(([1, WINDOW, BANDS, 1], window)).unwrap();
                let outputs = whole.run(ort::inputs![input]).unwrap();
                let wanted = outputs[0].try_extract_tensor::<f32>().unwrap().1;
                let apart = embedding.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(wanted.len() == WIDTH && apart < 1e-3, "embedding {number} of up to 50 is {apart} apart");
            }
        }
    }
}
