//! Kokoro's neural voices (StyleTTS 2 in ONNX, 82 million weights) on ONNX Runtime, with espeak-ng's phonemes.
//!
//! Kokoro's voices sound better than Piper's and cost ten times as much. They need a machine that synthesises well
//! faster than real time.

mod alphabet;
mod voices;

use std::path::Path;

use ort::session::Session;
use ort::value::Tensor;

use super::{EngineError, Speech, Synthesizer, cpu, espeak, onnx, trim};
use crate::config::TtsConfig;
use crate::turn::Ticket;
use alphabet::{Accent, spell, token};
use voices::{ROWS, STYLE};
pub use voices::{best, is_kokoro, names, tag};

const NAME: &str = "kokoro";
/// Name of the model in messages.
const WHAT: &str = "Kokoro model";
/// Sample rate of the synthesised sound in hertz.
const RATE: u32 = 24_000;
/// Most sounds of one run: the model was trained on no longer texts, and its voices have no style for them.
const LONGEST: usize = ROWS - 1;
/// Most threads. More gain little on a clause and starve the language model.
const THREADS: usize = 4;
/// Text spoken once when a voice is opened: it proves the voice and pays the first run's extra time.
const WARM_UP: &str = "a.";
/// A sentence of three seconds, whose synthesis measures the machine's speed.
pub const SENTENCE: &str = "The kettle is on, and the tea will be ready in five minutes.";

/// A voice of Kokoro.
pub struct Kokoro {
    session: Session,
    name: String,
    language: &'static str,
    accent: Accent,
    /// [`ROWS`] styles of [`STYLE`] numbers.
    styles: Vec<f32>,
    speed: f32,
}

impl Kokoro {
    /// Loads the model in `folder` with the voice that `config` names, else the best of its language. `onnxruntime` is
    /// the ONNX Runtime library; `data` is the folder that holds `espeak-ng-data`.
    ///
    /// # Errors
    /// When a file is missing or unusable, or there is no such voice.
    pub fn open(onnxruntime: &Path, folder: &Path, data: &Path, config: &TtsConfig) -> Result<Self, EngineError> {
        let name = match config.local_voice() {
            "" => best(&config.language).unwrap_or("af_heart"),
            named => named,
        };
        let styles = voices::styles(folder, name)?;
        let (language, accent) = voices::language(name).unwrap_or(("en-us", Accent::American));
        espeak::init(data)?;
        onnx::init_runtime(onnxruntime)?;
        let path = voices::model(folder);
        let session = onnx::open(WHAT, &path, cpu::threads(0, true).min(THREADS))?;
        let unusable = |reason: String| EngineError::Unusable { what: WHAT.into(), path: path.clone(), reason };
        check(&session).map_err(unusable)?;
        let speed = config.speed.clamp(0.5, 3.0);
        let mut kokoro = Self { session, name: name.into(), language, accent, styles, speed };
        kokoro.run(WARM_UP).map_err(|error| unusable(error.to_string()))?;
        Ok(kokoro)
    }

    /// The raw sound of `text`.
    fn run(&mut self, text: &str) -> Result<Vec<f32>, EngineError> {
        let mut phonemes = spell(&espeak::phonemes(text, self.language)?, self.accent);
        if phonemes.ends_with(char::is_alphabetic) {
            phonemes.push(',');
        }
        let mut samples = Vec::new();
        for tokens in portions(&phonemes) {
            let failed = |error: ort::Error| EngineError::Failed { engine: NAME, reason: error.to_string() };
            samples.extend(self.synthesise(&tokens).map_err(failed)?);
        }
        for sample in &mut samples {
            *sample = if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 };
        }
        Ok(samples)
    }

    fn synthesise(&mut self, sounds: &[i64]) -> ort::Result<Vec<f32>> {
        // Each length of text has its own style; 0 is the silence at both ends.
        let row = sounds.len().min(LONGEST) * STYLE;
        let mut tokens = vec![0];
        tokens.extend_from_slice(sounds);
        tokens.push(0);
        let inputs = ort::inputs![
            "tokens" => Tensor::from_array(([1, tokens.len()], tokens))?,
            "style" => Tensor::from_array(([1, STYLE], self.styles[row..row + STYLE].to_vec()))?,
            "speed" => Tensor::from_array(([1], vec![self.speed]))?,
        ];
        let outputs = self.session.run(inputs)?;
        let (_, audio) = outputs["audio"].try_extract_tensor::<f32>()?;
        Ok(audio.to_vec())
    }
}

/// The numbers of the sounds, split between words into portions short enough for one run.
fn portions(phonemes: &str) -> Vec<Vec<i64>> {
    let mut portions: Vec<Vec<i64>> = Vec::new();
    let mut rest: Vec<i64> = phonemes.chars().filter_map(token).collect();
    let space = token(' ');
    while rest.len() > LONGEST {
        let gap = rest[..LONGEST].iter().rposition(|&sound| Some(sound) == space).filter(|&at| at > 0);
        let tail = rest.split_off(gap.unwrap_or(LONGEST));
        portions.push(std::mem::replace(&mut rest, tail));
    }
    portions.push(rest);
    portions
}

impl Synthesizer for Kokoro {
    fn describe(&self) -> String {
        format!("Kokoro {}", self.name)
    }

    fn language(&self, _: &str) -> &str {
        self.language
    }

    fn takes_phrases(&self) -> bool {
        true
    }

    fn speak(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError> {
        if stop.stale() || !text.chars().any(char::is_alphanumeric) {
            return Ok(Speech::default());
        }
        let samples = self.run(text)?;
        Ok(trim::fit(&samples, RATE, text, self.speed, &[]))
    }
}

/// Checks that the model is Kokoro's as published for ONNX.
fn check(session: &Session) -> Result<(), String> {
    let inputs: Vec<_> = session.inputs().iter().map(ort::value::Outlet::name).collect();
    let outputs: Vec<_> = session.outputs().iter().map(ort::value::Outlet::name).collect();
    if inputs == ["tokens", "style", "speed"] && outputs == ["audio"] {
        return Ok(());
    }
    Err(format!("it takes {inputs:?} and gives {outputs:?}, which is not Kokoro"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_parted_between_words() {
        let text = "həlˈO ".repeat(200);
        let parts = portions(&text);
        assert!(parts.len() > 1 && parts.iter().all(|part| part.len() <= LONGEST));
        assert_eq!(parts.concat().len(), text.chars().count());
        assert!(portions(&"a".repeat(2_000)).iter().all(|part| part.len() <= LONGEST));
        assert_eq!(portions("今"), [Vec::<i64>::new()]);
    }
}
