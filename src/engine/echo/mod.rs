//! Echo cancellers: golem's own voice is taken out of what the microphone hears.
//!
//! All work in blocks of 10 ms at 16 kHz: what the loudspeaker plays goes in, then the microphone's block is changed in place.

pub mod aec3;
pub mod guard;
pub mod sonora;

use super::EngineError;

/// Samples in a block: 10 ms at 16 kHz.
pub const BLOCK: usize = 160;

/// One canceller. It adapts as it goes; one that is to forget is replaced by a fresh one.
pub trait EchoCanceller {
    /// Takes what is played, -1..=1. For each block of the microphone there is one, before it.
    ///
    /// # Errors
    /// When the canceller refuses it.
    fn render(&mut self, reference: &[f32; BLOCK]) -> Result<(), EngineError>;

    /// Takes the echo out of a block of the microphone, which comes out up to 14 ms late. `linear`, the same block, gets it with
    /// only the predictable part of the echo taken out, where the canceller can do that.
    ///
    /// # Errors
    /// When the canceller refuses it.
    fn capture(&mut self, block: &mut [f32; BLOCK], linear: &mut [f32; BLOCK]) -> Result<(), EngineError>;

    /// Time from the reference to its echo as found by now, in milliseconds.
    fn delay_ms(&mut self) -> Option<u32>;
}
