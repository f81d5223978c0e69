//! The index of a grammar for tolerant search: its sounds, profiles and words.

use std::rc::Rc;

use super::guess::WordSounds;
use super::profile::Profiles;
use crate::intent::graph::{Arc, Graph, Label, NodeId, WordId};

/// The index of a graph for tolerant search.
#[derive(Debug)]
pub struct Tolerant {
    pub(super) sounds: WordSounds,
    pub(super) profiles: Profiles,
    pub(super) texts: Vec<Arced>,
    pub(super) language: String,
}

/// A string that threads may share.
pub(super) type Arced = std::sync::Arc<str>;

impl Tolerant {
    /// Indexes a graph.
    pub fn new(graph: &Graph, language: &str) -> Self {
        let texts = graph.words.iter().map(|word| word.as_str().into()).collect();
        let (sounds, profiles) = (WordSounds::new(&graph.words), Profiles::new(graph));
        Self { sounds, profiles, texts, language: language.to_owned() }
    }

    /// Arcs of a node whose words may be left out, with their costs.
    pub(super) fn droppable<'g>(&'g self, graph: &'g Graph, node: NodeId) -> impl Iterator<Item = (&'g Arc, f32)> {
        let words = graph.node(node).arcs.iter().map_while(|arc| match arc.label {
            Label::Word(word) => Some((arc, word)),
            _ => None,
        });
        words.filter_map(|(arc, word)| Some((arc, self.profiles.droppable[word as usize]?)))
    }

    pub(super) fn text(&self, word: WordId) -> Rc<str> {
        Rc::from(&*self.texts[word as usize])
    }
}
