//! The minimal automaton of the sentences: parts that several sentences share are searched once.
//!
//! A decoder for JSGF writes out every use of a rule, which makes many more states than sentences need, and each state
//! costs memory and time. The sentences are finite, so that the automaton has no cycles.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use super::node::GrammarNode;

/// Most states before equal ones are joined.
const STATES_LIMIT: usize = 200_000;

/// A state: a position between words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct AutomatonState {
    /// The next words with their targets, sorted, each word once.
    arcs: Vec<(u32, u32)>,
    /// Whether a sentence may end here.
    end: bool,
}

/// The deterministic and minimal automaton of all sentences. State 0 is the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automaton {
    words: Vec<String>,
    states: Vec<AutomatonState>,
}

impl Automaton {
    /// The automaton of `root`, whose rules are in `rules` and do not contain themselves. `None` if it needs too many
    /// states.
    pub fn new(root: &GrammarNode, rules: &BTreeMap<String, (GrammarNode, usize)>) -> Option<Self> {
        let mut loose =
            Loose { rules, words: Vec::new(), ids: HashMap::new(), states: vec![Transitions::default(); 2] };
        loose.add(root, 0, 1);
        let states = minimal(&loose.deterministic()?);
        Some(Self { words: loose.words, states })
    }

    /// Number of arcs, a measure of the cost of a search.
    pub fn size(&self) -> usize {
        self.states.iter().map(|state| state.arcs.len()).sum()
    }

    /// All words, each once.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// The arcs as `(from, to, word)`. Arcs without a word lead to the last state ([`Automaton::state_count`] less
    /// one), where all sentences end.
    pub fn arcs(&self) -> impl Iterator<Item = (usize, usize, Option<&str>)> {
        self.states.iter().enumerate().flat_map(move |(from, state)| {
            let said =
                state.arcs.iter().map(move |&(word, to)| (from, to as usize, Some(self.words[word as usize].as_str())));
            said.chain(state.end.then_some((from, self.states.len(), None)))
        })
    }

    /// Number of states, including the one where all sentences end.
    pub fn state_count(&self) -> usize {
        self.states.len() + 1
    }

    /// The text form of PocketSphinx's finite-state grammars, in which all arcs of a state are equally likely. A word
    /// with several pronunciations (`ways(word)`) has an arc for each: `the`, `the(2)`.
    pub fn fsg(&self, ways: impl Fn(&str) -> usize) -> String {
        let mut text = String::from("FSG_BEGIN commands\n");
        let last = self.states.len();
        let _ = writeln!(text, "NUM_STATES {}\nSTART_STATE 0\nFINAL_STATE {last}", last + 1);
        for (from, to, word) in self.arcs() {
            let word = word.unwrap_or_default();
            let _ = writeln!(text, "TRANSITION {from} {to} 1.0 {word}");
            for way in 2..=ways(word) {
                let _ = writeln!(text, "TRANSITION {from} {to} 1.0 {word}({way})");
            }
        }
        text + "FSG_END\n"
    }
}

/// The transitions from a state.
#[derive(Clone, Debug, Default)]
struct Transitions {
    /// Words with their targets.
    words: Vec<(u32, u32)>,
    /// Targets of transitions without a word.
    free: Vec<u32>,
}

/// The non-deterministic automaton: with transitions without a word, and with a word on several transitions.
struct Loose<'a> {
    rules: &'a BTreeMap<String, (GrammarNode, usize)>,
    words: Vec<String>,
    ids: HashMap<String, u32>,
    /// State 0 is the start, state 1 the end.
    states: Vec<Transitions>,
}

impl Loose<'_> {
    /// Adds paths from `from` to `to` that accept `node`.
    fn add(&mut self, node: &GrammarNode, from: u32, to: u32) {
        match node {
            GrammarNode::Word(word) => {
                let next = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
                let id = *self.ids.entry(word.clone()).or_insert(next);
                if id == next {
                    self.words.push(word.clone());
                }
                self.states[from as usize].words.push((id, to));
            }
            GrammarNode::Sequence(parts) => {
                let Some((last, first)) = parts.split_last() else { return self.states[from as usize].free.push(to) };
                let mut at = from;
                for part in first {
                    let next = u32::try_from(self.states.len()).unwrap_or(u32::MAX);
                    self.states.push(Transitions::default());
                    self.add(part, at, next);
                    at = next;
                }
                self.add(last, at, to);
            }
            GrammarNode::Choice(parts) => parts.iter().for_each(|part| self.add(part, from, to)),
            GrammarNode::Rule(name) => {
                let rules = self.rules;
                if let Some((node, _)) = rules.get(name) {
                    self.add(node, from, to);
                }
            }
        }
    }

    /// All states that can be reached from `states` without a word, sorted, each once.
    fn closed(&self, mut states: Vec<u32>) -> Vec<u32> {
        let mut at = 0;
        let mut seen: std::collections::HashSet<u32> = states.iter().copied().collect();
        while at < states.len() {
            let ways = &self.states[states[at] as usize].free;
            states.extend(ways.iter().copied().filter(|way| seen.insert(*way)));
            at += 1;
        }
        states.sort_unstable();
        states.dedup();
        states
    }

    /// The deterministic automaton (subset construction).
    fn deterministic(&self) -> Option<Vec<AutomatonState>> {
        let start = self.closed(vec![0]);
        let mut known: HashMap<Vec<u32>, u32> = HashMap::from([(start.clone(), 0)]);
        let mut open = vec![start];
        let mut states = Vec::new();
        while states.len() < open.len() {
            let mut ways: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            let here = &open[states.len()];
            for &(word, to) in here.iter().flat_map(|&state| &self.states[state as usize].words) {
                ways.entry(word).or_default().push(to);
            }
            let end = here.binary_search(&1).is_ok();
            let mut arcs = Vec::with_capacity(ways.len());
            for (word, to) in ways {
                let to = self.closed(to);
                let next = u32::try_from(open.len()).ok().filter(|next| (*next as usize) < STATES_LIMIT)?;
                let id = *known.entry(to.clone()).or_insert(next);
                if id == next {
                    open.push(to);
                }
                arcs.push((word, id));
            }
            states.push(AutomatonState { arcs, end });
        }
        Some(states)
    }
}

/// The minimal automaton: equal states are joined, and the start comes first. A state is compared after all its
/// targets; such an order exists because there are no cycles.
fn minimal(states: &[AutomatonState]) -> Vec<AutomatonState> {
    let mut classes: Vec<Option<u32>> = vec![None; states.len()];
    let mut known: HashMap<AutomatonState, u32> = HashMap::new();
    let mut joined: Vec<AutomatonState> = Vec::new();
    let mut open = vec![0_usize];
    while let Some(&state) = open.last() {
        let waits: Vec<usize> =
            (states[state].arcs.iter()).map(|&(_, to)| to as usize).filter(|&to| classes[to].is_none()).collect();
        if !waits.is_empty() {
            open.extend(waits);
            continue;
        }
        open.pop();
        let arcs = states[state].arcs.iter().filter_map(|&(word, to)| Some((word, classes[to as usize]?))).collect();
        let own = AutomatonState { arcs, end: states[state].end };
        let next = u32::try_from(joined.len()).unwrap_or(u32::MAX);
        let class = *known.entry(own.clone()).or_insert(next);
        if class == next {
            joined.push(own);
        }
        classes[state] = Some(class);
    }
    // Reverse the order: the start was compared last.
    let last = u32::try_from(joined.len()).unwrap_or(u32::MAX).saturating_sub(1);
    joined.reverse();
    joined.iter_mut().flat_map(|state| &mut state.arcs).for_each(|(_, to)| *to = last - *to);
    joined
}

#[cfg(test)]
mod tests {
    use super::super::node::{choice, sequence};
    use super::*;

    fn words(text: &str) -> GrammarNode {
        sequence(text.split(' ').map(|word| GrammarNode::Word(word.into())).collect())
    }

    fn automaton(root: &GrammarNode) -> Automaton {
        Automaton::new(root, &BTreeMap::new()).unwrap()
    }

    #[test]
    fn beginnings_and_ends_are_shared() {
        let one =
            automaton(&choice(vec![words("turn on the lamp"), words("turn off the lamp"), words("dim the lamp")]));
        assert_eq!(one.size(), 6, "{}", one.fsg(|_| 1));
        assert_eq!(one.state_count(), 6);
    }

    #[test]
    fn a_sentence_may_end_within_another() {
        let one = automaton(&choice(vec![words("stop"), words("stop it")]));
        assert_eq!(
            one.fsg(|_| 1),
            "FSG_BEGIN commands\nNUM_STATES 4\nSTART_STATE 0\nFINAL_STATE 3\nTRANSITION 0 1 1.0 stop\n\
             TRANSITION 1 2 1.0 it\nTRANSITION 1 3 1.0 \nTRANSITION 2 3 1.0 \nFSG_END\n"
        );
    }

    #[test]
    fn rules_are_written_out_where_they_are_used() {
        let rules = BTreeMap::from([("what".to_owned(), (choice(vec![words("lamp"), words("fan")]), 2))]);
        let root = sequence(vec![
            words("on"),
            GrammarNode::Rule("what".into()),
            words("now"),
            GrammarNode::Rule("what".into()),
        ]);
        let one = Automaton::new(&root, &rules).unwrap();
        assert_eq!(one.size(), 6, "{}", one.fsg(|_| 1));
        assert_eq!(one.words().collect::<Vec<_>>(), ["on", "lamp", "fan", "now"]);
    }
}
