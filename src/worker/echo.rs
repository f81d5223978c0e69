//! Echo cancellation between the microphone and voice activity detection.
//!
//! Frames of 32 ms are cut into blocks of 10 ms, and each block is paired with what was played in the same time. While
//! nothing has been played for a while the canceller is passed by: frames go through as they are and nothing is computed.

use std::collections::VecDeque;

use crate::config::echo::{Canceller, EchoConfig, EchoFeed};
use crate::engine::echo::BLOCK;
use crate::engine::echo::guard::GuardedCanceller;
use crate::engine::{EngineError, Vad, registry};
use crate::message::EchoState;
use crate::signal::delay_line::DelayLine;
use crate::signal::frame::{FRAME, RATE};
use crate::signal::level::mean_square;
use crate::worker::convergence::Convergence;
use crate::worker::double_talk::DoubleTalk;
use crate::worker::echo_frame::{BesideFrame, EchoFrame, EchoSides, VoiceBounds, fade, oldest_frame};
use crate::worker::echo_lag::{EchoLag, LagSign};
use crate::worker::reference::Reference;
use crate::worker::residue::Residue;

/// Blocks after the last sound of the loudspeaker for which there may be an echo: half a second of delay and the end of the
/// reverberation. A person who answers is then heard as the microphone hears them.
const LINGERS: u32 = 60;
/// Blocks without sound after which the loudspeaker's stream may have rested: 5 s.
const RESTS: u32 = 500;
/// Sample of the reference below which the loudspeaker counts as silent.
const SILENT: f32 = 1e-5;
/// Most samples that the reference is held back by: 200 ms.
const BEHIND: u32 = RATE / 5;
/// What a person is to do where the echo stays.
const LEAKS: &str = "golem hears itself, and its echo canceller cannot take that out: it takes a longer voice to interrupt it now. \
                     A lower volume, headphones or another microphone help";
/// Samples that a frame is late behind the microphone's: whole blocks never fill a frame that is less so.
const LATE: usize = 128;

/// The canceller with the reference and the frames that are on their way.
pub struct EchoStage {
    canceller: GuardedCanceller,
    feed: EchoFeed,
    reference: Reference,
    lag: EchoLag,
    /// Holds the reference back where the echo has slipped, by so many samples, so that it meets its echo as before.
    line: DelayLine,
    behind: f64,
    microphone: VecDeque<f32>,
    clean: VecDeque<f32>,
    linear: VecDeque<f32>,
    words: VecDeque<f32>,
    /// Whether a person speaks over golem, where the canceller has a linear output.
    double_talk: Option<DoubleTalk>,
    /// Blocks since the loudspeaker last sounded.
    silent: u32,
    convergence: Convergence,
    residue: Residue,
    /// Whether the notice that the canceller does not help was given.
    noticed: bool,
    /// Whether the canceller has failed in a block of this frame.
    failed: bool,
    /// Whether the frame before came out of the canceller.
    engaged: bool,
    /// What has gone into it with this frame, where that is kept.
    sides: Option<Box<EchoSides>>,
}

impl EchoStage {
    /// A stage that has heard and played nothing; `feed` is what speech to text gets.
    pub fn new(canceller: GuardedCanceller, feed: EchoFeed) -> Self {
        Self {
            canceller,
            feed,
            reference: Reference::default(),
            lag: EchoLag::default(),
            line: DelayLine::new(BEHIND as usize),
            behind: 0.0,
            microphone: VecDeque::with_capacity(2 * FRAME),
            clean: std::iter::repeat_n(0.0, LATE).collect(),
            linear: std::iter::repeat_n(0.0, LATE).collect(),
            words: std::iter::repeat_n(0.0, LATE).collect(),
            double_talk: None,
            silent: LINGERS,
            convergence: Convergence::default(),
            residue: Residue::default(),
            noticed: false,
            failed: false,
            engaged: false,
            sides: None,
        }
    }

    /// The stage that the config asks for, if it asks for one; `vad` opens what hears the linear output beside.
    ///
    /// # Errors
    /// When the voice detector that goes with it cannot be opened.
    pub fn open(
        config: &EchoConfig,
        vad: impl FnOnce() -> Result<Box<dyn Vad>, EngineError>,
    ) -> Result<Option<Self>, EngineError> {
        let Some(canceller) = registry::echo(config)? else { return Ok(None) };
        let stage = Self::new(canceller, config.feed);
        let linear = config.canceller.resolved() == Canceller::Aec3;
        Ok(Some(if linear { stage.detecting(vad()?) } else { stage }))
    }

    /// The same with a voice detector of its own for the linear output of a canceller that has one.
    #[must_use]
    pub fn detecting(self, vad: Box<dyn Vad>) -> Self {
        Self { double_talk: Some(DoubleTalk::new(vad)), ..self }
    }

    /// The same, and what goes into the canceller comes with each frame.
    #[must_use]
    pub fn keeping_sides(self) -> Self {
        Self { sides: Some(Box::default()), ..self }
    }

    /// Takes what the loudspeaker was given since the last call, at 16 kHz, before the frame that was heard meanwhile.
    pub fn played(&mut self, samples: &[f32]) {
        self.reference.add(samples);
    }

    /// The microphone has lost sound: what was played meanwhile has no partner.
    pub fn skip(&mut self) {
        self.reference.skip();
    }

    /// Takes a frame of the microphone and gives the one that is heard.
    pub fn hear(&mut self, frame: Box<[f32; FRAME]>) -> EchoFrame {
        self.microphone.extend(frame.iter());
        self.failed = false;
        let mut engaged = false;
        while self.microphone.len() >= BLOCK {
            engaged |= self.block();
        }
        let sides = self.sides.as_mut().map(std::mem::take);
        let before = std::mem::replace(&mut self.engaged, engaged);
        if !before && !engaged {
            for late in [&mut self.clean, &mut self.linear, &mut self.words] {
                late.drain(..FRAME);
            }
            self.residue.forget();
            self.lag.rest();
            self.double_talk.iter_mut().for_each(DoubleTalk::rest);
            return EchoFrame::untouched(frame, sides);
        }
        let (mut clean, mut words) = (oldest_frame(&mut self.clean), oldest_frame(&mut self.words));
        let ceiling = self.residue.ceiling(&frame, &clean);
        let linear = oldest_frame(&mut self.linear);
        let slips = self.slips();
        let echo = self.state(engaged);
        let bounds = self.double_talk.as_mut().map_or(VoiceBounds::ALL, |both| both.frame(&linear, echo));
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
        let bounds = if echo.suppressed() { bounds.at_most(ceiling) } else { bounds };
        let bounds = if slips { bounds.doubted() } else { bounds };
        EchoFrame { clean, beside: BesideFrame { words, echo, bounds, sides } }
    }

    /// Whether the echo of the newest frame comes sooner or later than that before it. The reference is held back by as much.
    fn slips(&mut self) -> bool {
        let by = match self.lag.frame(self.canceller.delay_ms()) {
            LagSign::Same => return false,
            LagSign::Doubtful => return true,
            LagSign::Slipped(by) => by,
        };
        let behind = self.behind + f64::from(by);
        // An echo that comes too soon has to be learnt again.
        self.behind = if (0.0..f64::from(BEHIND)).contains(&behind) { behind } else { 0.0 };
        tracing::debug!(by, behind, "the echo has slipped");
        self.convergence.slip();
        true
    }

    /// How much of the newest frame may be golem itself.
    fn state(&self, engaged: bool) -> EchoState {
        match engaged {
            true if self.failed => EchoState::Leaking,
            true => self.convergence.state(),
            false => EchoState::Absent,
        }
    }

    /// Takes the next block through the canceller, unless nothing sounds. Says whether something does.
    fn block(&mut self) -> bool {
        let mut block = [0.0; BLOCK];
        for (place, sample) in block.iter_mut().zip(self.microphone.drain(..BLOCK)) {
            *place = sample;
        }
        let (raw, reference) = (block, self.reference.block());
        if let Some(sides) = &mut self.sides {
            sides.heard.extend(raw);
            sides.played.extend(reference);
        }
        let sounds = reference.iter().any(|sample| sample.abs() > SILENT);
        self.silent = if sounds { 0 } else { self.silent.saturating_add(1) };
        let (mut words, mut linear) = (raw, raw);
        let engaged = self.silent < LINGERS;
        if engaged {
            self.lag.block(&reference, &raw);
            let reference = reference.map(|sample| self.line.next(sample, self.behind));
            if self.canceller.cancel(&reference, &mut block, &mut linear) {
                self.convergence.block(power(&raw), power(&block), power(&reference));
                let delay = self.canceller.delay_ms();
                self.double_talk.iter_mut().for_each(|both| both.block(&reference, &linear, delay));
            } else {
                self.failed = true;
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
        engaged
    }

    /// Another microphone is heard from now on, so that the echo is another.
    pub fn changed(&mut self) {
        self.canceller.reset();
        self.convergence.reset();
        self.lag.reset();
        self.behind = 0.0;
        self.double_talk.iter_mut().for_each(DoubleTalk::reset);
    }

    /// What the person should know about the canceller: that it broke, or that it does not help, once.
    pub fn notice(&mut self) -> Option<String> {
        let broken = self.canceller.broken();
        let leaks = self.engaged && !self.noticed && self.convergence.state() == EchoState::Leaking;
        if broken.is_none() && leaks {
            self.noticed = true;
            return Some(LEAKS.into());
        }
        broken
    }

    /// Time from the reference to its echo as found by now, in milliseconds.
    pub fn delay_ms(&mut self) -> Option<u32> {
        self.canceller.delay_ms()
    }
}

/// Mean square.
fn power(block: &[f32; BLOCK]) -> f32 {
    mean_square(block.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::echo::EchoCanceller;
    use crate::signal::echo::EchoPath;

    /// Takes the reference itself off, which is an echo without any delay.
    struct Subtraction([f32; BLOCK]);

    impl EchoCanceller for Subtraction {
        fn render(&mut self, reference: &[f32; BLOCK]) -> Result<(), EngineError> {
            self.0 = *reference;
            Ok(())
        }

        fn capture(&mut self, block: &mut [f32; BLOCK], _: &mut [f32; BLOCK]) -> Result<(), EngineError> {
            block.iter_mut().zip(&self.0).for_each(|(sample, echo)| *sample -= echo);
            Ok(())
        }

        fn delay_ms(&mut self) -> Option<u32> {
            None
        }
    }

    fn stage(feed: EchoFeed) -> EchoStage {
        let make = || Ok(Box::new(Subtraction([0.0; BLOCK])) as Box<dyn EchoCanceller>);
        EchoStage::new(GuardedCanceller::new(Box::new(make)).unwrap(), feed)
    }

    /// Noise whose samples are all different, so that a shift shows.
    fn noise(frames: usize) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(5);
        (0..frames * FRAME).map(|_| random.f32() - 0.5).collect()
    }

    fn frame(samples: &[f32], number: usize) -> Box<[f32; FRAME]> {
        Box::new(samples[number * FRAME..(number + 1) * FRAME].try_into().unwrap())
    }

    fn same(one: &[f32], other: &[f32]) -> bool {
        one.iter().map(|x| x.to_bits()).eq(other.iter().map(|x| x.to_bits()))
    }

    fn loudest(samples: &[f32]) -> f32 {
        samples.iter().fold(0.0, |loudest, sample| loudest.max(sample.abs()))
    }

    #[test]
    fn what_is_heard_while_nothing_is_played_goes_through_as_it_is() {
        let (mut stage, sound) = (stage(EchoFeed::Full), noise(40));
        for number in 0..40 {
            stage.played(&[0.0; FRAME]);
            let heard = stage.hear(frame(&sound, number));
            assert!(
                heard.beside.echo == EchoState::Absent
                    && heard.beside.words.is_none()
                    && same(&heard.clean[..], &frame(&sound, number)[..])
            );
        }
    }

    #[test]
    fn what_went_into_the_canceller_gives_the_same_frames_again() {
        let (mut first, echo) = (stage(EchoFeed::Full).keeping_sides(), noise(60));
        let (mut heard, mut played, mut given) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..60 {
            // The loudspeaker is late at first, and rests in the end.
            if (3..40).contains(&number) {
                first.played(&frame(&echo, number)[..]);
            }
            let got = first.hear(frame(&echo, number));
            let sides = got.beside.sides.unwrap();
            assert!(sides.heard.len() == sides.played.len() && sides.heard.len().is_multiple_of(BLOCK));
            heard.extend(sides.heard);
            played.extend(sides.played);
            given.push((got.clean, got.beside.echo));
        }
        let mut again = stage(EchoFeed::Full);
        for (number, (clean, state)) in given.iter().enumerate().take(heard.len() / FRAME) {
            again.played(&frame(&played, number)[..]);
            let got = again.hear(frame(&heard, number));
            assert!(
                same(&got.clean[..], &clean[..]) && got.beside.echo == *state && got.beside.sides.is_none(),
                "frame {number}"
            );
        }
    }

    #[test]
    fn each_sample_meets_the_one_that_was_played_with_it() {
        let (mut stage, echo) = (stage(EchoFeed::Full), noise(120));
        for number in 0..120 {
            stage.played(&frame(&echo, number)[..]);
            let heard = stage.hear(frame(&echo, number));
            let expected = match number {
                0..15 => EchoState::Learning,
                15..78 => EchoState::Settling,
                _ => EchoState::Cancelled,
            };
            assert_eq!(heard.beside.echo, expected, "frame {number}");
            assert!(number == 0 || loudest(&heard.clean[..]) < 1e-6, "frame {number}: {}", loudest(&heard.clean[..]));
        }
    }

    #[test]
    fn the_microphone_itself_is_there_for_speech_to_text() {
        let (mut stage, echo) = (stage(EchoFeed::Raw), noise(10));
        for number in 0..10 {
            stage.played(&frame(&echo, number)[..]);
            let heard = stage.hear(frame(&echo, number));
            let words = heard.beside.words.unwrap();
            if number > 0 {
                let late = &echo[number * FRAME - LATE..(number + 1) * FRAME - LATE];
                assert!(same(&words[..], late) && loudest(&heard.clean[..]) < 1e-6, "frame {number}");
            }
        }
    }

    #[test]
    fn after_the_last_sound_the_canceller_is_passed_by_without_a_click() {
        let (mut stage, steady) = (stage(EchoFeed::Full), Box::new([0.25; FRAME]));
        stage.played(&[0.5; FRAME]);
        let mut last = None;
        for _ in 0..100 {
            let heard = stage.hear(steady.clone());
            if let Some(last) = last.replace(heard.clean[FRAME - 1]) {
                assert!(f32::abs(heard.clean[0] - last) < 0.51);
            }
        }
        assert!(!stage.engaged);
        assert_eq!(stage.hear(steady.clone()).clean, steady);
    }

    #[test]
    fn both_cancellers_take_the_echo_of_a_room_away_and_begin_adapted_after_a_pause() {
        use crate::config::echo::{Canceller, EchoConfig};
        for canceller in [Canceller::Sonora, Canceller::Aec3] {
            let config = EchoConfig { canceller, ..EchoConfig::default() };
            let mut stage = EchoStage::new(registry::echo(&config).unwrap().unwrap(), EchoFeed::Full);
            let mut room = EchoPath::new("bedroom,-10dB,delay=80ms".parse().unwrap());
            // Noise in words of a quarter of a second.
            let sound: Vec<f32> =
                noise(600).iter().enumerate().map(|(n, x)| if n / 4_000 % 3 == 2 { 0.0 } else { x * 0.4 }).collect();
            let mut run = |from: usize, to: usize, silent: bool| -> f32 {
                let (mut before, mut after) = (1e-9, 1e-9);
                for number in from..to {
                    let played = if silent { Box::new([0.0; FRAME]) } else { frame(&sound, number) };
                    let mut echo = Vec::new();
                    room.process(&played[..], &mut echo);
                    stage.played(&played[..]);
                    before += echo.iter().map(|x| x * x).sum::<f32>();
                    let heard = stage.hear(Box::new(echo.try_into().unwrap()));
                    after += heard.clean.iter().map(|x| x * x).sum::<f32>();
                }
                10.0 * (before / after).log10()
            };
            run(0, 200, false);
            let erle = run(200, 300, false);
            assert!(erle > 18.0, "{canceller:?}: {erle} dB");
            run(300, 450, true);
            let again = run(450, 480, false);
            assert!(again > 15.0, "{canceller:?} after a pause: {again} dB in the first second");
            if canceller == Canceller::Aec3 {
                let delay = stage.delay_ms().unwrap();
                assert!((60..=110).contains(&delay), "{delay} ms");
            }
        }
    }
}
