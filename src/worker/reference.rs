//! The reference of an echo canceller: what was played, kept until the microphone's block of the same time comes.

use std::collections::VecDeque;

use crate::engine::echo::BLOCK;
use crate::signal::frame::RATE;

/// Longest time in samples that the microphone waits for late reference: 100 ms. After that, the loudspeaker counts as at
/// rest.
pub const PATIENCE: usize = RATE as usize / 10;
/// Most samples of reference that wait, 300 ms: more than a microphone delivers at a time.
const WAITS: usize = RATE as usize * 3 / 10;
/// Sample of the reference below which the loudspeaker counts as silent.
const SILENT: f32 = 1e-5;

/// Whether the loudspeaker sounds in a block of the reference (-1..=1).
pub fn sounds(reference: &[f32; BLOCK]) -> bool {
    reference.iter().any(|sample| sample.abs() > SILENT)
}

/// Reference that has not met its microphone block yet.
///
/// When the loudspeaker begins, the newest samples on both sides are paired: its echo can only come later. From then on
/// sample follows sample on both sides, however late they are delivered; an echo that came before its reference could
/// not be cancelled.
pub struct Reference {
    samples: VecDeque<f32>,
    /// Whether the loudspeaker plays, and its samples follow those of the microphone.
    paired: bool,
}

impl Default for Reference {
    /// Nothing was played yet.
    fn default() -> Self {
        Self { samples: VecDeque::with_capacity(2 * WAITS), paired: false }
    }
}

impl Reference {
    /// Takes the next samples of reference; `waiting` samples of the microphone were captured and have not met theirs.
    pub fn add(&mut self, samples: &[f32], waiting: usize) {
        if samples.is_empty() {
            return;
        }
        let mut late = 0;
        if !self.paired {
            self.paired = true;
            self.samples.clear();
            self.samples.extend(std::iter::repeat_n(0.0, waiting.saturating_sub(samples.len())));
            late = samples.len().saturating_sub(waiting);
        }
        self.samples.extend(&samples[late..]);
        if self.samples.len() > WAITS.max(waiting) {
            self.skip();
        }
    }

    /// The microphone has lost sound, or stood still: what is played next is paired anew.
    pub fn skip(&mut self) {
        self.samples.clear();
        self.paired = false;
    }

    /// Whether the reference of the next block is late, and a microphone that has waited for so many samples should wait
    /// longer.
    pub fn is_late(&self, waited: usize) -> bool {
        self.paired && self.samples.len() < BLOCK && waited < PATIENCE
    }

    /// The reference of the next block. Missing samples are silence: the loudspeaker rests.
    pub fn block(&mut self) -> [f32; BLOCK] {
        let there = self.samples.len().min(BLOCK);
        self.paired &= there == BLOCK;
        let mut block = [0.0; BLOCK];
        block.iter_mut().zip(self.samples.drain(..there)).for_each(|(place, sample)| *place = sample);
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::frame::FRAME;

    /// The next block, as lengths of equal samples.
    fn runs(reference: &mut Reference) -> Vec<(f32, usize)> {
        let block = reference.block();
        block.chunk_by(|one, next| one.to_bits() == next.to_bits()).map(|run| (run[0], run.len())).collect()
    }

    /// A loudspeaker whose blocks have numbers, and a microphone whose blocks are as old as it.
    #[derive(Default)]
    struct Pair {
        reference: Reference,
        now: usize,
        played: usize,
        /// The number that each block of the microphone has met; 0 for silence.
        met: Vec<usize>,
    }

    impl Pair {
        /// Ten milliseconds later, after a delivery of all that was played since the last one if `delivers`.
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        fn step(&mut self, delivers: bool) {
            self.now += 1;
            if delivers {
                let samples: Vec<f32> =
                    (self.played + 1..=self.now).flat_map(|number| [number as f32; BLOCK]).collect();
                self.reference.add(&samples, (self.now - self.met.len()) * BLOCK);
                self.played = self.now;
            }
            while self.met.len() < self.now && !self.reference.is_late((self.now - self.met.len()) * BLOCK) {
                self.met.push(self.reference.block()[0] as usize);
            }
        }
    }

    #[test]
    fn each_block_meets_its_own_however_late_they_are_delivered() {
        for burst in [1, 2, 5, 9] {
            let mut pair = Pair::default();
            (1..=60).for_each(|now| pair.step(now % burst == 1 % burst));
            assert!(
                pair.met.iter().copied().eq(1..=pair.played) && pair.played + burst > 60,
                "{burst}: {:?}",
                pair.met
            );
        }
    }

    #[test]
    fn after_a_stall_each_block_meets_its_own_again() {
        for stall in [8, 12, 30, 90] {
            let mut pair = Pair::default();
            (1..=20 + stall + 20).for_each(|now| pair.step(now <= 20 || now > 20 + stall));
            let met = &pair.met[..pair.now];
            assert!(
                met.iter().zip(1..).all(|(met, now)| *met == now || *met == 0 && now <= 20 + stall),
                "{stall}: {met:?}"
            );
            assert_eq!(met.contains(&0), stall >= 10, "{stall}: {met:?}");
        }
    }

    #[test]
    fn sound_that_was_never_played_shifts_nothing() {
        let mut pair = Pair::default();
        (1..=20).for_each(|_| pair.step(true));
        (1..=12).for_each(|_| pair.step(false));
        // The loudspeaker has stood still: what it plays now, it did not play before.
        pair.played = pair.now;
        (1..=20).for_each(|_| pair.step(true));
        assert!(pair.met[32..].iter().copied().eq(33..=52), "{:?}", pair.met);
    }

    #[test]
    fn the_newest_samples_are_paired_when_the_loudspeaker_begins() {
        let mut reference = Reference::default();
        assert!(!reference.is_late(BLOCK));
        assert_eq!(runs(&mut reference), [(0.0, BLOCK)]);
        reference.add(&[1.0; BLOCK], BLOCK + 60);
        assert_eq!(runs(&mut reference), [(0.0, 60), (1.0, 100)], "the microphone was ahead");
        assert!(reference.is_late(PATIENCE - 1) && !reference.is_late(PATIENCE));
        assert_eq!(runs(&mut reference), [(1.0, 60), (0.0, 100)], "too late");
        assert!(!reference.is_late(BLOCK), "it rests");
        let both: Vec<f32> = [[2.0; BLOCK], [3.0; BLOCK]].concat();
        reference.add(&both, BLOCK + 60);
        assert_eq!(runs(&mut reference), [(2.0, 60), (3.0, 100)], "the loudspeaker was ahead");
        reference.skip();
        assert!(!reference.is_late(BLOCK));
    }

    #[test]
    fn reference_that_is_never_heard_does_not_pile_up() {
        let mut reference = Reference::default();
        for _ in 0..1_000 {
            reference.add(&[1.0; FRAME], FRAME);
        }
        assert!(reference.samples.len() <= WAITS);
    }
}
