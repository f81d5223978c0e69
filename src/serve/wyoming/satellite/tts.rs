//! The synthesiser of the satellite: it plays the sound of Home Assistant's reply. Golem's own voice speaks clauses
//! without such sound.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::link::{SatelliteLink, WaitOutcome};
use super::machine::NAME;
use super::sent::ClauseSound;
use crate::config::TtsConfig;
use crate::engine::remote::local::{LocalEngine, LocalMaker};
use crate::engine::{ComingSpeech, EngineError, Speech, Synthesizer};
use crate::message::Timing;
use crate::turn::Ticket;

/// The synthesiser of the satellite.
pub struct SatelliteSynthesizer {
    link: Arc<SatelliteLink>,
    local: LocalEngine<dyn Synthesizer>,
    /// Language of the settings: that of golem's own voice.
    language: String,
    /// Time for the first sound of a clause, and between two pieces.
    first: Duration,
    stall: Duration,
    /// The reply that was spoken last.
    reply: Option<u64>,
}

impl SatelliteSynthesizer {
    /// A synthesiser over `link` with the deadlines of `settings`.
    pub fn new(link: Arc<SatelliteLink>, settings: &TtsConfig, local: LocalMaker<dyn Synthesizer>) -> Self {
        let (first, stall) = (Duration::from_millis(settings.first_byte_ms), Duration::from_millis(settings.stall_ms));
        let language = settings.language.clone();
        Self { link, local: LocalEngine::new(local), language, first, stall, reply: None }
    }

    fn lost(&self, reason: &str) {
        tracing::warn!("Home Assistant's voice is not heard: {reason}");
        if let Some(reply) = self.reply {
            self.link.with(|machine| machine.lose(reply, reason));
        }
    }
}

impl Synthesizer for SatelliteSynthesizer {
    fn describe(&self) -> String {
        NAME.into()
    }

    /// No language for text that Home Assistant speaks, so that it is not verbalised; golem's own texts have one.
    fn language(&self, text: &str) -> &str {
        if self.link.with(|machine| machine.expects(text)) {
            return "";
        }
        self.local.opened().map_or(&self.language, |local| local.language(text))
    }

    fn stream(&mut self, text: &str, stop: &Ticket) -> Result<Option<Box<dyn ComingSpeech>>, EngineError> {
        let Some(clause) = self.link.with(|machine| machine.clause(text)) else { return Ok(None) };
        self.reply = Some(clause.0);
        // A lead-in, which is before all letters, lasts until the text comes or the reply is given up: the language model
        // may pause while its answer is heard.
        let leads_in = clause.1 == 0;
        let [first, stall] = if leads_in { [Duration::MAX; 2] } else { [self.first, self.stall] };
        let mut sound = SentSound { link: Arc::clone(&self.link), clause, patience: first, first: None };
        match sound.piece(stop) {
            Ok(first) => {
                (sound.first, sound.patience) = (first, stall);
                Ok(Some(Box::new(sound)))
            }
            Err(fault) => {
                self.lost(&fault);
                Ok(None)
            }
        }
    }

    fn take_over(&mut self, rest: &str, fault: EngineError, stop: &Ticket) -> Result<Speech, EngineError> {
        self.lost(&fault.to_string());
        if rest.trim().is_empty() { Ok(Speech::default()) } else { self.local.open()?.speak(rest, stop) }
    }

    fn speak(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError> {
        self.local.open()?.speak(text, stop)
    }
}

/// The sound of a clause as Home Assistant sends it.
struct SentSound {
    link: Arc<SatelliteLink>,
    /// The reply, and its letters up to the end of the clause.
    clause: (u64, usize),
    patience: Duration,
    /// The first piece, until it is given.
    first: Option<Speech>,
}

impl SentSound {
    /// The next piece; `None` at the end, and when `stop` is stale.
    fn piece(&self, stop: &Ticket) -> Result<Option<Speech>, String> {
        let news = self.link.wait(stop, self.patience, |machine| match machine.sound(self.clause) {
            ClauseSound::Wait => None,
            news => Some(news),
        });
        match news {
            WaitOutcome::Come(ClauseSound::Piece(samples, rate)) => {
                Ok(Some(Speech { timing: Timing { samples: samples.len() as u64, rate, words: Vec::new() }, samples }))
            }
            WaitOutcome::Come(ClauseSound::Lost(reason)) => Err(reason),
            WaitOutcome::Come(_) | WaitOutcome::Stale => Ok(None),
            WaitOutcome::Late => {
                Err(format!("no sound came for {} s (tts.first_byte_ms, tts.stall_ms)", self.patience.as_secs_f32()))
            }
        }
    }
}

impl ComingSpeech for SentSound {
    fn next(&mut self, stop: &Ticket) -> Result<Option<Speech>, EngineError> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.piece(stop).map_err(|reason| EngineError::Failed { engine: "voice", reason }),
        }
    }
}

impl fmt::Debug for SentSound {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.debug_struct("SentSound").field("clause", &self.clause).finish_non_exhaustive()
    }
}
