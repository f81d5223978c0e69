//! Echo cancellers: golem's own voice is taken out of what the microphone hears.
//!
//! All work in blocks of 10 ms at 16 kHz: what the loudspeaker plays goes in, then the microphone's block is changed in place.

pub mod aec3;
pub mod guard;
pub mod sonora;

use super::EngineError;

/// Samples in a block: 10 ms at 16 kHz.
pub const BLOCK: usize = 160;

/// What a canceller knows about the echo.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EchoFigures {
    /// Time from the reference to its echo, in milliseconds.
    pub delay_ms: Option<u32>,
    /// Echo return loss: how much weaker the echo is than what is played, in decibels.
    pub erl: Option<f32>,
    /// Echo return loss enhancement: how much of the echo is taken away, in decibels.
    pub erle: Option<f32>,
}

/// One canceller. It adapts as it goes.
pub trait EchoCanceller {
    /// Name in a few words, for the screen.
    fn describe(&self) -> String;

    /// Takes what is played, -1..=1. For each block of the microphone there is one, before it.
    ///
    /// # Errors
    /// When the canceller refuses it.
    fn render(&mut self, reference: &[f32; BLOCK]) -> Result<(), EngineError>;

    /// Takes the echo out of a block of the microphone, which comes out up to 14 ms late. Where `linear` is given and the canceller
    /// can, it gets the same block with only the predictable part of the echo taken out; what is returned says whether it did.
    ///
    /// # Errors
    /// When the canceller refuses it.
    fn capture(&mut self, block: &mut [f32; BLOCK], linear: Option<&mut [f32; BLOCK]>) -> Result<bool, EngineError>;

    /// What it knows about the echo now.
    fn figures(&mut self) -> EchoFigures;

    /// Forgets the echo: another microphone is heard.
    ///
    /// # Errors
    /// When the canceller refuses.
    fn reset(&mut self) -> Result<(), EngineError>;
}
