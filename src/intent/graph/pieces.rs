//! A template as a net of pieces of words: the step between [`Expr`] and the graph of whole words.

use std::collections::BTreeMap;

use crate::intent::error::IntentError;
use crate::intent::template::{Expr, FilePlace};

/// Most nodes of a template with its rules unfolded.
const NET_LIMIT: usize = 100_000;
/// Deepest nesting of rules.
const RULE_DEPTH_LIMIT: usize = 32;

/// The part of a sentence that a step adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SentencePiece<'a> {
    /// Nothing.
    Nothing,
    /// The end of a word.
    Gap,
    /// Letters of a word.
    Text(String),
    /// A value of a list.
    List {
        /// Its name.
        list: &'a str,
        /// The slot it fills.
        slot: &'a str,
    },
}

/// Steps from node to node, always from a lower to a higher number; the last node is the end.
#[derive(Debug, Default)]
pub(super) struct Net<'a> {
    /// Steps by their first node.
    pub steps: Vec<Vec<(SentencePiece<'a>, usize)>>,
}

/// The rules in a template's scope: the block's before the files'.
#[derive(Clone, Copy)]
pub(super) struct TemplateRules<'a> {
    /// The rules of the block.
    pub local: Option<&'a BTreeMap<String, Expr>>,
    /// The rules of all files.
    pub global: &'a BTreeMap<String, Expr>,
}

impl<'a> TemplateRules<'a> {
    fn get(&self, name: &str) -> Option<&'a Expr> {
        self.local.and_then(|rules| rules.get(name)).or_else(|| self.global.get(name))
    }

    fn nearest(&self, name: &str) -> Option<String> {
        let known = self.local.into_iter().flatten().chain(self.global).map(|(known, _)| known);
        let (score, nearest) =
            known.map(|known| (strsim::jaro_winkler(known, name), known)).max_by(|a, b| a.0.total_cmp(&b.0))?;
        (score > 0.7).then(|| nearest.clone())
    }
}

/// Unfolds a template.
///
/// # Errors
/// At `place`: unknown rules, rules that contain themselves, and templates beyond the limits.
pub(super) fn unfold<'a>(expr: &'a Expr, rules: TemplateRules<'a>, place: &FilePlace) -> Result<Net<'a>, IntentError> {
    let mut unfolder = Unfolder { net: Net::default(), rules, place, open: Vec::new() };
    let start = unfolder.node()?;
    unfolder.add(expr, start)?;
    Ok(unfolder.net)
}

struct Unfolder<'a, 'p> {
    net: Net<'a>,
    rules: TemplateRules<'a>,
    place: &'p FilePlace,
    /// Rules that are being unfolded, to find cycles.
    open: Vec<&'a str>,
}

impl<'a> Unfolder<'a, '_> {
    fn node(&mut self) -> Result<usize, IntentError> {
        if self.net.steps.len() >= NET_LIMIT {
            let what = format!("more than {NET_LIMIT} pieces with its rules unfolded");
            return Err(IntentError::TooLarge { place: self.place.clone(), what });
        }
        self.net.steps.push(Vec::new());
        Ok(self.net.steps.len() - 1)
    }

    /// Adds a step to a new node.
    fn step(&mut self, from: usize, piece: SentencePiece<'a>) -> Result<usize, IntentError> {
        let to = self.node()?;
        self.net.steps[from].push((piece, to));
        Ok(to)
    }

    /// Adds `expr` after the node `from`; returns its last node, the highest so far.
    fn add(&mut self, expr: &'a Expr, from: usize) -> Result<usize, IntentError> {
        match expr {
            Expr::Text(text) => self.text(text, from),
            Expr::Sequence(items) => items.iter().try_fold(from, |at, item| self.add(item, at)),
            Expr::Alternative(items) => {
                let mut ends = Vec::with_capacity(items.len());
                for item in items {
                    let start = self.step(from, SentencePiece::Nothing)?;
                    ends.push(self.add(item, start)?);
                }
                self.join(ends)
            }
            Expr::Permutation(items) => self.permutation(items, from),
            Expr::List { list, slot } => self.step(from, SentencePiece::List { list, slot }),
            Expr::Rule(name) => self.rule(name, from),
        }
    }

    fn join(&mut self, ends: Vec<usize>) -> Result<usize, IntentError> {
        let to = self.node()?;
        for end in ends {
            self.net.steps[end].push((SentencePiece::Nothing, to));
        }
        Ok(to)
    }

    fn text(&mut self, text: &str, from: usize) -> Result<usize, IntentError> {
        let mut at = from;
        for piece in text.split_inclusive(is_gap) {
            let letters = piece.trim_end_matches(is_gap);
            if !letters.is_empty() {
                at = self.step(at, SentencePiece::Text(letters.to_owned()))?;
            }
            if letters.len() < piece.len() {
                at = self.step(at, SentencePiece::Gap)?;
            }
        }
        Ok(at)
    }

    /// Adds all orders of the items, by the set of items already said: 2ⁿ nodes instead of n! sequences.
    fn permutation(&mut self, items: &'a [Expr], from: usize) -> Result<usize, IntentError> {
        let full = (1usize << items.len()) - 1;
        let mut ends: Vec<Vec<usize>> = vec![Vec::new(); full + 1];
        ends[0].push(from);
        for said in 0..full {
            let at = self.join(std::mem::take(&mut ends[said]))?;
            for (n, item) in items.iter().enumerate().filter(|(n, _)| said & (1 << n) == 0) {
                let start = self.step(at, SentencePiece::Gap)?;
                let end = self.add(item, start)?;
                ends[said | (1 << n)].push(self.step(end, SentencePiece::Gap)?);
            }
        }
        self.join(std::mem::take(&mut ends[full]))
    }

    fn rule(&mut self, name: &'a str, from: usize) -> Result<usize, IntentError> {
        let place = || self.place.clone();
        if let Some(at) = self.open.iter().position(|&open| open == name) {
            let circle: Vec<String> = self.open[at..].iter().chain([&name]).map(|name| format!("<{name}>")).collect();
            return Err(IntentError::Recursion { place: place(), cycle: circle.join(" → ") });
        }
        if self.open.len() >= RULE_DEPTH_LIMIT {
            let what = format!("rules nest more than {RULE_DEPTH_LIMIT} deep");
            return Err(IntentError::TooLarge { place: place(), what });
        }
        let Some(body) = self.rules.get(name) else {
            let nearest = self.rules.nearest(name);
            return Err(IntentError::UnknownRule { place: place(), name: name.to_owned(), nearest });
        };
        self.open.push(name);
        let end = self.add(body, from);
        self.open.pop();
        end
    }
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '_')
}
