//! One client's connection: its events in their order, and the words of its utterance as they are heard.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;

use super::frame::{FrameFault, WyomingEvent};
use super::info;
use super::intake::{IntakeFault, PcmIntake};
use super::meaning;
use super::output::WyomingOutput;
use super::reader::EventReader;
use super::speaking::TextFault;
use super::text::{AfterText, ClientText};
use super::utterance::{IncomingUtterance, UtteranceStep, transcript};
use super::waking::WakeStream;
use crate::engine::options::AsrOptions;
use crate::serve::error::BUSY;
use crate::serve::error::LISTENER_FAILED;
use crate::serve::figures::Endpoint;
use crate::serve::services::Services;

/// The use of a client's sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SoundUse {
    /// Its words are wanted.
    #[default]
    Words,
    /// The wake phrase is waited for.
    Wake,
}

/// A client, and its utterance, text or wait for the wake phrase.
struct WyomingSession<'a> {
    services: &'a Services,
    events: EventReader,
    output: WyomingOutput,
    language: String,
    purpose: SoundUse,
    intake: Option<PcmIntake>,
    utterance: Option<IncomingUtterance>,
    wake: Option<WakeStream>,
    /// When the sound began, in milliseconds of the client's clock.
    since: u64,
    text: ClientText,
    /// The client has had its last answer, and is to be hung up on.
    over: bool,
}

/// Serves a client until it leaves, is silent for long, or `ends` changes; an utterance or a text under way may end
/// first.
///
/// # Errors
/// When the connection breaks, or the client sends bytes that are not an event.
pub async fn serve(stream: TcpStream, services: &Services, mut ends: watch::Receiver<bool>) -> Result<(), FrameFault> {
    let settings = &services.config.serve;
    let (input, output) = stream.into_split();
    let mut session = WyomingSession {
        services,
        events: EventReader::start(input, settings.patience()),
        output: WyomingOutput::new(output, settings.patience()),
        language: String::new(),
        purpose: SoundUse::default(),
        intake: None,
        utterance: None,
        wake: None,
        since: 0,
        text: ClientText::default(),
        over: false,
    };
    let mut last = Instant::now();
    let mut ending: Option<Instant> = None;
    loop {
        if session.over {
            return session.hang_up(&mut ends, ending).await;
        }
        if ending.is_some() && !session.is_busy() {
            return Ok(());
        }
        let limit = ending.unwrap_or(last + session.patience());
        tokio::select! {
            event = session.events.next() => match event {
                None => return Ok(()),
                Some(Ok(event)) => {
                    session.take(&event).await?;
                    last = Instant::now();
                }
                Some(Err(fault)) => {
                    session.output.error(&fault.to_string(), "protocol").await?;
                    return Err(fault);
                }
            },
            step = next_words(session.utterance.as_mut(), services) => session.answer(step).await?,
            detection = next_call(session.wake.as_mut()) => session.call(detection).await?,
            _ = ends.changed(), if ending.is_none() => ending = Some(Instant::now() + settings.patience()),
            () = tokio::time::sleep_until(limit) => {
                // End a text whose rest has not come: clients wait for its end.
                return session.text.break_off(services, &mut session.output).await;
            }
        }
    }
}

/// The next step of an utterance; waits for ever if there is none.
async fn next_words(utterance: Option<&mut IncomingUtterance>, services: &Services) -> UtteranceStep {
    match utterance {
        Some(utterance) => utterance.next(services).await,
        None => std::future::pending().await,
    }
}

/// The next result of the wait for the wake phrase; waits for ever if there is no such wait.
async fn next_call(wake: Option<&mut WakeStream>) -> Option<Result<WyomingEvent, String>> {
    match wake {
        Some(wake) => wake.next().await,
        None => std::future::pending().await,
    }
}

impl WyomingSession<'_> {
    /// Whether the client is in the middle of a sentence, said or to be spoken.
    fn is_busy(&self) -> bool {
        self.utterance.is_some() || self.text.is_spoken()
    }

    /// Time for the next event.
    fn patience(&self) -> Duration {
        let settings = &self.services.config.serve;
        // Wait longer in the middle of a text: the language model that writes it pauses to think and to use tools.
        if self.utterance.is_some() { settings.patience() } else { settings.idle_time() }
    }

    /// Hangs up on a client that has had its last answer. What the client still sends is read, until it hangs up too or
    /// its time is over: a connection with unread bytes would be reset, and the answer might be lost.
    async fn hang_up(&mut self, ends: &mut watch::Receiver<bool>, ending: Option<Instant>) -> Result<(), FrameFault> {
        self.output.end().await?;
        let limit = ending.unwrap_or_else(|| Instant::now() + self.services.config.serve.patience());
        tokio::select! {
            () = self.events.drain() => {}
            _ = ends.changed(), if ending.is_none() => {}
            () = tokio::time::sleep_until(limit) => {}
        }
        Ok(())
    }

    async fn take(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        match event.kind.as_str() {
            "describe" => self.output.send(&info::info(self.services)).await,
            "ping" => self.output.send(&WyomingEvent::new("pong", json!({"text": event.text("text")}))).await,
            "transcribe" => {
                event.text("language").clone_into(&mut self.language);
                self.purpose = SoundUse::Words;
                Ok(())
            }
            "detect" => self.detect(event).await,
            "recognize" | "transcript" => self.mean(event).await,
            "audio-start" => self.begin(event).await,
            "audio-chunk" => self.hear(event).await,
            "audio-stop" => self.end().await,
            "synthesize" | "synthesize-start" | "synthesize-chunk" | "synthesize-stop" => self.speak(event).await,
            // Ignore unknown events.
            _ => Ok(()),
        }
    }

    /// Interprets a sentence as a command.
    async fn mean(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        let answer = tokio::select! {
            answer = meaning::answer(self.services, event) => answer,
            // Stop the command: its client has gone.
            () = self.events.gone() => return Ok(()),
        };
        self.output.send(&answer).await
    }

    /// Begins the wait for the wake phrase.
    async fn detect(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        let phrase = self.services.config.wake.phrase.trim();
        if phrase.is_empty() {
            return self.give_up("golem has no wake phrase; set wake.phrase in its config", "wake").await;
        }
        let named = event.data.get("names").and_then(Value::as_array);
        let named = named.is_none_or(|names| names.is_empty() || names.iter().any(|name| name == phrase));
        if !named {
            return self.give_up(&format!("golem waits for \"{phrase}\" only"), "wake").await;
        }
        self.purpose = SoundUse::Wake;
        Ok(())
    }

    /// Takes the beginning of sound.
    async fn begin(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        self.utterance = None;
        self.wake = None;
        self.since = event.data.get("timestamp").and_then(Value::as_u64).unwrap_or(0);
        match PcmIntake::begin(event) {
            Ok(intake) => self.intake = Some(intake),
            Err(fault) => return self.refuse(&fault).await,
        }
        Ok(())
    }

    async fn hear(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        // Begin the utterance where a client leaves out `audio-start`: each piece states its format.
        if self.intake.is_none() {
            self.begin(event).await?;
        }
        let Some(intake) = &mut self.intake else { return Ok(()) };
        let limited = self.purpose == SoundUse::Words;
        match intake.take(&event.payload, limited) {
            Ok(samples) => self.pass_on(samples).await,
            Err(fault) => self.refuse(&fault).await,
        }
    }

    /// Gives sound to the utterance or the wait for the wake phrase, which begins with its first samples.
    async fn pass_on(&mut self, samples: Vec<f32>) -> Result<(), FrameFault> {
        if samples.is_empty() {
            return Ok(());
        }
        if self.purpose == SoundUse::Wake {
            if self.wake.is_none() {
                let Some(place) = self.services.sessions.admit(Endpoint::WyomingWake) else {
                    return self.turn_away(Endpoint::WyomingWake).await;
                };
                self.wake = Some(WakeStream::begin(self.services, place, self.since));
            }
            let kept_up = self.wake.as_mut().is_none_or(|wake| wake.take(samples));
            return if kept_up {
                Ok(())
            } else {
                self.give_up("golem cannot keep up with so much sound", "wake").await
            };
        }
        if self.utterance.is_none() {
            let Some(place) = self.services.sessions.admit(Endpoint::WyomingAsr) else {
                return self.turn_away(Endpoint::WyomingAsr).await;
            };
            let usual = &self.services.config.serve.language;
            let language = if self.language.is_empty() { usual } else { &self.language };
            let options = AsrOptions { language: Some(language.clone()), ..AsrOptions::default() };
            self.utterance = Some(IncomingUtterance::begin(self.services, options, place));
        }
        if let Some(utterance) = &mut self.utterance {
            utterance.take(samples);
        }
        Ok(())
    }

    /// Sends an error, after which nothing else is answered. Home Assistant ignores errors of a synthesis, and older
    /// ones ignore all: only the end of the connection ends their wait.
    async fn give_up(&mut self, reason: &str, code: &str) -> Result<(), FrameFault> {
        (self.intake, self.utterance, self.wake, self.text) = (None, None, None, ClientText::default());
        self.over = true;
        self.output.error(reason, code).await
    }

    async fn refuse(&mut self, fault: &IntakeFault) -> Result<(), FrameFault> {
        self.give_up(&fault.to_string(), "audio").await
    }

    async fn turn_away(&mut self, endpoint: Endpoint) -> Result<(), FrameFault> {
        self.services.figures.answered(endpoint, 429, Duration::ZERO);
        self.give_up(BUSY, "busy").await
    }

    /// The sound is over: sends its transcript, or that the wake phrase was not in it.
    async fn end(&mut self) -> Result<(), FrameFault> {
        let rest = self.intake.take().map(PcmIntake::end).unwrap_or_default();
        self.pass_on(rest).await?;
        let purpose = std::mem::take(&mut self.purpose);
        if self.over {
            return Ok(());
        }
        if purpose == SoundUse::Wake {
            return self.end_wait().await;
        }
        // No samples came.
        let Some(utterance) = &mut self.utterance else { return self.send_all(transcript(&[])).await };
        utterance.end();
        // Finish this utterance before the client's next request.
        while let Some(utterance) = &mut self.utterance {
            let step = tokio::select! {
                step = utterance.next(self.services) => step,
                // Drop the work: its client has gone.
                () = self.events.gone() => {
                    self.utterance = None;
                    return Ok(());
                }
            };
            self.answer(step).await?;
        }
        Ok(())
    }

    async fn answer(&mut self, step: UtteranceStep) -> Result<(), FrameFault> {
        match step {
            UtteranceStep::Words(events) => self.send_all(events).await,
            UtteranceStep::Transcript(events) => {
                self.utterance = None;
                self.send_all(events).await
            }
            UtteranceStep::Fault(reason) => self.give_up(&reason, "asr").await,
        }
    }

    async fn send_all(&mut self, events: Vec<WyomingEvent>) -> Result<(), FrameFault> {
        for event in &events {
            self.output.send(event).await?;
        }
        Ok(())
    }

    /// The wake phrase was said, or the wait for it has failed.
    async fn call(&mut self, heard: Option<Result<WyomingEvent, String>>) -> Result<(), FrameFault> {
        match heard {
            Some(Ok(detection)) => {
                self.services.figures.answered(Endpoint::WyomingWake, 200, Duration::ZERO);
                self.output.send(&detection).await
            }
            Some(Err(reason)) => self.give_up(&reason, "wake").await,
            None => self.give_up(LISTENER_FAILED, "wake").await,
        }
    }

    /// Ends the wait for the wake phrase: all sound has come.
    async fn end_wait(&mut self) -> Result<(), FrameFault> {
        let mut called = false;
        if let Some(mut wake) = self.wake.take() {
            called = wake.has_called();
            wake.end();
            while let Some(heard) = wake.next().await {
                match heard {
                    Ok(detection) => {
                        called = true;
                        self.output.send(&detection).await?;
                    }
                    Err(reason) => return self.give_up(&reason, "wake").await,
                }
            }
        }
        if called { Ok(()) } else { self.output.send(&WyomingEvent::new("not-detected", Value::Null)).await }
    }

    /// Takes an event of a text.
    async fn speak(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        match self.text.take(self.services, &mut self.output, event).await {
            Ok(after) => {
                self.over = after == AfterText::HangUp;
                Ok(())
            }
            Err(TextFault::Connection(fault)) => Err(fault),
            Err(TextFault::Refused { reason, code }) => self.give_up(&reason, code).await,
        }
    }
}
