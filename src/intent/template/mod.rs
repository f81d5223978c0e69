//! Sentence templates, `(turn|switch) on [the] {name} light[s]`: their tree, its parser, samples and vocabulary.

pub mod parser;
mod range;
pub mod sample;
pub mod vocabulary;

use std::collections::BTreeMap;
use std::fmt;

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// Letters as they are, lower case; spaces count, so that `light[s]` is one word.
    Text(String),
    /// One after the other.
    Sequence(Vec<Expr>),
    /// One of them. `[a]` is `(a|)`: an empty [`Expr::Sequence`] is nothing.
    Alternative(Vec<Expr>),
    /// All of them in any order, words apart: `(a;b)`.
    Permutation(Vec<Expr>),
    /// A value of a list: `{list:slot}`.
    List {
        /// Name of the list.
        list: String,
        /// Slot that its value fills.
        slot: String,
    },
    /// Another template by name: `<rule>`.
    Rule(String),
}

/// Where something stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePlace {
    /// File name as given.
    pub file: String,
    /// Line, from 1; 0 when unknown.
    pub line: usize,
    /// Column in characters, from 1; 0 when unknown.
    pub column: usize,
}

impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.file.is_empty() { "template" } else { &self.file };
        match (self.line, self.column) {
            (0, _) => write!(f, "{file}"),
            (line, 0) => write!(f, "{file}:{line}"),
            (line, column) => write!(f, "{file}:{line}:{column}"),
        }
    }
}

/// One template with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// As written.
    pub text: String,
    /// As parsed.
    pub expr: Expr,
    /// Where it is written.
    pub place: FilePlace,
}

/// What must or must not surround a sentence: `requires_context`, `excludes_context`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextRule {
    /// Values of which one is needed; none means any value does.
    pub values: Vec<String>,
    /// Whether the context's value becomes a slot.
    pub slot: bool,
    /// Name of that slot, where it is not the context's own.
    pub slot_name: Option<String>,
}

/// Sentences that share slots, context and answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The templates.
    pub sentences: Vec<Sentence>,
    /// Slots that every sentence of the block has.
    pub slots: BTreeMap<String, String>,
    /// Name of the answer.
    pub response: Option<String>,
    /// Context that must be there.
    pub requires: BTreeMap<String, ContextRule>,
    /// Context that must not be there.
    pub excludes: BTreeMap<String, ContextRule>,
    /// Lists known in this block only.
    pub lists: BTreeMap<String, List>,
    /// Rules known in this block only.
    pub rules: BTreeMap<String, Expr>,
}

/// The blocks of one intent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intent {
    /// All blocks, in order of the files.
    pub blocks: Vec<Block>,
}

/// Values for a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// One of these.
    Values(Vec<TemplateValue>),
    /// A number.
    Range(Range),
    /// Any words at all.
    Wildcard,
}

/// One value of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateValue {
    /// How it is said, itself a template.
    pub said: Expr,
    /// What the slot gets; empty for the words as they were said.
    pub out: String,
    /// Context that the value brings.
    pub context: BTreeMap<String, String>,
}

/// Parts of one that a range may be said in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fractions {
    /// Whole numbers only.
    None,
    /// Halves: `21.5`.
    Halves,
    /// Tenths: `21.7`.
    Tenths,
}

/// A range of numbers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Lowest.
    pub from: i64,
    /// Highest.
    pub to: i64,
    /// Distance between two of them, at least 1.
    pub step: i64,
    /// The slot gets the number times this over [`Range::MULTIPLIER_UNIT`].
    pub multiplier: i64,
    /// Parts of one.
    pub fractions: Fractions,
    /// Whether a per cent sign may follow.
    pub percent: bool,
}

impl Range {
    /// What stands for a multiplier of one, so that ranges can be compared exactly.
    pub const MULTIPLIER_UNIT: i64 = 1_000_000;
}

/// Everything one can say, merged from all files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntentSet {
    /// Language tag such as `en`.
    pub language: String,
    /// By name.
    pub intents: BTreeMap<String, Intent>,
    /// `expansion_rules`.
    pub rules: BTreeMap<String, Expr>,
    /// `lists`.
    pub lists: BTreeMap<String, List>,
    /// Words that may stand anywhere and mean nothing.
    pub skip_words: Vec<Expr>,
}
