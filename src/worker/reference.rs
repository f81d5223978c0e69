//! The reference of an echo canceller: what was played, kept until the microphone's block of the same time comes.

use std::collections::VecDeque;

use crate::engine::echo::BLOCK;
use crate::signal::frame::RATE;

/// Blocks without reference after which the loudspeaker counts as at rest; before that, the reference is late.
const RESTS: u32 = 30;
/// Longest time in samples that the microphone waits for late reference: 100 ms.
const PATIENCE: usize = RATE as usize / 10;
/// Most samples of reference that wait: a second. The canceller looks for the echo within half of that.
const WAITS: usize = RATE as usize;
/// Sample of the reference below which the loudspeaker counts as silent.
const SILENT: f32 = 1e-5;

/// Whether the loudspeaker sounds in a block of the reference (-1..=1).
pub fn sounds(reference: &[f32; BLOCK]) -> bool {
    reference.iter().any(|sample| sample.abs() > SILENT)
}

/// Reference that has not met its microphone block yet.
///
/// The first sample after a rest is paired with the microphone's block of its arrival. Its echo can only come later,
/// and from then on sample follows sample on both sides, however late they are delivered: an echo that came before its
/// reference could not be cancelled.
pub struct Reference {
    samples: VecDeque<f32>,
    /// Blocks in a row with too little reference.
    dry: u32,
    /// Samples that have not come in time; they are dropped when they come.
    owed: usize,
}

impl Default for Reference {
    /// Nothing was played yet.
    fn default() -> Self {
        Self { samples: VecDeque::with_capacity(WAITS), dry: RESTS, owed: 0 }
    }
}

impl Reference {
    /// Takes the next samples of reference.
    pub fn add(&mut self, samples: &[f32]) {
        if samples.is_empty() {
            return;
        }
        if self.rests() {
            self.owed = 0;
        }
        let late = self.owed.min(samples.len());
        self.owed -= late;
        self.dry = 0;
        self.samples.extend(&samples[late..]);
        if self.samples.len() > WAITS {
            self.skip();
        }
    }

    /// The microphone has lost sound, or stood still: the next sample of reference is paired anew.
    pub fn skip(&mut self) {
        *self = Self { samples: std::mem::take(&mut self.samples), ..Self::default() };
        self.samples.clear();
    }

    /// Whether the reference of the next block is late, and a microphone that has waited for so many samples should wait
    /// longer.
    pub fn is_late(&self, waited: usize) -> bool {
        self.samples.len() < BLOCK && !self.rests() && waited < PATIENCE
    }

    /// The reference of the next block. Missing samples are silence.
    pub fn block(&mut self) -> [f32; BLOCK] {
        let there = self.samples.len().min(BLOCK);
        if there < BLOCK {
            self.dry = self.dry.saturating_add(1);
            self.owed += BLOCK - there;
        }
        let mut block = [0.0; BLOCK];
        block.iter_mut().zip(self.samples.drain(..there)).for_each(|(place, sample)| *place = sample);
        block
    }

    /// Whether the loudspeaker is at rest.
    fn rests(&self) -> bool {
        self.dry >= RESTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::frame::FRAME;

    #[test]
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn each_block_meets_its_own_however_late_they_are_delivered() {
        for burst in [1, 2, 5, 9] {
            let (mut reference, mut played, mut met) = (Reference::default(), 0, Vec::new());
            for now in 1..=60 {
                if now % burst == 1 % burst {
                    (played + 1..=now).for_each(|number| reference.add(&[number as f32; BLOCK]));
                    played = now;
                }
                while met.len() < now && !reference.is_late((now - met.len()) * BLOCK) {
                    met.push(reference.block()[0] as usize);
                }
            }
            assert!(met.iter().copied().eq(1..=played) && played + burst > 60, "{burst}: {met:?}");
        }
    }

    /// The next block, as lengths of equal samples.
    fn runs(reference: &mut Reference) -> Vec<(f32, usize)> {
        let block = reference.block();
        block.chunk_by(|one, next| one.to_bits() == next.to_bits()).map(|run| (run[0], run.len())).collect()
    }

    #[test]
    fn late_reference_is_waited_for_and_dropped_if_it_comes_too_late() {
        let mut reference = Reference::default();
        reference.add(&[1.0; BLOCK + 60]);
        assert!(!reference.is_late(BLOCK));
        assert_eq!(runs(&mut reference), [(1.0, BLOCK)]);
        assert!(reference.is_late(BLOCK) && reference.is_late(PATIENCE - 1) && !reference.is_late(PATIENCE));
        assert_eq!(runs(&mut reference), [(1.0, 60), (0.0, BLOCK - 60)]);
        reference.add(&[2.0; BLOCK]);
        assert!(reference.is_late(BLOCK), "the first 100 samples belong to the block before");
        reference.add(&[3.0; BLOCK]);
        assert_eq!(runs(&mut reference), [(2.0, 60), (3.0, BLOCK - 60)]);
    }

    #[test]
    fn a_loudspeaker_that_rests_keeps_nothing_waiting_and_owes_nothing() {
        let mut reference = Reference::default();
        let wakes = |reference: &mut Reference| {
            assert!(!reference.is_late(BLOCK));
            assert_eq!(runs(reference), [(0.0, BLOCK)]);
            reference.add(&[1.0; BLOCK]);
            assert_eq!(runs(reference), [(1.0, BLOCK)]);
            assert!(reference.is_late(BLOCK));
        };
        wakes(&mut reference);
        (0..RESTS).for_each(|_| {
            reference.block();
        });
        wakes(&mut reference);
        reference.skip();
        wakes(&mut reference);
    }

    #[test]
    fn reference_that_is_never_heard_does_not_pile_up() {
        let mut reference = Reference::default();
        for _ in 0..1_000 {
            reference.add(&[1.0; FRAME]);
        }
        assert!(reference.samples.len() <= WAITS);
    }
}
