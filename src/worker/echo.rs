//! Echo cancellation between the microphone and voice activity detection.
//!
//! Frames of 32 ms are cut into blocks of 10 ms, and each block is paired with what was played in the same time; if that
//! is delivered late, the block waits. While nothing has been played for a while, the canceller is bypassed: frames pass
//! unchanged and nothing is computed.

use std::collections::VecDeque;

use crossbeam_channel::Sender;

use crate::config::echo::{Canceller, EchoConfig, EchoFeed};
use crate::engine::echo::BLOCK;
use crate::engine::echo::guard::GuardedCanceller;
use crate::engine::{EngineError, Vad, registry};
use crate::message::EchoState;
use crate::signal::frame::FRAME;
use crate::signal::level::mean_square;
use crate::worker::convergence::Convergence;
use crate::worker::double_talk::{CancelledFrame, DoubleTalk, NearEndSigns};
use crate::worker::echo_alignment::EchoAlignment;
use crate::worker::echo_frame::{BesideFrame, EchoFrame, EchoSides, PERHAPS, fade, oldest_frame};
use crate::worker::echo_lag::LagSign;
use crate::worker::near_end::CancelledBlock;
use crate::worker::reference::{Reference, sounds};
use crate::worker::residue::Residue;

/// Blocks after the loudspeaker's last sound in which an echo may come: half a second of delay, and the end of the
/// reverberation. After them, a person who answers is heard without the canceller.
const LINGERS: u32 = 60;
/// Blocks without sound after which the loudspeaker's stream may have rested: 5 s.
const RESTS: u32 = 500;
/// Advice to the person if the echo stays.
const LEAKS: &str = "golem hears itself, and its echo canceller cannot take that out: it takes a longer voice to interrupt it now. \
                     A lower volume, headphones or another microphone help";
/// Samples of a millisecond at 16 kHz.
const SAMPLES_A_MS: f32 = 16.0;
/// Samples by which an output frame is behind the microphone's. With fewer, whole blocks would not always fill a frame.
const LATE: usize = 128;

/// The way of a block through the stage. Of the blocks of a frame, the last in this order counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum BlockRoute {
    /// Past the canceller.
    #[default]
    Bypassed,
    /// Through the canceller.
    Cancelled,
    /// Through a canceller that failed: the echo is in it.
    Failed,
}

/// The canceller, with the reference and the frames in process.
pub struct EchoStage {
    canceller: GuardedCanceller,
    feed: EchoFeed,
    reference: Reference,
    alignment: EchoAlignment,
    /// Frames of the microphone that are not returned yet, and the samples of them that are not processed yet.
    frames: VecDeque<Box<[f32; FRAME]>>,
    microphone: VecDeque<f32>,
    clean: VecDeque<f32>,
    linear: VecDeque<f32>,
    words: VecDeque<f32>,
    /// Detection of double talk, if the canceller has a linear output.
    double_talk: Option<DoubleTalk>,
    /// Blocks since the loudspeaker last sounded.
    silent: u32,
    convergence: Convergence,
    residue: Residue,
    /// Whether the notice that the canceller does not help was given.
    noticed: bool,
    /// How the blocks of the oldest frame were processed.
    route: BlockRoute,
    /// Whether the frame before came out of the canceller.
    engaged: bool,
    /// Both inputs of the canceller with this frame, if they are kept.
    sides: Option<Box<EchoSides>>,
    /// Where the signs of each frame go, if they are wanted.
    reports: Option<Sender<Option<NearEndSigns>>>,
}

impl EchoStage {
    /// A stage that has heard and played nothing; `feed` is what speech to text gets.
    pub fn new(canceller: GuardedCanceller, feed: EchoFeed) -> Self {
        Self {
            canceller,
            feed,
            reference: Reference::default(),
            alignment: EchoAlignment::default(),
            frames: VecDeque::new(),
            microphone: VecDeque::with_capacity(2 * FRAME),
            clean: std::iter::repeat_n(0.0, LATE).collect(),
            linear: std::iter::repeat_n(0.0, LATE).collect(),
            words: std::iter::repeat_n(0.0, LATE).collect(),
            double_talk: None,
            silent: LINGERS,
            convergence: Convergence::default(),
            residue: Residue::default(),
            noticed: false,
            route: BlockRoute::Bypassed,
            engaged: false,
            sides: None,
            reports: None,
        }
    }

    /// The stage that the config asks for, if it asks for one; `vad` opens the voice detector on the linear output.
    ///
    /// # Errors
    /// When that voice detector cannot be opened.
    pub fn open(
        config: &EchoConfig,
        vad: impl FnOnce() -> Result<Box<dyn Vad>, EngineError>,
    ) -> Result<Option<Self>, EngineError> {
        let Some(canceller) = registry::echo(config)? else { return Ok(None) };
        let stage = Self::new(canceller, config.feed);
        let linear = config.canceller.resolved() == Canceller::Aec3;
        Ok(Some(if linear { stage.detecting(vad()?) } else { stage }))
    }

    /// Adds a voice detector on the linear output, for a canceller with such an output.
    #[must_use]
    pub fn detecting(self, vad: Box<dyn Vad>) -> Self {
        Self { double_talk: Some(DoubleTalk::new(vad)), ..self }
    }

    /// Keeps both inputs of the canceller with each frame.
    #[must_use]
    pub fn keeping_sides(self) -> Self {
        Self { sides: Some(Box::default()), ..self }
    }

    /// Sends the signs of a person in each frame to `reports`; `None` for a frame that bypasses the canceller.
    #[must_use]
    pub fn reporting(self, reports: Sender<Option<NearEndSigns>>) -> Self {
        Self { reports: Some(reports), ..self }
    }

    /// Takes the loudspeaker's sound since the last call, at 16 kHz, before the frame that was heard meanwhile.
    /// `captured` samples of the microphone are to be taken yet, that frame included.
    pub fn played(&mut self, samples: &[f32], captured: usize) {
        self.reference.add(samples, self.microphone.len() + captured);
    }

    /// The microphone has lost sound: what is played next is paired anew.
    pub fn skip(&mut self) {
        self.reference.skip();
    }

    /// The frames that wait are not wanted any more.
    pub fn forget(&mut self) {
        self.skip();
        if !self.waits() {
            return;
        }
        self.route = BlockRoute::Bypassed;
        self.sides.iter_mut().for_each(|sides| **sides = EchoSides::default());
        self.frames.clear();
        self.microphone.clear();
        for late in [&mut self.clean, &mut self.linear, &mut self.words] {
            late.clear();
            late.extend([0.0; LATE]);
        }
    }

    /// Takes a frame of the microphone and returns it without its echo. What was played in its time was taken before.
    pub fn hear(&mut self, frame: Box<[f32; FRAME]>) -> EchoFrame {
        self.microphone.extend(frame.iter());
        while self.clean.len() < FRAME {
            self.block();
        }
        self.finish(frame)
    }

    /// Takes a frame of the microphone. [`Self::ready`] returns it.
    pub fn take(&mut self, frame: Box<[f32; FRAME]>) {
        self.microphone.extend(frame.iter());
        self.frames.push_back(frame);
    }

    /// Whether frames wait for what was played in their time.
    pub fn waits(&self) -> bool {
        !self.frames.is_empty()
    }

    /// The oldest frame that waits, without its echo; `None` if what was played in its time has not come yet.
    pub fn ready(&mut self) -> Option<EchoFrame> {
        while self.clean.len() < FRAME {
            if self.microphone.len() < BLOCK || self.reference.is_late(self.microphone.len()) {
                return None;
            }
            self.block();
        }
        let frame = self.frames.pop_front()?;
        Some(self.finish(frame))
    }

    /// The oldest frame, all blocks of which are processed, without its echo.
    fn finish(&mut self, frame: Box<[f32; FRAME]>) -> EchoFrame {
        let route = std::mem::take(&mut self.route);
        let engaged = route != BlockRoute::Bypassed;
        let sides = self.sides.as_mut().map(std::mem::take);
        let before = std::mem::replace(&mut self.engaged, engaged);
        if !before && !engaged {
            for late in [&mut self.clean, &mut self.linear, &mut self.words] {
                late.drain(..FRAME);
            }
            self.residue.forget();
            self.alignment.rest();
            self.double_talk.iter_mut().for_each(DoubleTalk::rest);
            self.report(None);
            return EchoFrame::untouched(frame, sides);
        }
        let (mut clean, mut words) = (oldest_frame(&mut self.clean), oldest_frame(&mut self.words));
        let ceiling = self.residue.ceiling(&frame, &clean);
        let linear = oldest_frame(&mut self.linear);
        let lag = self.lag();
        let (echo, slips) = (self.state(route), !matches!(lag, LagSign::Same | LagSign::Awaited));
        let cancelled = CancelledFrame { microphone: &frame, linear: &linear, clean: &clean, echo, slips };
        let signs = self.double_talk.as_mut().and_then(|both| both.frame(cancelled)).map(Box::new);
        self.report(signs.as_deref());
        match (before, engaged) {
            (false, false) | (true, true) => {}
            (false, true) => [&mut clean, &mut words].into_iter().for_each(|to| fade(&frame, to)),
            (true, false) => {
                let raw = frame;
                for from in [&mut clean, &mut words] {
                    let mut to = raw.clone();
                    fade(from, &mut to);
                    *from = to;
                }
            }
        }
        let words = (self.feed != EchoFeed::Full).then_some(words);
        // The signs show by themselves what is left of the echo, whether it slips, and how far the canceller is; but not
        // whether the canceller was given the right reference.
        let believed = if signs.is_none() && echo.suppressed() { ceiling } else { 1.0 };
        let unsure = echo != EchoState::Absent && (lag == LagSign::Awaited || slips && signs.is_none());
        let most = if unsure { PERHAPS.min(believed) } else { believed };
        let echo = if signs.is_some() && echo == EchoState::Learning { EchoState::Settling } else { echo };
        EchoFrame { clean, beside: BesideFrame { words, echo, signs, most, sides } }
    }

    /// The probability (0..=1) of a person's voice in the next frame that was returned; a detector gives `voice`.
    pub fn weigh(&mut self, beside: &BesideFrame, voice: f32) -> f32 {
        let weighed = self.double_talk.as_mut().map_or(voice, |both| both.weigh(beside.signs.as_deref(), voice));
        let person = if beside.echo == EchoState::Absent { voice } else { weighed };
        person.min(beside.most)
    }

    /// What the newest frame shows of the echo's lag.
    fn lag(&mut self) -> LagSign {
        let sign = self.alignment.frame(self.canceller.finds_lag());
        if matches!(sign, LagSign::Slipped(_)) {
            self.convergence.slip();
            self.double_talk.iter_mut().for_each(DoubleTalk::slip);
        }
        sign
    }

    /// Reports the signs of the newest frame, if they are wanted.
    fn report(&self, signs: Option<&NearEndSigns>) {
        // Ignore the error: no one wants them any more.
        self.reports.iter().for_each(|reports| _ = reports.send(signs.copied()));
    }

    /// The echo state of the newest frame.
    fn state(&self, route: BlockRoute) -> EchoState {
        match route {
            BlockRoute::Bypassed => EchoState::Absent,
            BlockRoute::Cancelled => self.convergence.state(),
            BlockRoute::Failed => EchoState::Leaking,
        }
    }

    /// Takes the next block through the canceller, unless nothing sounds.
    fn block(&mut self) {
        let mut block = [0.0; BLOCK];
        for (place, sample) in block.iter_mut().zip(self.microphone.drain(..BLOCK)) {
            *place = sample;
        }
        let (raw, reference) = (block, self.reference.block());
        if let Some(sides) = &mut self.sides {
            sides.heard.extend(raw);
            sides.played.extend(reference);
        }
        self.silent = if sounds(&reference) { 0 } else { self.silent.saturating_add(1) };
        let (mut words, mut linear) = (raw, raw);
        let mut route = BlockRoute::Bypassed;
        if self.silent < LINGERS {
            route = BlockRoute::Cancelled;
            let reference = self.alignment.block(&reference, &raw);
            if self.canceller.cancel(&reference, &mut block, &mut linear) {
                self.convergence.block(power(&raw), power(&block), power(&reference));
                let cancelled =
                    CancelledBlock { reference: &reference, microphone: &raw, linear: &linear, clean: &block };
                self.double_talk.iter_mut().for_each(|both| both.block(cancelled));
            } else {
                route = BlockRoute::Failed;
                self.convergence.reset();
            }
            if self.feed == EchoFeed::Linear {
                words = linear;
            }
        } else if self.silent == RESTS {
            self.convergence.rest();
        }
        self.clean.extend(block);
        self.linear.extend(linear);
        self.words.extend(if self.feed == EchoFeed::Full { block } else { words });
        self.route = self.route.max(route);
    }

    /// The microphone was exchanged, and with it the echo.
    pub fn changed(&mut self) {
        self.reference.skip();
        self.canceller.reset();
        self.convergence.reset();
        self.alignment.reset();
        self.double_talk.iter_mut().for_each(DoubleTalk::reset);
    }

    /// The notice to the person that the canceller broke, or that it does not help; the latter comes once.
    pub fn notice(&mut self) -> Option<String> {
        let broken = self.canceller.broken();
        let leaks = self.engaged && !self.noticed && self.convergence.state() == EchoState::Leaking;
        if broken.is_none() && leaks {
            self.noticed = true;
            return Some(LEAKS.into());
        }
        broken
    }

    /// Lag of the echo behind the reference in milliseconds, if found.
    pub fn lag_ms(&self) -> Option<f32> {
        Some(self.alignment.lag()? / SAMPLES_A_MS)
    }
}

/// The mean square of a block.
fn power(block: &[f32; BLOCK]) -> f32 {
    mean_square(block.iter().copied())
}

#[cfg(test)]
mod tests;
