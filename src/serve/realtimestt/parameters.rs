//! The parameters of a recorder, as RealtimeSTT's clients set and read them.

use serde_json::{Value, json};

use super::status::{RecorderStatus, base64};
use crate::config::Config;
use crate::serve::language::spoken;
use crate::serve::live::settings::{LONGEST_SILENCE_S, LiveSettings, detection, pause};

/// Silence in seconds that ends an utterance by default: RealtimeSTT's own value.
const SILENCE_S: f64 = 0.6;

/// The parameters that clients may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum RecorderParameter {
    /// Tag of the language; empty to hear it.
    Language,
    /// Sensitivity, 0..=1: a frame is a voice if its probability exceeds one minus this.
    SileroSensitivity,
    /// Kept for clients that set it: there are no wake words here.
    WakeWordActivationDelay,
    /// Silence in seconds that ends an utterance.
    PostSpeechSilenceDuration,
    /// Kept for clients that set it: golem's voice detection confirms silence by itself.
    DeactivitySilenceConfirmationDuration,
    /// When the recorder began to wait for a voice, in seconds since 1970.
    ListenStart,
    /// When the last utterance ended.
    RecordingStopTime,
    /// Sound of the last utterance as an array, which JSON cannot carry: reading it is an error.
    LastTranscriptionBytes,
    /// Sound of the last utterance: samples of 16 bits in Base64.
    LastTranscriptionBytesB64,
    /// When the last voice fell silent.
    SpeechEndSilenceStart,
    /// Whether an utterance is open.
    IsRecording,
    /// Whether wake words are waited for.
    UseWakeWords,
}

/// The parameters that a client can set.
#[derive(Clone, Debug, PartialEq)]
pub struct RecorderParameters {
    language: String,
    sensitivity: f64,
    activation_delay: f64,
    silence: f64,
    confirmation: f64,
}

impl RecorderParameters {
    /// The parameters of a client that has set nothing.
    pub fn new(config: &Config) -> Self {
        Self {
            language: String::new(),
            sensitivity: 1.0 - f64::from(config.vad.threshold),
            activation_delay: 0.0,
            silence: SILENCE_S,
            confirmation: 0.0,
        }
    }

    /// Sets a parameter.
    ///
    /// # Errors
    /// Why the value is refused.
    pub fn set(&mut self, parameter: RecorderParameter, value: &Value) -> Result<(), String> {
        let number = |least: f64, most: f64| {
            let number = value.as_f64().filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| format!("Parameter {parameter} is a number from {least} to {most}"))
        };
        match parameter {
            RecorderParameter::Language => {
                let tag = value.as_str().ok_or("Parameter language is a text, such as \"en\", or \"\" to hear it")?;
                tag.trim().clone_into(&mut self.language);
            }
            RecorderParameter::SileroSensitivity => self.sensitivity = number(0.0, 1.0)?,
            RecorderParameter::WakeWordActivationDelay => self.activation_delay = number(0.0, 3_600.0)?,
            RecorderParameter::PostSpeechSilenceDuration => self.silence = number(0.0, LONGEST_SILENCE_S)?,
            RecorderParameter::DeactivitySilenceConfirmationDuration => self.confirmation = number(0.0, 60.0)?,
            _ => return Err(format!("Parameter {parameter} is not allowed (set_parameter)")),
        }
        Ok(())
    }

    /// Reads a parameter.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn get(&self, parameter: RecorderParameter, status: &RecorderStatus) -> Result<Value, String> {
        Ok(match parameter {
            RecorderParameter::Language => json!(self.language),
            RecorderParameter::SileroSensitivity => json!(self.sensitivity),
            RecorderParameter::WakeWordActivationDelay => json!(self.activation_delay),
            RecorderParameter::PostSpeechSilenceDuration => json!(self.silence),
            RecorderParameter::DeactivitySilenceConfirmationDuration => json!(self.confirmation),
            RecorderParameter::ListenStart => json!(status.listen_start),
            RecorderParameter::RecordingStopTime => json!(status.recording_stop),
            RecorderParameter::SpeechEndSilenceStart if status.is_recording || status.recording_stop == 0.0 => {
                json!(0.0)
            }
            RecorderParameter::SpeechEndSilenceStart => json!(status.recording_stop - self.silence),
            RecorderParameter::LastTranscriptionBytes => {
                return Err(
                    "Parameter last_transcription_bytes has no form in JSON; get last_transcription_bytes_b64".into()
                );
            }
            RecorderParameter::LastTranscriptionBytesB64 => json!(base64(&status.audio)),
            RecorderParameter::IsRecording => json!(status.is_recording),
            RecorderParameter::UseWakeWords => json!(false),
        })
    }

    /// The settings of a live session with these parameters.
    pub fn live(&self, config: &Config) -> LiveSettings {
        LiveSettings {
            vad: detection(&config.vad, 1.0 - self.sensitivity),
            pace: pause(self.silence),
            options: spoken(&self.language, &[], &config.serve.language),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcribe::segment::PauseLimit;

    #[test]
    fn what_is_set_is_read_and_heard() {
        let config = Config::default();
        let (mut parameters, status) = (RecorderParameters::new(&config), RecorderStatus::default());
        assert_eq!(parameters.live(&config).vad, config.vad);
        assert_eq!(parameters.live(&config).options.language.as_deref(), Some("auto"));
        for (name, value) in [
            ("language", json!("de")),
            ("silero_sensitivity", json!(0.25)),
            ("post_speech_silence_duration", json!(2)),
            ("wake_word_activation_delay", json!(0.0)),
        ] {
            let parameter = name.parse().unwrap();
            parameters.set(parameter, &value).unwrap();
            let read = parameters.get(parameter, &status).unwrap();
            assert!(read == value || read.as_f64() == value.as_f64(), "{name}: {read}");
        }
        let live = parameters.live(&config);
        assert_eq!((live.options.language.as_deref(), live.pace), (Some("de"), PauseLimit::After(63)));
        assert!((live.vad.threshold - 0.75).abs() < 1e-6 && (live.vad.release - 0.6).abs() < 1e-6);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let mut parameters = RecorderParameters::new(&Config::default());
        let before = parameters.clone();
        for (name, value) in [
            ("language", json!(7)),
            ("silero_sensitivity", json!(2.0)),
            ("post_speech_silence_duration", json!("0.7")),
            ("post_speech_silence_duration", json!(-1)),
            ("is_recording", json!(true)),
        ] {
            assert!(parameters.set(name.parse().unwrap(), &value).is_err(), "{name}");
        }
        assert_eq!(parameters, before);
        assert!("model".parse::<RecorderParameter>().is_err());
        assert!(before.get(RecorderParameter::LastTranscriptionBytes, &RecorderStatus::default()).is_err());
        assert_eq!(RecorderParameter::LastTranscriptionBytesB64.to_string(), "last_transcription_bytes_b64");
    }
}
