//! Silero VAD on ONNX Runtime: the probability that 32 ms of sound hold a voice.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ort::session::Session;
use ort::value::Tensor;

use super::{EngineError, Vad, onnx};
use crate::signal::frame::{FRAME, RATE};

/// Name of the model in messages.
const WHAT: &str = "Silero VAD model";
/// Samples of the previous frame that precede each frame in the model's input.
const CONTEXT: usize = 64;
/// Samples of the model's input for one frame.
const WINDOW: usize = CONTEXT + FRAME;
/// Values of one of the two recurrent states.
const STATE: usize = 128;

/// The form of the model's input. Both forms give equal results, to the last bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SileroVersion {
    /// One frame, with the rate as an input: `input [1, 576]`, `state [2, 1, 128]`, `sr`.
    Frame,
    /// Several frames in a row, at 16 kHz: `input [n, 576]`, `h` and `c` `[1, 1, 128]`. A run costs little more than
    /// one frame, which takes most of its time to fetch the weights.
    Row,
}

/// The model in memory, on one thread that sleeps between frames. It remembers nothing: several detectors can take
/// turns with it.
pub struct SileroModel {
    session: Mutex<Session>,
    form: SileroVersion,
}

impl SileroModel {
    /// Opens the model at `model` with the ONNX Runtime at `library`, and runs one frame: the first run is slow.
    ///
    /// # Errors
    /// [`EngineError::Missing`] or [`EngineError::Unusable`] for either file.
    pub fn open(library: &Path, model: &Path) -> Result<Arc<Self>, EngineError> {
        onnx::init_runtime(library)?;
        let session = onnx::open_small(WHAT, model)?;
        let unusable = |reason: String| EngineError::Unusable { what: WHAT.into(), path: model.into(), reason };
        let form = form(&session).map_err(unusable)?;
        let opened = Arc::new(Self { session: Mutex::new(session), form });
        let mut first = Silero::of(Arc::clone(&opened));
        first.probability(&[0.0; FRAME]).map_err(|error| unusable(error.to_string()))?;
        Ok(opened)
    }
}

/// Silero VAD 5 and 6.
pub struct Silero {
    model: Arc<SileroModel>,
    /// 64 samples of context, then the newest frame.
    window: [f32; WINDOW],
    /// Both recurrent states, one after the other.
    state: Vec<f32>,
}

impl Silero {
    /// A detector on a model of its own, at `model`, with the ONNX Runtime at `library`.
    ///
    /// # Errors
    /// [`EngineError::Missing`] or [`EngineError::Unusable`] for either file.
    pub fn open(library: &Path, model: &Path) -> Result<Self, EngineError> {
        SileroModel::open(library, model).map(Self::of)
    }

    /// A detector on a model that others may use too.
    #[must_use]
    pub fn of(model: Arc<SileroModel>) -> Self {
        Self { model, window: [0.0; WINDOW], state: vec![0.0; 2 * STATE] }
    }

    /// Runs the model on `windows`, as many as its form allows, and keeps the state for the next run.
    fn run(&mut self, windows: Vec<f32>) -> ort::Result<Vec<f32>> {
        let input = Tensor::from_array(([windows.len() / WINDOW, WINDOW], windows))?;
        let (first, second) = self.state.split_at(STATE);
        // The session keeps nothing from one run to the next that a panic could have spoiled.
        let mut session = self.model.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = match self.model.form {
            SileroVersion::Frame => {
                let state = Tensor::from_array(([2, 1, STATE], self.state.clone()))?;
                let rate = Tensor::from_array(([0_usize; 0], vec![i64::from(RATE)]))?;
                session.run(ort::inputs!["input" => input, "state" => state, "sr" => rate])?
            }
            SileroVersion::Row => {
                let state = |values: &[f32]| Tensor::from_array(([1, 1, STATE], values.to_vec()));
                session.run(ort::inputs!["input" => input, "h" => state(first)?, "c" => state(second)?])?
            }
        };
        let (told, states) = match self.model.form {
            SileroVersion::Frame => ("output", &["stateN"][..]),
            SileroVersion::Row => ("speech_probs", &["hn", "cn"][..]),
        };
        let mut state = Vec::with_capacity(2 * STATE);
        for name in states {
            state.extend_from_slice(outputs[*name].try_extract_tensor::<f32>()?.1);
        }
        let probabilities = outputs[told].try_extract_tensor::<f32>()?.1.to_vec();
        drop(outputs);
        drop(session);
        if state.len() != self.state.len() {
            return Err(unknown_shape());
        }
        self.state = state;
        Ok(probabilities)
    }

    /// The model's input for `frame`, which follows the previous one.
    fn slide(&mut self, frame: &[f32; FRAME]) -> &[f32; WINDOW] {
        self.window.copy_within(FRAME.., 0);
        self.window[CONTEXT..].copy_from_slice(frame);
        &self.window
    }
}

fn unknown_shape() -> ort::Error {
    ort::Error::new("the model answered in an unknown shape")
}

fn failed(error: &ort::Error) -> EngineError {
    EngineError::Failed { engine: "silero", reason: error.to_string() }
}

impl Vad for Silero {
    fn reset(&mut self) {
        self.window.fill(0.0);
        self.state.fill(0.0);
    }

    fn probability(&mut self, frame: &[f32; FRAME]) -> Result<f32, EngineError> {
        let window = self.slide(frame).to_vec();
        let told = self.run(window).map_err(|error| failed(&error))?;
        told.first().copied().ok_or_else(|| failed(&unknown_shape()))
    }

    fn probabilities(&mut self, frames: &[Box<[f32; FRAME]>]) -> Result<Vec<f32>, EngineError> {
        if self.model.form == SileroVersion::Frame || frames.is_empty() {
            return frames.iter().map(|frame| self.probability(frame)).collect();
        }
        let mut windows = Vec::with_capacity(frames.len() * WINDOW);
        for frame in frames {
            windows.extend_from_slice(self.slide(frame));
        }
        let told = self.run(windows).map_err(|error| failed(&error))?;
        if told.len() == frames.len() { Ok(told) } else { Err(failed(&unknown_shape())) }
    }
}

/// The input form of a known Silero model.
fn form(session: &Session) -> Result<SileroVersion, String> {
    let inputs: Vec<_> = session.inputs().iter().map(ort::value::Outlet::name).collect();
    let outputs: Vec<_> = session.outputs().iter().map(ort::value::Outlet::name).collect();
    match (&inputs[..], &outputs[..]) {
        (["input", "state", "sr"], ["output", "stateN"]) => Ok(SileroVersion::Frame),
        (["input", "h", "c"], ["speech_probs", "hn", "cn"]) => Ok(SileroVersion::Row),
        _ => Err(format!("it takes {inputs:?} and gives {outputs:?}, which is not Silero VAD 5 or 6")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::recording;

    /// The installed library and model, if any.
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

    /// The library, and the installed model that takes several frames, if any.
    fn row() -> Option<(std::path::PathBuf, std::path::PathBuf)> {
        let (library, _) = installed()?;
        Some((library, recording::installed("models/silero/silero_vad_16k_sequence.onnx")?))
    }

    #[test]
    fn frames_in_a_row_are_judged_as_one_by_one_to_the_last_bit() {
        let (Some((library, model)), Some((_, row))) = (installed(), row()) else { return };
        let speech = recording::read(&recording::fixture("audio/whisper/03-flite-rms.flac"));
        let one_by_one = probabilities(&mut Silero::open(&library, &model).unwrap(), &speech);
        let frames: Vec<Box<[f32; FRAME]>> =
            speech.chunks_exact(FRAME).map(|frame| Box::new(frame.try_into().expect("a whole frame"))).collect();
        for silero in [model, row] {
            let mut silero = Silero::open(&library, &silero).unwrap();
            for length in [4, 1, 7] {
                silero.reset();
                let told: Vec<f32> =
                    frames.chunks(length).flat_map(|frames| silero.probabilities(frames).unwrap()).collect();
                assert_eq!(told, one_by_one);
            }
            assert!(silero.probabilities(&[]).unwrap().is_empty());
        }
    }

    #[test]
    fn detectors_on_one_model_hear_each_their_own_sound() {
        let Some((library, path)) = installed() else { return };
        let model = SileroModel::open(&library, &path).unwrap();
        let speech = recording::read(&recording::fixture("audio/whisper/03-flite-rms.flac"));
        let alone = probabilities(&mut Silero::open(&library, &path).unwrap(), &speech);
        let (mut one, mut other) = (Silero::of(Arc::clone(&model)), Silero::of(model));
        let mut told = Vec::new();
        for frame in speech.chunks_exact(FRAME) {
            told.push(one.probability(frame.try_into().unwrap()).unwrap());
            assert!(other.probability(&[0.0; FRAME]).unwrap() < 0.1);
        }
        assert_eq!(told, alone);
    }

    /// Results of the official package.
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
