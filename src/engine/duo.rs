//! Two recognisers on the same audio: one writes down everything, the other listens for commands only.

use super::sphinx::likelihood;
use super::{EngineError, Transcriber};
use crate::message::{GrammarMatch, Transcript};
use crate::turn::Ticket;

/// Dictation with a commands' grammar beside it.
pub struct DictationWithGrammar {
    dictation: Box<dyn Transcriber>,
    grammar: Box<dyn Transcriber>,
}

impl DictationWithGrammar {
    /// A recogniser that writes down with `dictation` and fills [`Transcript::command`] with the result of `grammar`.
    /// If one of them gains from decoding ahead of time, both decode ahead.
    pub fn new(dictation: Box<dyn Transcriber>, grammar: Box<dyn Transcriber>) -> Self {
        Self { dictation, grammar }
    }
}

impl Transcriber for DictationWithGrammar {
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
        // Drop a command that is less likely than the dictation: the grammar, which knows nothing else, hears "tell me
        // a story" as a fair "tell me the time please".
        let other = heard.mean_logprob.map_or(f32::NEG_INFINITY, likelihood);
        let command = command.filter(|command| command.likelihood >= other);
        Ok(Transcript { command, ..heard })
    }

    fn score(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
        self.dictation.score(texts, stop)
    }
}

/// A recogniser that writes down all speech, with a commands' grammar beside it that decodes only in doubt.
pub struct SecondOpinion {
    asr: Box<dyn Transcriber>,
    grammar: Box<dyn Transcriber>,
}

impl SecondOpinion {
    /// A recogniser that listens with `asr`. `grammar` gathers the same audio and decodes it when
    /// [`Transcriber::second`] is called.
    pub fn new(asr: Box<dyn Transcriber>, grammar: Box<dyn Transcriber>) -> Self {
        Self { asr, grammar }
    }
}

impl Transcriber for SecondOpinion {
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

    fn interim(&mut self, beginning: &str, stop: &Ticket) -> Result<Option<Transcript>, EngineError> {
        self.asr.interim(beginning, stop)
    }

    fn score(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
        self.asr.score(texts, stop)
    }

    fn second(&mut self, stop: &Ticket) -> Result<Option<GrammarMatch>, EngineError> {
        Ok(self.grammar.finish(stop)?.command)
    }
}
