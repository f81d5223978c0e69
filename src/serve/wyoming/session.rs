//! One client's connection: its events in their order, each answered before the next is read.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::watch;

use super::frame::{self, FrameFault, WyomingEvent};
use super::info;
use super::intake::{IntakeFault, PcmIntake};
use super::output::WyomingOutput;
use super::speaking::TextStream;
use crate::engine::options::AsrOptions;
use crate::serve::figures::Endpoint;
use crate::serve::pool::listener::{HeardEvent, ListenFault, ListenRequest, RecordingSound};
use crate::serve::services::Services;
use crate::transcribe::listen::text;

/// Time for the next event of a client.
const PATIENCE: Duration = Duration::from_mins(5);
/// A client and what it is in the middle of.
struct WyomingSession<'a> {
    services: &'a Services,
    input: BufReader<OwnedReadHalf>,
    output: WyomingOutput,
    language: String,
    intake: Option<PcmIntake>,
    text: Option<TextStream>,
}

/// Serves a client until it leaves, is silent for long, or `ends` says so.
///
/// # Errors
/// When the connection breaks, or what comes is no event.
pub async fn serve(stream: TcpStream, services: &Services, mut ends: watch::Receiver<bool>) -> Result<(), FrameFault> {
    let (input, output) = stream.into_split();
    let (input, output) = (BufReader::new(input), WyomingOutput::new(output));
    let (language, intake, text) = (String::new(), None, None);
    let mut session = WyomingSession { services, input, output, language, intake, text };
    loop {
        let event = tokio::select! {
            read = tokio::time::timeout(PATIENCE, frame::read(&mut session.input)) => match read {
                Ok(read) => read,
                Err(_) => return Ok(()),
            },
            _ = ends.changed() => return Ok(()),
        };
        let taken = match event {
            Ok(Some(event)) => session.take(&event).await,
            Ok(None) => return Ok(()),
            Err(fault) => {
                // Where the next event begins is unknown now.
                session.output.error(&fault.to_string(), "protocol").await?;
                return Err(fault);
            }
        };
        taken?;
    }
}

impl WyomingSession<'_> {
    async fn take(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        match event.kind.as_str() {
            "describe" => self.output.send(&info::info(self.services)).await,
            "ping" => self.output.send(&WyomingEvent::new("pong", json!({"text": event.text("text")}))).await,
            "transcribe" => {
                event.text("language").clone_into(&mut self.language);
                Ok(())
            }
            "audio-start" => self.begin(event).await,
            "audio-chunk" => self.hear(event).await,
            "audio-stop" => self.transcribe().await,
            "synthesize" if self.text.is_none() => self.synthesize(event).await,
            "synthesize-start" => self.start_text(event).await,
            "synthesize-chunk" => self.add_text(event.text("text")).await,
            "synthesize-stop" => self.stop_text().await,
            // A whole text within a stream repeats it for servers without streams; what golem does not know is let pass.
            _ => Ok(()),
        }
    }

    /// An utterance begins.
    async fn begin(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        match PcmIntake::begin(event) {
            Ok(intake) => self.intake = Some(intake),
            Err(fault) => return self.refuse(&fault).await,
        }
        Ok(())
    }

    async fn hear(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        // A client may leave out what begins an utterance: each piece states its format.
        if self.intake.is_none() {
            self.begin(event).await?;
        }
        let Some(intake) = &mut self.intake else { return Ok(()) };
        match intake.take(&event.payload) {
            Ok(()) => Ok(()),
            Err(fault) => self.refuse(&fault).await,
        }
    }

    async fn refuse(&mut self, fault: &IntakeFault) -> Result<(), FrameFault> {
        self.intake = None;
        self.output.error(&fault.to_string(), "audio").await
    }

    /// The utterance is over: its words.
    async fn transcribe(&mut self) -> Result<(), FrameFault> {
        let began = Instant::now();
        let samples = self.intake.take().map(PcmIntake::end).unwrap_or_default();
        if samples.is_empty() {
            return self.output.send(&WyomingEvent::new("transcript", json!({"text": ""}))).await;
        }
        let Some(place) = self.services.admit() else { return self.busy(Endpoint::WyomingAsr).await };
        let usual = &self.services.config.serve.language;
        let language = if self.language.is_empty() { usual.clone() } else { self.language.clone() };
        let options = AsrOptions { language: Some(language), ..AsrOptions::default() };
        let request = ListenRequest { sound: RecordingSound::Samples(samples), options };
        let mut hearing = self.services.hear(request, place);
        let mut parts = Vec::new();
        loop {
            let event = tokio::select! {
                event = hearing.events.recv() => event,
                // The work for a client that has gone is not done.
                () = gone(&mut self.input) => return Ok(()),
            };
            match event {
                Some(HeardEvent::Part(part)) => parts.push(*part),
                Some(HeardEvent::End(length)) => {
                    let figures = &self.services.figures;
                    figures.heard(length, began.elapsed());
                    figures.answered(Endpoint::WyomingAsr, 200, began.elapsed());
                    break;
                }
                Some(HeardEvent::Fault(fault)) => {
                    let (status, reason) = match fault {
                        ListenFault::Refused(reason) | ListenFault::Unreadable(reason) => (400, reason),
                        ListenFault::TooLong(minutes) => (413, format!("more than {minutes} minutes")),
                        ListenFault::Failed(reason) => (500, reason),
                    };
                    self.services.figures.answered(Endpoint::WyomingAsr, status, began.elapsed());
                    return self.output.error(&reason, "asr").await;
                }
                None => return self.output.error("golem broke while it listened; its log says why", "asr").await,
            }
        }
        let mut data = json!({"text": text(&parts)});
        if let Some(language) = parts.first().and_then(|part| part.transcript.language.clone()) {
            data["language"] = language.into();
        }
        self.output.send(&WyomingEvent::new("transcript", data)).await
    }

    /// All places are taken.
    async fn busy(&mut self, endpoint: Endpoint) -> Result<(), FrameFault> {
        self.services.figures.answered(endpoint, 429, Duration::ZERO);
        self.output.error("golem serves as many clients as it may; try again", "busy").await
    }

    async fn synthesize(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        let Some(mut stream) = TextStream::begin(self.services, event) else {
            return self.busy(Endpoint::WyomingTts).await;
        };
        stream.add(self.services, &mut self.output, event.text("text")).await?;
        stream.end(self.services, &mut self.output).await
    }

    async fn start_text(&mut self, event: &WyomingEvent) -> Result<(), FrameFault> {
        self.text = TextStream::begin(self.services, event);
        if self.text.is_none() { self.busy(Endpoint::WyomingTts).await } else { Ok(()) }
    }

    async fn add_text(&mut self, text: &str) -> Result<(), FrameFault> {
        match &mut self.text {
            Some(stream) => stream.add(self.services, &mut self.output, text).await,
            None => Ok(()),
        }
    }

    async fn stop_text(&mut self) -> Result<(), FrameFault> {
        let Some(stream) = self.text.take() else { return Ok(()) };
        stream.end(self.services, &mut self.output).await?;
        self.output.send(&WyomingEvent::new("synthesize-stopped", Value::Null)).await
    }
}

/// Ends when the client has hung up; never when it has sent more.
async fn gone(input: &mut BufReader<OwnedReadHalf>) {
    if input.fill_buf().await.is_ok_and(|bytes| !bytes.is_empty()) {
        std::future::pending::<()>().await;
    }
}
