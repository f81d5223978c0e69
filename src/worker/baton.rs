//! The baton that says which part has the processor: the language model until its first clause is out, then the voice
//! until that clause begins to be sound.
//!
//! Both use every core they get. Side by side each takes twice as long, and a person waits for the voice only: what the
//! language model would have generated meanwhile is not heard for a second yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Who has the baton.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// No thread waits: all may work side by side.
    Nobody,
    /// The language model, of whose reply nothing has gone to the voice yet.
    Llm,
    /// The voice, which makes the first piece of a reply.
    Tts,
}

/// The baton, shared by the threads that pass it on.
#[derive(Clone, Debug, Default)]
pub struct Baton(Arc<AtomicU8>);

impl Baton {
    /// Gives the baton to `holder`, regardless of who has it.
    pub fn give(&self, holder: Holder) {
        self.0.store(holder as u8, Ordering::Release);
    }

    /// Lays the baton down, if `holder` has it.
    pub fn lay_down(&self, holder: Holder) {
        let _ = self.0.compare_exchange(holder as u8, Holder::Nobody as u8, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// Who has the baton.
    #[must_use]
    pub fn holder(&self) -> Holder {
        match self.0.load(Ordering::Acquire) {
            1 => Holder::Llm,
            2 => Holder::Tts,
            _ => Holder::Nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_baton_is_laid_down_by_its_holder_only() {
        let baton = Baton::default();
        assert_eq!(baton.holder(), Holder::Nobody);
        for holder in [Holder::Llm, Holder::Tts, Holder::Nobody] {
            baton.give(holder);
            assert_eq!(baton.holder(), holder);
        }
        baton.give(Holder::Llm);
        baton.lay_down(Holder::Tts);
        assert_eq!(baton.holder(), Holder::Llm);
        baton.lay_down(Holder::Llm);
        assert_eq!(baton.holder(), Holder::Nobody);
    }
}
