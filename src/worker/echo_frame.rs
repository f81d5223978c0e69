//! A microphone frame out of the echo canceller, and what is known of it before it is judged.

use std::collections::VecDeque;

use crate::message::EchoState;
use crate::signal::frame::FRAME;
use crate::worker::double_talk::NearEndSigns;

/// A frame of the microphone after the echo canceller.
pub struct EchoFrame {
    /// The frame for voice activity detection.
    pub clean: Box<[f32; FRAME]>,
    /// Further findings on the frame.
    pub beside: BesideFrame,
}

/// Findings on a frame before it is judged.
pub struct BesideFrame {
    /// The frame for speech to text, if that is another one.
    pub words: Option<Box<[f32; FRAME]>>,
    /// How much of the frame may be golem's own voice.
    pub echo: EchoState,
    /// The signs of a person over golem, if the canceller shows them.
    pub signs: Option<Box<NearEndSigns>>,
    /// The highest voice probability that is believed.
    pub most: f32,
    /// Both inputs of the canceller, if they are kept.
    pub sides: Option<Box<EchoSides>>,
}

/// Probability of a possible person: it lowers playback and silences nothing.
pub const PERHAPS: f32 = 0.3;

/// Both inputs of a canceller, in whole blocks: 480 or 640 samples with a frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EchoSides {
    /// The microphone's sound.
    pub heard: Vec<f32>,
    /// The sound that was played in the same time; as long.
    pub played: Vec<f32>,
}

impl EchoFrame {
    /// A frame that bypassed the canceller.
    pub fn untouched(clean: Box<[f32; FRAME]>, sides: Option<Box<EchoSides>>) -> Self {
        Self { clean, beside: BesideFrame { words: None, echo: EchoState::Absent, signs: None, most: 1.0, sides } }
    }
}

/// Takes the oldest frame out of `samples`.
pub fn oldest_frame(samples: &mut VecDeque<f32>) -> Box<[f32; FRAME]> {
    let mut frame = Box::new([0.0; FRAME]);
    frame.iter_mut().zip(samples.drain(..FRAME)).for_each(|(place, sample)| *place = sample);
    frame
}

/// Crossfades from one frame to another within the frame; `to` becomes the mixture.
#[allow(clippy::cast_precision_loss)] // 512
pub fn fade(from: &[f32; FRAME], to: &mut [f32; FRAME]) {
    for (n, (to, from)) in to.iter_mut().zip(from).enumerate() {
        let share = n as f32 / FRAME as f32;
        *to = from + share * (*to - from);
    }
}
