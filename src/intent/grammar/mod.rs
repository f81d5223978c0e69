//! Sentence templates as a grammar that a recogniser can listen for.
//!
//! Ranges are spelled out, pieces of words are joined, and everything becomes one small [`Automaton`]. A grammar cannot
//! listen for a wildcard: sentences that need one are left out and named in [`Grammar::warnings`].

mod automaton;
mod node;
mod spelling;

use std::collections::{BTreeMap, BTreeSet};

pub use self::automaton::Automaton;
use self::node::{GrammarNode, NOTHING, choice, orders, sequence};
use self::spelling::Unheard;
pub use self::spelling::english;
use crate::intent::template::{Block, Expr, IntentSet, List};

/// Most arcs of a grammar. The starter commands have 17,000 in English. Home Assistant's whole English with the names
/// of a home has 21,495; with its rules written out it had 214,000 words.
pub const SIZE_LIMIT: usize = 40_000;
/// Most words of a grammar with its rules written out, before equal ends are joined.
const WRITTEN_LIMIT: usize = 1_000_000;
/// Most items of a permutation: no speaker reorders more.
const PERMUTATION_LIMIT: usize = 5;

/// A grammar for the recogniser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grammar {
    /// The automaton of its sentences.
    pub automaton: Automaton,
    /// Language tag of its words.
    pub language: String,
    /// Sentences that it leaves out, with the place and the reason.
    pub warnings: Vec<String>,
}

/// Why there is no grammar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrammarError {
    /// No sentence can be spoken.
    #[error("nothing can be heard: every sentence has a wildcard; write one with words, lists and ranges only")]
    Empty,
    /// A search of it would take too long.
    #[error(
        "the sentences make a grammar of {size} words, and more than {SIZE_LIMIT} cannot be followed while a person \
         speaks; most are in {largest}: shorten its lists and ranges, or listen with Whisper"
    )]
    TooLarge {
        /// Its arcs, or its words with all rules written out if that was too many already.
        size: usize,
        /// The intent with the most of them.
        largest: String,
    },
}

/// The grammar of all sentences.
///
/// # Errors
/// When no sentence is left, or the grammar is too large.
pub fn grammar(intents: &IntentSet) -> Result<Grammar, GrammarError> {
    let mut maker = GrammarBuilder { intents, rules: BTreeMap::new(), warnings: BTreeSet::new() };
    let mut commands: Vec<(&str, GrammarNode)> = Vec::new();
    for (name, intent) in &intents.intents {
        let blocks = intent.blocks.iter().enumerate();
        let sentences: Vec<GrammarNode> = blocks.flat_map(|(index, block)| maker.block(name, index, block)).collect();
        if !sentences.is_empty() {
            commands.push((name, maker.keep(format!("intent_{name}"), choice(sentences))));
        }
    }
    let Some((largest, _)) = commands.iter().max_by_key(|(_, rule)| rule.size(&maker.rules)) else {
        return Err(GrammarError::Empty);
    };
    let largest = (*largest).to_owned();
    let skip = maker.skip();
    let any = choice(commands.into_iter().map(|(_, rule)| rule).collect());
    let root = sequence(vec![skip.clone(), any, skip]);
    let written = root.size(&maker.rules);
    let small = (written <= WRITTEN_LIMIT).then(|| Automaton::new(&root, &maker.rules)).flatten();
    let size = small.as_ref().map_or(written, Automaton::size);
    match small.filter(|_| size <= SIZE_LIMIT) {
        None => Err(GrammarError::TooLarge { size, largest }),
        Some(automaton) => {
            let warnings = maker.warnings.into_iter().collect();
            Ok(Grammar { automaton, language: intents.language.clone(), warnings })
        }
    }
}

/// The scope of names: first the block, then the files.
#[derive(Clone, Copy)]
struct NameScope<'a> {
    block: &'a Block,
    /// Prefix of the rules made here; empty if the block defines no names.
    prefix: &'a str,
}

struct GrammarBuilder<'a> {
    intents: &'a IntentSet,
    /// Rules of the grammar, with the number of words on their paths.
    rules: BTreeMap<String, (GrammarNode, usize)>,
    warnings: BTreeSet<String>,
}

impl GrammarBuilder<'_> {
    /// The sentences of a block that a grammar can listen for.
    fn block(&mut self, intent: &str, index: usize, block: &Block) -> Vec<GrammarNode> {
        let own = !(block.lists.is_empty() && block.rules.is_empty());
        let prefix = if own { format!("{intent}_{index}_") } else { String::new() };
        let scope = NameScope { block, prefix: &prefix };
        let mut heard = Vec::new();
        for sentence in &block.sentences {
            match self.node(&sentence.expr, scope, &mut Vec::new()) {
                Ok(node) if node == NOTHING => {}
                Ok(node) => heard.push(node),
                Err(why) => {
                    let left_out = format!("{}: \"{}\" cannot be heard: {why}", sentence.place, sentence.text);
                    self.warnings.insert(left_out);
                }
            }
        }
        heard
    }

    /// Filler words, which may surround a command.
    fn skip(&mut self) -> GrammarNode {
        let nowhere = Block::default();
        let scope = NameScope { block: &nowhere, prefix: "" };
        let skip_words = &self.intents.skip_words;
        let mut words: Vec<GrammarNode> =
            skip_words.iter().filter_map(|words| self.node(words, scope, &mut Vec::new()).ok()).collect();
        words.push(NOTHING);
        if words.len() == 1 { NOTHING } else { self.keep("skip".into(), choice(words)) }
    }

    /// The words of `expr`; `open` are the rules around it.
    fn node(&mut self, expr: &Expr, scope: NameScope, open: &mut Vec<String>) -> Result<GrammarNode, Unheard> {
        match expr {
            Expr::Text(text) => Ok(spelling::words(text, &self.intents.language)),
            Expr::Sequence(parts) => self.sequence(parts, scope, open),
            Expr::Alternative(parts) => self.alternative(parts, scope, open),
            Expr::Permutation(parts) if parts.len() > PERMUTATION_LIMIT => {
                Err(format!("more than {PERMUTATION_LIMIT} parts that may change places"))
            }
            Expr::Permutation(parts) => {
                let parts = parts.iter().map(|part| self.node(part, scope, open)).collect::<Result<Vec<_>, _>>()?;
                Ok(choice(orders(&parts).into_iter().map(sequence).collect()))
            }
            Expr::List { list, .. } => {
                let key = key("list", list, scope.prefix);
                if !self.rules.contains_key(&key) {
                    let node = self.list(list, scope, open)?;
                    self.keep(key.clone(), node);
                }
                Ok(GrammarNode::Rule(key))
            }
            Expr::Rule(name) => {
                let key = key("rule", name, scope.prefix);
                if !self.rules.contains_key(&key) {
                    let node = within(name, open, |open| self.node(self.rule(name, scope)?, scope, open))?;
                    self.keep(key.clone(), node);
                }
                Ok(GrammarNode::Rule(key))
            }
        }
    }

    /// The alternatives that a grammar can listen for. `[in {anything}]` becomes empty.
    fn alternative(
        &mut self,
        parts: &[Expr],
        scope: NameScope,
        open: &mut Vec<String>,
    ) -> Result<GrammarNode, Unheard> {
        let (mut heard, mut unheard) = (Vec::new(), None);
        for part in parts {
            match self.node(part, scope, open) {
                Ok(node) => heard.push(node),
                Err(why) => unheard = Some(why),
            }
        }
        match unheard {
            Some(why) if heard.is_empty() => Err(why),
            Some(why) => {
                self.warnings.insert(format!("some alternatives cannot be heard: {why}"));
                Ok(choice(heard))
            }
            None => Ok(choice(heard)),
        }
    }

    fn list(&mut self, name: &str, scope: NameScope, open: &mut Vec<String>) -> Result<GrammarNode, Unheard> {
        let values = match self.find_list(name, scope)? {
            List::Values(values) => values,
            List::Range(range) => return spelling::range(range, &self.intents.language),
            List::Wildcard => return Err(format!("{{{name}}} is a wildcard")),
        };
        let nodes: Vec<GrammarNode> =
            values.iter().filter_map(|value| self.node(&value.said, scope, open).ok()).collect();
        if nodes.is_empty() { Err(format!("the list {{{name}}} has no words")) } else { Ok(choice(nodes)) }
    }

    /// A sequence, in which adjacent parts may form one word: `light[s]`.
    fn sequence(&mut self, parts: &[Expr], scope: NameScope, open: &mut Vec<String>) -> Result<GrammarNode, Unheard> {
        let mut nodes = Vec::new();
        for run in spelling::runs(parts) {
            nodes.push(match run {
                [one] => self.node(one, scope, open)?,
                pieces => {
                    let texts = self.texts(&Expr::Sequence(pieces.to_vec()), scope, open)?;
                    let language = &self.intents.language;
                    choice(texts.iter().map(|text| spelling::words(text, language)).collect())
                }
            });
        }
        Ok(sequence(nodes))
    }

    /// All spellings of `expr`.
    fn texts(&mut self, expr: &Expr, scope: NameScope, open: &mut Vec<String>) -> Result<Vec<String>, Unheard> {
        match expr {
            Expr::Text(text) => Ok(vec![text.clone()]),
            Expr::Sequence(parts) => {
                let parts = parts.iter().map(|part| self.texts(part, scope, open)).collect::<Result<Vec<_>, _>>()?;
                spelling::product(&parts)
            }
            Expr::Alternative(parts) => {
                let parts: Vec<_> = parts.iter().filter_map(|part| self.texts(part, scope, open).ok()).collect();
                if parts.is_empty() { Err("none of its pieces can".into()) } else { Ok(parts.concat()) }
            }
            Expr::Permutation(_) => Err("what changes places is glued to other words; put spaces around it".into()),
            Expr::List { list, .. } => match self.find_list(list, scope)? {
                List::Values(values) => {
                    let values = values.iter().map(|value| self.texts(&value.said, scope, open));
                    Ok(values.collect::<Result<Vec<_>, _>>()?.concat())
                }
                List::Range(range) => spelling::numbers(range, &self.intents.language),
                List::Wildcard => Err(format!("{{{list}}} is a wildcard")),
            },
            Expr::Rule(name) => within(name, open, |open| self.texts(self.rule(name, scope)?, scope, open)),
        }
    }
}

impl<'a> GrammarBuilder<'a> {
    fn find_list<'b>(&self, name: &str, scope: NameScope<'b>) -> Result<&'b List, Unheard>
    where
        'a: 'b,
    {
        let found = scope.block.lists.get(name).or_else(|| self.intents.lists.get(name));
        found.ok_or_else(|| format!("there is no list {{{name}}}"))
    }

    fn rule<'b>(&self, name: &str, scope: NameScope<'b>) -> Result<&'b Expr, Unheard>
    where
        'a: 'b,
    {
        let found = scope.block.rules.get(name).or_else(|| self.intents.rules.get(name));
        found.ok_or_else(|| format!("there is no rule <{name}>"))
    }

    /// Adds `node` to the rules of the grammar as `key`.
    fn keep(&mut self, key: String, node: GrammarNode) -> GrammarNode {
        let size = node.size(&self.rules);
        self.rules.insert(key.clone(), (node, size));
        GrammarNode::Rule(key)
    }
}

/// Does `work` inside the rule `name`; an error if the rule contains itself.
fn within<T>(
    name: &str,
    open: &mut Vec<String>,
    work: impl FnOnce(&mut Vec<String>) -> Result<T, Unheard>,
) -> Result<T, Unheard> {
    if open.iter().any(|one| one == name) {
        return Err(format!("the rule <{name}> contains itself"));
    }
    open.push(name.to_owned());
    let result = work(open);
    open.pop();
    result
}

/// A name for a rule of the grammar.
fn key(kind: &str, name: &str, prefix: &str) -> String {
    format!("{kind}_{prefix}{name}")
}

#[cfg(test)]
mod tests;
