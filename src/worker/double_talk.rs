//! Detection of double talk: whether a person speaks over golem, by the output of a linear canceller.
//!
//! A full canceller swallows the beginning of a person's voice together with the echo. A linear one spares it, but
//! leaves so much echo that a voice detector hears a voice all the time. Two signs together are reliable and early: a
//! detected voice, and a sound louder than the echo that can be left. If a microphone moves, an echo may show both for
//! an instant; a full canceller lets nothing of that through.

use crate::engine::Vad;
use crate::engine::echo::BLOCK;
use crate::message::EchoState;
use crate::signal::frame::FRAME;
use crate::worker::echo_frame::{PERHAPS, VoiceBounds};
use crate::worker::near_end::NearEndMeter;
use crate::worker::reference::sounds;

/// Decibels of excess from which on a frame is a sign of a person.
const EXCESS: f32 = -0.2;
/// Most decibels that a frame adds to the signs.
const AT_MOST: f32 = 2.5;
/// Share of the signs that remains one frame later.
const KEEPS: f32 = 0.7;
/// Square of the signs at which a person is as likely as not.
const EVEN: f32 = 6.0;
/// Signs below which a person is unlikely.
const HARDLY: f32 = 0.3;
/// Blocks with sound until a linear canceller that has found another delay takes the echo out again: 2 s. Over a long
/// vowel AEC3 finds delays that are 4 to 12 ms off, and its linear output is as loud as the microphone at once.
const REALIGNS: u32 = 200;
/// Decibels of excess below which there is only echo.
const ONLY_ECHO: f32 = -1.5;
/// Highest voice probability that is believed of such a frame.
const NO_VOICE: f32 = 0.05;

/// The accumulated signs of a person.
#[derive(Clone, Copy, Debug, Default)]
struct NearSigns(f32);

impl NearSigns {
    /// Takes the excess of a frame in decibels, and the probability of a voice (0..=1) in the output of a linear
    /// canceller. Returns the bounds of the voice probability in the output of a full one.
    fn frame(&mut self, excess: f32, voice: f32) -> VoiceBounds {
        self.0 = self.0 * KEEPS + voice * (excess - EXCESS).clamp(0.0, AT_MOST);
        let square = self.0 * self.0;
        let most = match excess {
            echo if echo < ONLY_ECHO => NO_VOICE,
            _ if self.0 < HARDLY => PERHAPS,
            _ => 1.0,
        };
        VoiceBounds { least: square / (square + EVEN), most }
    }
}

/// A voice detector on the output of a linear canceller, and the level of that output against the echo.
pub struct DoubleTalk {
    vad: Box<dyn Vad>,
    near_end: NearEndMeter,
    signs: NearSigns,
    /// The delay that the canceller has found, in milliseconds.
    delay_ms: Option<u32>,
    /// Blocks with sound until the linear output is trusted after another delay was found.
    realigning: u32,
}

impl DoubleTalk {
    /// A detector that has heard nothing.
    pub fn new(vad: Box<dyn Vad>) -> Self {
        Self { vad, near_end: NearEndMeter::default(), signs: NearSigns::default(), delay_ms: None, realigning: 0 }
    }

    /// Takes a block of the reference, and the linear canceller's output for the microphone's block. `delay_ms` is the
    /// delay from one to the other, if known.
    pub fn block(&mut self, reference: &[f32; BLOCK], linear: &[f32; BLOCK], delay_ms: Option<u32>) {
        self.near_end.block(reference, linear, delay_ms);
        if self.delay_ms.is_some() && delay_ms != self.delay_ms {
            self.realigning = REALIGNS;
        } else if sounds(reference) {
            self.realigning = self.realigning.saturating_sub(1);
        }
        self.delay_ms = delay_ms;
    }

    /// Takes the frame of those blocks. Returns the bounds of its voice probability in this state of the canceller.
    pub fn frame(&mut self, linear: &[f32; FRAME], echo: EchoState) -> VoiceBounds {
        // Ignore the error: the other voice detector fails as well, and reports it.
        let Ok(voice) = self.vad.probability(linear) else { return VoiceBounds::ALL };
        let bounds = self.signs.frame(self.near_end.excess(), voice);
        match echo {
            // The full canceller takes the echo out all the same: a voice is believed as far as its output holds one.
            EchoState::Cancelled | EchoState::Settling if self.realigning > 0 => {
                VoiceBounds { least: VoiceBounds::ALL.least, ..bounds }
            }
            EchoState::Cancelled => bounds,
            EchoState::Settling => VoiceBounds { least: bounds.least.min(PERHAPS), ..bounds },
            EchoState::Absent | EchoState::Learning | EchoState::Leaking => VoiceBounds::ALL,
        }
    }

    /// Golem has stopped speaking.
    pub fn rest(&mut self) {
        self.vad.reset();
        self.signs = NearSigns::default();
    }

    /// The microphone was exchanged: nothing is known of its echo.
    pub fn reset(&mut self) {
        self.rest();
        self.near_end = NearEndMeter::default();
        (self.delay_ms, self.realigning) = (None, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BargeInConfig;
    use crate::dialog::barge::{BargeVerdict, Detector};

    /// The frames (from 1) at which playback is lowered and silenced, for frames of excess and voice probability. A
    /// full canceller leaves a voice of probability `left`.
    fn verdicts(left: f32, frames: &[(f32, f32)]) -> (Option<usize>, Option<usize>) {
        let (mut signs, mut detector) = (NearSigns::default(), Detector::new(&BargeInConfig::default(), 0.5));
        let (mut ducked, mut cut) = (None, None);
        for (number, (excess, voice)) in frames.iter().enumerate() {
            // A full canceller leaves little of a person's beginning.
            match detector.push_clean(signs.frame(*excess, *voice).apply(left)) {
                BargeVerdict::Duck => ducked = ducked.or(Some(number + 1)),
                BargeVerdict::Cut => cut = cut.or(Some(number + 1)),
                BargeVerdict::Unduck | BargeVerdict::Nothing => {}
            }
        }
        (ducked, cut)
    }

    #[test]
    fn a_person_lowers_the_reply_at_once_and_silences_it_soon() {
        let (ducked, cut) = verdicts(0.02, &[(3.0, 0.9); 8]);
        assert_eq!((ducked, cut), (Some(1), Some(3)));
        let (ducked, cut) = verdicts(0.02, &[(2.0, 0.7); 8]);
        assert!(ducked <= Some(2) && cut.is_some_and(|frame| frame <= 8), "{ducked:?}, {cut:?}");
    }

    #[test]
    fn neither_an_echo_that_sounds_like_a_voice_nor_a_loud_noise_is_a_person() {
        assert_eq!(verdicts(0.02, &[(-1.0, 1.0); 40]), (None, None), "the echo");
        assert_eq!(verdicts(0.02, &[(12.0, 0.01); 40]), (None, None), "music");
        assert_eq!(verdicts(0.9, &[(-1.0, 1.0); 40]).1, None, "an echo that comes through the canceller");
        let mut moves = vec![(-2.5, 1.0); 40];
        moves[20..24].fill((5.0, 1.0));
        assert_eq!(verdicts(0.0, &moves).1, None, "a microphone that moves");
    }

    /// A voice detector that hears a voice in everything.
    struct EagerVad;

    impl Vad for EagerVad {
        fn probability(&mut self, _: &[f32; FRAME]) -> Result<f32, crate::engine::EngineError> {
            Ok(1.0)
        }

        fn reset(&mut self) {}
    }

    #[test]
    fn a_canceller_that_finds_another_delay_is_not_believed_until_it_works_again() {
        let mut both = DoubleTalk::new(Box::new(EagerVad));
        let mut random = fastrand::Rng::with_seed(1);
        let mut frames = |delay_ms: u32, left: f32, count: usize| -> Vec<VoiceBounds> {
            let frame = |_| {
                for _ in 0..3 {
                    let played: [f32; BLOCK] = std::array::from_fn(|_| 0.3 * (random.f32() - 0.5));
                    both.block(&played, &std::array::from_fn(|_| left * (random.f32() - 0.5)), Some(delay_ms));
                }
                both.frame(&[0.0; FRAME], EchoState::Cancelled)
            };
            (0..count).map(frame).collect()
        };
        frames(16, 0.003, 200);
        let realigned = frames(8, 0.3, 66);
        assert!(realigned.iter().all(|bounds| bounds.least == 0.0), "as loud as the microphone, and no person");
        frames(8, 0.003, 100);
        assert!(frames(8, 0.3, 6).last().unwrap().least > 0.5, "a person, with the delay that is known");
    }

    #[test]
    fn where_there_is_only_echo_a_voice_in_it_is_not_believed() {
        let mut signs = NearSigns::default();
        assert!(signs.frame(-2.5, 0.9).apply(0.9) < BargeInConfig::default().duck_threshold);
        assert!((signs.frame(2.0, 0.9).apply(0.8) - 0.8).abs() < 1e-6);
    }
}
