//! A voice on servers, asked in their order, whose speech is played from its first bytes on. Golem's own voice speaks the
//! clauses that none does.

use std::fmt;
use std::time::Duration;

use serde_json::json;

use super::client::{CallEvent, CallFault, ServerCall};
use super::deadline::FirstDeadlines;
use super::link::{LOOK, SpeechLink};
use super::local::{ClockReader, LocalEngine, LocalMaker};
use super::request::{RequestBody, ServerRequest};
use super::sound::{SoundDecoder, SoundForm};
use crate::config::TtsConfig;
use crate::config::patience::saying;
use crate::config::speech_server::SpeechServerConfig;
use crate::engine::{ComingSpeech, EngineError, Speech, Synthesizer};
use crate::message::Timing;
use crate::phrases::Language;
use crate::turn::Ticket;
use crate::verbalize::cyrillic;

/// Least length of a clause's first piece and of later ones, in milliseconds. The first piece is short so that it
/// sounds at once. Small pieces later would only cost work.
const PIECE_MS: [u64; 2] = [40, 100];
/// Longest believable sound, in seconds: a constant part, and a part for each letter. A slow speaker takes less than
/// half a second for a letter.
const LONGEST: [u64; 2] = [10, 1];
/// Name of the engine in errors.
const ENGINE: &str = "voice";

/// A voice on servers.
pub struct ServerSynthesizer {
    settings: TtsConfig,
    link: SpeechLink,
    local: LocalEngine<dyn Synthesizer>,
    /// The form in which each server is asked.
    forms: Vec<SoundForm>,
    /// The server that spoke last; `None` for golem's own voice.
    last: Option<usize>,
}

impl ServerSynthesizer {
    /// A voice on `servers`, asked in their order, with the deadlines, speed and language of `settings`.
    pub fn new(
        servers: Vec<SpeechServerConfig>,
        settings: &TtsConfig,
        local: LocalMaker<dyn Synthesizer>,
        clock: ClockReader,
    ) -> Self {
        Self {
            forms: vec![SoundForm::Wav; servers.len()],
            last: (!servers.is_empty()).then_some(0),
            link: SpeechLink::new(servers, settings.connect_ms, clock),
            settings: settings.clone(),
            local: LocalEngine::new(local),
        }
    }

    fn request(&self, at: usize, text: &str) -> ServerRequest {
        let server = self.link.server(at);
        let format = if self.forms[at] == SoundForm::Wav { "wav" } else { "pcm" };
        let mut body =
            json!({ "model": server.model, "voice": server.voice, "input": text, "response_format": format });
        if let Some(body) = body.as_object_mut().filter(|_| (self.settings.speed - 1.0).abs() > f32::EPSILON) {
            body.insert("speed".into(), self.settings.speed.into());
        }
        ServerRequest { url: format!("{}/audio/speech", server.base()), body: RequestBody::Json(body) }
    }

    /// The sound of `text`, after its first piece has come.
    fn begin(&mut self, at: usize, text: &str, stop: &Ticket) -> Result<ServerSound, CallFault> {
        let deadlines = self.deadlines(text, self.link.is_cold(at));
        let call = self.link.send(at, self.request(at, text))?;
        let mut sound = ServerSound::new(call, self.forms[at], text, deadlines, Box::new(self.link.timer()));
        sound.first = sound.piece(stop)?;
        Ok(sound)
    }

    /// The deadlines for the sound of `text`. The time in which it is said is added to the first: a server that sends a
    /// clause only when all of it is made may take that long.
    fn deadlines(&self, text: &str, cold: bool) -> SoundDeadlines {
        let TtsConfig { load_ms, first_byte_ms, stall_ms, .. } = self.settings;
        let [load, warm, stall] = [load_ms, first_byte_ms, stall_ms].map(Duration::from_millis);
        let first = FirstDeadlines { load, warm, work: saying(text.chars().count()) }.limit(cold);
        let key = if cold { "tts.load_ms" } else { "tts.first_byte_ms" };
        SoundDeadlines { first: (first, key), stall: (stall, "tts.stall_ms") }
    }

    fn at_home(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError> {
        self.last = None;
        self.local.open()?.speak(text, stop)
    }
}

impl Synthesizer for ServerSynthesizer {
    fn describe(&self) -> String {
        self.link.describe(self.last, self.local.opened().map(Synthesizer::describe))
    }

    fn address(&self) -> Option<String> {
        self.last.map(|at| self.link.server(at).base())
    }

    /// Of the two languages that golem puts numbers into words of, the one in whose script the text is; any other
    /// language of the settings stays. The server's voice is assumed to speak it.
    fn language(&self, text: &str) -> &str {
        let language = &self.settings.language;
        match (Language::of_tag(language), cyrillic(text)) {
            (Some(Language::English), Some(true)) => "ru",
            (Some(Language::Russian), Some(false)) => "en",
            _ => language,
        }
    }

    fn stream(&mut self, text: &str, stop: &Ticket) -> Result<Option<Box<dyn ComingSpeech>>, EngineError> {
        if let Some(last) = self.last {
            self.link.settle(last);
        }
        while let Some(at) = self.link.next() {
            match self.begin(at, text, stop) {
                Ok(sound) => {
                    self.last = Some(at);
                    if sound.first.is_some() {
                        self.link.answered(at);
                    }
                    return Ok(Some(Box::new(sound)));
                }
                Err(CallFault::Refused { status: 400 | 422, .. }) if self.forms[at] == SoundForm::Wav => {
                    self.forms[at] = SoundForm::Pcm;
                }
                Err(fault) => {
                    // Return to WAV: a server that has refused both forms may know it all the same.
                    if matches!(fault, CallFault::Refused { .. }) {
                        self.forms[at] = SoundForm::Wav;
                    }
                    self.link.failed(at, &fault);
                }
            }
        }
        Ok(None)
    }

    fn take_over(&mut self, rest: &str, fault: EngineError, stop: &Ticket) -> Result<Speech, EngineError> {
        if let Some(last) = self.last {
            self.link.failed(last, &CallFault::Broken(fault.to_string()));
        }
        if rest.trim().is_empty() {
            return Ok(Speech::default());
        }
        self.speak(rest, stop)
    }

    fn speak(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError> {
        let Some(mut sound) = self.stream(text, stop)? else { return self.at_home(text, stop) };
        let mut speech = Speech::default();
        loop {
            match sound.next(stop) {
                Ok(Some(piece)) => {
                    speech.samples.extend(piece.samples);
                    speech.timing.rate = piece.timing.rate;
                    speech.timing.samples = speech.samples.len() as u64;
                }
                Ok(None) => return Ok(speech),
                Err(fault) => return self.take_over(text, fault, stop),
            }
        }
    }
}

/// Deadlines for a server's silence, each with the setting that it comes from.
struct SoundDeadlines {
    /// Before the first sound.
    first: (Duration, &'static str),
    /// Between two pieces.
    stall: (Duration, &'static str),
}

/// Sound that comes from a server. Dropped before its end, it cuts the connection.
struct ServerSound {
    call: ServerCall,
    decoder: SoundDecoder,
    now: Box<dyn Fn() -> Duration + Send>,
    deadlines: SoundDeadlines,
    /// When sound last came.
    since: Duration,
    /// Letters of the text.
    letters: u64,
    /// Samples that were given out already.
    given: u64,
    waiting: Vec<f32>,
    first: Option<Vec<f32>>,
    /// How the sound ended.
    end: Option<Result<(), CallFault>>,
}

impl ServerSound {
    fn new(
        call: ServerCall,
        form: SoundForm,
        text: &str,
        deadlines: SoundDeadlines,
        now: Box<dyn Fn() -> Duration + Send>,
    ) -> Self {
        Self {
            call,
            decoder: SoundDecoder::new(form),
            since: now(),
            now,
            deadlines,
            letters: text.chars().count() as u64,
            given: 0,
            waiting: Vec::new(),
            first: None,
            end: None,
        }
    }

    /// Waits for the next piece; `None` at the end, and when `stop` went stale.
    fn piece(&mut self, stop: &Ticket) -> Result<Option<Vec<f32>>, CallFault> {
        let mut lull = false;
        loop {
            if stop.stale() {
                return Ok(None);
            }
            let rate = u64::from(self.decoder.rate());
            let least = rate * PIECE_MS[usize::from(self.given > 0)] / 1_000;
            // After the first piece, pass samples on at once if no more follow.
            let enough = self.waiting.len() as u64 >= least || self.end.is_some() || (lull && self.given > 0);
            if enough && !self.waiting.is_empty() {
                self.given += self.waiting.len() as u64;
                return Ok(Some(std::mem::take(&mut self.waiting)));
            }
            match &self.end {
                Some(Err(fault)) => return Err(fault.clone()),
                Some(Ok(())) => return Ok(None),
                None => lull = !self.advance(),
            }
        }
    }

    /// Takes the next event; returns whether one came.
    fn advance(&mut self) -> bool {
        let broken = |reason| Some(Err(CallFault::Broken(reason)));
        let event = self.call.next(LOOK);
        let came = event.is_some();
        match event {
            Some(CallEvent::Bytes(bytes)) => match self.decoder.push(&bytes) {
                Ok(samples) if samples.is_empty() => {}
                Ok(samples) => {
                    self.since = (self.now)();
                    self.waiting.extend(samples);
                    let most = (LONGEST[0] + LONGEST[1] * self.letters) * u64::from(self.decoder.rate());
                    if self.given + self.waiting.len() as u64 > most {
                        self.end = broken("the server sends sound without an end".into());
                    }
                }
                Err(reason) => self.end = broken(reason),
            },
            Some(CallEvent::End) => {
                self.end = match self.decoder.finish() {
                    Ok(()) if self.given == 0 && self.waiting.is_empty() => broken("the server sends no sound".into()),
                    Ok(()) => Some(Ok(())),
                    Err(reason) => broken(reason),
                };
            }
            Some(CallEvent::Failed(fault)) => self.end = Some(Err(fault)),
            None => {}
        }
        let begun = self.given > 0 || !self.waiting.is_empty();
        let (limit, key) = if begun { self.deadlines.stall } else { self.deadlines.first };
        if self.end.is_none() && (self.now)().saturating_sub(self.since) >= limit {
            self.end = Some(Err(CallFault::Late(format!("no sound came for {} s ({key})", limit.as_secs_f32()))));
        }
        came
    }
}

impl ComingSpeech for ServerSound {
    fn next(&mut self, stop: &Ticket) -> Result<Option<Speech>, EngineError> {
        let piece = match self.first.take() {
            Some(first) => Some(first),
            None => {
                self.piece(stop).map_err(|fault| EngineError::Failed { engine: ENGINE, reason: fault.to_string() })?
            }
        };
        let rate = self.decoder.rate();
        Ok(piece.map(|samples| Speech {
            timing: Timing { samples: samples.len() as u64, rate, words: Vec::new() },
            samples,
        }))
    }
}

impl fmt::Debug for ServerSound {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.debug_struct("ServerSound").field("given", &self.given).finish_non_exhaustive()
    }
}
