//! The synthetic voices of a fit: espeak-ng's variants and the installed Piper voices.

use std::path::PathBuf;

use crate::config::TtsConfig;
use crate::engine::espeak::Espeak;
use crate::engine::piper::Piper;
use crate::engine::{EngineError, Speech, Synthesizer};
use crate::signal::frame::RATE;
use crate::signal::resample::resample;
use crate::turn::Ticket;

/// espeak-ng's accents of English.
const ACCENTS: [&str; 4] = ["en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp"];
/// Variants of espeak-ng that sound like people; the others whisper or buzz.
const VARIANTS: [&str; 24] = [
    "f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "Alex", "Andy", "belinda", "david",
    "ed", "iven", "Annie", "max", "zac", "steph", "rob",
];
/// Speeds of the voices, in turn.
const SPEEDS: [f32; 3] = [0.8, 1.0, 1.25];
/// Speeds of the neural voices, which are few.
const NEURAL_SPEEDS: [f32; 6] = [0.8, 0.9, 1.0, 1.1, 1.25, 1.4];

/// A voice with its variant and speed.
#[derive(Clone, Debug)]
pub struct SpeakingManner {
    voice: String,
    speed: f32,
}

/// All voices that can say a phrase.
pub struct VoicePool {
    /// The folder that holds `espeak-ng-data`.
    data: PathBuf,
    manners: Vec<SpeakingManner>,
    neural: Vec<Piper>,
}

impl VoicePool {
    /// espeak-ng's voices of Russian or English with the data in `data`, and the Piper voices of `pipers` in that
    /// language. A Piper voice that cannot be used is left out.
    pub fn new(data: PathBuf, onnxruntime: &std::path::Path, pipers: &[PathBuf], russian: bool) -> Self {
        let accents = if russian { &["ru"][..] } else { &ACCENTS[..] };
        let rounds = if russian { 6 } else { 2 };
        let mut manners = Vec::new();
        for (at, variant) in VARIANTS.iter().enumerate() {
            for (shift, accent) in accents.iter().enumerate() {
                for round in 0..rounds {
                    let speed = SPEEDS[(at + shift + round) % SPEEDS.len()];
                    manners.push(SpeakingManner { voice: format!("{accent}+{variant}"), speed });
                }
            }
        }
        let tag = if russian { "ru_" } else { "en_" };
        let spoken = |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(tag));
        let open = |path: &PathBuf| {
            let voice = Piper::open(onnxruntime, path, &data, &TtsConfig::default());
            voice.inspect_err(|error| tracing::warn!("{error}")).ok()
        };
        let neural = pipers.iter().filter(spoken).filter_map(open).collect();
        Self { data, manners, neural }
    }

    /// Number of voices.
    pub fn len(&self) -> usize {
        self.manners.len() + self.neural.len() * NEURAL_SPEEDS.len()
    }

    /// `text` in the voice number `at` (modulo [`Self::len`]), at 16 kHz, without silence around it.
    ///
    /// # Errors
    /// When the voice cannot speak.
    pub fn say(&mut self, at: usize, text: &str) -> Result<Vec<f32>, EngineError> {
        let at = at % self.len().max(1);
        let speech = match at.checked_sub(self.manners.len()) {
            Some(at) => {
                let voice = &mut self.neural[at / NEURAL_SPEEDS.len()];
                voice.set_speed(NEURAL_SPEEDS[at % NEURAL_SPEEDS.len()]);
                voice.speak(text, &Ticket::standing())?
            }
            None => self.formant(&self.manners[at], text)?,
        };
        let samples = resample(&speech.samples, speech.timing.rate.max(1), RATE);
        Ok(trimmed(&samples))
    }

    fn formant(&self, manner: &SpeakingManner, text: &str) -> Result<Speech, EngineError> {
        let config = TtsConfig { voice: manner.voice.clone(), speed: manner.speed, ..TtsConfig::default() };
        Espeak::open(&self.data, &config)?.speak(text, &Ticket::standing())
    }
}

/// `samples` without the parts at both ends that are 34 dB quieter than the loudest moment.
fn trimmed(samples: &[f32]) -> Vec<f32> {
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let loud = |sample: &f32| sample.abs() > 0.02 * peak;
    let Some(first) = samples.iter().position(loud) else { return Vec::new() };
    let last = samples.iter().rposition(loud).unwrap_or(first);
    samples[first..=last].to_vec()
}
