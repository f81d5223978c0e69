//! Sharing of the processor between the language model and text to speech: the language model has it until its first
//! clause is out, then text to speech until that clause begins to sound.
//!
//! Both use every core they get. Side by side each takes twice as long, and the person waits only for text to speech:
//! more text of the language model is not heard for another second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// The thread that has priority on the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// No thread waits: all may work side by side.
    Nobody,
    /// The language model, until the first clause of its reply goes to text to speech.
    Llm,
    /// Text to speech, while it makes the first sound of a reply.
    Tts,
}

/// The priority on the processor, shared by the threads that pass it on.
#[derive(Clone, Debug, Default)]
pub struct Baton(Arc<AtomicU8>);

impl Baton {
    /// Gives the baton to `holder`, regardless of who has it.
    pub fn give(&self, holder: Holder) {
        self.0.store(holder as u8, Ordering::Release);
    }

    /// Frees the baton, if `holder` has it.
    pub fn lay_down(&self, holder: Holder) {
        let _ = self.0.compare_exchange(holder as u8, Holder::Nobody as u8, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// The thread that has the baton.
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
