//! Resemblyzer's speaker encoder: an LSTM over mel bands, computed while the sound comes in.
//!
//! A stretch of 1.6 s every 0.77 s gives a print; the mean of the prints is the voice's. The constants are those of
//! Resemblyzer 0.1.4. One thing differs while sound comes in: the gain of quiet sound follows from its level so far,
//! whereas Resemblyzer knows the level of the whole.

use std::path::Path;

use super::encoder::SpeakerEncoder;
use super::lstm::LstmLayer;
use super::print::VoicePrint;
use super::torch::TorchFile;
use crate::engine::EngineError;
use crate::signal::mel::{HOP, LogMel};

/// Name of the model in messages.
const WHAT: &str = "speaker model";
/// Hint for a missing model: what to type.
const HINT: &str = "golem models fetch resemblyzer";
/// Mel bands.
const BANDS: usize = 40;
/// Cells of a layer, and numbers in a print.
const CELLS: usize = 256;
/// Layers.
const LAYERS: usize = 3;
/// Mel frames of a stretch: 1.6 s.
const STRETCH: usize = 160;
/// Mel frames from one stretch to the next: 1.3 stretches a second.
const STEP: usize = 77;
/// Least share of the last stretch that must hold sound.
const COVERAGE: f32 = 0.75;
/// Sound quieter than this (RMS, -30 dB of full scale) is raised to it.
const LEVEL: f64 = 0.031_622_776;
/// Half a window of a mel frame, in samples.
const HALF: usize = 200;

/// Resemblyzer 0.1.4, on one thread that sleeps between utterances.
pub struct Resemblyzer {
    layers: Vec<LstmLayer>,
    linear: Vec<f32>,
    bias: Vec<f32>,
    mel: LogMel,
    samples: Vec<f32>,
    /// Sum of the squares of all samples, for their level.
    energy: f64,
    /// Bands of the complete frames, before the gain.
    bands: Vec<f32>,
    /// Sum of the prints of the stretches so far.
    sum: Vec<f32>,
    stretches: usize,
}

impl Resemblyzer {
    /// Opens `pretrained.pt` in the model's folder.
    ///
    /// # Errors
    /// [`EngineError::Missing`] or [`EngineError::Unusable`].
    pub fn open(folder: &Path) -> Result<Self, EngineError> {
        let file = TorchFile::open(WHAT, &folder.join("pretrained.pt"), HINT)?;
        let layer = |number: usize| {
            let inputs = if number == 0 { BANDS } else { CELLS };
            let tensor = |name: &str, shape: &[usize]| file.tensor(&format!("lstm.{name}_l{number}"), shape);
            let biases = tensor("bias_ih", &[4 * CELLS])?.into_iter().zip(tensor("bias_hh", &[4 * CELLS])?);
            let (input, state) =
                (tensor("weight_ih", &[4 * CELLS, inputs])?, tensor("weight_hh", &[4 * CELLS, CELLS])?);
            Ok(LstmLayer::new(&input, &state, biases.map(|(input, state)| input + state).collect()))
        };
        Ok(Self {
            layers: (0..LAYERS).map(layer).collect::<Result<_, EngineError>>()?,
            linear: file.tensor("linear.weight", &[CELLS, CELLS])?,
            bias: file.tensor("linear.bias", &[CELLS])?,
            mel: LogMel::new(BANDS),
            samples: Vec::new(),
            energy: 0.0,
            bands: Vec::new(),
            sum: vec![0.0; CELLS],
            stretches: 0,
        })
    }

    /// Computes mel frames up to number `frames`, with silence after the samples.
    fn analyse(&mut self, frames: usize) {
        for frame in self.bands.len() / BANDS..frames {
            let begin = self.bands.len();
            self.bands.resize(begin + BANDS, 0.0);
            self.mel.power(&self.samples, frame, &mut self.bands[begin..]);
        }
    }

    /// Gain in power that raises quiet sound to [`LEVEL`].
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "f32 is the signal's precision")]
    fn raise(&self) -> f32 {
        let mean = self.energy / self.samples.len().max(1) as f64;
        if mean > 0.0 { (LEVEL * LEVEL / mean).max(1.0) as f32 } else { 1.0 }
    }

    /// Adds the print of the next stretch, whose frames are computed already.
    fn add_stretch(&mut self) {
        let begin = self.stretches * STEP * BANDS;
        let raise = self.raise();
        let bands = self.bands[begin..begin + STRETCH * BANDS].iter().map(|band| band * raise).collect();
        let states = self.layers.iter().fold(bands, |inputs: Vec<f32>, layer| layer.run(&inputs));
        let state = &states[states.len() - CELLS..];
        let rows = self.linear.chunks_exact(CELLS).zip(&self.bias);
        let numbers =
            rows.map(|(row, bias)| (bias + row.iter().zip(state).map(|(a, b)| a * b).sum::<f32>()).max(0.0)).collect();
        if let Some(print) = VoicePrint::new(numbers) {
            for (sum, number) in self.sum.iter_mut().zip(print.numbers()) {
                *sum += number;
            }
        }
        self.stretches += 1;
    }
}

impl SpeakerEncoder for Resemblyzer {
    fn name(&self) -> &'static str {
        "resemblyzer-0.1.4"
    }

    fn start(&mut self) {
        self.samples.clear();
        self.bands.clear();
        self.sum.fill(0.0);
        (self.energy, self.stretches) = (0.0, 0);
    }

    fn accept(&mut self, samples: &[f32]) {
        self.energy += samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>();
        self.samples.extend_from_slice(samples);
        let whole = (self.samples.len() + HOP).saturating_sub(HALF) / HOP;
        self.analyse(whole);
        while self.stretches * STEP + STRETCH <= whole {
            self.add_stretch();
        }
    }

    fn finish(&mut self) -> Option<VoicePrint> {
        if self.energy > 0.0 {
            for _ in self.stretches..stretches(self.samples.len()) {
                self.analyse(self.stretches * STEP + STRETCH);
                self.add_stretch();
            }
        }
        VoicePrint::new(self.sum.clone())
    }
}

/// Number of stretches in so many samples.
#[expect(clippy::cast_precision_loss, reason = "a share")]
fn stretches(samples: usize) -> usize {
    let frames = (samples + 1).div_ceil(HOP);
    let count = (frames + STEP + 1).saturating_sub(STRETCH).max(1).div_ceil(STEP);
    let covered = samples as f32 - ((count - 1) * STEP * HOP) as f32;
    if count > 1 && covered < COVERAGE * (STRETCH * HOP) as f32 { count - 1 } else { count }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::recording;

    fn installed() -> Option<Resemblyzer> {
        let fetched =
            std::env::var_os("GOLEM_TEST_MODELS").map(|models| Path::new(&models).join("speaker/resemblyzer"));
        let folder = fetched.filter(|folder| folder.is_dir()).or_else(|| {
            let file = recording::installed("models/speaker/resemblyzer/pretrained.pt")?;
            file.parent().map(Path::to_path_buf)
        });
        Some(Resemblyzer::open(&folder?).unwrap())
    }

    #[test]
    fn stretches_are_counted_as_resemblyzer_does() {
        // Results of `VoiceEncoder.compute_partial_slices(samples, 1.3, 0.75)`.
        for (samples, count) in STRETCHES {
            assert_eq!(stretches(samples), count, "{samples} samples");
        }
    }

    const STRETCHES: [(usize, usize); 9] = [
        (1, 1),
        (8000, 1),
        (25_600, 1),
        (31_520, 2),
        (31_680, 2),
        (44_000, 3),
        (44_160, 3),
        (64_000, 4),
        (1_000_000, 80),
    ];

    /// Results of Resemblyzer itself.
    #[derive(serde::Deserialize)]
    struct Reference {
        recording: String,
        gain: f32,
        print: Vec<f32>,
    }

    #[test]
    fn prints_are_those_of_resemblyzer() {
        let Some(mut encoder) = installed() else { return };
        let reference = std::fs::read_to_string(recording::fixture("parity/speaker.json")).unwrap();
        let references: Vec<Reference> = serde_json::from_str(&reference).unwrap();
        for reference in references {
            let samples = recording::read(&recording::fixture("audio/whisper").join(reference.recording));
            let samples: Vec<f32> = samples.iter().map(|sample| sample * reference.gain).collect();
            let print = encoder.encode(&samples).unwrap();
            let differences = print.numbers().iter().zip(&reference.print).map(|(ours, theirs)| (ours - theirs).abs());
            let worst = differences.fold(0.0, f32::max);
            println!("{} samples differ by {worst:e} at most", samples.len());
            assert!(worst < 1e-3, "a print differs by {worst}");
        }
    }

    #[test]
    fn sound_that_comes_in_pieces_gives_nearly_the_same_print_and_leaves_one_stretch_at_the_end() {
        let Some(mut encoder) = installed() else { return };
        let samples = recording::read(&recording::fixture("audio/whisper/06-flite-awb.flac"));
        let whole = encoder.encode(&samples).unwrap();
        encoder.start();
        samples.chunks(512).for_each(|piece| encoder.accept(piece));
        assert!(stretches(samples.len()) - encoder.stretches <= 1);
        let pieces = encoder.finish().unwrap();
        assert!(whole.similarity(&pieces) > 0.999, "{}", whole.similarity(&pieces));
    }

    #[test]
    fn silence_has_no_print_and_a_syllable_has_one() {
        let Some(mut encoder) = installed() else { return };
        assert_eq!(encoder.encode(&vec![0.0; 20_000]), None);
        assert_eq!(encoder.encode(&[]), None);
        let samples = recording::read(&recording::fixture("audio/whisper/06-flite-awb.flac"));
        assert!(encoder.encode(&samples[8_000..12_000]).is_some());
    }
}
