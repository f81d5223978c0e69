//! Words by sound, in a tree of phones: shared beginnings are compared once.

use crate::intent::language::phonetic;

/// The tree of phones.
#[derive(Clone, Debug)]
pub struct Sounds {
    nodes: Vec<SoundNode>,
}

#[derive(Clone, Debug, Default)]
struct SoundNode {
    next: Vec<(char, u32)>,
    words: Vec<u32>,
}

impl Default for Sounds {
    fn default() -> Self {
        Self { nodes: vec![SoundNode::default()] }
    }
}

impl Sounds {
    /// Adds a word by its phones.
    pub fn insert(&mut self, phones: &str, id: u32) {
        let mut at = 0;
        for phone in phones.chars() {
            let next = self.nodes[at].next.iter().find(|(known, _)| *known == phone).map(|(_, to)| *to as usize);
            at = next.unwrap_or_else(|| {
                let to = self.nodes.len();
                self.nodes.push(SoundNode::default());
                self.nodes[at].next.push((phone, u32::try_from(to).unwrap_or(u32::MAX)));
                to
            });
        }
        self.nodes[at].words.push(id);
    }

    /// All words within `limit` phones of the heard word, with their distance.
    pub fn near(&self, heard: &[char], limit: f32) -> Vec<(u32, f32)> {
        /// Room for rounding in sums of a few tenths.
        const ROUNDING: f32 = 1e-4;
        let mut found = Vec::new();
        let mut open = vec![(0_usize, phonetic::first_row(heard), None)];
        while let Some((at, row, before)) = open.pop() {
            let distance = row[heard.len()];
            if distance <= limit + ROUNDING {
                found.extend(self.nodes[at].words.iter().map(|id| (*id, distance)));
            }
            for (phone, to) in &self.nodes[at].next {
                let row = phonetic::next_row(&row, heard, *phone, before);
                if row.iter().any(|cost| *cost <= limit + ROUNDING) {
                    open.push((*to as usize, row, Some(*phone)));
                }
            }
        }
        found
    }
}
