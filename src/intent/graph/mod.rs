//! The graph of all sentences over whole words, which the matchers walk.
//!
//! Every template is unfolded into nodes and arcs. Optionals, alternatives, permutations, rules and pieces of words are
//! resolved. An arc always takes at least one word, there are no cycles, and equal ends of sentences share nodes.

pub mod compile;
mod pieces;
mod words;

use std::collections::{BTreeMap, HashMap};

use crate::intent::template::{ContextRule, FilePlace, Range};

/// Index of a [`GraphNode`] in [`Graph::nodes`].
pub type NodeId = u32;
/// Index of a word in [`Graph::words`].
pub type WordId = u32;

/// The input that an arc takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// A word.
    Word(WordId),
    /// A value of a list in [`Graph::lists`], for a slot in [`Graph::slots`].
    List {
        /// Index of the list.
        list: u32,
        /// Index of the slot's name.
        slot: u32,
    },
    /// A number of a range in [`Graph::ranges`], for a slot in [`Graph::slots`].
    Range {
        /// Index of the range.
        range: u32,
        /// Index of the slot's name.
        slot: u32,
    },
    /// One word or more, of any kind.
    Wildcard {
        /// Index of the slot's name.
        slot: u32,
    },
}

/// A step from one node to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arc {
    /// Its input.
    pub label: Label,
    /// The target.
    pub to: NodeId,
}

/// A node: a position between words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GraphNode {
    /// The arcs; those of words come first, sorted by id.
    pub arcs: Box<[Arc]>,
    /// Whether a sentence (or a list's value) may end here.
    pub end: bool,
}

impl GraphNode {
    /// The arcs that take this word.
    pub fn word_arcs(&self, word: WordId) -> &[Arc] {
        let from = self.arcs.partition_point(|arc| arc.label < Label::Word(word));
        let to = self.arcs.partition_point(|arc| arc.label <= Label::Word(word));
        &self.arcs[from..to]
    }

    /// The arcs that do not take a fixed word.
    pub fn open_arcs(&self) -> &[Arc] {
        let from = self.arcs.partition_point(|arc| matches!(arc.label, Label::Word(_)));
        &self.arcs[from..]
    }
}

/// One template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentenceGraph {
    /// The first node.
    pub start: NodeId,
    /// Index in [`Graph::blocks`].
    pub block: u32,
    /// The template as written.
    pub text: String,
    /// Where it is written.
    pub place: FilePlace,
    /// Whether its first piece is a wildcard: filler words at the start then belong to it.
    pub wild_start: bool,
    /// Whether its last piece is a wildcard: filler words at the end then belong to it.
    pub wild_end: bool,
}

/// The properties that the sentences of a block share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockInfo {
    /// Name of the intent.
    pub intent: String,
    /// Slots that the block fixes.
    pub slots: BTreeMap<String, String>,
    /// Name of the answer.
    pub response: Option<String>,
    /// Context that is required.
    pub requires: BTreeMap<String, ContextRule>,
    /// Context that excludes the block.
    pub excludes: BTreeMap<String, ContextRule>,
}

/// A value of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListValue {
    /// The first node of its words.
    pub start: NodeId,
    /// The slot's value; if empty, the words as they were said.
    pub out: String,
    /// Context that it adds.
    pub context: BTreeMap<String, String>,
    /// Whether it is written with a hyphen, which then is kept.
    pub hyphen: bool,
}

/// A list with its values as graphs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListGraph {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Vec<ListValue>,
    /// Values by their possible first words.
    pub by_word: HashMap<WordId, Vec<u32>>,
    /// Values that may begin with a number or another list.
    pub open: Vec<u32>,
    /// Whether it is undefined, so that it matches nothing.
    pub missing: bool,
}

/// The whole graph.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Nodes of all sentences and values.
    pub nodes: Vec<GraphNode>,
    /// All words in templates, normalised by [`crate::intent::language::text::words`].
    pub words: Vec<String>,
    /// The ids of the words.
    pub ids: HashMap<String, WordId>,
    /// Names of slots. Names that begin with `@` are for answers only and fill no slot.
    pub slots: Vec<String>,
    /// Lists.
    pub lists: Vec<ListGraph>,
    /// Ranges.
    pub ranges: Vec<Range>,
    /// Sentences in the order of the files.
    pub sentences: Vec<SentenceGraph>,
    /// Blocks in the order of the files.
    pub blocks: Vec<BlockInfo>,
    /// The first node of filler phrases.
    pub skip: Option<NodeId>,
}

impl Graph {
    /// The node of an id.
    pub fn node(&self, id: NodeId) -> &GraphNode {
        &self.nodes[id as usize]
    }

    /// The id of a word, if a template has it.
    pub fn word(&self, word: &str) -> Option<WordId> {
        self.ids.get(word).copied()
    }

    /// Number of arcs, as a measure of size.
    pub fn arc_count(&self) -> usize {
        self.nodes.iter().map(|node| node.arcs.len()).sum()
    }
}
