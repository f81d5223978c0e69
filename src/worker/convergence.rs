//! The convergence of the echo canceller: whether its output may still contain golem's voice.
//!
//! Convergence is judged by measured suppression, not by time: the echo path may change with each rest of the
//! loudspeaker, and headphones have none.

use crate::message::EchoState;

/// Weight of the newest block in the mean levels: they follow within 200 ms.
const NEWEST: f32 = 0.05;
/// Power of the reference above which a block is judged: 50 dB below full scale.
const SOUNDS: f32 = 1e-5;
/// Ratio of microphone power to reference power below which no echo comes back: -35 dB.
const NO_ECHO: f32 = 3.2e-4;
/// Ratio of the microphone's power to its least since the last rest, below which it hears steady noise, no echo: 6 dB.
/// An echo of speech has pauses.
const STEADY: f32 = 4.0;
/// Ratio of the power after the canceller to that before it, below which the echo counts as suppressed: -10 dB.
const SUPPRESSED: f32 = 0.1;
/// Suppressed blocks of 10 ms until a voice may silence the reply at all.
const FIRST: u32 = 50;
/// Suppressed blocks until the canceller is trusted: nearly all echo that passes for a voice comes in its first three
/// seconds.
const SETTLED: u32 = 250;
/// Suppressed blocks until the canceller is trusted again after a rest of the loudspeaker.
const AGAIN: u32 = 20;
/// Blocks with sound after which a canceller that suppresses nothing is given up: 3 s.
const PATIENCE: u32 = 300;
/// Blocks with sound after which no echo is expected, if none has come: 1 s.
const NONE_YET: u32 = 100;

/// Whether the loudspeaker's sound reaches the microphone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum EchoPresence {
    /// Unknown yet: too little has sounded.
    #[default]
    Unknown,
    /// Yes: the canceller has taken an echo out.
    Present,
    /// No, as with headphones.
    Missing,
}

/// Measures the suppression of a canceller from its input and output.
#[derive(Clone, Debug, Default)]
pub struct Convergence {
    /// Recent mean powers of the microphone, the canceller's output and the reference.
    microphone: f32,
    clean: f32,
    reference: f32,
    /// Least mean power of the microphone since the last rest; `None` before the first block.
    quietest: Option<f32>,
    /// Blocks with sound since the last rest; among these, blocks without an echo, and blocks with the echo suppressed.
    sounding: u32,
    absent: u32,
    suppressed: u32,
    /// Whether there is an echo here; kept over rests of the loudspeaker.
    presence: EchoPresence,
}

impl Convergence {
    /// Takes the mean powers (squares of -1..=1) of a block of 10 ms: of the microphone, after the canceller, and of
    /// the loudspeaker.
    pub fn block(&mut self, microphone: f32, clean: f32, reference: f32) {
        for (level, newest) in
            [(&mut self.microphone, microphone), (&mut self.clean, clean), (&mut self.reference, reference)]
        {
            *level += if self.quietest.is_none() { newest } else { NEWEST * (newest - *level) };
        }
        let quietest = self.quietest.map_or(self.microphone, |least| least.min(self.microphone));
        self.quietest = Some(quietest);
        if reference < SOUNDS {
            return;
        }
        self.sounding = self.sounding.saturating_add(1);
        let steady = self.microphone < STEADY * quietest;
        if self.microphone < NO_ECHO * self.reference || steady && self.clean >= SUPPRESSED * self.microphone {
            self.absent = self.absent.saturating_add(1);
        } else if self.clean < SUPPRESSED * self.microphone {
            self.suppressed = self.suppressed.saturating_add(1);
            if self.suppressed >= SETTLED {
                self.presence = EchoPresence::Present;
            }
        }
        // Wait longer if there was an echo: headphones may be put on while golem runs, but one quiet second proves
        // nothing.
        let long = self.sounding >= if self.presence == EchoPresence::Present { PATIENCE } else { NONE_YET };
        if long && self.suppressed < FIRST && self.absent >= self.sounding / 10 * 9 {
            self.presence = EchoPresence::Missing;
        }
    }

    /// The loudspeaker has rested: the delay of its stream may be another from now on.
    pub fn rest(&mut self) {
        *self = Self { presence: self.presence, ..Self::default() };
    }

    /// The delay of the echo has changed: the canceller has to suppress it for a while before it is trusted again.
    pub fn slip(&mut self) {
        (self.sounding, self.absent, self.suppressed) = (0, 0, 0);
    }

    /// The canceller or the microphone was exchanged: nothing is known.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// The echo state of the newest block.
    pub fn state(&self) -> EchoState {
        let trusted = if self.presence == EchoPresence::Present { AGAIN } else { SETTLED };
        match self.presence {
            _ if self.suppressed >= trusted => EchoState::Cancelled,
            _ if self.suppressed >= FIRST => EchoState::Settling,
            // Leave `Missing` only if half of the blocks with sound had an echo: a person over headphones is as loud as
            // one.
            EchoPresence::Missing if self.sounding < PATIENCE || self.absent >= self.sounding / 2 => EchoState::Absent,
            _ if self.sounding < PATIENCE => EchoState::Learning,
            _ => EchoState::Leaking,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The state after each of `blocks` blocks of an echo of -12 dB that is suppressed by `db`.
    fn after(convergence: &mut Convergence, blocks: u32, db: f32) -> Vec<EchoState> {
        let mut step = || {
            convergence.block(0.06 * 0.01, 0.06 * 0.01 * 10_f32.powf(-db / 10.0), 0.01);
            convergence.state()
        };
        (0..blocks).map(|_| step()).collect()
    }

    #[test]
    fn suppression_is_believed_when_it_has_lasted_and_sooner_after_a_rest() {
        let mut convergence = Convergence::default();
        let first = after(&mut convergence, 300, 20.0);
        assert_eq!(first.iter().position(|state| *state == EchoState::Cancelled), Some(249));
        assert!(first[..49].iter().all(|state| *state == EchoState::Learning));
        assert!(first[49..249].iter().all(|state| *state == EchoState::Settling));
        convergence.rest();
        let again = after(&mut convergence, 100, 20.0);
        assert_eq!(again.iter().position(|state| *state == EchoState::Cancelled), Some(19));
        convergence.reset();
        assert_eq!(after(&mut convergence, 30, 20.0).last(), Some(&EchoState::Learning));
    }

    #[test]
    fn an_echo_that_stays_is_said_to_leak() {
        let mut convergence = Convergence::default();
        let mut states = Vec::new();
        for block in 0..560 {
            // Speech: half a second of sound, then a third of a second of silence.
            let power = if block % 83 < 50 { 0.01 } else { 0.0 };
            convergence.block(1e-7 + 0.06 * power, 1e-7 + 0.04 * power, power);
            states.push(convergence.state());
        }
        assert!(states[..400].iter().all(|state| *state == EchoState::Learning));
        assert_eq!(states.last(), Some(&EchoState::Leaking));
    }

    #[test]
    fn a_fan_beside_headphones_is_no_echo() {
        let mut convergence = Convergence::default();
        for block in 0..560_u32 {
            let power = if block % 83 < 50 { 0.01 } else { 0.0 };
            let noise = 1e-4 * (1.0 + 0.1 * f32::from(u8::try_from(block % 3).unwrap()));
            convergence.block(noise, 0.5 * noise, power);
        }
        assert_eq!(convergence.state(), EchoState::Absent);
    }

    #[test]
    fn headphones_have_no_echo_and_a_person_over_them_is_heard() {
        let mut convergence = Convergence::default();
        (0..150).for_each(|_| convergence.block(1e-9, 1e-9, 0.01));
        assert_eq!(convergence.state(), EchoState::Absent);
        (0..100).for_each(|_| convergence.block(0.01, 0.01, 0.01));
        assert_eq!(convergence.state(), EchoState::Absent, "the person speaks, and no echo is known");
        convergence.rest();
        convergence.block(0.01, 0.01, 0.01);
        assert_eq!(convergence.state(), EchoState::Absent, "also over the first words of the next reply");
        (0..120).for_each(|_| convergence.block(0.01, 1e-4, 0.01));
        assert_eq!(convergence.state(), EchoState::Settling, "until the headphones are taken off");
    }

    #[test]
    fn headphones_that_are_put_on_end_the_echo() {
        let mut convergence = Convergence::default();
        after(&mut convergence, 260, 20.0);
        convergence.rest();
        let mut step = || {
            convergence.block(1e-9, 1e-9, 0.01);
            convergence.state()
        };
        let states: Vec<_> = (0..320).map(|_| step()).collect();
        assert!(states[..299].iter().all(|state| *state == EchoState::Learning), "a quiet second is no proof");
        assert!(states[299..].iter().all(|state| *state == EchoState::Absent));
    }

    #[test]
    fn a_pause_between_two_clauses_changes_nothing() {
        let mut convergence = Convergence::default();
        after(&mut convergence, 260, 20.0);
        (0..100).for_each(|_| convergence.block(1e-8, 1e-8, 0.0));
        assert_eq!(convergence.state(), EchoState::Cancelled);
    }
}
