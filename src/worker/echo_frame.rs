//! A frame on its way through the echo canceller, and what is known of it before it is judged.

use crate::message::EchoState;
use crate::signal::frame::FRAME;

/// What became of a frame of the microphone.
pub struct EchoFrame {
    /// For voice activity detection.
    pub clean: Box<[f32; FRAME]>,
    /// What else is known of it.
    pub beside: BesideFrame,
}

/// What else is known of a frame before it is judged.
pub struct BesideFrame {
    /// What goes on to speech to text in its place, where that gets something else.
    pub words: Option<Box<[f32; FRAME]>>,
    /// How much of it may be golem's own voice.
    pub echo: EchoState,
    /// The probability of a voice (0..=1) that is believed of it at most.
    pub ceiling: f32,
    /// What went into the canceller, where that is kept.
    pub sides: Option<Box<EchoSides>>,
}

/// Both sides of an echo, in whole blocks: 480 or 640 samples with a frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EchoSides {
    /// The microphone as it is.
    pub heard: Vec<f32>,
    /// What was played in the same time; as long.
    pub played: Vec<f32>,
}

impl EchoFrame {
    /// A frame of which nothing was taken out.
    pub fn untouched(clean: Box<[f32; FRAME]>, sides: Option<Box<EchoSides>>) -> Self {
        Self { clean, beside: BesideFrame { words: None, echo: EchoState::Absent, ceiling: 1.0, sides } }
    }
}
