//! Words that mean nothing: taken out of what was said.

use super::graph::Graph;
use super::text::Token;

/// From where they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// From anywhere.
    Both,
    /// From the start only: the end belongs to a wildcard.
    Start,
    /// From the end only.
    End,
}

/// The words without those that mean nothing.
pub(super) fn without(graph: &Graph, all: &[Token], side: Side) -> Vec<Token> {
    let mut kept = Vec::with_capacity(all.len());
    let mut at = 0;
    while at < all.len() {
        let length = longest(graph, &all[at..]);
        let removed = length > 0
            && match side {
                Side::Both => true,
                Side::Start => kept.is_empty(),
                Side::End => is_tail(graph, &all[at..]),
            };
        if removed {
            at += length;
        } else {
            kept.push(all[at].clone());
            at += 1;
        }
    }
    kept
}

/// Whether all words are such.
fn is_tail(graph: &Graph, mut rest: &[Token]) -> bool {
    while !rest.is_empty() {
        match longest(graph, rest) {
            0 => return false,
            n => rest = &rest[n..],
        }
    }
    true
}

/// Length of the longest phrase of such words at the start.
fn longest(graph: &Graph, words: &[Token]) -> usize {
    let Some(start) = graph.skip else { return 0 };
    let mut nodes = vec![start];
    let mut best = 0;
    for (n, token) in words.iter().enumerate() {
        let Some(word) = graph.word(&token.word) else { break };
        nodes = nodes.iter().flat_map(|&id| graph.node(id).word_arcs(word)).map(|arc| arc.to).collect();
        nodes.sort_unstable();
        nodes.dedup();
        if nodes.iter().any(|&id| graph.node(id).end) {
            best = n + 1;
        }
        if nodes.is_empty() {
            break;
        }
    }
    best
}
