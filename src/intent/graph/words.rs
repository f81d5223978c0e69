//! Nets of pieces joined into whole words: nodes of the [`Graph`].

use std::collections::{HashMap, HashSet};

use super::pieces::{Net, SentencePiece};
use super::{Arc, Graph, GraphNode, Label, NodeId};
use crate::intent::error::IntentError;
use crate::intent::language::text;
use crate::intent::template::FilePlace;

/// Most paths from one position between words to the next ones.
const WAYS_LIMIT: usize = 50_000;
/// Most arcs of all sentences together, a hundred times those of a smart home: some 25 MB.
const ARC_LIMIT: usize = 1_000_000;

/// A path from one position between words to the next.
enum WordWay {
    /// Fixed words, at least one.
    Words(Vec<String>),
    /// A list, a range or a wildcard.
    Open(Label),
    /// A separator that is not a word, such as a comma.
    Nothing,
}

/// The paths from a node of the net.
#[derive(Default)]
struct WordWays {
    ways: Vec<(WordWay, usize)>,
    end: bool,
}

/// The builder of nodes; equal nodes exist once.
#[derive(Default)]
pub(super) struct GraphBuilder {
    known: HashMap<GraphNode, NodeId>,
    arcs: usize,
}

impl GraphBuilder {
    /// Adds a net to the graph; `label` gives the label of a list. Returns the first node.
    ///
    /// # Errors
    /// [`IntentError::TooLarge`], and the errors of `label`.
    pub(super) fn weave<'a>(
        &mut self,
        graph: &mut Graph,
        net: &Net<'a>,
        place: &FilePlace,
        mut label: impl FnMut(&mut Self, &mut Graph, &'a str, &'a str) -> Result<Label, IntentError>,
    ) -> Result<NodeId, IntentError> {
        let too_large = |what: &str| IntentError::TooLarge { place: place.clone(), what: what.to_owned() };
        let mut found: Vec<Option<WordWays>> = Vec::new();
        found.resize_with(net.steps.len(), || None);
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            if found[at].is_some() {
                continue;
            }
            let ways = explore(net, at, &mut |list, slot| label(self, graph, list, slot))?
                .ok_or_else(|| too_large("one of its words has too many spellings"))?;
            open.extend(ways.ways.iter().map(|way| way.1));
            found[at] = Some(ways);
        }
        // Steps lead to higher numbers: go from the end back, so that every target has its id already.
        let mut ids: HashMap<usize, NodeId> = HashMap::new();
        for (at, ways) in found.into_iter().enumerate().rev() {
            let Some(ways) = ways else { continue };
            let node = self.node(graph, ways, &ids);
            self.arcs += node.arcs.len();
            if self.arcs > ARC_LIMIT {
                return Err(too_large("all sentences together have too many words"));
            }
            ids.insert(at, self.add(graph, node));
        }
        Ok(ids[&0])
    }

    fn node(&mut self, graph: &mut Graph, ways: WordWays, ids: &HashMap<usize, NodeId>) -> GraphNode {
        let mut arcs = Vec::with_capacity(ways.ways.len());
        let mut end = ways.end;
        for (way, to) in ways.ways {
            let to = ids[&to];
            match way {
                WordWay::Words(words) => arcs.push(self.chain(graph, &words, to)),
                WordWay::Open(label) => arcs.push(Arc { label, to }),
                WordWay::Nothing => {
                    let node = graph.node(to);
                    arcs.extend_from_slice(&node.arcs);
                    end |= node.end;
                }
            }
        }
        let mut seen = HashSet::new();
        arcs.retain(|arc| seen.insert(*arc));
        arcs.sort_by_key(|arc| arc.label);
        GraphNode { arcs: arcs.into(), end }
    }

    /// The arc of the first word, and a chain of nodes for the words after it.
    fn chain(&mut self, graph: &mut Graph, words: &[String], mut to: NodeId) -> Arc {
        for word in words[1..].iter().rev() {
            let label = Label::Word(intern(graph, word));
            to = self.add(graph, GraphNode { arcs: Box::new([Arc { label, to }]), end: false });
        }
        Arc { label: Label::Word(intern(graph, &words[0])), to }
    }

    fn add(&mut self, graph: &mut Graph, node: GraphNode) -> NodeId {
        if let Some(&id) = self.known.get(&node) {
            return id;
        }
        let id = NodeId::try_from(graph.nodes.len()).expect("there are fewer nodes than arcs, and those are limited");
        graph.nodes.push(node.clone());
        self.known.insert(node, id);
        id
    }
}

fn intern(graph: &mut Graph, word: &str) -> u32 {
    if let Some(id) = graph.word(word) {
        return id;
    }
    let id = u32::try_from(graph.words.len()).expect("there are fewer words than arcs, and those are limited");
    graph.words.push(word.to_owned());
    graph.ids.insert(word.to_owned(), id);
    id
}

/// All paths from `start`, a position between words, to the next such positions; `None` if they are too many.
fn explore<'a>(
    net: &Net<'a>,
    start: usize,
    label: &mut impl FnMut(&'a str, &'a str) -> Result<Label, IntentError>,
) -> Result<Option<WordWays>, IntentError> {
    let last = net.steps.len() - 1;
    let mut ways = WordWays::default();
    let mut seen: HashSet<(usize, String)> = HashSet::new();
    let mut stack = vec![(start, String::new())];
    while let Some((at, word)) = stack.pop() {
        if !seen.insert((at, word.clone())) {
            continue;
        }
        if seen.len() > WAYS_LIMIT {
            return Ok(None);
        }
        if at == last {
            if word.is_empty() {
                ways.end = true;
            } else {
                ways.ways.push((spelled(&word), at));
            }
        }
        // Push in reverse: the stack is popped from its end, and the first alternative should come first.
        for (piece, to) in net.steps[at].iter().rev() {
            match piece {
                SentencePiece::Nothing => stack.push((*to, word.clone())),
                SentencePiece::Text(text) => stack.push((*to, format!("{word}{text}"))),
                SentencePiece::Gap if word.is_empty() => stack.push((*to, String::new())),
                SentencePiece::Gap => ways.ways.push((spelled(&word), *to)),
                SentencePiece::List { list, slot } if word.is_empty() => {
                    ways.ways.push((WordWay::Open(label(list, slot)?), *to));
                }
                SentencePiece::List { .. } => ways.ways.push((spelled(&word), at)),
            }
        }
    }
    Ok(Some(ways))
}

fn spelled(word: &str) -> WordWay {
    // The colon between two numbers is heard as a word: `{hour}:{minute}`.
    if word.trim() == ":" {
        return WordWay::Words(vec![word.trim().to_owned()]);
    }
    let words = text::words(word);
    if words.is_empty() { WordWay::Nothing } else { WordWay::Words(words) }
}
