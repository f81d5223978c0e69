//! The heard words, prepared for the graph: word ids, and the list values and numbers at each word.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::intent::graph::{Graph, Label, NodeId, WordId};
use crate::intent::language::number::{self, Number};
use crate::intent::language::text::{Token, tidy};
use crate::intent::template::Range;

/// Most words of a sentence; people say less to a machine.
pub const WORD_LIMIT: usize = 64;

/// The words of a sentence with what the graph has for them.
pub struct WordAlignment<'a> {
    graph: &'a Graph,
    language: &'a str,
    text: &'a str,
    tokens: &'a [Token],
    words: Vec<Option<WordId>>,
    skips: Vec<usize>,
    /// Letters before each word, without filler phrases; a space counts as one.
    letters: Vec<usize>,
    numbers: Vec<Option<WordFindings<Number>>>,
    lists: HashMap<(u32, usize), WordFindings<u32>>,
    /// Steps so far: the measure that limits the work.
    pub steps: usize,
}

/// The findings at a word, each with the word before which it ends.
pub type WordFindings<T> = Rc<[(usize, T)]>;

impl<'a> WordAlignment<'a> {
    /// Prepares the words; the caller has refused more than [`WORD_LIMIT`].
    pub fn new(graph: &'a Graph, language: &'a str, text: &'a str, tokens: &'a [Token]) -> Self {
        let words: Vec<Option<WordId>> = tokens.iter().map(|token| graph.word(&token.word)).collect();
        let numbers = vec![None; tokens.len()];
        let skips = skips(graph, &words);
        let letters = letters(tokens, &skips);
        Self { graph, language, text, tokens, words, skips, letters, numbers, lists: HashMap::new(), steps: 0 }
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The id of the word at an index, if a template has it.
    pub fn word(&self, at: usize) -> Option<WordId> {
        self.words.get(at).copied().flatten()
    }

    /// Length of the filler phrase that begins at a word; 0 if there is none.
    pub fn skip(&self, at: usize) -> usize {
        self.skips.get(at).copied().unwrap_or_default()
    }

    /// Letters of a stretch without filler phrases: the part of the sentence that a value covers.
    pub fn letters(&self, from: usize, to: usize) -> usize {
        self.letters[to] - self.letters[from]
    }

    /// Whether only filler phrases are left from a word on.
    pub fn is_filler(&self, mut at: usize) -> bool {
        while self.skip(at) > 0 {
            at += self.skip(at);
        }
        at >= self.len()
    }

    /// The words of a stretch as they were said, without filler phrases unless there is nothing else.
    pub fn meant(&self, from: usize, to: usize) -> String {
        let mut said = Vec::new();
        let mut at = from;
        while at < to {
            let skip = self.skip(at);
            if skip > 0 && at + skip <= to {
                at += skip;
                continue;
            }
            let end = (at + 1..to).find(|&at| self.skip(at) > 0).unwrap_or(to);
            said.push(self.said(at, end));
            at = end;
        }
        if said.is_empty() { self.said(from, to) } else { said.join(" ") }
    }

    /// All words, normalised.
    pub fn words(&self) -> String {
        let words: Vec<&str> = self.tokens.iter().map(|token| token.word.as_str()).collect();
        words.join(" ")
    }

    /// The words of a stretch as they were said.
    pub fn said(&self, from: usize, to: usize) -> String {
        match self.tokens.get(from..to) {
            Some([first, .., last]) => tidy(&self.text[first.span.start..last.span.end]),
            Some([only]) => tidy(&self.text[only.span.clone()]),
            _ => String::new(),
        }
    }

    /// Numbers of a range that begin at a word, with or without a per cent sign.
    pub fn range(&mut self, range: &Range, at: usize) -> Vec<(usize, Number)> {
        let numbers = self.numbers_at(at);
        let mut found = Vec::new();
        for &(to, number) in numbers.iter().filter(|(_, number)| range.has(*number)) {
            found.push((to, number));
            if range.percent && self.tokens.get(to).is_some_and(|token| is_percent(&token.word)) {
                found.push((to + 1, number));
            }
        }
        found
    }

    fn numbers_at(&mut self, at: usize) -> WordFindings<Number> {
        if at >= self.len() {
            return Rc::new([]);
        }
        if let Some(known) = &self.numbers[at] {
            return Rc::clone(known);
        }
        let words: Vec<&str> = self.tokens[at..].iter().map(|token| token.word.as_str()).collect();
        let found = number::parse(&words, self.language).into_iter().map(|(n, number)| (at + n, number)).collect();
        self.numbers[at] = Some(Rc::clone(&found));
        found
    }

    /// Values of a list that begin at a word.
    pub fn list(&mut self, list: u32, at: usize) -> WordFindings<u32> {
        if let Some(known) = self.lists.get(&(list, at)) {
            return Rc::clone(known);
        }
        let graph = self.graph;
        let values = &graph.lists[list as usize];
        let by_word = self.word(at).and_then(|word| values.by_word.get(&word));
        let mut candidates: Vec<u32> = by_word.into_iter().flatten().chain(&values.open).copied().collect();
        candidates.sort_unstable();
        let mut found = Vec::new();
        for value in candidates {
            let ends = self.reach(values.values[value as usize].start, at);
            found.extend(ends.into_iter().map(|end| (end, value)));
        }
        let found: WordFindings<u32> = found.into();
        self.lists.insert((list, at), Rc::clone(&found));
        found
    }

    /// The ends of walks from the node `start` and a word on.
    fn reach(&mut self, start: NodeId, at: usize) -> Vec<usize> {
        let graph = self.graph;
        let mut seen = HashSet::new();
        let mut ends = Vec::new();
        let mut open = vec![(start, at)];
        while let Some((id, at)) = open.pop() {
            if !seen.insert((id, at)) {
                continue;
            }
            self.steps += 1;
            let node = graph.node(id);
            if node.end && !ends.contains(&at) {
                ends.push(at);
            }
            if let Some(word) = self.word(at) {
                open.extend(node.word_arcs(word).iter().map(|arc| (arc.to, at + 1)));
            }
            for arc in node.open_arcs() {
                let tos: Vec<usize> = match arc.label {
                    Label::Word(_) => continue,
                    Label::List { list, .. } => self.list(list, at).iter().map(|found| found.0).collect(),
                    Label::Range { range, .. } => {
                        self.range(&graph.ranges[range as usize], at).iter().map(|found| found.0).collect()
                    }
                    Label::Wildcard { .. } => (at + 1..=self.len()).collect(),
                };
                open.extend(tos.into_iter().map(|to| (arc.to, to)));
            }
        }
        // Drop values without words, which would match everywhere.
        ends.retain(|&end| end > at);
        ends
    }
}

fn letters(tokens: &[Token], skips: &[usize]) -> Vec<usize> {
    let mut letters = vec![0; tokens.len() + 1];
    let mut filler = 0;
    for (at, token) in tokens.iter().enumerate() {
        filler = filler.max(at + skips[at]);
        let counted = if filler > at { 0 } else { token.word.chars().count() + 1 };
        letters[at + 1] = letters[at] + counted;
    }
    letters
}

/// Length of the filler phrase at each word: the longest at each place, without overlaps.
fn skips(graph: &Graph, words: &[Option<WordId>]) -> Vec<usize> {
    let mut skips = vec![0; words.len()];
    let mut at = 0;
    while at < words.len() {
        skips[at] = longest_skip(graph, &words[at..]);
        at += skips[at].max(1);
    }
    skips
}

fn longest_skip(graph: &Graph, words: &[Option<WordId>]) -> usize {
    let mut nodes: Vec<NodeId> = graph.skip.into_iter().collect();
    let mut longest = 0;
    for (n, word) in words.iter().enumerate() {
        let Some(word) = *word else { break };
        nodes = nodes.iter().flat_map(|&id| graph.node(id).word_arcs(word)).map(|arc| arc.to).collect();
        nodes.sort_unstable();
        nodes.dedup();
        if nodes.iter().any(|&id| graph.node(id).end) {
            longest = n + 1;
        }
        if nodes.is_empty() {
            break;
        }
    }
    longest
}

pub(super) fn is_percent(word: &str) -> bool {
    matches!(word, "%" | "percent" | "процент" | "процента" | "процентов")
}
