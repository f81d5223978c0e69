//! A frame on its way through the echo canceller, and what is known of it before it is judged.

use std::collections::VecDeque;

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
    /// What is believed of a voice in it.
    pub bounds: VoiceBounds,
    /// What went into the canceller, where that is kept.
    pub sides: Option<Box<EchoSides>>,
}

/// Probability of what may be a person: it lowers playback and silences nothing.
pub const PERHAPS: f32 = 0.3;
/// Probability of a voice below which a detector has heard none at all.
const NONE: f32 = 0.01;

/// The probabilities of a voice (0..=1) that are believed of a frame at least and at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoiceBounds {
    /// No less than this, whatever a detector makes of it.
    pub least: f32,
    /// No more than this.
    pub most: f32,
}

impl VoiceBounds {
    /// All are.
    pub const ALL: Self = Self { least: 0.0, most: 1.0 };

    /// The same, and no more than `most` in any case.
    #[must_use]
    pub fn at_most(self, most: f32) -> Self {
        Self { most: self.most.min(most), ..self }
    }

    /// The same where a person is no more than perhaps there.
    #[must_use]
    pub fn doubted(self) -> Self {
        Self { least: self.least.min(PERHAPS), most: self.most.min(PERHAPS) }
    }

    /// The probability that is believed where a detector gives `probability`. Where it gives none at all, a person is no more
    /// than perhaps there.
    pub fn apply(self, probability: f32) -> f32 {
        let least = if probability < NONE { self.least.min(PERHAPS) } else { self.least };
        probability.min(self.most).max(least)
    }
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
        Self { clean, beside: BesideFrame { words: None, echo: EchoState::Absent, bounds: VoiceBounds::ALL, sides } }
    }
}

/// The oldest frame of `samples`.
pub fn oldest_frame(samples: &mut VecDeque<f32>) -> Box<[f32; FRAME]> {
    let mut frame = Box::new([0.0; FRAME]);
    frame.iter_mut().zip(samples.drain(..FRAME)).for_each(|(place, sample)| *place = sample);
    frame
}

/// Goes over from one frame to another within the frame; `to` becomes the mixture.
#[allow(clippy::cast_precision_loss)] // 512
pub fn fade(from: &[f32; FRAME], to: &mut [f32; FRAME]) {
    for (n, (to, from)) in to.iter_mut().zip(from).enumerate() {
        let share = n as f32 / FRAME as f32;
        *to = from + share * (*to - from);
    }
}
