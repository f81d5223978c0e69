//! Expressions over words, as nodes of a tree.

use std::collections::BTreeMap;

/// An expression over words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GrammarNode {
    /// One word.
    Word(String),
    /// One part after the other; without parts, nothing is said.
    Sequence(Vec<GrammarNode>),
    /// One of the parts.
    Choice(Vec<GrammarNode>),
    /// A rule of the grammar, by name.
    Rule(String),
}

/// The expression without words.
pub const NOTHING: GrammarNode = GrammarNode::Sequence(Vec::new());

/// The parts one after the other, simplified.
pub fn sequence(parts: Vec<GrammarNode>) -> GrammarNode {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            GrammarNode::Sequence(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    if flat.len() == 1 { flat.remove(0) } else { GrammarNode::Sequence(flat) }
}

/// A choice of the parts, each once, simplified.
pub fn choice(parts: Vec<GrammarNode>) -> GrammarNode {
    let mut flat: Vec<GrammarNode> = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            GrammarNode::Choice(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    let mut seen = std::collections::HashSet::new();
    flat.retain(|part| seen.insert(part.clone()));
    if flat.len() == 1 { flat.remove(0) } else { GrammarNode::Choice(flat) }
}

/// All orders of `parts`.
pub fn orders(parts: &[GrammarNode]) -> Vec<Vec<GrammarNode>> {
    if parts.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for first in 0..parts.len() {
        let mut rest = parts.to_vec();
        let one = rest.remove(first);
        all.extend(orders(&rest).into_iter().map(|mut order| {
            order.insert(0, one.clone());
            order
        }));
    }
    all
}

impl GrammarNode {
    /// Number of words on all paths, with rules written out; `rules` has the number for each rule.
    pub fn size(&self, rules: &BTreeMap<String, (GrammarNode, usize)>) -> usize {
        match self {
            Self::Word(_) => 1,
            Self::Sequence(parts) | Self::Choice(parts) => {
                parts.iter().map(|part| part.size(rules)).fold(0, usize::saturating_add)
            }
            Self::Rule(name) => rules.get(name).map_or(0, |(_, size)| *size),
        }
    }
}
