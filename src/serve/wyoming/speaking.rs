//! Speech of a client's text, clause by clause.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::frame::{FrameFault, WyomingEvent};
use super::output::WyomingOutput;
use crate::config::TtsConfig;
use crate::config::voice_ref::VoiceRef;
use crate::dialog::text::clause::{Clause, Clauses};
use crate::serve::figures::Endpoint;
use crate::serve::pool::voice::{SpeakFault, SpeakRequest, SpokenEvent};
use crate::serve::services::{Services, VoiceName};
use crate::serve::sessions::SessionPlace;
use crate::serve::voice_name::chosen;
use crate::signal::pcm::pcm;

/// Longest text in bytes that is spoken at a time: an hour of speech.
const LONGEST: usize = 64 * 1024;
/// Samples in an event.
const PIECE: usize = 4_096;
/// Rate of a text without any sound, in hertz.
const SILENT_RATE: u32 = 22_050;

/// A text on its way from a client to its sound.
pub struct TextStream {
    clauses: Clauses,
    voice: String,
    /// Name or number of the speaker, if the client names one.
    speaker: Option<String>,
    /// Bytes taken so far.
    taken: usize,
    /// Rate of the sound, once some was sent: one format holds for all of it.
    rate: Option<u32>,
    began: Instant,
    _place: SessionPlace,
}

/// Why a text is not spoken, or not further.
#[derive(Debug, thiserror::Error)]
pub enum TextFault {
    /// The connection broke.
    #[error(transparent)]
    Connection(#[from] FrameFault),
    /// It cannot be spoken. The client does not know yet.
    #[error("{reason}")]
    Refused {
        /// The reason for the client.
        reason: String,
        /// The code of the error for the client.
        code: &'static str,
    },
}

impl TextStream {
    /// A text in the voice that `event` asks for; `None` when all places are taken.
    pub fn begin(services: &Services, event: &WyomingEvent) -> Option<Self> {
        let (voice, speaker) = wanted(event, &services.voices, &services.config.tts);
        Some(Self {
            clauses: Clauses::new(),
            voice: voice.to_owned(),
            speaker,
            taken: 0,
            rate: None,
            began: Instant::now(),
            _place: services.sessions.admit(Endpoint::WyomingTts)?,
        })
    }

    /// Takes more of the text, and sends the sound of what it completes.
    ///
    /// # Errors
    /// When the connection breaks, or the text cannot be spoken.
    pub async fn add(&mut self, services: &Services, output: &mut WyomingOutput, text: &str) -> Result<(), TextFault> {
        self.taken = self.taken.saturating_add(text.len());
        if self.taken > LONGEST {
            return Err(self.fault(services, 413, "a text has 65536 bytes at most".into()));
        }
        let clauses = self.clauses.push(text);
        self.speak(services, output, clauses).await
    }

    /// Sends the sound of the rest.
    ///
    /// # Errors
    /// When the connection breaks, or the text cannot be spoken.
    pub async fn end(mut self, services: &Services, output: &mut WyomingOutput) -> Result<(), TextFault> {
        let rest = self.clauses.finish().into_iter().collect();
        self.speak(services, output, rest).await?;
        if self.rate.is_none() {
            output.send(&WyomingEvent::new("audio-start", format(SILENT_RATE))).await?;
        }
        self.answered(services, 200);
        // Free the place before the last event: the client may ask again at once.
        drop(self);
        output.send(&sound_stop()).await?;
        Ok(())
    }

    /// Ends the sound, if some was sent; the rest is not spoken.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn break_off(self, services: &Services, output: &mut WyomingOutput) -> Result<(), FrameFault> {
        self.answered(services, 408);
        if self.rate.is_some() { output.send(&sound_stop()).await } else { Ok(()) }
    }

    async fn speak(
        &mut self,
        services: &Services,
        output: &mut WyomingOutput,
        clauses: Vec<Clause>,
    ) -> Result<(), TextFault> {
        let clauses = clauses.into_iter().map(|clause| clause.spoken.text);
        let clauses: Vec<String> = clauses.filter(|text| !text.trim().is_empty()).collect();
        if clauses.is_empty() {
            return Ok(());
        }
        let (voice, speaker) = (self.voice.clone(), self.speaker.clone());
        let request = SpeakRequest { clauses, voice, speaker, speed: 1.0, rate: self.rate };
        let mut speaking = services.speak(request, None);
        loop {
            match speaking.events.recv().await {
                Some(SpokenEvent::Piece(samples, rate)) => {
                    services.figures.spoken(length(samples.len(), rate));
                    self.send(output, &samples, rate).await?;
                }
                Some(SpokenEvent::End) => return Ok(()),
                Some(SpokenEvent::Fault(SpeakFault::Voice(reason) | SpeakFault::Speaker(reason))) => {
                    return Err(self.fault(services, 400, reason));
                }
                Some(SpokenEvent::Fault(SpeakFault::Failed(reason))) => return Err(self.fault(services, 500, reason)),
                None => return Err(self.fault(services, 500, "golem broke while it spoke".into())),
            }
        }
    }

    async fn send(&mut self, output: &mut WyomingOutput, samples: &[f32], rate: u32) -> Result<(), FrameFault> {
        if self.rate.is_none() {
            self.rate = Some(rate);
            output.send(&WyomingEvent::new("audio-start", format(rate))).await?;
        }
        for piece in samples.chunks(PIECE) {
            output.send(&WyomingEvent::new("audio-chunk", format(rate)).carrying(pcm(piece))).await?;
        }
        Ok(())
    }

    /// Counts that the text cannot be spoken.
    fn fault(&self, services: &Services, status: u16, reason: String) -> TextFault {
        self.answered(services, status);
        TextFault::Refused { reason, code: "tts" }
    }

    fn answered(&self, services: &Services, status: u16) {
        services.figures.answered(Endpoint::WyomingTts, status, self.began.elapsed());
    }
}

/// The voice that `event` asks for, among `voices` and that of the settings, and its speaker, if it asks for one.
fn wanted<'a>(event: &'a WyomingEvent, voices: &'a [VoiceName], settings: &TtsConfig) -> (&'a str, Option<String>) {
    let asked = |key: &str| event.data.get("voice").and_then(|voice| voice.get(key));
    let text = |key: &str| asked(key).and_then(Value::as_str).unwrap_or_default();
    let VoiceRef { name, speaker } = chosen(text("name"), text("language"), voices, settings);
    let own = match asked("speaker") {
        Some(Value::String(speaker)) if !speaker.is_empty() => Some(speaker.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => speaker.map(str::to_owned),
    };
    (name, own)
}

fn sound_stop() -> WyomingEvent {
    WyomingEvent::new("audio-stop", Value::Null)
}

fn format(rate: u32) -> Value {
    json!({"rate": rate, "width": 2, "channels": 1})
}

/// The duration of so many samples.
fn length(samples: usize, rate: u32) -> Duration {
    Duration::from_micros(samples as u64 * 1_000_000 / u64::from(rate.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_names_a_voice_or_a_language_or_nothing() {
        let (name, what, language) = ("ru_RU-irina-medium".into(), "Piper".into(), "ru_RU".into());
        let ru = VoiceName { name, what, language, speakers: Vec::new() };
        let (voices, settings) = ([ru], TtsConfig::default());
        for (asked, voice, speaker) in [
            (json!({"voice": {"name": "en_US-joe-medium", "language": "ru"}}), "en_US-joe-medium", None),
            (json!({"voice": {"language": "ru"}}), "ru_RU-irina-medium", None),
            (json!({"voice": {"language": "en"}}), "", None),
            (json!({"voice": {"name": null, "language": 7, "speaker": null}}), "", None),
            (json!({"voice": "ru"}), "", None),
            (json!({}), "", None),
            (json!({"voice": {"name": "en_GB-vctk", "speaker": "p225"}}), "en_GB-vctk", Some("p225")),
            (json!({"voice": {"name": "en_GB-vctk", "speaker": 3}}), "en_GB-vctk", Some("3")),
            (json!({"voice": {"name": "en_GB-vctk", "speaker": ""}}), "en_GB-vctk", None),
            (json!({"voice": {"name": "en_GB-vctk#p225"}}), "en_GB-vctk", Some("p225")),
            (json!({"voice": {"name": "en_GB-vctk#p225", "speaker": "p226"}}), "en_GB-vctk", Some("p226")),
            (json!({"voice": {"speaker": "p225"}}), "", Some("p225")),
        ] {
            let event = WyomingEvent::new("synthesize", asked);
            let (own, own_speaker) = wanted(&event, &voices, &settings);
            assert_eq!((own, own_speaker.as_deref()), (voice, speaker), "{:?}", event.data);
        }
    }
}
