//! Two pairs of PocketSphinx's ears on the same audio: one writes down whatever is said, the other listens for commands
//! only.

use super::sphinx::DOUBT;
use super::{EngineError, Transcriber};
use crate::message::Transcript;
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
        let other = heard.mean_logprob.map_or(f32::NEG_INFINITY, |units| units * DOUBT);
        let command = command.filter(|command| command.likelihood >= other);
        Ok(Transcript { command, ..heard })
    }

    fn score(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
        self.dictation.score(texts, stop)
    }
}
