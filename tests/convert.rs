//! The test of a converted checkpoint: run by CTranslate2, it says what it says in transformers.

use std::path::Path;

use ct2rs::sys::{ComputeType, Config, Device, StorageView, Whisper};
use golem::model::convert::{self, Precision};

/// The expected results, as `scripts/train/whisper/checkpoint.py` writes them.
#[derive(serde::Deserialize)]
struct Expected {
    prompt: Vec<usize>,
    tokens: Vec<usize>,
    log_probabilities: Vec<f32>,
}

/// The log-mel of `checkpoint.py`, one band after the other.
fn mel(bands: usize, frames: usize) -> Vec<f32> {
    let value = |band: f64, frame: f64| (0.1 * band + 0.01 * band * frame + frame).sin();
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let at = |place: usize| value((place / frames) as f64, (place % frames) as f64) as f32;
    (0..bands * frames).map(at).collect()
}

/// The largest difference of a log-probability from the checkpoint's own.
fn difference(precision: Precision) -> f32 {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/convert");
    let expected: Expected =
        serde_json::from_str(&std::fs::read_to_string(fixtures.join("logits.json")).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("whisper/plain");
    convert::whisper(&fixtures.join("plain/checkpoint"), &into, precision, &mut |_, _| ()).unwrap();

    let config = Config { compute_type: ComputeType::DEFAULT, num_threads_per_replica: 1, ..Config::default() };
    let model = Whisper::new(&into, config).unwrap();
    let (bands, frames) = (model.n_mels(), 100);
    let mut mel = mel(bands, frames);
    let features = StorageView::new(&[1, bands, frames], &mut mel, Device::CPU).unwrap();
    let encoded = model.encode(&features, false).unwrap();
    // CTranslate2 appends the last token of the prompt by itself.
    let (_, prompt) = expected.prompt.split_last().unwrap();
    let results = model.align(&encoded, prompt, &[expected.tokens], &[frames / 2], 1).unwrap();
    let ours = &results[0].text_token_probs;
    assert_eq!(ours.len(), expected.log_probabilities.len());
    let differences = ours.iter().zip(&expected.log_probabilities).map(|(ours, theirs)| (ours.ln() - theirs).abs());
    differences.fold(0.0, f32::max)
}

#[test]
fn a_converted_checkpoint_says_what_it_said() {
    let [full, half, byte] = [Precision::Float32, Precision::Float16, Precision::Int8].map(difference);
    println!("largest difference of a log-probability: float32 {full:e}, float16 {half:e}, int8 {byte:e}");
    assert!(full < 1e-3, "float32 differs by {full}");
    assert!(half < 0.05, "float16 differs by {half}");
    assert!(byte < 0.5, "int8 differs by {byte}");
}
