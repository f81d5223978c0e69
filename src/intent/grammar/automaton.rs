//! The smallest automaton that accepts the sentences: what is shared by many is searched once.
//!
//! Rules written out one by one, as a decoder does it with JSGF, make many more states than sentences need, and each of
//! them costs memory and time. The sentences are finite, so the automaton has no circles.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use super::node::GrammarNode;

/// States that the sentences may need before alike ones are joined.
const STATES_LIMIT: usize = 200_000;

/// A place between words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct AutomatonState {
    /// Words that may come next and where they lead; in order, each word once.
    arcs: Vec<(u32, u32)>,
    /// Whether a sentence may end here.
    end: bool,
}

/// All sentences, deterministic and minimal. State 0 is where they begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automaton {
    words: Vec<String>,
    states: Vec<AutomatonState>,
}

impl Automaton {
    /// The sentences of `root`, whose rules are in `rules` and do not contain themselves. `None` where they need too many
    /// states.
    pub fn new(root: &GrammarNode, rules: &BTreeMap<String, (GrammarNode, usize)>) -> Option<Self> {
        let mut loose =
            Loose { rules, words: Vec::new(), ids: HashMap::new(), states: vec![Transitions::default(); 2] };
        loose.add(root, 0, 1);
        let states = minimal(&loose.deterministic()?);
        Some(Self { words: loose.words, states })
    }

    /// Number of arcs, as a measure of what it costs to search.
    pub fn size(&self) -> usize {
        self.states.iter().map(|state| state.arcs.len()).sum()
    }

    /// All words, each once.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// The arcs as `(from, to, word)`; those of `None` lead, without a word, to the last state, in which all sentences
    /// end: [`Automaton::state_count`] less one.
    pub fn arcs(&self) -> impl Iterator<Item = (usize, usize, Option<&str>)> {
        self.states.iter().enumerate().flat_map(move |(from, state)| {
            let said =
                state.arcs.iter().map(move |&(word, to)| (from, to as usize, Some(self.words[word as usize].as_str())));
            said.chain(state.end.then_some((from, self.states.len(), None)))
        })
    }

    /// Number of states, the one in which all sentences end among them.
    pub fn state_count(&self) -> usize {
        self.states.len() + 1
    }

    /// In the text form of PocketSphinx's finite-state grammars. Every way on is as likely as any other. A word that can
    /// be said in `ways(word)` ways has an arc for each: `the`, `the(2)`.
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

/// The ways on from a place.
#[derive(Clone, Debug, Default)]
struct Transitions {
    /// By a word, and where to.
    words: Vec<(u32, u32)>,
    /// Without one.
    free: Vec<u32>,
}

/// The sentences as they are written: with steps that take no word, and the same word on several ways.
struct Loose<'a> {
    rules: &'a BTreeMap<String, (GrammarNode, usize)>,
    words: Vec<String>,
    ids: HashMap<String, u32>,
    /// Sentences begin in 0 and end in 1.
    states: Vec<Transitions>,
}

impl Loose<'_> {
    /// Adds ways from `from` to `to` that take what `node` says.
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

    /// All states that can be reached from `states` without a word, in order, each once.
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

    /// The same sentences with one way for each word (subset construction). Later states follow earlier ones.
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

/// The same sentences with alike states joined, and the first state first. A state is judged when all that it leads to
/// are: without circles, an order of that kind exists.
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
    // The first state was judged last.
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
