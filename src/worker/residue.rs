//! The residue of an echo: what a canceller leaves, beside how loud the echo has been of late.
//!
//! Where a room rings longer than the canceller's filter is, its tail comes through in pauses and when playback is lowered, and
//! is still speech to a voice detector. It is far quieter than the echo was. A person over the reply is not, though a canceller
//! may garble the beginning of what they say until no voice detector knows it for a voice.

use std::collections::VecDeque;

use crate::signal::frame::FRAME;
use crate::signal::level::decibels;

/// Frames of the microphone that are remembered: 1.2 s.
const MEMORY: usize = 37;
/// The newest of them, which may be the person's own already: 190 ms.
const NEWEST: usize = 6;
/// Decibels beside the loudest of these from which down a frame is too quiet to silence a reply. It still lowers one: at first a
/// canceller leaves as little of a person.
const QUIET: f32 = -12.0;
/// Probability that a quiet frame has at most.
const DOUBTFUL: f32 = 0.3;
/// Probability that a frame has at least which is nearly as loud as the echo was: enough to lower playback and no more. What a
/// canceller that works does not take out is somebody else, and a lower echo lets it hear who.
const SOMEBODY: f32 = 0.15;

/// The probabilities of a voice (0..=1) that are believed of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Believed {
    /// Whatever the voice detector says, it counts as this at least.
    pub least: f32,
    /// And as this at most.
    pub most: f32,
}

impl Believed {
    /// The voice detector is believed.
    pub const ALL: Self = Self { least: 0.0, most: 1.0 };

    /// What is believed where a voice detector says `probability`.
    pub fn of(self, probability: f32) -> f32 {
        probability.max(self.least).min(self.most)
    }
}

/// How loud the microphone has been of late.
#[derive(Clone, Debug, Default)]
pub struct Residue {
    levels: VecDeque<f32>,
}

impl Residue {
    /// Takes a frame of the microphone as it is, and what a canceller left of it. Gives what is believed of that.
    pub fn believed(&mut self, microphone: &[f32; FRAME], clean: &[f32; FRAME]) -> Believed {
        if self.levels.len() == MEMORY {
            self.levels.pop_front();
        }
        self.levels.push_back(decibels(microphone));
        let earlier = self.levels.iter().rev().skip(NEWEST);
        let Some(loudest) = earlier.copied().reduce(f32::max) else { return Believed::ALL };
        if decibels(clean) - loudest < QUIET {
            Believed { least: 0.0, most: DOUBTFUL }
        } else {
            Believed { least: SOMEBODY, most: 1.0 }
        }
    }

    /// Nothing of the echo is left.
    pub fn forget(&mut self) {
        self.levels.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BargeInConfig;

    fn frame(level: f32) -> [f32; FRAME] {
        [10.0_f32.powf(level / 20.0); FRAME]
    }

    const DOUBTED: Believed = Believed { least: 0.0, most: DOUBTFUL };
    const HEARD: Believed = Believed { least: SOMEBODY, most: 1.0 };

    #[test]
    fn a_tail_is_doubted_and_a_person_is_not() {
        let mut residue = Residue::default();
        let mut believed = |microphone: f32, clean: f32| residue.believed(&frame(microphone), &frame(clean));
        assert_eq!(believed(-30.0, -60.0), Believed::ALL, "nothing is known yet");
        (0..10).for_each(|_| {
            believed(-30.0, -80.0);
        });
        assert_eq!(believed(-46.0, -46.0), DOUBTED, "a tail that the canceller leaves");
        assert_eq!(believed(-25.0, -35.0), HEARD, "a person whose beginning is swallowed");
        (0..MEMORY).for_each(|_| {
            believed(-60.0, -60.0);
        });
        assert_eq!(believed(-55.0, -55.0), HEARD, "a quiet person, when the echo is long over");
    }

    #[test]
    fn a_voice_is_not_measured_by_its_own_first_sounds() {
        let mut residue = Residue::default();
        (0..10).for_each(|_| {
            residue.believed(&frame(-50.0), &frame(-90.0));
        });
        let all_believed = (0..NEWEST).all(|_| residue.believed(&frame(-25.0), &frame(-45.0)).most > 0.9);
        assert!(all_believed);
        residue.forget();
        assert_eq!(residue.believed(&frame(-50.0), &frame(-90.0)), Believed::ALL);
    }

    #[test]
    fn somebody_whose_voice_is_garbled_lowers_a_reply_and_does_not_silence_it() {
        let bar = BargeInConfig::default();
        let garbled = HEARD.of(0.01);
        assert!(garbled > bar.duck_threshold && garbled < bar.threshold);
        assert_eq!((HEARD.of(0.9), DOUBTED.of(0.9), Believed::ALL.of(0.9)), (0.9, DOUBTFUL, 0.9));
    }
}
