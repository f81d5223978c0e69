//! The reference of an echo canceller: what was played, kept until the microphone's block of the same time comes.

use std::collections::VecDeque;

use crate::engine::echo::BLOCK;
use crate::signal::frame::RATE;

/// Blocks without reference after which the loudspeaker counts as at rest; before that, the reference is late.
const RESTS: u32 = 30;
/// Most samples of reference that are kept ahead against late deliveries: 100 ms.
const CUSHION: usize = RATE as usize / 10;
/// Most samples of reference that wait: a second. The canceller looks for the echo within half of that.
const WAITS: usize = RATE as usize;
/// Sample of the reference below which the loudspeaker counts as silent.
const SILENT: f32 = 1e-5;

/// Whether the loudspeaker sounds in a block of the reference (-1..=1).
pub fn sounds(reference: &[f32; BLOCK]) -> bool {
    reference.iter().any(|sample| sample.abs() > SILENT)
}

/// Reference that has not met its microphone block yet.
pub struct Reference {
    samples: VecDeque<f32>,
    /// Blocks in a row with too little reference.
    dry: u32,
    /// Samples that were missing in these blocks.
    missing: usize,
    /// Samples of silence before the reference of a waking loudspeaker: its deliveries have been late by as much.
    cushion: usize,
}

impl Default for Reference {
    /// Nothing was played yet.
    fn default() -> Self {
        Self { samples: VecDeque::with_capacity(WAITS), dry: RESTS, missing: 0, cushion: 0 }
    }
}

impl Reference {
    /// Takes the next samples of reference.
    pub fn add(&mut self, samples: &[f32]) {
        if samples.is_empty() {
            return;
        }
        if self.dry >= RESTS {
            self.samples.extend(std::iter::repeat_n(0.0, self.cushion));
        } else if self.dry > 0 {
            // The inserted silence delayed the reference; keep that much as a cushion.
            self.cushion = (self.cushion + self.missing).min(CUSHION);
        }
        (self.dry, self.missing) = (0, 0);
        self.samples.extend(samples);
        if self.samples.len() > WAITS {
            self.skip();
        }
    }

    /// The microphone has lost sound, or stood still: drop the reference of that time.
    pub fn skip(&mut self) {
        let spare = self.samples.len().saturating_sub(self.cushion.max(BLOCK));
        self.samples.drain(..spare);
    }

    /// The reference of the next block. Missing samples become silence at its beginning, so that the newest samples of
    /// the reference and of the microphone belong together.
    pub fn block(&mut self) -> [f32; BLOCK] {
        let mut block = [0.0; BLOCK];
        let there = self.samples.len().min(BLOCK);
        for (place, sample) in block[BLOCK - there..].iter_mut().zip(self.samples.drain(..there)) {
            *place = sample;
        }
        if there < BLOCK {
            self.dry = self.dry.saturating_add(1);
            self.missing += BLOCK - there;
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::frame::FRAME;

    /// How many blocks late each block is met, for deliveries of `burst` blocks after a first one of `early` blocks.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    fn shifts(reference: &mut Reference, burst: usize, early: usize) -> Vec<i32> {
        let mut played = 0;
        let mut shifts = Vec::new();
        for now in 1..=60_usize {
            if now % burst == early % burst {
                while played < now {
                    played += 1;
                    reference.add(&[played as f32; BLOCK]);
                }
            }
            let met = reference.block()[BLOCK - 1] as i32;
            if met > 0 {
                shifts.push(i32::try_from(now).unwrap() - met);
            }
        }
        shifts
    }

    #[test]
    fn late_deliveries_cost_a_moment_once_and_are_provided_for_after_a_rest() {
        let mut reference = Reference::default();
        let first = shifts(&mut reference, 4, 1);
        assert!(first[0] == 0 && first[8..].iter().all(|shift| *shift == 3), "{first:?}");
        while !reference.samples.is_empty() {
            reference.block();
        }
        (0..RESTS).for_each(|_| {
            reference.block();
        });
        let again = shifts(&mut reference, 4, 1);
        assert!(again.iter().all(|shift| *shift == 3), "{again:?}");
    }

    #[test]
    fn a_loudspeaker_that_rests_is_no_late_delivery() {
        let mut reference = Reference::default();
        (0..100).for_each(|_| {
            reference.block();
        });
        reference.add(&[1.0; BLOCK]);
        assert_eq!((reference.cushion, reference.block()[0].to_bits()), (0, 1.0_f32.to_bits()));
        reference.block();
        reference.add(&[1.0; BLOCK]);
        assert_eq!(reference.cushion, BLOCK, "a block came late");
        (0..100).for_each(|_| {
            reference.block();
        });
        reference.add(&[1.0; BLOCK]);
        assert_eq!((reference.cushion, reference.samples.len()), (BLOCK, 2 * BLOCK), "it wakes behind its cushion");
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
