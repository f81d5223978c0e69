//! The voice gate over probabilities: confirmation, hysteresis, and the amount of voice.

use std::collections::VecDeque;

use crate::config;

/// Decides frame by frame whether a voice is there.
#[derive(Clone, Debug)]
pub struct Gate {
    config: config::VadConfig,
    recent: VecDeque<bool>,
    open: bool,
}

impl Gate {
    /// A closed gate.
    pub fn new(config: config::VadConfig) -> Self {
        Self { config, recent: VecDeque::new(), open: false }
    }

    /// Takes one frame's probability; returns whether the frame counts as voiced. While the gate is open the lower
    /// release threshold holds, so that a trailing vowel does not end a voice.
    pub fn push(&mut self, probability: f32) -> bool {
        let voiced = probability > self.bar();
        if self.recent.len() >= self.config.start_window.max(1) {
            self.recent.pop_front();
        }
        self.recent.push_back(voiced);
        if self.open {
            self.open = voiced;
        } else {
            self.open = self.confirmed();
        }
        voiced
    }

    /// The probability above which the next frame counts as voiced, 0..=1.
    pub fn bar(&self) -> f32 {
        if self.open { self.config.release } else { self.config.threshold }
    }

    /// Whether enough of the newest frames are voiced to count as a voice.
    pub fn confirmed(&self) -> bool {
        self.recent.iter().filter(|voiced| **voiced).count() >= self.config.start_frames.max(1)
    }

    /// Forgets the frames.
    pub fn reset(&mut self) {
        self.recent.clear();
        self.open = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(gate: &mut Gate, probabilities: &[f32]) -> Vec<bool> {
        probabilities.iter().map(|p| gate.push(*p)).collect()
    }

    #[test]
    fn three_of_four_frames_confirm_a_voice() {
        let mut gate = Gate::new(config::VadConfig::default());
        run(&mut gate, &[0.9, 0.1, 0.9]);
        assert!(!gate.confirmed());
        run(&mut gate, &[0.9]);
        assert!(gate.confirmed());
    }

    #[test]
    fn an_open_gate_holds_down_to_the_release_threshold() {
        let mut gate = Gate::new(config::VadConfig::default());
        assert_eq!(run(&mut gate, &[0.4, 0.9, 0.9, 0.9, 0.4, 0.3, 0.4]), [false, true, true, true, true, false, false]);
    }
}
