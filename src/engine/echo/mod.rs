//! Echo cancellers, which remove golem's own voice from the microphone's sound.
//!
//! All work in blocks of 10 ms at 16 kHz. A block of the reference goes in, then the microphone's block is changed in
//! place.

pub mod aec3;
pub mod guard;
pub mod sonora;

use super::EngineError;

/// Samples in a block: 10 ms at 16 kHz.
pub const BLOCK: usize = 160;

/// An echo canceller. It adapts as it runs. To make it forget, replace it by a fresh one.
pub trait EchoCanceller {
    /// Takes a block of the reference, -1..=1: one before each block of the microphone.
    ///
    /// # Errors
    /// When the canceller refuses it.
    fn render(&mut self, reference: &[f32; BLOCK]) -> Result<(), EngineError>;

    /// Removes the echo from a block of the microphone, which comes out up to 14 ms late. `linear` starts as the same
    /// block and loses only the predictable part of the echo, if the canceller supports that.
    ///
    /// # Errors
    /// When the canceller refuses it.
    fn capture(&mut self, block: &mut [f32; BLOCK], linear: &mut [f32; BLOCK]) -> Result<(), EngineError>;

    /// Whether it finds the lag of the echo behind the reference by itself. If not, its filter begins with the reference.
    fn finds_lag(&self) -> bool;
}
