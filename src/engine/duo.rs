//! Two recognisers on the same audio: one writes down everything, the other listens for commands only.

use super::sphinx::likelihood;
use super::{EngineError, Transcriber};
use crate::message::{GrammarMatch, Transcript};
use crate::turn::Ticket;

/// Dictation with a commands' grammar beside it.
pub struct Duo {
    dictation: Box<dyn Transcriber>,
    grammar: Box<dyn Transcriber>,
}

impl Duo {
    /// Ears that write down with `dictation` and fill [`Transcript::command`] with what `grammar` heard. Where one of them
    /// gains from being asked ahead of time, both are.
    pub fn new(dictation: Box<dyn Transcriber>, grammar: Box<dyn Transcriber>) -> Self {
        Self { dictation, grammar }
    }
}

impl Transcriber for Duo {
    fn describe(&self) -> String {
        format!("{} and commands", self.dictation.describe())
    }

    fn streams(&self) -> bool {
        self.dictation.streams() && self.grammar.streams()
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.dictation.start()?;
        self.grammar.start()
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.grammar.accept(audio)?;
        self.dictation.accept(audio)
    }

    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError> {
        let command = self.grammar.finish(stop)?.command;
        let heard = self.dictation.finish(stop)?;
        // "Tell me a story" makes a fair "tell me the time please", where nothing else can be heard. What can be said
        // otherwise, and is likelier that way, is no command.
        let other = heard.mean_logprob.map_or(f32::NEG_INFINITY, likelihood);
        let command = command.filter(|command| command.likelihood >= other);
        Ok(Transcript { command, ..heard })
    }

    fn score(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
        self.dictation.score(texts, stop)
    }
}

/// Ears that write down whatever is said, with a commands' grammar beside them that is asked in doubt only.
pub struct Counsel {
    asr: Box<dyn Transcriber>,
    grammar: Box<dyn Transcriber>,
}

impl Counsel {
    /// Ears that hear with `ears`; `grammar` gathers the same audio and hears it when [`Transcriber::second`] asks.
    pub fn new(asr: Box<dyn Transcriber>, grammar: Box<dyn Transcriber>) -> Self {
        Self { asr, grammar }
    }
}

impl Transcriber for Counsel {
    fn describe(&self) -> String {
        self.asr.describe()
    }

    fn address(&self) -> Option<String> {
        self.asr.address()
    }

    fn streams(&self) -> bool {
        self.asr.streams()
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.grammar.start()?;
        self.asr.start()
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.grammar.accept(audio)?;
        self.asr.accept(audio)
    }

    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError> {
        self.asr.finish(stop)
    }

    fn interim(&mut self, stop: &Ticket) -> Result<Option<Transcript>, EngineError> {
        self.asr.interim(stop)
    }

    fn score(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
        self.asr.score(texts, stop)
    }

    fn second(&mut self, stop: &Ticket) -> Result<Option<GrammarMatch>, EngineError> {
        Ok(self.grammar.finish(stop)?.command)
    }
}
