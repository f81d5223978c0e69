//! The commands in use: the interpreter of sentences, and the decision about each.

use std::collections::BTreeMap;

use super::Verdict;
use super::book::Book;
use super::error::CommandError;
use crate::config::Config;
use crate::intent::grammar::{Automaton, GrammarError, grammar};
use crate::intent::matching::interpret::{Hypothesis, InterpretSettings, Interpreter};
use crate::intent::matching::matcher::Matcher;
use crate::intent::matching::zeroshot::{self, Proposal};
use crate::intent::template::{Block, Expr, FilePlace, Intent, IntentSet, Sentence};
use crate::intent::{Reading, Understanding};
use crate::message::Transcript;

/// Answers to a question: an asr that listens for commands only must hear them too.
const ANSWERS: [&str; 12] =
    ["yes", "yes please", "yeah", "okay", "sure", "do it", "go ahead", "no", "no thanks", "don't", "cancel", "stop"];
/// Log weight of each further hypothesis of an engine that gives no scores.
const STEP: f32 = 0.25;

/// The commands with the interpreter and the grammar made of their sentences.
#[derive(Debug)]
pub struct Commands {
    interpreter: Interpreter,
    book: Book,
    grammar: Result<Automaton, GrammarError>,
}

impl Commands {
    /// Compiles the sentences of a book.
    ///
    /// # Errors
    /// When a sentence cannot be compiled: a rule that is not there or that contains itself, a template too large.
    pub fn new(book: Book, config: &Config) -> Result<Self, CommandError> {
        let settings = InterpretSettings { threshold: config.intents.threshold, margin: config.intents.margin };
        let interpreter = Interpreter::new(Matcher::new(book.intents())?, settings);
        let grammar = grammar(&with_answers(book.intents(), &config.turn.stop_phrases)).map(|grammar| {
            grammar.warnings.iter().for_each(|warning| tracing::info!("{warning}"));
            grammar.automaton
        });
        Ok(Self { interpreter, book, grammar })
    }

    /// The grammar for the recogniser: the sentences, and answers to questions.
    ///
    /// # Errors
    /// When there is no sentence, or the grammar is too large.
    pub fn grammar(&self) -> Result<&Automaton, &GrammarError> {
        self.grammar.as_ref()
    }

    /// The interpreter of sentences.
    pub fn interpreter(&self) -> &Interpreter {
        &self.interpreter
    }

    /// The sentences with their actions.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Understands a transcript as a command. The grammar decoder's result counts if it is accepted, otherwise the
    /// dictated text is read.
    pub fn understand(&self, transcript: &Transcript) -> Understanding {
        let mut understanding = self.read(transcript);
        let best = understanding.best.as_ref().filter(|_| understanding.accepted);
        if best.is_some_and(|best| !self.book.makes_sense(best)) {
            understanding.accepted = false;
            understanding.reason = "no sense: the words in its slots are nothing that it can do".into();
        }
        understanding
    }

    fn read(&self, transcript: &Transcript) -> Understanding {
        let context = BTreeMap::new();
        let mut understanding = Understanding { reason: "no words".into(), ..Understanding::default() };
        if let Some(heard) = &transcript.command {
            let hypotheses = hypotheses(&heard.text, &heard.alternatives);
            understanding = self.interpreter.understand(&hypotheses, Some(heard.confidence), &context);
            if understanding.accepted || transcript.text == heard.text {
                return understanding;
            }
        }
        if transcript.text.trim().is_empty() {
            return understanding;
        }
        self.interpreter.understand(&hypotheses(&transcript.text, &transcript.alternatives), None, &context)
    }

    /// Decides about an accepted reading. If it was `guessed`, golem asks first, whatever the risk.
    pub fn decide(&self, reading: &Reading, guessed: bool) -> Verdict {
        if guessed { self.book.decide_guess(reading) } else { self.book.decide(reading) }
    }

    /// The proposal for a guess at the meaning of `text`.
    pub fn propose(&self, guess: &zeroshot::ZeroShotVerdict, text: &str) -> Proposal {
        let matcher = self.interpreter.matcher();
        zeroshot::propose(guess, matcher.graph(), matcher.language(), text, self.interpreter.settings().threshold)
    }

    /// Whether these words are only the beginning of a command. "Set a timer" is a whole sentence, but a person who
    /// knows the length goes on.
    pub fn unfinished(&self, words: &str) -> bool {
        let lacks = |reading: Reading| {
            self.book.builtin(&reading.intent).is_some_and(|builtin| builtin.lacks_time(&reading.slots))
        };
        let readings = || self.interpreter.matcher().exact(words, &BTreeMap::new());
        self.interpreter.unfinished(words) || readings().into_iter().next().is_some_and(lacks)
    }

    /// Whether these words are a whole command that nothing can follow.
    pub fn whole(&self, words: &str) -> bool {
        let progress = self.interpreter.progress(words);
        progress.complete && !progress.unfinished
    }

    /// A spoken sentence that names some of the commands.
    pub fn help(&self) -> String {
        self.book.help()
    }
}

fn hypotheses<'a>(text: &'a str, alternatives: &'a [String]) -> Vec<Hypothesis<'a>> {
    let texts = std::iter::once(text).chain(alternatives.iter().map(String::as_str));
    let mut weight = STEP;
    texts
        .map(|text| {
            weight -= STEP;
            Hypothesis { text, weight }
        })
        .collect()
}

/// The sentences with the answers of a person: yes, no, and the phrases in `stop`.
fn with_answers(intents: &IntentSet, stop: &[String]) -> IntentSet {
    let mut all = intents.clone();
    let ascii = stop.iter().map(String::as_str).filter(|phrase| phrase.is_ascii());
    let sentence =
        |text: &str| Sentence { text: text.into(), expr: Expr::Text(text.into()), place: FilePlace::default() };
    let mut sentences: Vec<Sentence> = ANSWERS.into_iter().chain(ascii).map(sentence).collect();
    sentences.sort_by(|a, b| a.text.cmp(&b.text));
    sentences.dedup_by(|a, b| a.text == b.text);
    let answers = Intent { blocks: vec![Block { sentences, ..Block::default() }] };
    all.intents.insert("_answer".into(), answers);
    all
}
