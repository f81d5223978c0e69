//! Smart Turn on ONNX Runtime: the probability that a person has finished speaking.
//!
//! The model judges the intonation of the last eight seconds, not the words.

mod features;

use std::path::Path;

use ort::session::Session;
use ort::value::Tensor;

use super::{EngineError, TurnModel, onnx};
use features::{FRAMES, MELS, TurnMel};

/// Name of the model in messages.
const WHAT: &str = "Smart Turn model";

/// Smart Turn 3, on one thread that sleeps between pauses.
pub struct SmartTurn {
    session: Session,
    mel: TurnMel,
}

impl SmartTurn {
    /// Opens the model in the file `path` with the ONNX Runtime at `library`, and judges a silence: the first run is
    /// slow.
    ///
    /// # Errors
    /// [`EngineError::Missing`] or [`EngineError::Unusable`] for either file.
    pub fn open(library: &Path, path: &Path) -> Result<Self, EngineError> {
        onnx::init_runtime(library)?;
        let session = onnx::open_small(WHAT, path)?;
        let mut turn = Self { session, mel: TurnMel::new() };
        let warm = turn.probability(&[]);
        warm.map_err(|error| EngineError::Unusable {
            what: WHAT.into(),
            path: path.into(),
            reason: error.to_string(),
        })?;
        Ok(turn)
    }

    fn run(&mut self, features: Vec<f32>) -> ort::Result<f32> {
        let input = Tensor::from_array(([1, MELS, FRAMES], features))?;
        let outputs = self.session.run(ort::inputs!["input_features" => input])?;
        let (_, logits) = outputs["logits"].try_extract_tensor::<f32>()?;
        // The graph ends in a sigmoid although its output is called `logits`.
        logits.first().copied().ok_or_else(|| ort::Error::new("the model answered in an unknown shape"))
    }
}

impl TurnModel for SmartTurn {
    fn probability(&mut self, audio: &[f32]) -> Result<f32, EngineError> {
        let features = self.mel.compute(audio);
        let told = self.run(features);
        told.map_err(|error| EngineError::Failed { engine: "smart turn", reason: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::features::WINDOW;
    use super::*;
    use crate::engine::recording;

    fn installed() -> Option<(PathBuf, PathBuf)> {
        let library = recording::installed("runtime/libonnxruntime.so")?;
        Some((library, recording::installed("models/turn/smart-turn-v3.2/smart-turn-v3.2-cpu.onnx")?))
    }

    /// Results of the official package: the probability after so many samples of a recording in `fixtures`, or of
    /// people's recordings beside the checkout.
    #[derive(serde::Deserialize)]
    struct Reference {
        own: Vec<(String, usize, f32)>,
        people: Vec<(String, usize, f32)>,
    }

    fn reference() -> Reference {
        let text = std::fs::read_to_string(recording::fixture("parity/smart_turn.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// The largest difference from the official package's probabilities.
    fn worst(turn: &mut SmartTurn, folder: &Path, rows: &[(String, usize, f32)]) -> f32 {
        assert!(!rows.is_empty());
        let difference = |(name, samples, theirs): &(String, usize, f32)| {
            let audio = recording::read(&folder.join(name));
            let ours = turn.probability(&audio[..*samples]).unwrap();
            println!("{name} after {samples}: {ours:.6}, theirs {theirs:.6}");
            (ours - theirs).abs()
        };
        rows.iter().map(difference).fold(0.0, f32::max)
    }

    #[test]
    fn probabilities_are_those_of_the_official_package() {
        let Some((library, model)) = installed() else { return };
        let mut turn = SmartTurn::open(&library, &model).unwrap();
        let reference = reference();
        let worst_own = worst(&mut turn, &recording::fixture(""), &reference.own);
        assert!(worst_own < 1e-3, "probabilities differ by {worst_own}");
        let people = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/speech");
        if !people.is_dir() {
            return println!("skipped: the recordings of people are not here");
        }
        let worst_people = worst(&mut turn, &people, &reference.people);
        assert!(worst_people < 1e-3, "probabilities differ by {worst_people}");
    }

    #[test]
    fn what_is_short_has_silence_in_front_and_of_what_is_long_the_end_counts() {
        let Some((library, model)) = installed() else { return };
        let mut turn = SmartTurn::open(&library, &model).unwrap();
        let audio = recording::read(&recording::fixture("parity/vad.flac"));
        let padded: Vec<f32> = vec![0.0; WINDOW - audio.len().min(WINDOW)].into_iter().chain(audio.clone()).collect();
        let short = turn.probability(&audio).unwrap();
        assert_eq!(turn.probability(&padded).unwrap().to_bits(), short.to_bits());
        let longer: Vec<f32> = vec![0.5; 7 * FRAMES].into_iter().chain(padded).collect();
        assert_eq!(turn.probability(&longer).unwrap().to_bits(), short.to_bits());
    }

    #[test]
    fn a_missing_model_and_a_spoiled_one_are_refused() {
        let Some((library, model)) = installed() else { return };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("smart-turn.onnx");
        assert!(matches!(SmartTurn::open(&library, &path), Err(EngineError::Missing { .. })));
        let whole = std::fs::read(model).unwrap();
        for spoiled in [&whole[..whole.len() / 2], &[7; 5000]] {
            std::fs::write(&path, spoiled).unwrap();
            assert!(matches!(SmartTurn::open(&library, &path), Err(EngineError::Unusable { .. })));
        }
    }
}
