//! The settings of a transcription session, in the present form and the older one. Pure.

use serde_json::{Map, Value, json};

use super::event::EventFault;
use super::g711;
use crate::config::Config;
use crate::engine::options::AsrOptions;
use crate::serve::live::settings::{LiveSettings, detection, pause};
use crate::serve::openai::prompt;
use crate::signal::pcm::{level, levels};
use crate::transcribe::segment::PauseLimit;

/// Accepted rates of PCM samples in hertz; OpenAI accepts the first alone.
const PCM_RATES: [u32; 7] = [24_000, 8_000, 16_000, 22_050, 32_000, 44_100, 48_000];
/// Rate of telephones in hertz.
const PHONE_RATE: u32 = 8_000;
/// Most keywords that are taken.
const MOST_NAMES: usize = 500;

/// The formats of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleFormat {
    /// 16 bits, little-endian, at a rate.
    Pcm(u32),
    /// The µ-law of telephones.
    Ulaw,
    /// The A-law of telephones.
    Alaw,
}

impl SampleFormat {
    /// Rate in hertz.
    pub fn rate(self) -> u32 {
        if let Self::Pcm(rate) = self { rate } else { PHONE_RATE }
    }

    /// Levels of samples, -1..=1.
    pub fn levels(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::Pcm(_) => levels(bytes),
            Self::Ulaw => bytes.iter().map(|byte| level(g711::ulaw(*byte))).collect(),
            Self::Alaw => bytes.iter().map(|byte| level(g711::alaw(*byte))).collect(),
        }
    }

    fn read(format: &Value, param: &str) -> Result<Self, EventFault> {
        let (kind, rate) = (format["type"].as_str(), &format["rate"]);
        let pcm =
            rate.as_u64().map_or(Some(PCM_RATES[0]), |rate| PCM_RATES.into_iter().find(|one| u64::from(*one) == rate));
        match (kind, pcm) {
            (Some("audio/pcm"), Some(rate)) => Ok(Self::Pcm(rate)),
            (Some("audio/pcmu"), _) => Ok(Self::Ulaw),
            (Some("audio/pcma"), _) => Ok(Self::Alaw),
            _ => Err(EventFault::field(
                param,
                "the format is {\"type\": \"audio/pcm\", \"rate\": 24000}, audio/pcmu or audio/pcma",
            )),
        }
    }

    fn read_older(format: &Value) -> Result<Self, EventFault> {
        match format.as_str() {
            Some("pcm16") => Ok(Self::Pcm(PCM_RATES[0])),
            Some("g711_ulaw") => Ok(Self::Ulaw),
            Some("g711_alaw") => Ok(Self::Alaw),
            _ => Err(EventFault::field("session.input_audio_format", "the format is pcm16, g711_ulaw or g711_alaw")),
        }
    }

    fn shown(self) -> Value {
        match self {
            Self::Pcm(rate) => json!({"type": "audio/pcm", "rate": rate}),
            Self::Ulaw => json!({"type": "audio/pcmu"}),
            Self::Alaw => json!({"type": "audio/pcma"}),
        }
    }

    fn shown_older(self) -> &'static str {
        match self {
            Self::Pcm(_) => "pcm16",
            Self::Ulaw => "g711_ulaw",
            Self::Alaw => "g711_alaw",
        }
    }
}

/// The rule that ends an utterance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TurnDetection {
    /// The client commits.
    Manual,
    /// A pause after a voice.
    Pause {
        /// Probability of a voice, 0..=1.
        threshold: f64,
        /// How much earlier than its voice an utterance is reported to begin, in milliseconds.
        padding_ms: u64,
        /// The pause in milliseconds.
        silence_ms: u64,
    },
}

/// OpenAI's defaults.
const USUAL_TURNS: TurnDetection = TurnDetection::Pause { threshold: 0.5, padding_ms: 300, silence_ms: 500 };

impl TurnDetection {
    fn read(value: &Value, param: &str) -> Result<Self, EventFault> {
        let number = |name: &str, usual: f64, most: f64| match &value[name] {
            Value::Null => Ok(usual),
            given => given.as_f64().filter(|number| (0.0..=most).contains(number)).ok_or_else(|| {
                EventFault::field(format!("{param}.{name}"), format!("{name} is a number from 0 to {most}"))
            }),
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers from 0 to 25000")]
        let whole = |name: &str, usual: f64| number(name, usual, 25_000.0).map(|number| number as u64);
        match value["type"].as_str() {
            _ if value.is_null() => Ok(Self::Manual),
            Some("server_vad") => Ok(Self::Pause {
                threshold: number("threshold", 0.5, 1.0)?,
                padding_ms: whole("prefix_padding_ms", 300.0)?,
                silence_ms: whole("silence_duration_ms", 500.0)?,
            }),
            // Semantic VAD is approximated: eagerness only sets the pause.
            Some("semantic_vad") => {
                let silence_ms = match value["eagerness"].as_str() {
                    Some("low") => 1_500,
                    Some("high") => 500,
                    _ => 900,
                };
                Ok(Self::Pause { threshold: 0.5, padding_ms: 300, silence_ms })
            }
            _ => Err(EventFault::field(param, "turn_detection is null, or has the type server_vad or semantic_vad")),
        }
    }

    fn shown(self) -> Value {
        match self {
            Self::Manual => Value::Null,
            Self::Pause { threshold, padding_ms, silence_ms } => json!({
                "type": "server_vad", "threshold": threshold, "prefix_padding_ms": padding_ms,
                "silence_duration_ms": silence_ms,
            }),
        }
    }
}

/// The settings of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct RealtimeSettings {
    /// Whether the client speaks the older form.
    pub older: bool,
    /// The format of samples.
    pub format: SampleFormat,
    /// The rule that ends an utterance.
    pub turns: TurnDetection,
    model: String,
    language: Option<String>,
    prompt: Option<String>,
    names: Vec<String>,
}

impl RealtimeSettings {
    /// The settings of a new session.
    pub fn new(model: &str, language: &str) -> Self {
        Self {
            older: false,
            format: SampleFormat::Pcm(PCM_RATES[0]),
            turns: USUAL_TURNS,
            model: model.into(),
            language: Some(language.into()).filter(|language: &String| !language.is_empty()),
            prompt: None,
            names: Vec::new(),
        }
    }

    /// Takes the changes in `session`; `older` says that it came in an event of the older form. Nothing is changed on
    /// an error.
    ///
    /// # Errors
    /// When a field has no valid value.
    pub fn update(&mut self, session: &Value, older: bool) -> Result<(), EventFault> {
        let Some(fields) = session.as_object() else {
            return Err(EventFault::field("session", "the event needs a session, an object"));
        };
        let mut changed = self.clone();
        if older || !(fields.contains_key("type") || fields.contains_key("audio")) {
            changed.update_older(fields)?;
        } else {
            changed.update_present(fields)?;
        }
        *self = changed;
        Ok(())
    }

    fn update_present(&mut self, session: &Map<String, Value>) -> Result<(), EventFault> {
        self.older = false;
        if session.get("type").is_some_and(|kind| kind != "transcription") {
            return Err(EventFault::field(
                "session.type",
                "golem writes down: the session's type is \"transcription\"",
            ));
        }
        let Some(input) = session.get("audio").and_then(|audio| audio.get("input")) else { return Ok(()) };
        if let Some(format) = input.get("format").filter(|format| !format.is_null()) {
            self.format = SampleFormat::read(format, "session.audio.input.format")?;
        }
        if let Some(turns) = input.get("turn_detection") {
            self.turns = TurnDetection::read(turns, "session.audio.input.turn_detection")?;
        }
        self.transcription(input.get("transcription"), "session.audio.input.transcription")
    }

    fn update_older(&mut self, session: &Map<String, Value>) -> Result<(), EventFault> {
        self.older = true;
        if let Some(format) = session.get("input_audio_format").filter(|format| !format.is_null()) {
            self.format = SampleFormat::read_older(format)?;
        }
        if let Some(turns) = session.get("turn_detection") {
            self.turns = TurnDetection::read(turns, "session.turn_detection")?;
        }
        self.transcription(session.get("input_audio_transcription"), "session.input_audio_transcription")
    }

    fn transcription(&mut self, fields: Option<&Value>, param: &str) -> Result<(), EventFault> {
        let Some(fields) = fields.filter(|fields| !fields.is_null()) else { return Ok(()) };
        let text = |name: &str| match fields.get(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(String::new())),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(EventFault::field(format!("{param}.{name}"), format!("{name} is a text"))),
        };
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        if let Some(model) = text("model")? {
            self.model = model;
        }
        if let Some(language) = text("language")? {
            self.language = some(language);
        }
        if let Some(prompt) = text("prompt")? {
            self.prompt = some(prompt);
        }
        if let Some(names) = fields.get("keywords").and_then(Value::as_array) {
            self.names = names.iter().filter_map(|name| name.as_str().map(str::to_owned)).take(MOST_NAMES).collect();
        }
        Ok(())
    }

    /// The session as it is shown to the client.
    pub fn shown(&self) -> Value {
        let transcription = json!({"model": self.model, "language": self.language, "prompt": self.prompt});
        if self.older {
            return json!({
                "id": "sess_golem", "object": "realtime.transcription_session", "modalities": ["text"],
                "input_audio_format": self.format.shown_older(), "input_audio_transcription": transcription,
                "turn_detection": self.turns.shown(), "input_audio_noise_reduction": null,
            });
        }
        json!({
            "id": "sess_golem", "object": "realtime.transcription_session", "type": "transcription",
            "audio": {"input": {
                "format": self.format.shown(), "transcription": transcription, "noise_reduction": null,
                "turn_detection": self.turns.shown(),
            }},
        })
    }

    /// The settings of the live session. Without turn detection, it cuts at the pauses of `pace`, as a recording.
    pub fn live(&self, config: &Config, pace: PauseLimit) -> LiveSettings {
        let language = self.language.as_ref().unwrap_or(&config.serve.language).clone();
        let prompted = prompt::names(self.prompt.as_deref().unwrap_or_default());
        let names = self.names.iter().cloned().chain(prompted).collect();
        let options = AsrOptions { language: Some(language), names, ..AsrOptions::default() };
        match self.turns {
            TurnDetection::Manual => LiveSettings { vad: config.vad.clone(), pace, options },
            TurnDetection::Pause { threshold, silence_ms, .. } => {
                #[expect(clippy::cast_precision_loss, reason = "at most 25000")]
                let seconds = silence_ms as f64 / 1_000.0;
                LiveSettings { vad: detection(&config.vad, threshold), pace: pause(seconds), options }
            }
        }
    }

    /// The model that the client names.
    pub fn model(&self) -> &str {
        &self.model
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn updated(session: &Value, older: bool) -> Result<RealtimeSettings, EventFault> {
        let mut settings = RealtimeSettings::new("whisper-1", "");
        settings.update(session, older).map(|()| settings)
    }

    #[test]
    fn the_present_and_the_older_form_say_the_same() {
        let turns = json!({"type": "server_vad", "threshold": 0.9, "silence_duration_ms": 1000});
        let words = json!({"model": "gpt-4o-transcribe", "language": "de", "prompt": "Anna, Bert"});
        let present = json!({"type": "transcription", "audio": {"input": {
            "format": {"type": "audio/pcmu"}, "transcription": words, "turn_detection": turns,
        }}});
        let older =
            json!({"input_audio_format": "g711_ulaw", "input_audio_transcription": words, "turn_detection": turns});
        let (present, older) = (updated(&present, false).unwrap(), updated(&older, true).unwrap());
        assert!(!present.older && older.older);
        let config = Config::default();
        let live = present.live(&config, PauseLimit::Windows);
        assert_eq!(live, older.live(&config, PauseLimit::Windows));
        assert_eq!((live.pace, live.options.names), (PauseLimit::After(31), vec!["Anna".into(), "Bert".into()]));
        assert!((live.vad.threshold - 0.9).abs() < 1e-6);
        assert_eq!(present.format.levels(&[0xff, 0x80]).len(), 2);
        assert_eq!(present.shown()["audio"]["input"]["format"]["type"], "audio/pcmu");
        assert_eq!(older.shown()["input_audio_format"], "g711_ulaw");
    }

    #[test]
    fn null_leaves_the_turns_to_the_client_and_what_is_left_out_stays() {
        let mut settings = RealtimeSettings::new("whisper-1", "ru");
        settings.update(&json!({"turn_detection": null}), false).unwrap();
        assert_eq!(settings.turns, TurnDetection::Manual);
        settings.update(&json!({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}}), false).unwrap();
        assert_eq!((settings.turns, settings.format), (TurnDetection::Manual, SampleFormat::Pcm(16_000)));
        let live = settings.live(&Config::default(), PauseLimit::Windows);
        assert_eq!((live.pace, live.options.language.as_deref()), (PauseLimit::Windows, Some("ru")));
    }

    #[test]
    fn what_makes_no_sense_changes_nothing_and_names_its_field() {
        for (session, older, param) in [
            (json!(7), false, "session"),
            (json!({"type": "realtime"}), false, "session.type"),
            (json!({"audio": {"input": {"format": {"type": "audio/opus"}}}}), false, "session.audio.input.format"),
            (
                json!({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 7}}}}),
                false,
                "session.audio.input.format",
            ),
            (json!({"input_audio_format": "mp3"}), true, "session.input_audio_format"),
            (json!({"turn_detection": {"type": "x"}}), true, "session.turn_detection"),
            (
                json!({"turn_detection": {"type": "server_vad", "threshold": 7}}),
                true,
                "session.turn_detection.threshold",
            ),
            (json!({"input_audio_transcription": {"language": 7}}), true, "session.input_audio_transcription.language"),
        ] {
            let fault = updated(&session, older).unwrap_err();
            assert_eq!(fault.param.as_deref(), Some(param), "{fault:?}");
        }
    }
}
