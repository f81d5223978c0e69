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
    /// Letters as written, in lower case; spaces count, so that `light[s]` is one word.
    Text(String),
    /// One part after the other.
    Sequence(Vec<Expr>),
    /// One of the parts. `[a]` is `(a|)`: an empty [`Expr::Sequence`] is nothing.
    Alternative(Vec<Expr>),
    /// All parts in any order, as separate words: `(a;b)`.
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

/// A place in a file.
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

/// A template with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The template as written.
    pub text: String,
    /// The template as parsed.
    pub expr: Expr,
    /// Where it is written.
    pub place: FilePlace,
}

/// A rule about the context of a sentence: `requires_context`, `excludes_context`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextRule {
    /// The allowed values; empty if any value will do.
    pub values: Vec<String>,
    /// Whether the context's value becomes a slot.
    pub slot: bool,
    /// Name of that slot, if it is not the context's own.
    pub slot_name: Option<String>,
}

/// Sentences that share slots, context and answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The templates.
    pub sentences: Vec<Sentence>,
    /// Slots that the block fixes.
    pub slots: BTreeMap<String, String>,
    /// Name of the answer.
    pub response: Option<String>,
    /// Context that is required.
    pub requires: BTreeMap<String, ContextRule>,
    /// Context that excludes the block.
    pub excludes: BTreeMap<String, ContextRule>,
    /// Lists of this block only.
    pub lists: BTreeMap<String, List>,
    /// Rules of this block only.
    pub rules: BTreeMap<String, Expr>,
}

/// The blocks of one intent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intent {
    /// All blocks, in the order of the files.
    pub blocks: Vec<Block>,
}

/// The values of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// One of several values.
    Values(Vec<TemplateValue>),
    /// A number.
    Range(Range),
    /// Any words.
    Wildcard,
}

/// One value of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateValue {
    /// Its spoken form, itself a template.
    pub said: Expr,
    /// The slot's value; if empty, the words as they were said.
    pub out: String,
    /// Context that it adds.
    pub context: BTreeMap<String, String>,
}

/// The fractions that a range allows.
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
    /// Distance between two numbers, at least 1.
    pub step: i64,
    /// Factor for the slot's value, in units of [`Range::MULTIPLIER_UNIT`].
    pub multiplier: i64,
    /// The allowed fractions.
    pub fractions: Fractions,
    /// Whether a per cent sign may follow.
    pub percent: bool,
}

impl Range {
    /// The multiplier for a factor of one; an integer, so that ranges can be compared exactly.
    pub const MULTIPLIER_UNIT: i64 = 1_000_000;
}

/// The sentences of all files, merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntentSet {
    /// Language tag such as `en`.
    pub language: String,
    /// Intents by name.
    pub intents: BTreeMap<String, Intent>,
    /// Rules by name, from `expansion_rules`.
    pub rules: BTreeMap<String, Expr>,
    /// Lists by name, from `lists`.
    pub lists: BTreeMap<String, List>,
    /// Filler words, which may stand anywhere.
    pub skip_words: Vec<Expr>,
}
