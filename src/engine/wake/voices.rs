//! The synthetic voices of a fit: espeak-ng's variants and the installed Piper voices.

use std::path::{Path, PathBuf};

use super::language::PhraseLanguage;
use crate::config::TtsConfig;
use crate::engine::espeak::Espeak;
use crate::engine::piper::Piper;
use crate::engine::{EngineError, Speech, Synthesizer};
use crate::signal::frame::RATE;
use crate::signal::resample::resample;
use crate::turn::Ticket;

/// Variants of espeak-ng that sound like people; the others whisper or buzz.
const VARIANTS: [&str; 24] = [
    "f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "Alex", "Andy", "belinda", "david",
    "ed", "iven", "Annie", "max", "zac", "steph", "rob",
];
/// Least number of manners in which espeak-ng's voices speak.
const MANNERS: usize = 144;
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
    /// espeak-ng's voices of `language` with the data in `data`, and the Piper voices of `pipers` in that language. A
    /// Piper voice that cannot be used is left out.
    pub fn new(data: PathBuf, onnxruntime: &Path, pipers: &[PathBuf], language: &PhraseLanguage) -> Self {
        let rounds = MANNERS.div_ceil(VARIANTS.len() * language.accents.len());
        let mut manners = Vec::new();
        for (at, variant) in VARIANTS.iter().enumerate() {
            for (shift, accent) in language.accents.iter().enumerate() {
                for round in 0..rounds {
                    let speed = SPEEDS[(at + shift + round) % SPEEDS.len()];
                    manners.push(SpeakingManner { voice: format!("{accent}+{variant}"), speed });
                }
            }
        }
        let open = |path: &PathBuf| {
            let voice = Piper::open(onnxruntime, path, &data, &TtsConfig::default());
            voice.inspect_err(|error| tracing::warn!("{error}")).ok()
        };
        let neural = pipers.iter().filter(|path| language.speaks(path)).filter_map(open).collect();
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
        let mut voice = Espeak::open(&self.data, &config).map_err(|error| self.unspoken(manner, error))?;
        voice.speak(text, &Ticket::standing())
    }

    /// The error of espeak-ng for a voice that its data lack, in words about the phrase.
    fn unspoken(&self, manner: &SpeakingManner, error: EngineError) -> EngineError {
        let EngineError::Failed { .. } = error else { return error };
        EngineError::Refused(format!(
            "the espeak-ng-data in {} have no voice {} for the wake phrase: set wake.language to another language",
            self.data.display(),
            manner.voice
        ))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::wake_language::{CODES, WakeLanguage};
    use crate::engine::recording;

    fn pool(code: &str, phrase: &str) -> VoicePool {
        let language = PhraseLanguage::of(&WakeLanguage::try_from(code.to_owned()).unwrap(), phrase);
        VoicePool::new(PathBuf::from("data"), Path::new(""), &[], &language)
    }

    #[test]
    fn a_german_phrase_is_said_by_german_voices() {
        let pool = pool("de", "hallo golem");
        assert!(pool.manners.iter().all(|manner| manner.voice.starts_with("de+")));
        assert_eq!(pool.len(), MANNERS);
        assert!(VARIANTS.iter().all(|name| pool.manners.iter().any(|manner| manner.voice == format!("de+{name}"))));
    }

    #[test]
    fn every_language_is_said_in_about_as_many_manners() {
        assert_eq!((pool("", "hey golem").len(), pool("", "привет голем").len()), (192, 144));
        for code in CODES.split(' ') {
            assert!((MANNERS..=192).contains(&pool(code, "golem").len()), "{code}");
        }
    }

    #[test]
    fn a_voice_that_is_not_there_is_answered_with_the_setting_to_change() {
        let (pool, failed) = (pool("ltg", "golem"), EngineError::Failed { engine: "espeak-ng", reason: String::new() });
        let error = pool.unspoken(&pool.manners[0], failed).to_string();
        assert!(error.contains("in data have no voice ltg+f1") && error.contains("set wake.language"), "{error}");
    }

    #[test]
    fn espeak_has_a_voice_for_every_code() {
        let Some(data) = recording::installed("runtime/espeak-ng-data/lang") else { return };
        let inside = |folder: &Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files = inside(&data).flat_map(|path| if path.is_dir() { inside(&path).collect() } else { vec![path] });
        let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().to_lowercase();
        let mut names: Vec<String> = files.map(name).collect();
        names.sort();
        let missing: Vec<&str> = CODES.split(' ').filter(|code| !names.iter().any(|name| name == code)).collect();
        assert_eq!(missing, [""; 0]);
        // Left out are voices without a dictionary, which are silent, and one for letters that no person types.
        names.retain(|name| CODES.split(' ').all(|code| code != name));
        assert_eq!(names, ["en-shaw", "fo", "kaa", "xex"]);
    }
}
