//! The ranking of readings.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::intent::graph::Graph;
use crate::intent::{Reading, Slots};

/// The score of a reading by the parts of the sentence that it covers; a smaller score is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Score {
    /// Letters of the longest value for the slot [`Score::NAME`].
    pub name: usize,
    /// Number of wildcards.
    pub wildcards: usize,
    /// Letters of the template's own words.
    pub letters: usize,
    /// Letters in wildcards.
    pub wild_letters: usize,
}

impl Score {
    /// The slot whose value counts first: a person who names a thing means it.
    pub const NAME: &'static str = "name";

    const fn key(self) -> (std::cmp::Reverse<usize>, usize, std::cmp::Reverse<usize>, usize) {
        use std::cmp::Reverse;
        (Reverse(self.name), self.wildcards, Reverse(self.letters), self.wild_letters)
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A match of a sentence.
pub(super) struct FoundSentence {
    pub sentence: u32,
    pub slots: Slots,
    pub score: Score,
    /// The heard words, normalised.
    pub words: String,
}

/// The readings without duplicates, the best first; ties by the intent's name, then in the order of the files.
pub(super) fn readings(graph: &Graph, mut found: Vec<FoundSentence>) -> Vec<Reading> {
    let block = |found: &FoundSentence| &graph.blocks[graph.sentences[found.sentence as usize].block as usize];
    found.sort_by(|a, b| {
        let by_name = || block(a).intent.cmp(&block(b).intent);
        a.score.cmp(&b.score).then_with(by_name).then(a.sentence.cmp(&b.sentence))
    });
    let mut seen = HashSet::new();
    let mut readings = Vec::new();
    for found in found {
        let block = block(&found);
        if seen.insert((block.intent.clone(), found.slots.clone())) {
            readings.push(Reading {
                intent: block.intent.clone(),
                slots: found.slots,
                sentence: found.words,
                score: 1.0,
                response: block.response.clone(),
            });
        }
    }
    readings
}
