//! Ears on a server: it is sent each utterance, and golem's own ears hear what it does not.

use std::time::Duration;

use super::client::{CallEvent, CallFault};
use super::link::{LOOK, SpeechLink};
use super::local::{Clock, LocalEngine, LocalMaker};
use super::request::ServerRequest;
use super::transcription::{AnswerForm, transcript, transcription};
use crate::config::AsrConfig;
use crate::config::speech::SpeechEndpoint;
use crate::engine::options::AsrOptions;
use crate::engine::{EngineError, Transcriber};
use crate::message::Transcript;
use crate::turn::Ticket;

/// Most bytes of an answer.
const ANSWER: usize = 1 << 20;

/// Ears on a server.
pub struct ServerTranscriber {
    settings: AsrConfig,
    link: SpeechLink,
    local: LocalEngine<dyn Transcriber>,
    options: AsrOptions,
    form: AnswerForm,
    /// The utterance, 16 kHz.
    audio: Vec<f32>,
    /// Golem's own ears have heard the last utterance.
    at_home: bool,
}

impl ServerTranscriber {
    /// Ears on `server` with the deadlines, language and names of `settings`.
    pub fn new(server: SpeechEndpoint, settings: &AsrConfig, local: LocalMaker<dyn Transcriber>, clock: Clock) -> Self {
        Self {
            link: SpeechLink::new(server, settings.connect_ms, clock),
            settings: settings.clone(),
            local: LocalEngine::new(local),
            options: AsrOptions::default(),
            form: AnswerForm::Verbose,
            audio: Vec::new(),
            at_home: false,
        }
    }

    /// What the server hears; `None` when `stop` went stale, for which it is hung up on.
    fn ask(&mut self, stop: &Ticket) -> Result<Option<Transcript>, CallFault> {
        loop {
            let server = self.link.server();
            let request = transcription(server, &self.settings, &self.options, self.form, &self.audio);
            match self.answer(request.map_err(CallFault::Broken)?, stop) {
                Err(CallFault::Refused { status: 400 | 422, .. }) if self.form == AnswerForm::Verbose => {
                    self.form = AnswerForm::Plain;
                }
                Ok(Some(answer)) => return transcript(&answer).map(Some).map_err(CallFault::Broken),
                Ok(None) => return Ok(None),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// The whole answer to a request, within the deadlines.
    fn answer(&mut self, request: ServerRequest, stop: &Ticket) -> Result<Option<Vec<u8>>, CallFault> {
        let now = self.link.timer();
        let began = now();
        let mut call = self.link.send(request)?;
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
            let (limit, key) = if answer.is_empty() {
                (self.settings.first_byte_ms, "asr.first_byte_ms")
            } else {
                (self.settings.whole_ms, "asr.whole_ms")
            };
            let limit = Duration::from_millis(limit);
            if now().saturating_sub(began) >= limit {
                let reason = format!("it has not answered within {} s ({key})", limit.as_secs_f32());
                return Err(CallFault::Broken(reason));
            }
        }
    }
}

impl Transcriber for ServerTranscriber {
    fn describe(&self) -> String {
        self.link.describe(self.local.opened().filter(|_| self.at_home).map(Transcriber::describe))
    }

    fn address(&self) -> Option<String> {
        (!self.at_home).then(|| self.link.server().base())
    }

    fn streams(&self) -> bool {
        false
    }

    /// The server is asked as the options say; golem's own ears may refuse them when it is their turn.
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
        if self.link.rested() {
            match self.ask(stop) {
                Ok(heard) => {
                    self.at_home = false;
                    self.link.settle();
                    return Ok(heard.unwrap_or_default());
                }
                Err(fault) => self.link.failed(&fault),
            }
        }
        self.at_home = true;
        let local = self.local.open()?;
        local.follow(&self.options)?;
        local.start()?;
        local.accept(&self.audio)?;
        local.finish(stop)
    }

    fn score(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
        match self.local.opened_mut().filter(|_| self.at_home) {
            Some(local) => local.score(texts, stop),
            None => Ok(None),
        }
    }
}
