//! A recogniser on servers, asked in their order. Golem's own recogniser hears the utterances that none does.

use std::time::Duration;

use super::client::{CallEvent, CallFault};
use super::deadline::FirstDeadlines;
use super::link::{LOOK, SpeechLink};
use super::local::{ClockReader, LocalEngine, LocalMaker};
use super::request::ServerRequest;
use super::transcription::{AnswerForm, transcript, transcription};
use crate::config::AsrConfig;
use crate::config::speech_server::SpeechServerConfig;
use crate::engine::options::AsrOptions;
use crate::engine::{EngineError, Transcriber};
use crate::message::Transcript;
use crate::signal::frame::RATE;
use crate::turn::Ticket;

/// Most bytes of an answer.
const ANSWER: usize = 1 << 20;

/// A recogniser on servers.
pub struct ServerTranscriber {
    settings: AsrConfig,
    link: SpeechLink,
    local: LocalEngine<dyn Transcriber>,
    options: AsrOptions,
    /// The form in which each server is asked.
    forms: Vec<AnswerForm>,
    /// The utterance, 16 kHz.
    audio: Vec<f32>,
    /// The server that heard the last utterance; `None` for golem's own recogniser.
    last: Option<usize>,
}

impl ServerTranscriber {
    /// A recogniser on `servers`, asked in their order, with the deadlines, language and names of `settings`.
    pub fn new(
        servers: Vec<SpeechServerConfig>,
        settings: &AsrConfig,
        local: LocalMaker<dyn Transcriber>,
        clock: ClockReader,
    ) -> Self {
        Self {
            forms: vec![AnswerForm::Verbose; servers.len()],
            last: (!servers.is_empty()).then_some(0),
            link: SpeechLink::new(servers, settings.connect_ms, clock),
            settings: settings.clone(),
            local: LocalEngine::new(local),
            options: AsrOptions::default(),
            audio: Vec::new(),
        }
    }

    /// A server's transcript; `None` when `stop` went stale, which cuts the connection.
    fn ask(&mut self, at: usize, stop: &Ticket) -> Result<Option<Transcript>, CallFault> {
        loop {
            let (server, form) = (self.link.server(at), self.forms[at]);
            let request = transcription(server, &self.settings, &self.options, form, &self.audio);
            match self.answer(at, request.map_err(CallFault::Broken)?, stop) {
                Err(CallFault::Refused { status: 400 | 422, .. }) if form == AnswerForm::Verbose => {
                    self.forms[at] = AnswerForm::Plain;
                }
                Ok(Some(answer)) => return transcript(&answer).map(Some).map_err(CallFault::Broken),
                Ok(None) => return Ok(None),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// The whole answer to a request, within the deadlines. `None` when `stop` went stale.
    fn answer(&mut self, at: usize, request: ServerRequest, stop: &Ticket) -> Result<Option<Vec<u8>>, CallFault> {
        let (now, cold) = (self.link.timer(), self.link.is_cold(at));
        let [first_byte, whole] = self.deadlines(cold);
        let began = now();
        let mut call = self.link.send(at, request)?;
        let mut answer = Vec::new();
        loop {
            if stop.stale() {
                return Ok(None);
            }
            match call.next(LOOK) {
                Some(CallEvent::Bytes(bytes)) if answer.len() + bytes.len() <= ANSWER => answer.extend(bytes),
                Some(CallEvent::Bytes(_)) => {
                    return Err(CallFault::Broken("the answer is longer than any utterance".into()));
                }
                Some(CallEvent::End) => return Ok(Some(answer)),
                Some(CallEvent::Failed(fault)) => return Err(fault),
                None => {}
            }
            let (limit, key) = match (answer.is_empty(), cold) {
                (true, true) => (first_byte, "asr.load_ms"),
                (true, false) => (first_byte, "asr.first_byte_ms"),
                (false, _) => (whole, "asr.whole_ms"),
            };
            if now().saturating_sub(began) >= limit {
                let reason = format!("it has not answered within {} s ({key})", limit.as_secs_f32());
                return Err(CallFault::Late(reason));
            }
        }
    }

    /// Deadlines for the first byte and for the whole of an answer. The length of the utterance is added: a server that
    /// reads as fast as people speak is fast enough. What the first byte gets for loading, the whole answer gets too.
    fn deadlines(&self, cold: bool) -> [Duration; 2] {
        let AsrConfig { load_ms, first_byte_ms, whole_ms, .. } = self.settings;
        let [load, warm, whole] = [load_ms, first_byte_ms, whole_ms].map(Duration::from_millis);
        let work = Duration::from_micros(self.audio.len() as u64 * 1_000_000 / u64::from(RATE));
        let first_byte = FirstDeadlines { load, warm, work }.limit(cold);
        [first_byte, whole.saturating_add(first_byte.saturating_sub(warm))]
    }
}

impl Transcriber for ServerTranscriber {
    fn describe(&self) -> String {
        self.link.describe(self.last, self.local.opened().map(Transcriber::describe))
    }

    fn address(&self) -> Option<String> {
        self.last.map(|at| self.link.server(at).base())
    }

    fn streams(&self) -> bool {
        false
    }

    /// Keeps the options for the servers. Golem's own recogniser may still refuse them when it takes over.
    fn follow(&mut self, options: &AsrOptions) -> Result<(), EngineError> {
        self.options = options.clone();
        Ok(())
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.audio.clear();
        Ok(())
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.audio.extend_from_slice(audio);
        Ok(None)
    }

    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError> {
        if self.audio.is_empty() || stop.stale() {
            return Ok(Transcript::default());
        }
        while let Some(at) = self.link.next() {
            match self.ask(at, stop) {
                Ok(heard) => {
                    self.last = Some(at);
                    self.link.settle(at);
                    if heard.is_some() {
                        self.link.answered(at);
                    }
                    return Ok(heard.unwrap_or_default());
                }
                Err(fault) => self.link.failed(at, &fault),
            }
        }
        self.last = None;
        let local = self.local.open()?;
        local.follow(&self.options)?;
        local.start()?;
        local.accept(&self.audio)?;
        local.finish(stop)
    }

    fn score(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
        match self.local.opened_mut().filter(|_| self.last.is_none()) {
            Some(local) => local.score(texts, stop),
            None => Ok(None),
        }
    }
}
