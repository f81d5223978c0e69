//! Piper's neural voices (VITS in ONNX), through piper-rs, with espeak-ng's phonemes.
//!
//! [`super::espeak`] makes the phonemes: piper-rs would initialise espeak-ng a second time, with data that it finds by
//! itself.

mod speakers;

use std::ffi::OsString;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use ort::session::Session;
use piper_rs::ModelConfig;

use super::{EngineError, Speech, Synthesizer, espeak, onnx, trim};
use crate::config::TtsConfig;
use crate::config::voice_ref::VoiceRef;
use crate::turn::Ticket;
pub use speakers::VoiceSpeakers;

const NAME: &str = "piper";
/// Threads of one voice: more than two gain little on a clause and starve the language model.
const THREADS: usize = 2;
/// Text spoken once when a voice is opened: it proves the voice and pays the first run's extra time.
const WARM_UP: &str = "a.";
/// Piper's phoneme of the beginning of a sentence.
const BEGINNING: char = '^';
/// Piper's phoneme between all others.
const PAD: char = '_';
/// Stands for [`BEGINNING`] among the phonemes of a text; espeak-ng never writes it. See [`pad_beginning`].
const PADDED_BEGINNING: char = '\u{2}';

/// A Piper voice.
pub struct Piper {
    voice: piper_rs::Piper,
    name: String,
    language: String,
    speakers: VoiceSpeakers,
    /// Number of the settings' speaker, and of the one that speaks now.
    usual: i64,
    speaker: i64,
    speed: f32,
    /// The voice's own length of a sound at speed 1, relative to the training data's.
    length_scale: f32,
}

impl Piper {
    /// Loads `voice` (`.onnx`, with its `.onnx.json` beside it) with the ONNX Runtime library `onnxruntime`. The
    /// espeak-ng data are in `data`, the folder that holds `espeak-ng-data`, or else the system's.
    ///
    /// # Errors
    /// When a file is missing or unusable, or the voice has no such speaker.
    pub fn open(onnxruntime: &Path, voice: &Path, data: &Path, config: &TtsConfig) -> Result<Self, EngineError> {
        if !voice.is_file() {
            return Err(missing("Piper voice", voice, "fetch a voice or set tts.voice"));
        }
        let mut settings = read_settings(&settings_path(voice))?;
        pad_beginning(&mut settings);
        let name = voice.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let speakers = VoiceSpeakers::of(&settings);
        let usual = usual_speaker(&speakers, config, &name)?;
        espeak::init(data)?;
        onnx::init_runtime(onnxruntime)?;
        let session = load(voice).map_err(|error| unusable(voice, error.to_string()))?;
        check_shape(&session, &settings, voice)?;
        let mut piper = Self {
            name,
            language: settings.espeak.voice.clone(),
            speakers,
            usual,
            speaker: usual,
            speed: config.speed.clamp(0.5, 3.0),
            length_scale: settings.inference.length_scale,
            voice: piper_rs::Piper::from_session(session, settings),
        };
        piper.run(WARM_UP).map_err(|error| unusable(voice, error.to_string()))?;
        Ok(piper)
    }

    /// Sets the speed: 1 is the voice's own; 0.5..=3.
    pub fn set_speed(&mut self, speed: f32) {
        self.speed = speed.clamp(0.5, 3.0);
    }

    /// The raw sound of `text` and its rate in hertz.
    fn run(&mut self, text: &str) -> Result<(Vec<f32>, u32), EngineError> {
        let mut phonemes = espeak::phonemes(text, &self.language)?;
        phonemes.insert(0, PADDED_BEGINNING);
        // The voices were trained on whole sentences and swallow the end of a text without a closing mark.
        if phonemes.ends_with(char::is_alphabetic) {
            phonemes.push(',');
        }
        let (mut samples, rate) = self
            .voice
            .create(&phonemes, true, Some(self.speaker), Some(self.length_scale / self.speed), None, None)
            .map_err(|error| EngineError::Failed { engine: NAME, reason: error.to_string() })?;
        for sample in &mut samples {
            *sample = if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 };
        }
        Ok((samples, rate))
    }
}

impl Synthesizer for Piper {
    fn describe(&self) -> String {
        describe(&self.name)
    }

    fn language(&self, _: &str) -> &str {
        &self.language
    }

    fn takes_phrases(&self) -> bool {
        true
    }

    fn runs_in_parallel(&self) -> bool {
        true
    }

    fn set_speaker(&mut self, speaker: Option<&str>) -> Result<(), EngineError> {
        self.speaker = match speaker {
            Some(asked) => self.speakers.find(asked, &describe(&self.name))?,
            None => self.usual,
        };
        Ok(())
    }

    fn speak(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError> {
        if stop.stale() || !text.chars().any(char::is_alphanumeric) {
            return Ok(Speech::default());
        }
        let (samples, rate) = self.run(text)?;
        Ok(trim::fit(&samples, rate, text, self.speed, &[]))
    }
}

/// The speakers of `voice` (`.onnx`), by the settings beside it.
///
/// # Errors
/// When these are missing or unusable.
pub fn speakers_of(voice: &Path) -> Result<VoiceSpeakers, EngineError> {
    Ok(VoiceSpeakers::of(&read_settings(&settings_path(voice))?))
}

fn describe(name: &str) -> String {
    format!("Piper {name}")
}

/// The path of a voice's settings: `voice.onnx` → `voice.onnx.json`.
fn settings_path(voice: &Path) -> PathBuf {
    let mut name = OsString::from(voice);
    name.push(".json");
    name.into()
}

fn read_settings(path: &Path) -> Result<ModelConfig, EngineError> {
    let file = File::open(path)
        .map_err(|_| missing("settings of the Piper voice", path, "fetch the .onnx.json that belongs to the voice"))?;
    let settings: ModelConfig = serde_json::from_reader(BufReader::new(file))
        .map_err(|error| unusable(path, format!("not the settings of a Piper voice: {error}")))?;
    let sane = settings.inference.length_scale.is_finite()
        && settings.inference.length_scale > 0.0
        && (4_000..=192_000).contains(&settings.audio.sample_rate)
        && !settings.phoneme_id_map.is_empty();
    if sane { Ok(settings) } else { Err(unusable(path, "its length scale, sample rate or phoneme map makes no sense")) }
}

/// Voices are trained with a pad after every phoneme, the one of the beginning too (`phonemes_to_ids` of piper1-gpl).
/// piper-rs leaves out that first pad, and a voice then swallows the first consonant: "it gets" for "tickets". So
/// piper-rs begins with a pad, and what it reads next is the beginning, after which it sets a pad as after any phoneme.
/// The pad before the beginning changes nothing that is heard.
fn pad_beginning(settings: &mut ModelConfig) {
    let phonemes = &mut settings.phoneme_id_map;
    let Some(pad) = phonemes.get(&PAD).cloned() else { return };
    if let Some(beginning) = phonemes.insert(BEGINNING, pad) {
        phonemes.insert(PADDED_BEGINNING, beginning);
    }
}

/// Number of the speaker that the settings name for the voice `name`: by `tts.voice`, else by `tts.speaker`.
fn usual_speaker(speakers: &VoiceSpeakers, config: &TtsConfig, name: &str) -> Result<i64, EngineError> {
    if let Some(asked) = VoiceRef::of(&config.voice).speaker {
        return speakers.find(asked, &describe(name));
    }
    if (0..speakers.count()).contains(&config.speaker) {
        return Ok(config.speaker);
    }
    let last = speakers.count() - 1;
    let reason = format!("{name} has no speaker {}; set tts.speaker to 0..={last}", config.speaker);
    Err(EngineError::Failed { engine: NAME, reason })
}

fn check_shape(session: &Session, settings: &ModelConfig, voice: &Path) -> Result<(), EngineError> {
    let expected = if settings.num_speakers > 1 { 4 } else { 3 };
    let inputs = session.inputs().len();
    if inputs == expected && session.outputs().len() == 1 {
        return Ok(());
    }
    Err(unusable(voice, format!("a model of {inputs} inputs is not a voice, which has {expected}")))
}

fn load(voice: &Path) -> ort::Result<Session> {
    // Spinning threads would burn the cores that asr and llm need between clauses.
    Session::builder()?
        .with_intra_threads(THREADS)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        .commit_from_file(voice)
}

fn missing(what: &str, path: &Path, hint: &str) -> EngineError {
    EngineError::Missing { what: what.into(), path: path.into(), hint: hint.into() }
}

fn unusable(path: &Path, reason: impl Into<String>) -> EngineError {
    EngineError::Unusable { what: "Piper voice".into(), path: path.into(), reason: reason.into() }
}
