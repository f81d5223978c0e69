//! The graph of all sentences over whole words, which the matchers walk.
//!
//! Every template is unfolded into nodes and arcs: optionals, alternatives, permutations, rules and word-internal pieces
//! are gone, an arc always takes at least one word, there are no circles, and alike ends of sentences share nodes.

pub mod compile;
mod pieces;
mod words;

use std::collections::{BTreeMap, HashMap};

use crate::intent::template::{ContextRule, FilePlace, Range};

/// Index of a [`GraphNode`] in [`Graph::nodes`].
pub type NodeId = u32;
/// Index of a word in [`Graph::words`].
pub type WordId = u32;

/// What an arc takes from the sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// This word.
    Word(WordId),
    /// A value of [`Graph::lists`], for the slot in [`Graph::slots`].
    List {
        /// Index of the list.
        list: u32,
        /// Index of the slot's name.
        slot: u32,
    },
    /// A number of [`Graph::ranges`], for the slot in [`Graph::slots`].
    Range {
        /// Index of the range.
        range: u32,
        /// Index of the slot's name.
        slot: u32,
    },
    /// One word or more, whatever they are.
    Wildcard {
        /// Index of the slot's name.
        slot: u32,
    },
}

/// A step from one node to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arc {
    /// What it takes.
    pub label: Label,
    /// Where it leads.
    pub to: NodeId,
}

/// A place between words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GraphNode {
    /// Ways on; those of words come first, in order of their ids.
    pub arcs: Box<[Arc]>,
    /// Whether a sentence (or a value of a list) may end here.
    pub end: bool,
}

impl GraphNode {
    /// The arcs of one word.
    pub fn word_arcs(&self, word: WordId) -> &[Arc] {
        let from = self.arcs.partition_point(|arc| arc.label < Label::Word(word));
        let to = self.arcs.partition_point(|arc| arc.label <= Label::Word(word));
        &self.arcs[from..to]
    }

    /// The arcs that take more than a fixed word.
    pub fn open_arcs(&self) -> &[Arc] {
        let from = self.arcs.partition_point(|arc| matches!(arc.label, Label::Word(_)));
        &self.arcs[from..]
    }
}

/// One template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentenceGraph {
    /// Where it begins.
    pub start: NodeId,
    /// Index in [`Graph::blocks`].
    pub block: u32,
    /// The template as written.
    pub text: String,
    /// Where it is written.
    pub place: FilePlace,
    /// Whether its first piece is a wildcard: filler words at the start are part of it.
    pub wild_start: bool,
    /// Whether its last piece is a wildcard.
    pub wild_end: bool,
}

/// What the sentences of a block have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockInfo {
    /// Name of the intent.
    pub intent: String,
    /// Slots that every sentence of it has.
    pub slots: BTreeMap<String, String>,
    /// Name of the answer.
    pub response: Option<String>,
    /// Context that must be there.
    pub requires: BTreeMap<String, ContextRule>,
    /// Context that must not be there.
    pub excludes: BTreeMap<String, ContextRule>,
}

/// A value of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListValue {
    /// Where the words for it begin.
    pub start: NodeId,
    /// What the slot gets; empty for the words as they were said.
    pub out: String,
    /// Context that it brings.
    pub context: BTreeMap<String, String>,
    /// Whether it is written with a hyphen, which then stays one.
    pub hyphen: bool,
}

/// A list with its values as graphs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListGraph {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Vec<ListValue>,
    /// Values by the words they may begin with.
    pub by_word: HashMap<WordId, Vec<u32>>,
    /// Values that may begin with something else than a fixed word.
    pub open: Vec<u32>,
    /// Whether no file defines it; it matches nothing then.
    pub missing: bool,
}

/// The whole graph.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Nodes of all sentences and values.
    pub nodes: Vec<GraphNode>,
    /// All words that templates name, as [`crate::intent::language::text::words`] makes them.
    pub words: Vec<String>,
    /// Their ids.
    pub ids: HashMap<String, WordId>,
    /// Names of slots; those that begin with `@` are for answers only and fill no slot.
    pub slots: Vec<String>,
    /// Lists.
    pub lists: Vec<ListGraph>,
    /// Ranges.
    pub ranges: Vec<Range>,
    /// Sentences in order of their files.
    pub sentences: Vec<SentenceGraph>,
    /// Blocks in order of their files.
    pub blocks: Vec<BlockInfo>,
    /// Where words that mean nothing begin.
    pub skip: Option<NodeId>,
}

impl Graph {
    /// The node of an id of this graph.
    pub fn node(&self, id: NodeId) -> &GraphNode {
        &self.nodes[id as usize]
    }

    /// Id of a word, if any template has it.
    pub fn word(&self, word: &str) -> Option<WordId> {
        self.ids.get(word).copied()
    }

    /// Number of arcs, as a measure of size.
    pub fn arc_count(&self) -> usize {
        self.nodes.iter().map(|node| node.arcs.len()).sum()
    }
}
