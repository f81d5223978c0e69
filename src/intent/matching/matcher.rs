//! The exact matcher: sentences word for word.

use std::collections::{BTreeMap, HashMap};

use super::heard::{WORD_LIMIT, WordAlignment};
use super::rank::readings;
use super::search::search;
use crate::intent::error::IntentError;
use crate::intent::graph::compile::compile;
use crate::intent::graph::{Graph, WordId};
use crate::intent::language::forms;
use crate::intent::language::text::{part_endings, tokens};
use crate::intent::template::IntentSet;
use crate::intent::{Reading, Slots};

/// Most steps for a sentence over all templates: some 50 ms.
const STEP_LIMIT: usize = 2_000_000;

/// The compiled sentences, ready for matching.
#[derive(Debug)]
pub struct Matcher {
    graph: Graph,
    language: String,
    /// Sentences by their possible first words.
    by_word: HashMap<WordId, Vec<u32>>,
    /// Sentences that may begin with a list, a number or a wildcard.
    open: Vec<u32>,
}

impl Matcher {
    /// Compiles all templates.
    ///
    /// # Errors
    /// At unknown rules, rules and lists that contain themselves, and templates beyond the limits.
    pub fn new(intents: &IntentSet) -> Result<Self, IntentError> {
        let graph = compile(intents)?;
        let mut matcher = Self { graph, language: intents.language.clone(), by_word: HashMap::new(), open: Vec::new() };
        matcher.index();
        Ok(matcher)
    }

    fn index(&mut self) {
        for (n, sentence) in (0u32..).zip(&self.graph.sentences) {
            let node = self.graph.node(sentence.start);
            if !node.open_arcs().is_empty() {
                self.open.push(n);
                continue;
            }
            for arc in &node.arcs {
                if let crate::intent::graph::Label::Word(word) = arc.label {
                    let sentences = self.by_word.entry(word).or_default();
                    if sentences.last() != Some(&n) {
                        sentences.push(n);
                    }
                }
            }
        }
    }

    /// The graph of all sentences.
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Language tag of the templates.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// All exact readings of `text`, best first, without duplicates.
    ///
    /// `context` is the context from outside the sentence, such as the microphone's area. The best reading has, in this
    /// order: a longer value for the slot `name`, fewer wildcards, more letters of the template's own words, fewer
    /// letters in wildcards.
    pub fn exact(&self, text: &str, context: &Slots) -> Vec<Reading> {
        self.exact_counted(text, context).0
    }

    /// As [`Matcher::exact`], with the number of steps: a measure of the work that does not depend on a clock.
    pub fn exact_counted(&self, text: &str, context: &BTreeMap<String, String>) -> (Vec<Reading>, usize) {
        let (mut found, mut steps) = self.as_written(text, context, STEP_LIMIT);
        if !found.is_empty() {
            return (found, steps);
        }
        // The sentences may have another form of the numbers.
        for other in self.forms(text) {
            if !found.is_empty() || steps > STEP_LIMIT {
                break;
            }
            let (readings, more) = self.as_written(&other, context, STEP_LIMIT - steps);
            steps += more;
            found = readings;
        }
        (found, steps)
    }

    /// Other forms of the heard text, see [`forms::variants`].
    fn forms(&self, text: &str) -> Vec<String> {
        forms::variants(text, &self.language, |word| self.graph.word(word).is_some())
    }

    /// The readings of exactly these words; the search ends after `limit` steps.
    fn as_written(&self, text: &str, context: &Slots, limit: usize) -> (Vec<Reading>, usize) {
        let all = part_endings(tokens(text), |word| self.graph.word(word).is_some());
        if all.len() > WORD_LIMIT {
            return (Vec::new(), 0);
        }
        let mut heard = WordAlignment::new(&self.graph, &self.language, text, &all);
        let mut found = Vec::new();
        for sentence in self.candidates(&heard) {
            search(&self.graph, &mut heard, sentence, context, &mut found);
            if heard.steps > limit {
                break;
            }
        }
        (readings(&self.graph, found), heard.steps)
    }

    /// Sentences that may begin with the first word, or with the word after filler phrases; in the order of the files.
    fn candidates(&self, heard: &WordAlignment<'_>) -> Vec<u32> {
        let mut candidates = self.open.clone();
        let mut at = 0;
        loop {
            let by_word = heard.word(at).and_then(|word| self.by_word.get(&word));
            candidates.extend(by_word.into_iter().flatten());
            match heard.skip(at) {
                0 => break,
                skip => at += skip,
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}
