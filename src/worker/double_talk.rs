//! Double talk: whether a person speaks over golem, by what a linear canceller leaves.
//!
//! A full canceller swallows the beginning of a person's voice together with the echo. A linear one spares it, and leaves so much
//! echo that a voice detector hears a voice all the time. Both signs together are sure and soon: a voice, in a sound that is
//! louder than the echo that can be left. Where a microphone moves they may be an echo for an instant; nothing of that comes
//! out of a full canceller.

use crate::engine::Vad;
use crate::engine::echo::BLOCK;
use crate::message::EchoState;
use crate::signal::frame::FRAME;
use crate::worker::echo_frame::{PERHAPS, VoiceBounds};
use crate::worker::near_end::NearEndMeter;

/// Decibels of excess from which on a frame is a sign of a person, and the most that it counts.
const EXCESS: f32 = -0.2;
const AT_MOST: f32 = 2.5;
/// What is left of the signs one frame later.
const KEEPS: f32 = 0.7;
/// Square of the signs that are as likely a person as not, and the signs below which what is left is hardly a person.
const EVEN: f32 = 6.0;
const HARDLY: f32 = 0.3;
/// Decibels of excess below which there is only echo, and what is believed of a voice in it at most.
const ONLY_ECHO: f32 = -1.5;
const NO_VOICE: f32 = 0.05;

/// The signs of a person that have come together.
#[derive(Clone, Copy, Debug, Default)]
struct NearSigns(f32);

impl NearSigns {
    /// Takes the excess of a frame in decibels and the probability of a voice (0..=1) in what a linear canceller leaves of it.
    /// Gives what is to be believed of a voice in what a full one leaves.
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

/// A voice detector on what a linear canceller leaves, and how loud that is beside the echo.
pub struct DoubleTalk {
    vad: Box<dyn Vad>,
    near_end: NearEndMeter,
    signs: NearSigns,
}

impl DoubleTalk {
    /// A detector that has heard nothing.
    pub fn new(vad: Box<dyn Vad>) -> Self {
        Self { vad, near_end: NearEndMeter::default(), signs: NearSigns::default() }
    }

    /// Takes a block of what was played and of what a linear canceller left of the microphone's. `delay_ms` is the time from
    /// one to the other as far as it is known.
    pub fn block(&mut self, reference: &[f32; BLOCK], linear: &[f32; BLOCK], delay_ms: Option<u32>) {
        self.near_end.block(reference, linear, delay_ms);
    }

    /// Takes the frame of those blocks. Gives what is to be believed of a voice in it, at that state of the canceller.
    pub fn frame(&mut self, linear: &[f32; FRAME], echo: EchoState) -> VoiceBounds {
        // The other voice detector fails as well, and says so.
        let Ok(voice) = self.vad.probability(linear) else { return VoiceBounds::ALL };
        let bounds = self.signs.frame(self.near_end.excess(), voice);
        match echo {
            EchoState::Cancelled => bounds,
            EchoState::Settling => VoiceBounds { least: bounds.least.min(PERHAPS), ..bounds },
            EchoState::Absent | EchoState::Learning | EchoState::Leaking => VoiceBounds::ALL,
        }
    }

    /// Golem does not speak any more.
    pub fn rest(&mut self) {
        self.vad.reset();
        self.signs = NearSigns::default();
    }

    /// Another microphone is heard: nothing is known of its echo.
    pub fn reset(&mut self) {
        self.rest();
        self.near_end = NearEndMeter::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BargeInConfig;
    use crate::dialog::barge::{BargeVerdict, Detector};

    /// The frame (from 1) at which playback is lowered and that at which it is silenced, by frames of excess and voice, where a
    /// full canceller leaves a voice of the probability `left`.
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

    #[test]
    fn where_there_is_only_echo_a_voice_in_it_is_not_believed() {
        let mut signs = NearSigns::default();
        assert!(signs.frame(-2.5, 0.9).apply(0.9) < BargeInConfig::default().duck_threshold);
        assert!((signs.frame(2.0, 0.9).apply(0.8) - 0.8).abs() < 1e-6);
    }
}
