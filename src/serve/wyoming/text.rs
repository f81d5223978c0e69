//! The events of a client's text, which comes whole, or in pieces while a language model writes it.

use std::time::Duration;

use serde_json::Value;

use super::frame::{FrameFault, WyomingEvent};
use super::output::WyomingOutput;
use super::speaking::{TextFault, TextStream};
use crate::serve::error::BUSY;
use crate::serve::figures::Endpoint;
use crate::serve::services::Services;

/// The text that a client sends in pieces, if it sends one.
#[derive(Default)]
pub struct ClientText {
    /// The text, if it is spoken.
    stream: Option<TextStream>,
    /// Its pieces are dropped, because all places were taken when it began.
    refused: bool,
}

/// What follows an event of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterText {
    /// The client's next event.
    GoOn,
    /// The end of the connection.
    HangUp,
}

impl ClientText {
    /// Whether a text is spoken as it comes.
    pub fn is_spoken(&self) -> bool {
        self.stream.is_some()
    }

    /// Takes an event of a text, and sends the sound of what it completes.
    ///
    /// # Errors
    /// When the connection breaks, or the text cannot be spoken.
    pub async fn take(
        &mut self,
        services: &Services,
        output: &mut WyomingOutput,
        event: &WyomingEvent,
    ) -> Result<AfterText, TextFault> {
        match event.kind.as_str() {
            // Ignore a whole text within one in pieces, which it repeats for servers that take no pieces.
            "synthesize" if self.is_spoken() || self.refused => {}
            "synthesize" => {
                let Some(mut stream) = TextStream::begin(services, event) else {
                    turned_away(services);
                    return Err(TextFault::Refused { reason: BUSY.into(), code: "busy" });
                };
                stream.add(services, output, event.text("text")).await?;
                stream.end(services, output).await?;
            }
            "synthesize-start" => self.start(services, output, event).await?,
            "synthesize-chunk" => {
                if let Some(stream) = &mut self.stream {
                    stream.add(services, output, event.text("text")).await?;
                }
            }
            "synthesize-stop" => return self.stop(services, output).await,
            _ => {}
        }
        Ok(AfterText::GoOn)
    }

    /// Begins a text in pieces. If all places are taken, the client learns it at once, and the pieces are dropped up to
    /// the end, so that none of them is taken for a text of its own.
    async fn start(
        &mut self,
        services: &Services,
        output: &mut WyomingOutput,
        event: &WyomingEvent,
    ) -> Result<(), FrameFault> {
        // Free the place of a text that was not ended.
        self.stream = None;
        self.stream = TextStream::begin(services, event);
        self.refused = !self.is_spoken();
        if self.refused {
            turned_away(services);
            output.error(BUSY, "busy").await?;
        }
        Ok(())
    }

    async fn stop(&mut self, services: &Services, output: &mut WyomingOutput) -> Result<AfterText, TextFault> {
        let after = match self.stream.take() {
            Some(stream) => {
                stream.end(services, output).await?;
                AfterText::GoOn
            }
            None if self.refused => AfterText::HangUp,
            None => return Ok(AfterText::GoOn),
        };
        self.refused = false;
        output.send(&stopped()).await?;
        Ok(after)
    }

    /// Ends a text in pieces whose rest will not be spoken; does nothing if there is none.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn break_off(&mut self, services: &Services, output: &mut WyomingOutput) -> Result<(), FrameFault> {
        match self.stream.take() {
            Some(stream) => stream.break_off(services, output).await?,
            None if self.refused => {}
            None => return Ok(()),
        }
        output.send(&stopped()).await
    }
}

/// Counts a text for which there was no place.
fn turned_away(services: &Services) {
    services.figures.answered(Endpoint::WyomingTts, 429, Duration::ZERO);
}

/// The end of a text in pieces.
fn stopped() -> WyomingEvent {
    WyomingEvent::new("synthesize-stopped", Value::Null)
}
