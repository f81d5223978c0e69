//! Profiles of sentences: the set of words that each can explain, checked before its paths are walked.

use std::collections::{HashMap, HashSet};

use crate::intent::graph::{Graph, Label, NodeId, WordId};
use crate::intent::language::lexicon;

/// The words of a template, with those of its lists.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// One bit for each word.
    bits: Vec<u64>,
    /// Whether it has a range.
    pub numbers: bool,
    /// Whether it has a wildcard.
    pub wild: bool,
}

impl Profile {
    /// Whether it has a word.
    pub fn has(&self, word: WordId) -> bool {
        self.bits.get(word as usize / 64).is_some_and(|bits| bits & (1 << (word % 64)) != 0)
    }

    fn add(&mut self, word: WordId) {
        let at = word as usize / 64;
        if self.bits.len() <= at {
            self.bits.resize(at + 1, 0);
        }
        self.bits[at] |= 1 << (word % 64);
    }

    fn merge(&mut self, other: &Self) {
        self.numbers |= other.numbers;
        self.wild |= other.wild;
        if self.bits.len() < other.bits.len() {
            self.bits.resize(other.bits.len(), 0);
        }
        self.bits.iter_mut().zip(&other.bits).for_each(|(bits, more)| *bits |= more);
    }
}

/// The profiles of a graph.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    /// By sentence.
    pub sentences: Vec<Profile>,
    /// By list: its values by the content words that they may begin with.
    pub values: Vec<HashMap<WordId, Vec<u32>>>,
    /// By list: the values that may begin with a number or another list.
    pub open_values: Vec<Vec<u32>>,
    /// The cost of leaving out each word; `None` for words that must not be left out.
    pub droppable: Vec<Option<f32>>,
}

impl Profiles {
    /// Makes the profiles of all sentences and lists.
    pub fn new(graph: &Graph) -> Self {
        let droppable = graph.words.iter().map(|word| lexicon::missing(word)).collect();
        let mut profiles = Self { droppable, ..Self::default() };
        // A list comes after the lists inside it, so that their profiles are known.
        let mut lists: Vec<Profile> = Vec::new();
        for list in &graph.lists {
            let starts = list.values.iter().map(|value| value.start);
            lists.push(profile(graph, starts, &lists));
            let (by_word, open) = profiles.beginnings(graph, list.values.iter().map(|value| value.start));
            profiles.values.push(by_word);
            profiles.open_values.push(open);
        }
        let starts = graph.sentences.iter().map(|sentence| sentence.start);
        profiles.sentences = starts.map(|start| profile(graph, [start], &lists)).collect();
        profiles
    }

    fn beginnings(&self, graph: &Graph, starts: impl Iterator<Item = NodeId>) -> (HashMap<WordId, Vec<u32>>, Vec<u32>) {
        let (mut by_word, mut open) = (HashMap::<WordId, Vec<u32>>::new(), Vec::new());
        for (number, start) in (0_u32..).zip(starts) {
            let mut ways = vec![start];
            let mut seen = HashSet::new();
            while let Some(node) = ways.pop().filter(|_| seen.len() < 1000) {
                if !seen.insert(node) {
                    continue;
                }
                for arc in &graph.node(node).arcs {
                    let Label::Word(word) = arc.label else {
                        open.push(number);
                        continue;
                    };
                    by_word.entry(word).or_default().push(number);
                    if self.droppable[word as usize].is_some() {
                        ways.push(arc.to);
                    }
                }
            }
        }
        open.dedup();
        by_word.values_mut().for_each(Vec::dedup);
        (by_word, open)
    }
}

/// The profile of the words that can be reached from some nodes.
fn profile(graph: &Graph, starts: impl IntoIterator<Item = NodeId>, lists: &[Profile]) -> Profile {
    let mut profile = Profile::default();
    let mut seen = HashSet::new();
    let mut used = HashSet::new();
    let mut open: Vec<NodeId> = starts.into_iter().collect();
    while let Some(node) = open.pop() {
        if !seen.insert(node) {
            continue;
        }
        for arc in &graph.node(node).arcs {
            match arc.label {
                Label::Word(word) => profile.add(word),
                Label::List { list, .. } => {
                    used.insert(list);
                }
                Label::Range { .. } => profile.numbers = true,
                Label::Wildcard { .. } => profile.wild = true,
            }
            open.push(arc.to);
        }
    }
    for list in used {
        if let Some(other) = lists.get(list as usize) {
            profile.merge(other);
        }
    }
    profile
}
