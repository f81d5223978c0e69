//! The walk through one sentence's graph: the cheapest ways to explain the heard words by it.
//!
//! Arcs lead to lower node numbers. The states before one heard word are therefore taken from the highest node down,
//! and each is final when it is taken: no state is visited twice, whatever the brackets. The time is at most nodes ×
//! words.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::index::Tolerant;
use super::utterance::HeardWords;
use crate::intent::graph::{Arc, Graph, Label, NodeId};
use crate::intent::language::lexicon;

/// Most paths at one node before one word, if they differ in their meaning.
const WAYS: usize = 3;
/// Deepest nesting of lists in lists.
const DEEPEST: usize = 8;

/// A word of the sentence on a path, linked to the words before it.
#[derive(Debug)]
struct WalkStep {
    text: Rc<str>,
    before: Option<Rc<WalkStep>>,
}

/// A path so far.
#[derive(Clone, Debug)]
pub struct WalkPath {
    /// Its cost.
    pub cost: f32,
    /// Its number of words, without wildcards.
    pub words: usize,
    trail: Option<Rc<WalkStep>>,
    /// A key that distinguishes paths by their content words.
    meaning: u64,
    /// Its last words fill a wildcard, which takes any words: they say nothing about the next ones.
    anything: bool,
}

impl WalkPath {
    const START: Self = Self { cost: 0.0, words: 0, trail: None, meaning: 0, anything: false };

    /// The sentence on the path.
    pub fn sentence(&self) -> String {
        let mut words = Vec::new();
        let mut at = self.trail.as_ref();
        while let Some(step) = at {
            words.push(&*step.text);
            at = step.before.as_ref();
        }
        words.reverse();
        words.join(" ")
    }

    fn paying(&self, cost: f32) -> Self {
        Self { cost: self.cost + cost, ..self.clone() }
    }

    fn saying(&self, text: Rc<str>, cost: f32, words: usize, meaning: u64) -> Self {
        let trail = Some(Rc::new(WalkStep { text, before: self.trail.clone() }));
        let meaning = self.meaning.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(meaning);
        let meaning = if words > 0 { meaning } else { self.meaning };
        Self { cost: self.cost + cost, words: self.words + words, trail, meaning, anything: words == 0 }
    }
}

/// The result of a walk.
#[derive(Clone, Debug, Default)]
pub struct Walked {
    /// Paths to an end, each with the index of the heard word that it reaches.
    pub ends: Vec<(usize, WalkPath)>,
    /// The cost of the cheapest path that took all words and could go on.
    pub unfinished: Option<f32>,
}

/// The walk of one utterance through the graphs.
pub struct Walker<'a> {
    graph: &'a Graph,
    tolerant: &'a Tolerant,
    utterance: &'a HeardWords,
    lists: HashMap<(u32, usize), Rc<Walked>>,
    /// Steps so far: the measure that limits the work.
    pub steps: usize,
    most_steps: usize,
}

/// The paths before each heard word, by node.
type WalkLevels = Vec<BTreeMap<NodeId, Vec<WalkPath>>>;

/// The limits of a walk.
struct WalkTask<'r> {
    start: NodeId,
    limit: f32,
    /// The lowest cost of the words from each index on; empty inside lists.
    rest: &'r [f32],
    depth: usize,
}

impl<'a> Walker<'a> {
    /// A walker for one utterance; it gives up after `most_steps` steps.
    pub fn new(graph: &'a Graph, tolerant: &'a Tolerant, utterance: &'a HeardWords, most_steps: usize) -> Self {
        Self { graph, tolerant, utterance, lists: HashMap::new(), steps: 0, most_steps }
    }

    /// Walks a sentence; `rest[at]` is the lowest cost of the words from `at` on, `limit` the largest cost of all.
    pub fn sentence(&mut self, start: NodeId, rest: &[f32], limit: f32) -> Walked {
        self.walk(&WalkTask { start, limit, rest, depth: 0 }, 0)
    }

    fn walk(&mut self, task: &WalkTask<'_>, at: usize) -> Walked {
        let count = self.utterance.len();
        let mut levels: WalkLevels = vec![BTreeMap::new(); count + 1];
        levels[at].insert(task.start, vec![WalkPath::START]);
        let mut walked = Walked::default();
        for place in at..=count {
            while let Some((node, ways)) = levels[place].pop_last() {
                for way in ways {
                    if self.steps > self.most_steps {
                        return walked;
                    }
                    self.step(task, &mut levels, (place, node), &way);
                    if place == count && !way.anything && !self.graph.node(node).arcs.is_empty() {
                        let cheapest = walked.unfinished.unwrap_or(f32::INFINITY);
                        walked.unfinished = Some(cheapest.min(way.cost));
                    }
                    if self.graph.node(node).end && (place > at || task.rest.len() > 1) {
                        walked.ends.push((place, way));
                    }
                }
            }
        }
        if task.depth == 0 {
            // An incomplete value leaves the sentence incomplete too.
            let began = self.lists.values().filter_map(|list| list.unfinished);
            let least = began.fold(walked.unfinished.unwrap_or(f32::INFINITY), f32::min);
            walked.unfinished = least.is_finite().then_some(least);
        }
        walked
    }

    fn step(&mut self, task: &WalkTask<'_>, levels: &mut WalkLevels, (place, node): (usize, NodeId), way: &WalkPath) {
        self.steps += 1;
        let (graph, utterance) = (self.graph, self.utterance);
        let here = graph.node(node);
        for (arc, cost) in self.tolerant.droppable(graph, node) {
            // Do not leave out a word that was said: a person who says `to` does not mean `to two`.
            if utterance.word(place).is_some_and(|word| arc.label == Label::Word(word)) {
                continue;
            }
            let next = WalkPath { anything: way.anything, ..self.word(way, arc, cost) };
            self.push(task, levels, (place, arc.to), next);
        }
        if place >= utterance.len() {
            return;
        }
        for guess in &utterance.guesses[place] {
            for arc in here.word_arcs(guess.word) {
                self.push(task, levels, (place + guess.span, arc.to), self.word(way, arc, guess.cost));
            }
        }
        for arc in here.open_arcs() {
            self.open_arc(task, levels, place, arc, way);
        }
        if task.depth == 0 {
            for (length, cost) in &utterance.passes[place] {
                self.push(task, levels, (place + length, node), way.paying(*cost));
            }
        }
        if task.depth == 0 || node != task.start {
            self.push(task, levels, (place + 1, node), way.paying(utterance.extra[place]));
        }
    }

    fn word(&self, way: &WalkPath, arc: &Arc, cost: f32) -> WalkPath {
        let Label::Word(word) = arc.label else { return way.paying(cost) };
        let droppable = self.tolerant.profiles.droppable[word as usize].is_some();
        let meaning = if droppable { 0 } else { u64::from(word) + 1 };
        let mut next = way.saying(self.tolerant.text(word), cost, 1, meaning);
        if droppable {
            next.meaning = way.meaning;
        }
        next
    }

    fn open_arc(&mut self, task: &WalkTask<'_>, levels: &mut WalkLevels, place: usize, arc: &Arc, way: &WalkPath) {
        match arc.label {
            Label::List { list, .. } if task.depth < DEEPEST => {
                for (end, value) in &self.list(list, place, task).ends {
                    let said = value.sentence();
                    let meaning = value.meaning ^ (u64::from(list) << 32);
                    let next = way.saying(said.into(), value.cost, value.words, meaning);
                    self.push(task, levels, (*end, arc.to), next);
                }
            }
            Label::Word(_) | Label::List { .. } => {}
            Label::Range { range, .. } => {
                for number in self.utterance.numbers(&self.graph.ranges[range as usize], place) {
                    let next = way.saying(number.said.into(), number.cost, number.words, number.value);
                    self.push(task, levels, (number.to, arc.to), next);
                }
            }
            Label::Wildcard { .. } => {
                let mut cost = 0.0;
                for to in place + 1..=self.utterance.len() {
                    // Charge for a negation in a wildcard: a person who says "don't" means it.
                    cost += if self.utterance.extra[to - 1] >= lexicon::NEGATION { lexicon::NEGATION } else { 0.0 };
                    let said = self.utterance.said(place, to);
                    self.push(task, levels, (to, arc.to), way.saying(said.into(), cost, 0, 0));
                }
            }
        }
    }

    /// Adds a path, unless there are cheaper ones at its node.
    fn push(&mut self, task: &WalkTask<'_>, levels: &mut WalkLevels, (place, node): (usize, NodeId), way: WalkPath) {
        self.steps += 1;
        let rest = task.rest.get(place).copied().unwrap_or(0.0);
        if way.cost + rest > task.limit || place >= levels.len() {
            return;
        }
        let ways = levels[place].entry(node).or_default();
        if let Some(same) = ways.iter_mut().find(|other| other.meaning == way.meaning) {
            if way.cost < same.cost {
                *same = way;
            }
            return;
        }
        ways.push(way);
        if ways.len() > WAYS {
            ways.sort_by(|a, b| a.cost.total_cmp(&b.cost));
            ways.truncate(WAYS);
        }
    }

    /// The values of a list that begin at a heard word.
    fn list(&mut self, list: u32, place: usize, task: &WalkTask<'_>) -> Rc<Walked> {
        if let Some(known) = self.lists.get(&(list, place)) {
            return Rc::clone(known);
        }
        let mut all = Walked::default();
        let profiles = &self.tolerant.profiles;
        let begin = &profiles.values[list as usize];
        let mut values: Vec<u32> = profiles.open_values[list as usize].clone();
        for guess in &self.utterance.guesses[place] {
            values.extend(begin.get(&guess.word).into_iter().flatten());
        }
        values.sort_unstable();
        values.dedup();
        for value in values {
            let start = self.graph.lists[list as usize].values[value as usize].start;
            let inner = WalkTask { start, limit: task.limit, rest: &[], depth: task.depth + 1 };
            let walked = self.walk(&inner, place);
            all.ends.extend(walked.ends.into_iter().map(|(end, mut way)| {
                way.meaning = u64::from(value) + 1;
                (end, way)
            }));
            all.unfinished = [all.unfinished, walked.unfinished].into_iter().flatten().reduce(f32::min);
        }
        let all = Rc::new(best_of(all));
        self.lists.insert((list, place), Rc::clone(&all));
        all
    }
}

/// Keeps only the cheapest values for each end.
fn best_of(mut walked: Walked) -> Walked {
    walked.ends.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cost.total_cmp(&b.1.cost)));
    let mut run = (usize::MAX, 0);
    walked.ends.retain(|(end, _)| {
        run = if run.0 == *end { (*end, run.1 + 1) } else { (*end, 1) };
        run.1 <= WAYS
    });
    walked
}
