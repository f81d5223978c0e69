//! Speech of a client's text, which comes whole or in pieces.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::frame::{FrameFault, WyomingEvent};
use super::output::WyomingOutput;
use crate::dialog::text::clause::{Clause, Clauses};
use crate::serve::figures::Endpoint;
use crate::serve::pool::voice::{SpeakFault, SpeakRequest, SpokenEvent};
use crate::serve::services::Services;
use crate::serve::sessions::SessionPlace;
use crate::serve::voice_name::voice;
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
    /// Bytes taken so far.
    taken: usize,
    /// Rate of the sound, once some was sent: one format holds for all of it.
    rate: Option<u32>,
    /// The client got an error; the rest is not spoken.
    failed: bool,
    began: Instant,
    _place: SessionPlace,
}

impl TextStream {
    /// A text in the voice that `event` names; `None` when all places are taken.
    pub fn begin(services: &Services, event: &WyomingEvent) -> Option<Self> {
        let named = event.data.get("voice").and_then(|voice| voice.get("name")).and_then(Value::as_str);
        Some(Self {
            clauses: Clauses::new(),
            voice: voice(named.unwrap_or_default()).to_owned(),
            taken: 0,
            rate: None,
            failed: false,
            began: Instant::now(),
            _place: services.sessions.admit(Endpoint::WyomingTts)?,
        })
    }

    /// Takes more of the text, and sends the sound of what it completes.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn add(&mut self, services: &Services, output: &mut WyomingOutput, text: &str) -> Result<(), FrameFault> {
        self.taken = self.taken.saturating_add(text.len());
        if self.taken > LONGEST {
            return self.fail(services, output, 413, "a text has 65536 bytes at most").await;
        }
        let clauses = self.clauses.push(text);
        self.speak(services, output, clauses).await
    }

    /// Sends the sound of the rest.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn end(mut self, services: &Services, output: &mut WyomingOutput) -> Result<(), FrameFault> {
        let rest = self.clauses.finish().into_iter().collect();
        self.speak(services, output, rest).await?;
        if self.failed {
            return Ok(());
        }
        if self.rate.is_none() {
            output.send(&WyomingEvent::new("audio-start", format(SILENT_RATE))).await?;
        }
        services.figures.answered(Endpoint::WyomingTts, 200, self.began.elapsed());
        output.send(&WyomingEvent::new("audio-stop", Value::Null)).await
    }

    async fn speak(
        &mut self,
        services: &Services,
        output: &mut WyomingOutput,
        clauses: Vec<Clause>,
    ) -> Result<(), FrameFault> {
        let clauses = clauses.into_iter().map(|clause| clause.spoken.text);
        let clauses: Vec<String> = clauses.filter(|text| !text.trim().is_empty()).collect();
        if clauses.is_empty() || self.failed {
            return Ok(());
        }
        let request = SpeakRequest { clauses, voice: self.voice.clone(), speed: 1.0, rate: self.rate };
        let mut speaking = services.speak(request, None);
        loop {
            match speaking.events.recv().await {
                Some(SpokenEvent::Piece(samples, rate)) => {
                    services.figures.spoken(length(samples.len(), rate));
                    self.send(output, &samples, rate).await?;
                }
                Some(SpokenEvent::End) => return Ok(()),
                Some(SpokenEvent::Fault(SpeakFault::Voice(reason))) => {
                    return self.fail(services, output, 400, &reason).await;
                }
                Some(SpokenEvent::Fault(SpeakFault::Failed(reason))) => {
                    return self.fail(services, output, 500, &reason).await;
                }
                None => return self.fail(services, output, 500, "golem broke while it spoke").await,
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

    async fn fail(
        &mut self,
        services: &Services,
        output: &mut WyomingOutput,
        status: u16,
        reason: &str,
    ) -> Result<(), FrameFault> {
        if std::mem::replace(&mut self.failed, true) {
            return Ok(());
        }
        services.figures.answered(Endpoint::WyomingTts, status, self.began.elapsed());
        output.error(reason, "tts").await
    }
}

fn format(rate: u32) -> Value {
    json!({"rate": rate, "width": 2, "channels": 1})
}

/// The duration of so many samples.
fn length(samples: usize, rate: u32) -> Duration {
    Duration::from_micros(samples as u64 * 1_000_000 / u64::from(rate.max(1)))
}
