//! The compilation of [`IntentSet`] into the [`Graph`] that the matchers walk.

use std::collections::{BTreeMap, HashMap};

use super::pieces::{TemplateRules, unfold};
use super::words::GraphBuilder;
use super::{BlockInfo, Graph, Label, ListGraph, ListValue, NodeId, SentenceGraph};
use crate::intent::error::IntentError;
use crate::intent::language::number::Number;
use crate::intent::template::{Block, Expr, FilePlace, Fractions, IntentSet, List, Range, TemplateValue};

/// Compiles all sentences, with the lists that they name.
///
/// An undefined list is allowed, because a home's names, areas and floors are added later. It matches nothing until
/// then.
///
/// # Errors
/// At the first unknown rule, rule or list that contains itself, or template beyond the limits.
pub fn compile(intents: &IntentSet) -> Result<Graph, IntentError> {
    let mut graph = Graph::default();
    let mut weaver = GraphBuilder::default();
    let mut lists = Lists { intents, known: HashMap::new(), open: Vec::new() };
    for (name, intent) in &intents.intents {
        for block in &intent.blocks {
            lists.block(&mut weaver, &mut graph, name, block)?;
        }
    }
    if !intents.skip_words.is_empty() {
        let words = Expr::Alternative(intents.skip_words.clone());
        let rules = TemplateRules { local: None, global: &intents.rules };
        let net = unfold(&words, rules, &FilePlace::default())?;
        let start = weaver.weave(&mut graph, &net, &FilePlace::default(), |_, _, list, _| {
            let reason = format!("`skip_words` are words, not lists: take `{{{list}}}` out");
            Err(IntentError::Format { place: FilePlace::default(), reason })
        })?;
        graph.skip = Some(start);
    }
    Ok(graph)
}

/// The scope of a list: the index of its block, or `None` for all blocks.
type ListScope = Option<u32>;

struct Lists<'a> {
    intents: &'a IntentSet,
    known: HashMap<(ListScope, &'a str), u32>,
    /// Lists that are being compiled, to find cycles.
    open: Vec<&'a str>,
}

/// The scope of a template.
#[derive(Clone, Copy)]
struct View<'a, 'p> {
    block: Option<(u32, &'a Block)>,
    place: &'p FilePlace,
}

impl<'a> Lists<'a> {
    fn block(
        &mut self,
        weaver: &mut GraphBuilder,
        graph: &mut Graph,
        name: &str,
        block: &'a Block,
    ) -> Result<(), IntentError> {
        let index = index(graph.blocks.len());
        graph.blocks.push(BlockInfo {
            intent: name.to_owned(),
            slots: block.slots.clone(),
            response: block.response.clone(),
            requires: block.requires.clone(),
            excludes: block.excludes.clone(),
        });
        for sentence in &block.sentences {
            let view = View { block: Some((index, block)), place: &sentence.place };
            let start = self.expr(weaver, graph, &sentence.expr, view)?;
            graph.sentences.push(SentenceGraph {
                start,
                block: index,
                text: sentence.text.clone(),
                place: sentence.place.clone(),
                wild_start: self.is_wild(edge(&sentence.expr, false), view),
                wild_end: self.is_wild(edge(&sentence.expr, true), view),
            });
        }
        Ok(())
    }

    fn expr(
        &mut self,
        weaver: &mut GraphBuilder,
        graph: &mut Graph,
        expr: &'a Expr,
        view: View<'a, '_>,
    ) -> Result<NodeId, IntentError> {
        let local = view.block.map(|(_, block)| &block.rules);
        let net = unfold(expr, TemplateRules { local, global: &self.intents.rules }, view.place)?;
        weaver.weave(graph, &net, view.place, |weaver, graph, list, slot| self.label(weaver, graph, list, slot, view))
    }

    fn find(&self, name: &str, view: View<'a, '_>) -> Option<(ListScope, &'a List)> {
        let local = view.block.and_then(|(index, block)| Some((Some(index), block.lists.get(name)?)));
        local.or_else(|| Some((None, self.intents.lists.get(name)?)))
    }

    fn is_wild(&self, expr: &Expr, view: View<'a, '_>) -> bool {
        matches!(expr, Expr::List { list, .. } if matches!(self.find(list, view), Some((_, List::Wildcard))))
    }

    fn label(
        &mut self,
        weaver: &mut GraphBuilder,
        graph: &mut Graph,
        name: &'a str,
        slot: &str,
        view: View<'a, '_>,
    ) -> Result<Label, IntentError> {
        let slot = position(&mut graph.slots, slot.to_owned());
        match self.find(name, view) {
            Some((_, List::Wildcard)) => Ok(Label::Wildcard { slot }),
            Some((_, List::Range(range))) => Ok(Label::Range { range: position(&mut graph.ranges, *range), slot }),
            Some((scope, List::Values(values))) => {
                let list = self.values(weaver, graph, name, scope, values, view)?;
                Ok(Label::List { list, slot })
            }
            None => match inline_range(name) {
                Some(range) => Ok(Label::Range { range: position(&mut graph.ranges, range), slot }),
                None => Ok(Label::List { list: self.missing(graph, name), slot }),
            },
        }
    }

    fn missing(&mut self, graph: &mut Graph, name: &'a str) -> u32 {
        *self.known.entry((None, name)).or_insert_with(|| {
            graph.lists.push(ListGraph { name: name.to_owned(), missing: true, ..ListGraph::default() });
            index(graph.lists.len() - 1)
        })
    }

    fn values(
        &mut self,
        weaver: &mut GraphBuilder,
        graph: &mut Graph,
        name: &'a str,
        scope: ListScope,
        values: &'a [TemplateValue],
        view: View<'a, '_>,
    ) -> Result<u32, IntentError> {
        if let Some(&known) = self.known.get(&(scope, name)) {
            return Ok(known);
        }
        if let Some(at) = self.open.iter().position(|&open| open == name) {
            let circle: Vec<String> = self.open[at..].iter().chain([&name]).map(|name| format!("{{{name}}}")).collect();
            return Err(IntentError::Recursion { place: view.place.clone(), cycle: circle.join(" → ") });
        }
        self.open.push(name);
        let inner = View { block: view.block.filter(|_| scope.is_some()), ..view };
        let mut list = ListGraph { name: name.to_owned(), ..ListGraph::default() };
        for value in values {
            let start = self.expr(weaver, graph, &value.said, inner)?;
            let hyphen = has_hyphen(&value.said);
            list.values.push(ListValue { start, out: value.out.clone(), context: value.context.clone(), hyphen });
        }
        self.open.pop();
        first_words(graph, &mut list);
        graph.lists.push(list);
        let id = index(graph.lists.len() - 1);
        self.known.insert((scope, name), id);
        Ok(id)
    }
}

/// Whether the text itself has a hyphen, apart from rules and lists.
fn has_hyphen(expr: &Expr) -> bool {
    match expr {
        Expr::Text(text) => text.contains('-'),
        Expr::Sequence(items) | Expr::Alternative(items) | Expr::Permutation(items) => items.iter().any(has_hyphen),
        Expr::List { .. } | Expr::Rule(_) => false,
    }
}

/// Indexes the values of a list by their first words.
fn first_words(graph: &Graph, list: &mut ListGraph) {
    for (n, value) in list.values.iter().enumerate() {
        let node = graph.node(value.start);
        if !node.open_arcs().is_empty() {
            list.open.push(index(n));
            continue;
        }
        for arc in &node.arcs {
            if let Label::Word(word) = arc.label {
                let values = list.by_word.entry(word).or_default();
                if values.last() != Some(&index(n)) {
                    values.push(index(n));
                }
            }
        }
    }
}

/// The first or last piece of a template as written; pieces in brackets do not count.
fn edge(expr: &Expr, last: bool) -> &Expr {
    match expr {
        Expr::Sequence(items) if last => items.last().unwrap_or(expr),
        Expr::Sequence(items) => items.first().unwrap_or(expr),
        expr => expr,
    }
}

/// The range of `{0..100:slot}` or `{0..100,5:slot}`, which need no list.
fn inline_range(name: &str) -> Option<Range> {
    let (bounds, step) = name.split_once(',').unwrap_or((name, "1"));
    let (from, to) = bounds.split_once("..")?;
    let number = |text: &str| text.trim().parse::<i64>().ok().filter(|n| (0..=Number::LARGEST).contains(n));
    let (from, to, step) = (number(from)?, number(to)?, number(step)?.max(1));
    let multiplier = Range::MULTIPLIER_UNIT;
    (from <= to).then_some(Range { from, to, step, multiplier, fractions: Fractions::None, percent: false })
}

/// The index of `item`, which is added if it is new.
fn position<T: PartialEq>(all: &mut Vec<T>, item: T) -> u32 {
    let known = all.iter().position(|other| *other == item);
    index(known.unwrap_or_else(|| {
        all.push(item);
        all.len() - 1
    }))
}

fn index(n: usize) -> u32 {
    u32::try_from(n).expect("a file in memory has fewer than four thousand million parts")
}

impl Graph {
    /// Undefined lists that sentences use.
    pub fn missing_lists(&self) -> impl Iterator<Item = &str> {
        self.lists.iter().filter(|list| list.missing).map(|list| list.name.as_str())
    }

    /// All words in templates, with the number of arcs for each.
    pub fn word_counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for arc in self.nodes.iter().flat_map(|node| &node.arcs) {
            if let Label::Word(word) = arc.label {
                *counts.entry(self.words[word as usize].as_str()).or_default() += 1;
            }
        }
        counts
    }
}
