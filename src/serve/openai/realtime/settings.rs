//! The settings of a transcription session, in the present form and the older one. Pure.

use serde_json::{Map, Value, json};

use super::event::EventFault;
use super::g711;
use crate::config::Config;
use crate::engine::options::AsrOptions;
use crate::serve::language::spoken;
use crate::serve::live::settings::{LiveSettings, detection, pause};
use crate::serve::openai::prompt;
use crate::signal::pcm::{level, levels};
use crate::transcribe::segment::PauseLimit;

/// Accepted rates of PCM samples in hertz; OpenAI accepts the first alone.
const PCM_RATES: [u32; 7] = [24_000, 8_000, 16_000, 22_050, 32_000, 44_100, 48_000];
/// Rate of telephones in hertz.
const PHONE_RATE: u32 = 8_000;

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
    languages: Vec<String>,
    prompt: Option<String>,
    keywords: Vec<String>,
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
            languages: Vec::new(),
            prompt: None,
            keywords: Vec::new(),
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
        if let Some(languages) = texts(fields, "languages", param)? {
            self.languages = languages;
        }
        if let Some(keywords) = texts(fields, "keywords", param)? {
            self.keywords = keywords;
        }
        Ok(())
    }

    /// The session as it is shown to the client.
    pub fn shown(&self) -> Value {
        let transcription = json!({
            "model": self.model, "language": self.language, "languages": self.languages, "prompt": self.prompt,
            "keywords": self.keywords,
        });
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
        let names = prompt::expected(&self.keywords, self.prompt.as_deref().unwrap_or_default());
        let language = self.language.as_deref().unwrap_or_default();
        let options = AsrOptions { names, ..spoken(language, &self.languages, &config.serve.language) };
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

/// The list of texts `name` among `fields`, empty for null; `None` where there is none. `param` is the path of `fields`.
fn texts(fields: &Value, name: &str, param: &str) -> Result<Option<Vec<String>>, EventFault> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list: Option<Vec<String>> = match fields.get(name) {
        None => return Ok(None),
        Some(Value::Null) => Some(Vec::new()),
        Some(given) => given.as_array().and_then(|values| values.iter().map(text).collect()),
    };
    let fault = || EventFault::field(format!("{param}.{name}"), format!("{name} is a list of texts"));
    list.map(Some).ok_or_else(fault)
}

#[cfg(test)]
mod tests;
