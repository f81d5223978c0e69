//! The latch between text to speech and playback: sound of a reply that may still be thrown away is kept back.

use crate::device::deck::Clip;

/// Keeps the clips of one turn until that turn may be heard.
#[derive(Debug, Default)]
pub struct HeldClips {
    /// The turn that may not be heard yet.
    turn: Option<u64>,
    kept: Vec<Clip>,
    free: Vec<Clip>,
}

impl HeldClips {
    /// Keeps back clips of `turn` from now on. Kept clips of another turn are dropped: its reply was thrown away.
    pub fn keep(&mut self, turn: u64) {
        self.turn = Some(turn);
        self.kept.clear();
    }

    /// Releases the clips of `turn`: it may be heard.
    pub fn utter(&mut self, turn: u64) {
        if self.turn.take_if(|kept| *kept == turn).is_some() {
            self.free.append(&mut self.kept);
        }
    }

    /// Lets a clip through, or keeps it back.
    pub fn pass(&mut self, clip: Clip) -> Option<Clip> {
        if self.turn == Some(clip.turn) {
            self.kept.push(clip);
            return None;
        }
        Some(clip)
    }

    /// Takes the released clips, in order.
    pub fn let_go(&mut self) -> Vec<Clip> {
        std::mem::take(&mut self.free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Timing;

    fn clip(turn: u64, clause: usize) -> Clip {
        Clip::new(turn, clause, &[0.1; 4], &Timing { samples: 4, rate: 16_000, words: Vec::new() }, 16_000)
    }

    #[test]
    fn a_turn_is_kept_until_it_may_be_heard_and_others_pass() {
        let mut latch = HeldClips::default();
        latch.keep(2);
        assert!(latch.pass(clip(1, 0)).is_some());
        assert!(latch.pass(clip(2, 0)).is_none());
        latch.utter(1);
        assert!(latch.let_go().is_empty());
        latch.utter(2);
        assert_eq!(latch.let_go().iter().map(|clip| (clip.turn, clip.clause)).collect::<Vec<_>>(), [(2, 0)]);
        assert!(latch.pass(clip(2, 1)).is_some(), "what comes later needs no further word");
        assert!(latch.let_go().is_empty());
    }

    #[test]
    fn what_was_thrown_away_never_comes() {
        let mut latch = HeldClips::default();
        latch.keep(2);
        assert!(latch.pass(clip(2, 0)).is_none());
        latch.keep(3);
        latch.utter(2);
        latch.utter(3);
        assert!(latch.let_go().is_empty());
    }
}
