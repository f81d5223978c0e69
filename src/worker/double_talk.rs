//! Detection of double talk: whether a person speaks over golem, by all that a canceller with a linear output shows.
//!
//! A full canceller swallows the beginning of a person's voice together with the echo. A linear one spares it, but
//! leaves so much echo that a voice detector hears a voice all the time. A small recurrent network weighs both outputs,
//! band by band, with the voice detected in each.

mod network;

use std::ops::RangeInclusive;

pub use self::network::{NearEndSigns, SIGNS};

use self::network::NearEndNetwork;
use crate::engine::Vad;
use crate::message::EchoState;
use crate::signal::frame::FRAME;
use crate::signal::level::decibels;
use crate::signal::odds::log_odds;
use crate::worker::near_end::{CancelledBlock, NearEndMeter};
use crate::worker::reference::sounds;

/// Blocks with sound until a linear canceller takes the echo out again after a slip: 2 s.
const REALIGNS: u32 = 200;

/// A frame of 32 ms on its way through a canceller.
#[derive(Clone, Copy)]
pub struct CancelledFrame<'a> {
    /// What the microphone heard.
    pub microphone: &'a [f32; FRAME],
    /// The output of the linear canceller.
    pub linear: &'a [f32; FRAME],
    /// The output of the full canceller.
    pub clean: &'a [f32; FRAME],
    /// The state of the canceller.
    pub echo: EchoState,
    /// Whether the delay of the echo has changed, or may have.
    pub slips: bool,
}

/// A voice detector on the output of a linear canceller, a meter of what is left of the echo, and the network that
/// weighs them.
pub struct DoubleTalk {
    vad: Box<dyn Vad>,
    near_end: NearEndMeter,
    network: NearEndNetwork,
    /// Blocks with sound until the linear output is as good as before the echo slipped.
    realigning: u32,
}

impl DoubleTalk {
    /// A detector that has heard nothing.
    pub fn new(vad: Box<dyn Vad>) -> Self {
        let (near_end, network) = (NearEndMeter::default(), NearEndNetwork::default());
        Self { vad, near_end, network, realigning: 0 }
    }

    /// Takes a block.
    pub fn block(&mut self, block: CancelledBlock) {
        self.near_end.block(block);
        if sounds(block.reference) {
            self.realigning = self.realigning.saturating_sub(1);
        }
    }

    /// The echo has slipped.
    pub fn slip(&mut self) {
        self.realigning = REALIGNS;
    }

    /// Takes the frame of those blocks. Returns its signs; `None` if the voice detector fails, as the other one will.
    pub fn frame(&mut self, frame: CancelledFrame) -> Option<NearEndSigns> {
        let voice = self.vad.probability(frame.linear).ok()?;
        let [microphone, linear, clean] = [frame.microphone, frame.linear, frame.clean].map(|side| decibels(side));
        let is = |state: EchoState| f32::from(frame.echo == state);
        let one = [
            voice_sign(voice),
            scaled(clean - microphone, -40.0..=6.0, 15.0),
            scaled(linear - microphone, -40.0..=6.0, 15.0),
            scaled(clean + 50.0, -30.0..=30.0, 20.0),
            scaled(linear + 50.0, -30.0..=30.0, 20.0),
            scaled(self.near_end.excess(), -6.0..=15.0, 5.0),
            is(EchoState::Learning),
            is(EchoState::Leaking),
            is(EchoState::Settling),
            is(EchoState::Cancelled),
            f32::from(self.realigning > 0),
            f32::from(frame.slips),
        ];
        let bands = self.near_end.bands();
        let above = bands.above.map(|above| scaled(above, -10.0..=20.0, 8.0));
        let played = bands.played.map(|played| scaled(played + 60.0, -25.0..=40.0, 20.0));
        let linear = bands.linear.map(|linear| scaled(linear, -40.0..=6.0, 15.0));
        let full = bands.full.map(|full| scaled(full, -40.0..=10.0, 15.0));
        let all = [&one[..], &above, &played, &linear, &full];
        let mut signs = [0.0; SIGNS];
        signs.iter_mut().zip(all.into_iter().flatten()).for_each(|(place, sign)| *place = *sign);
        Some(signs)
    }

    /// The probability of a person in a frame of these signs, 0..=1; `voice` is the probability of a voice in its full
    /// output. Without signs the frame has bypassed the canceller, and `voice` is believed.
    pub fn weigh(&mut self, signs: Option<&NearEndSigns>, voice: f32) -> f32 {
        if let Some(signs) = signs {
            return self.network.probability(voice_sign(voice), signs).unwrap_or(voice);
        }
        self.network.reset();
        voice
    }

    /// Golem has stopped speaking.
    pub fn rest(&mut self) {
        self.vad.reset();
    }

    /// The microphone was exchanged: nothing is known of its echo.
    pub fn reset(&mut self) {
        self.rest();
        self.network.reset();
        self.near_end = NearEndMeter::default();
        self.realigning = 0;
    }
}

/// The sign of a detector's probability of a voice: a third of its log odds.
fn voice_sign(probability: f32) -> f32 {
    log_odds(probability, 1e-3) / 3.0
}

/// A number within `range`, in `unit`s.
fn scaled(number: f32, range: RangeInclusive<f32>, unit: f32) -> f32 {
    number.clamp(*range.start(), *range.end()) / unit
}

#[cfg(test)]
mod tests;
