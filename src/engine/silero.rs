//! Silero VAD on ONNX Runtime: the probability that 32 ms of sound hold a voice.

use std::path::Path;

use ort::session::Session;
use ort::value::Tensor;

use super::{EngineError, FRAME, RATE, Vad, onnx};

/// What the model is called in messages.
const WHAT: &str = "Silero VAD model";
/// Samples of the frame before that the model sees again in front of each frame.
const CONTEXT: usize = 64;
/// Values of the recurrent state, shape `[2, 1, 128]`.
const STATE: usize = 256;

/// Silero VAD 5 and 6. One thread, which sleeps between frames.
pub struct Silero {
    session: Session,
    /// `[1, 576]`: 64 samples of context, then the frame.
    input: Tensor<f32>,
    /// `[2, 1, 128]`.
    state: Tensor<f32>,
    /// Sample rate, a scalar.
    rate: Tensor<i64>,
}

impl Silero {
    /// Opens the model at `model` with the ONNX Runtime at `library`, and runs one frame so that the first real
    /// one is fast.
    ///
    /// # Errors
    /// [`EngineError::Missing`] or [`EngineError::Unusable`] for either file.
    pub fn open(library: &Path, model: &Path) -> Result<Self, EngineError> {
        onnx::init_runtime(library)?;
        let session = onnx::open_small(WHAT, model)?;
        let unusable = |reason: String| EngineError::Unusable { what: WHAT.into(), path: model.into(), reason };
        check(&session).map_err(unusable)?;
        let mut silero = Self::build(session).map_err(|error| unusable(error.to_string()))?;
        silero.probability(&[0.0; FRAME]).map_err(|error| unusable(error.to_string()))?;
        silero.reset();
        Ok(silero)
    }

    fn build(session: Session) -> ort::Result<Self> {
        Ok(Self {
            session,
            input: Tensor::from_array(([1, CONTEXT + FRAME], vec![0.0; CONTEXT + FRAME]))?,
            state: Tensor::from_array(([2, 1, STATE / 2], vec![0.0; STATE]))?,
            rate: Tensor::from_array(([0_usize; 0], vec![i64::from(RATE)]))?,
        })
    }

    /// Runs the model on the loaded input and keeps its state for the next frame.
    fn run(&mut self) -> ort::Result<f32> {
        let outputs = self.session.run([(&self.input).into(), (&self.state).into(), (&self.rate).into()])?;
        let (_, state) = outputs["stateN"].try_extract_tensor::<f32>()?;
        let (_, probability) = outputs["output"].try_extract_tensor::<f32>()?;
        let (Some(&probability), STATE) = (probability.first(), state.len()) else {
            return Err(ort::Error::new("the model answered in an unknown shape"));
        };
        self.state.extract_tensor_mut().1.copy_from_slice(state);
        Ok(probability)
    }
}

impl Vad for Silero {
    fn reset(&mut self) {
        self.input.extract_tensor_mut().1.fill(0.0);
        self.state.extract_tensor_mut().1.fill(0.0);
    }

    fn probability(&mut self, frame: &[f32; FRAME]) -> Result<f32, EngineError> {
        let (_, input) = self.input.extract_tensor_mut();
        input.copy_within(FRAME.., 0);
        input[CONTEXT..].copy_from_slice(frame);
        self.run().map_err(|error| EngineError::Failed { engine: "silero", reason: error.to_string() })
    }
}

/// Whether this is a Silero model of the known kind.
fn check(session: &Session) -> Result<(), String> {
    let inputs: Vec<_> = session.inputs().iter().map(ort::value::Outlet::name).collect();
    let outputs: Vec<_> = session.outputs().iter().map(ort::value::Outlet::name).collect();
    if inputs == ["input", "state", "sr"] && outputs == ["output", "stateN"] {
        return Ok(());
    }
    Err(format!("it takes {inputs:?} and gives {outputs:?}, which is not Silero VAD 5 or 6"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::recording;

    /// The installed library and model, if they are.
    fn installed() -> Option<(std::path::PathBuf, std::path::PathBuf)> {
        let library = recording::installed("runtime/libonnxruntime.so")?;
        Some((library, recording::installed("models/silero/silero_vad.onnx")?))
    }

    fn probabilities(silero: &mut Silero, audio: &[f32]) -> Vec<f32> {
        let frames = audio.chunks_exact(FRAME).map(|frame| frame.try_into().expect("a whole frame"));
        frames.map(|frame| silero.probability(frame).unwrap()).collect()
    }

    #[test]
    fn speech_is_told_from_silence_and_forgotten_on_reset() {
        let Some((library, model)) = installed() else { return };
        let mut silero = Silero::open(&library, &model).unwrap();
        let speech = recording::read(&recording::fixture("audio/whisper/03-flite-rms.flac"));
        let first = probabilities(&mut silero, &speech);
        assert!(first.iter().copied().fold(0.0, f32::max) > 0.9, "{first:?}");
        silero.reset();
        assert_eq!(probabilities(&mut silero, &speech), first);
        silero.reset();
        assert!(probabilities(&mut silero, &vec![0.0; 20 * FRAME]).iter().all(|&probability| probability < 0.1));
    }

    /// What the official package computed.
    #[derive(serde::Deserialize)]
    struct Reference {
        recording: String,
        probabilities: Vec<f32>,
    }

    #[test]
    fn probabilities_are_those_of_the_official_package() {
        let Some((library, model)) = installed() else { return };
        let reference = std::fs::read_to_string(recording::fixture("parity/silero.json")).unwrap();
        let reference: Reference = serde_json::from_str(&reference).unwrap();
        let audio = recording::read(&recording::fixture("parity").join(reference.recording));
        let ours = probabilities(&mut Silero::open(&library, &model).unwrap(), &audio);
        assert!(ours.len() <= reference.probabilities.len() && ours.len() > 100);
        let differences = ours.iter().zip(&reference.probabilities).map(|(ours, theirs)| (ours - theirs).abs());
        let worst = differences.fold(0.0, f32::max);
        println!("{} frames differ by {worst:e} at most", ours.len());
        assert!(worst < 1e-4, "probabilities differ by {worst}");
    }

    #[test]
    fn spoiled_models_are_refused() {
        let Some((library, model)) = installed() else { return };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("silero.onnx");
        assert!(matches!(Silero::open(&library, &path), Err(EngineError::Missing { .. })));
        let whole = std::fs::read(&model).unwrap();
        for spoiled in [&whole[..whole.len() / 2], &whole[..100], &[], &[7; 5000]] {
            std::fs::write(&path, spoiled).unwrap();
            assert!(matches!(Silero::open(&library, &path), Err(EngineError::Unusable { .. })));
        }
    }
}
