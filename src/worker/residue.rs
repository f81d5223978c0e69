//! The residue of an echo: what a canceller leaves, against the recent level of the echo.
//!
//! If a room rings longer than the canceller's filter, its tail comes through in pauses and when playback is lowered,
//! and a voice detector takes it for speech. The tail is far quieter than the echo was; a person over the reply is not.

use std::collections::VecDeque;

use crate::signal::frame::FRAME;
use crate::signal::level::decibels;
use crate::worker::echo_frame::PERHAPS;

/// Frames of the microphone that are remembered: 1.2 s.
const MEMORY: usize = 37;
/// The newest of them, which may contain the person already: 190 ms.
const NEWEST: usize = 6;
/// Level in decibels against the loudest of these, below which a frame cannot silence a reply. It can still lower one:
/// at first a canceller leaves as little of a person.
const QUIET: f32 = -12.0;
/// The recent levels of the microphone.
#[derive(Clone, Debug, Default)]
pub struct Residue {
    levels: VecDeque<f32>,
}

impl Residue {
    /// Takes a frame of the microphone and the canceller's output for it. Returns the highest voice probability (0..=1)
    /// that is believed of the output.
    pub fn ceiling(&mut self, microphone: &[f32; FRAME], clean: &[f32; FRAME]) -> f32 {
        if self.levels.len() == MEMORY {
            self.levels.pop_front();
        }
        self.levels.push_back(decibels(microphone));
        let earlier = self.levels.iter().rev().skip(NEWEST);
        let Some(loudest) = earlier.copied().reduce(f32::max) else { return 1.0 };
        if decibels(clean) - loudest < QUIET { PERHAPS } else { 1.0 }
    }

    /// The echo is over.
    pub fn forget(&mut self) {
        self.levels.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(level: f32) -> [f32; FRAME] {
        [10.0_f32.powf(level / 20.0); FRAME]
    }

    #[test]
    fn a_tail_is_doubted_and_a_person_is_not() {
        let mut residue = Residue::default();
        let mut ceiling = |microphone: f32, clean: f32| residue.ceiling(&frame(microphone), &frame(clean)).to_bits();
        assert_eq!(ceiling(-30.0, -60.0), 1.0_f32.to_bits(), "nothing is known yet");
        (0..10).for_each(|_| {
            ceiling(-30.0, -80.0);
        });
        assert_eq!(ceiling(-46.0, -46.0), PERHAPS.to_bits(), "a tail that the canceller leaves");
        assert_eq!(ceiling(-25.0, -35.0), 1.0_f32.to_bits(), "a person whose beginning is swallowed");
        (0..MEMORY).for_each(|_| {
            ceiling(-60.0, -60.0);
        });
        assert_eq!(ceiling(-55.0, -55.0), 1.0_f32.to_bits(), "a quiet person, when the echo is long over");
    }

    #[test]
    fn a_voice_is_not_measured_by_its_own_first_sounds() {
        let mut residue = Residue::default();
        (0..10).for_each(|_| {
            residue.ceiling(&frame(-50.0), &frame(-90.0));
        });
        let all_believed = (0..NEWEST).all(|_| residue.ceiling(&frame(-25.0), &frame(-45.0)) > 0.9);
        assert!(all_believed);
        residue.forget();
        assert!(residue.ceiling(&frame(-50.0), &frame(-90.0)) > 0.9);
    }
}
