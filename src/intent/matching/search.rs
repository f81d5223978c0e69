//! The walk through one sentence's graph along the heard words.
//!
//! Walks at the same node before the same word with the same slots are joined. Of walks that differ in their slots only
//! the best few go on. Time therefore grows with words × nodes, not with the number of readings.

use std::collections::{BTreeMap, HashMap};

use super::context::{BoundContext, admits, admits_value, from_context};
use super::heard::WordAlignment;
use super::rank::{FoundSentence, Score};
use crate::intent::Slots;
use crate::intent::graph::{Graph, Label, NodeId};
use crate::intent::language::number::Number;

/// Most walks at one node before one word that differ only in their slots.
const WALK_LIMIT: usize = 24;

/// A filled slot; `before` is the index of the slots before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct SlotCapture {
    before: Option<u32>,
    slot: u32,
    from: usize,
    to: usize,
    value: SearchValue,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum SearchValue {
    List { list: u32, value: u32 },
    Range { range: u32, thousandths: i64 },
    Wildcard,
}

#[derive(Clone, Copy)]
struct Walk {
    node: NodeId,
    captures: Option<u32>,
    score: Score,
}

/// Adds the readings of the words by `sentence` to `found`.
pub(super) fn search(
    graph: &Graph,
    heard: &mut WordAlignment<'_>,
    sentence: u32,
    context: &Slots,
    found: &mut Vec<FoundSentence>,
) {
    let block = &graph.blocks[graph.sentences[sentence as usize].block as usize];
    if !admits_value(block, context) {
        return;
    }
    let mut state =
        SearchState { graph, heard, sentence, captures: Vec::new(), known: HashMap::new(), walks: Vec::new() };
    state.walks.resize_with(state.heard.len() + 1, BTreeMap::new);
    let start = Walk { node: graph.sentences[sentence as usize].start, captures: None, score: Score::default() };
    state.push(start, 0);
    for at in 0..state.heard.len() {
        for walk in std::mem::take(&mut state.walks[at]).into_values().flatten() {
            state.step(walk, at);
        }
    }
    let ends = std::mem::take(state.walks.last_mut().expect("there is a place after the last word"));
    for walk in ends.into_values().flatten().filter(|walk| graph.node(walk.node).end) {
        state.finish(walk, context, found);
    }
}

struct SearchState<'s, 'h, 'a> {
    graph: &'a Graph,
    heard: &'s mut WordAlignment<'h>,
    sentence: u32,
    captures: Vec<SlotCapture>,
    /// The index of each capture.
    known: HashMap<SlotCapture, usize>,
    /// By the next word, then by node.
    walks: Vec<BTreeMap<NodeId, Vec<Walk>>>,
}

impl SearchState<'_, '_, '_> {
    fn step(&mut self, walk: Walk, at: usize) {
        self.heard.steps += 1;
        if self.heard.skip(at) > 0 && self.may_skip(walk, at) {
            self.push(walk, at + self.heard.skip(at));
        }
        let node = self.graph.node(walk.node);
        if let Some(word) = self.heard.word(at) {
            for arc in node.word_arcs(word) {
                let letters = self.graph.words[word as usize].chars().count();
                let score = Score { letters: walk.score.letters + letters, ..walk.score };
                self.push(Walk { node: arc.to, score, ..walk }, at + 1);
            }
        }
        for arc in node.open_arcs() {
            match arc.label {
                Label::Word(_) => {}
                Label::List { list, slot } => self.list(walk, at, list, slot, arc.to),
                Label::Range { range, slot } => {
                    for (to, number) in self.heard.range(&self.graph.ranges[range as usize], at) {
                        let value = SearchValue::Range { range, thousandths: number.0 };
                        self.capture(walk, SlotCapture { before: walk.captures, slot, from: at, to, value }, arc.to);
                    }
                }
                Label::Wildcard { slot } => {
                    for to in at + 1..=self.heard.len() {
                        let value = SearchValue::Wildcard;
                        self.capture(walk, SlotCapture { before: walk.captures, slot, from: at, to, value }, arc.to);
                    }
                }
            }
        }
    }

    /// Whether a filler phrase may be skipped here; not if a wildcard takes the words.
    fn may_skip(&self, walk: Walk, at: usize) -> bool {
        let sentence = &self.graph.sentences[self.sentence as usize];
        match (sentence.wild_start, sentence.wild_end) {
            (false, false) => true,
            (false, true) => walk.node == sentence.start,
            (true, _) => walk.node != sentence.start && self.heard.is_filler(at),
        }
    }

    /// The value of a wildcard.
    fn wild(&self, from: usize, to: usize) -> String {
        let sentence = &self.graph.sentences[self.sentence as usize];
        if sentence.wild_start || sentence.wild_end { self.heard.said(from, to) } else { self.heard.meant(from, to) }
    }

    fn list(&mut self, walk: Walk, at: usize, list: u32, slot: u32, node: NodeId) {
        let block = &self.graph.blocks[self.graph.sentences[self.sentence as usize].block as usize];
        for &(to, value) in self.heard.list(list, at).iter() {
            if admits_value(block, &self.graph.lists[list as usize].values[value as usize].context) {
                let value = SearchValue::List { list, value };
                self.capture(walk, SlotCapture { before: walk.captures, slot, from: at, to, value }, node);
            }
        }
    }

    /// Continues the walk with one more slot.
    fn capture(&mut self, walk: Walk, capture: SlotCapture, node: NodeId) {
        let mut score = walk.score;
        if capture.value == SearchValue::Wildcard {
            score.wildcards += 1;
            score.wild_letters += self.heard.letters(capture.from, capture.to);
        } else if self.graph.slots[capture.slot as usize] == Score::NAME {
            score.name = score.name.max(self.heard.letters(capture.from, capture.to));
        }
        let to = capture.to;
        let all = &mut self.captures;
        let id = *self.known.entry(capture).or_insert_with(|| {
            all.push(capture);
            all.len() - 1
        });
        let captures = u32::try_from(id).ok();
        self.push(Walk { node, captures, score }, to);
    }

    fn push(&mut self, walk: Walk, at: usize) {
        self.heard.steps += 1;
        let walks = self.walks[at].entry(walk.node).or_default();
        if let Some(same) = walks.iter_mut().find(|other| other.captures == walk.captures) {
            if walk.score < same.score {
                *same = walk;
            }
        } else if walks.len() < WALK_LIMIT {
            walks.push(walk);
        } else {
            let worst = walks.iter_mut().max_by(|a, b| a.score.cmp(&b.score));
            if let Some(worst) = worst.filter(|worst| walk.score < worst.score) {
                *worst = walk;
            }
        }
    }

    fn finish(&self, walk: Walk, context: &Slots, found: &mut Vec<FoundSentence>) {
        let graph = self.graph;
        let mut chain = Vec::new();
        let mut next = walk.captures;
        while let Some(capture) = next.and_then(|id| self.captures.get(id as usize)) {
            chain.push(capture);
            next = capture.before;
        }
        chain.reverse();
        let mut known = BoundContext::new(context);
        let mut slots = Slots::new();
        for capture in chain {
            let said = || self.heard.said(capture.from, capture.to);
            let value = match capture.value {
                SearchValue::Wildcard => self.wild(capture.from, capture.to),
                SearchValue::Range { range, thousandths } => {
                    graph.ranges[range as usize].slot_value(Number(thousandths))
                }
                SearchValue::List { list, value } => {
                    let value = &graph.lists[list as usize].values[value as usize];
                    known.add(&value.context);
                    match value.out.as_str() {
                        // Recognisers use hyphens freely: `double-shot` is the file's `double shot`.
                        "" if value.hyphen => said(),
                        "" => unhyphenated(&said()),
                        out => out.to_string(),
                    }
                }
            };
            let slot = &graph.slots[capture.slot as usize];
            if !slot.starts_with('@') {
                slots.insert(slot.clone(), value);
            }
        }
        let block = &graph.blocks[graph.sentences[self.sentence as usize].block as usize];
        if admits(block, &known) {
            from_context(block, &known, &mut slots);
            found.push(FoundSentence { sentence: self.sentence, slots, score: walk.score, words: self.heard.words() });
        }
    }
}

/// A text with blanks in place of the hyphens between letters.
fn unhyphenated(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let inside = |at: usize| {
        let letter = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric());
        letter(at.checked_sub(1)) && letter(Some(at + 1))
    };
    let blank = |(at, c): (usize, &char)| if matches!(c, '-' | '‐' | '‑') && inside(at) { ' ' } else { *c };
    chars.iter().enumerate().map(blank).collect()
}
