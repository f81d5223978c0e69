//! Tests of double talk: signs, and the probabilities that the network gives them.

use super::*;
use crate::config::BargeInConfig;
use crate::dialog::barge::{BargeVerdict, Detector};
use crate::engine::EngineError;
use crate::engine::echo::BLOCK;
use crate::worker::near_end::BANDS;

/// A voice detector that always gives the same probability.
struct FixedVad(f32);

impl Vad for FixedVad {
    fn probability(&mut self, _: &[f32; FRAME]) -> Result<f32, EngineError> {
        Ok(self.0)
    }

    fn reset(&mut self) {}
}

/// The signs of a frame of a canceller that leaves `left` of a noise.
fn signs(both: &mut DoubleTalk, left: f32, random: &mut fastrand::Rng) -> NearEndSigns {
    let mut noise = |level: f32| -> [f32; BLOCK] { std::array::from_fn(|_| level * (random.f32() - 0.5)) };
    for _ in 0..3 {
        let (reference, microphone, linear) = (noise(0.3), noise(0.1), noise(0.1 * left));
        let block = CancelledBlock { reference: &reference, microphone: &microphone, linear: &linear, clean: &linear };
        both.block(block);
    }
    let frame = |level: f32| -> [f32; FRAME] { [0.03 * level; FRAME] };
    let frame = CancelledFrame {
        microphone: &frame(1.0),
        linear: &frame(left),
        clean: &frame(left),
        echo: EchoState::Cancelled,
        slips: false,
    };
    both.frame(frame).unwrap()
}

#[test]
fn the_network_gives_what_it_gave_where_it_was_fitted() {
    let mut network = NearEndNetwork::default();
    #[allow(clippy::cast_precision_loss)] // 40 by 61
    let sign = |frame: usize, input: usize| (input as f32 * 0.7 + frame as f32 * 0.3).sin();
    let mut frame = |frame: usize| {
        let signs: NearEndSigns = std::array::from_fn(|number| sign(frame, number + 1));
        network.probability(sign(frame, 0), &signs).unwrap()
    };
    let given: Vec<f32> = (0..40).map(&mut frame).step_by(8).collect();
    let fitted = [0.06063, 0.29568, 0.45924, 0.07855, 0.31081];
    assert!(given.iter().zip(fitted).all(|(given, fitted)| (given - fitted).abs() < 1e-3), "{given:?}");
}

#[test]
fn a_number_that_is_none_is_not_remembered() {
    let mut network = NearEndNetwork::default();
    let quiet = network.probability(0.0, &[0.0; SIGNS]);
    assert_eq!(network.probability(0.0, &[f32::NAN; SIGNS]), None);
    assert_eq!(network.probability(0.0, &[0.0; SIGNS]), quiet);
}

#[test]
fn a_frame_that_bypassed_the_canceller_is_judged_by_its_voice_and_ends_what_was_heard() {
    let mut both = DoubleTalk::new(Box::new(FixedVad(0.5)));
    let first = both.weigh(Some(&[0.5; SIGNS]), 0.9);
    both.weigh(Some(&[0.5; SIGNS]), 0.9);
    assert!((both.weigh(None, 0.4) - 0.4).abs() < 1e-6);
    assert_eq!(both.weigh(Some(&[0.5; SIGNS]), 0.9).to_bits(), first.to_bits());
}

#[test]
fn signs_follow_the_outputs_and_a_slip_is_one_for_two_seconds() {
    let (mut both, mut random) = (DoubleTalk::new(Box::new(FixedVad(0.5))), fastrand::Rng::with_seed(1));
    let mut frames = |both: &mut DoubleTalk, left: f32, count: usize| -> Vec<NearEndSigns> {
        (0..count).map(|_| signs(both, left, &mut random)).collect()
    };
    let known = frames(&mut both, 0.01, 100);
    let (cancelled, realigning) = (known[99][2], |signs: &NearEndSigns| signs[10] > 0.5);
    assert!((cancelled - -40.0 / 15.0).abs() < 0.01, "40 dB are taken away: {cancelled}");
    assert!(!known.iter().any(realigning));
    both.slip();
    let other = frames(&mut both, 1.0, 80);
    assert_eq!(other.iter().filter(|signs| realigning(signs)).count(), 66);
    assert!(other[0][2].abs() < 0.01 && other[0][5] > known[99][5], "as loud as the microphone");
    assert!(known.iter().chain(&other).flatten().all(|sign| sign.abs() < 4.0));
}

#[test]
fn silence_and_broken_sound_have_signs_too() {
    let mut both = DoubleTalk::new(Box::new(FixedVad(0.0)));
    for level in [0.0, 1.0, f32::MAX] {
        let block = [level; BLOCK];
        both.block(CancelledBlock { reference: &block, microphone: &block, linear: &block, clean: &block });
    }
    let frame = [0.0; FRAME];
    let echo = EchoState::Learning;
    let silent = CancelledFrame { microphone: &frame, linear: &frame, clean: &frame, echo, slips: true };
    let signs = both.frame(silent);
    assert!((0.0..=1.0).contains(&both.weigh(signs.as_ref(), 0.3)));
}

/// A frame, as it is in the middle of many: voices (0..=1) in the full and the linear output; in decibels, both outputs
/// against the microphone, the full output's bands against the linear one's, the linear output against the echo that may
/// be left, and the excess; whether the canceller has just found another delay.
struct Heard {
    voices: [f32; 2],
    outputs: [f32; 2],
    full: f32,
    above: f32,
    excess: f32,
    realigning: bool,
}

/// Golem alone: the linear output sounds like a voice, as it does most of the time.
const ECHO: Heard =
    Heard { voices: [0.002, 0.985], outputs: [-40.0, -4.0], full: -30.0, above: -4.7, excess: -2.3, realigning: false };

/// The probability of a person in such a frame, with a microphone at -33 dB.
fn weighed(both: &mut DoubleTalk, heard: &Heard) -> f32 {
    const PLAYED: [f32; BANDS] = [1.4, 1.5, 1.2, 0.9, 0.8, 0.8, 0.6, 0.6, 0.8, 0.9, 0.9, 0.4];
    let ([full, linear], [clean_db, linear_db]) = (heard.voices, heard.outputs);
    let one = [voice_sign(linear), clean_db / 15.0, linear_db / 15.0, (clean_db + 17.0) / 20.0];
    let two = [(linear_db + 17.0) / 20.0, heard.excess / 5.0, 0.0, 0.0, 0.0, 1.0, f32::from(heard.realigning), 0.0];
    let bands = [[heard.above / 8.0; BANDS], PLAYED, [linear_db / 15.0; BANDS], [heard.full / 15.0; BANDS]];
    let signs: Vec<f32> = one.into_iter().chain(two).chain(bands.into_iter().flatten()).collect();
    both.weigh(Some(&signs.try_into().unwrap()), full)
}

/// The frames (from 1) at which playback is lowered and silenced, when `heard` follows two seconds of golem alone.
fn verdicts(heard: &Heard) -> (Option<usize>, Option<usize>) {
    let mut both = DoubleTalk::new(Box::new(FixedVad(0.0)));
    let mut detector = Detector::new(&BargeInConfig::default(), 0.5);
    for _ in 0..60 {
        assert_eq!(detector.push_clean(weighed(&mut both, &ECHO)), BargeVerdict::Nothing);
    }
    let (mut ducked, mut cut) = (None, None);
    for number in 1..=40 {
        match detector.push_clean(weighed(&mut both, heard)) {
            BargeVerdict::Duck => ducked = ducked.or(Some(number)),
            BargeVerdict::Cut => cut = cut.or(Some(number)),
            BargeVerdict::Unduck | BargeVerdict::Nothing => {}
        }
    }
    (ducked, cut)
}

#[test]
fn a_person_louder_than_the_echo_lowers_the_reply_at_once_and_silences_it_soon() {
    let loud =
        Heard { voices: [0.99, 0.99], outputs: [-1.0, 0.0], full: -2.0, above: 4.0, excess: 6.0, realigning: false };
    let (ducked, cut) = verdicts(&loud);
    assert!(ducked == Some(1) && cut.is_some_and(|frame| frame <= 4), "{ducked:?}, {cut:?}");
}

#[test]
fn neither_an_echo_that_sounds_like_a_voice_nor_a_loud_noise_nor_another_delay_is_a_person() {
    assert_eq!(verdicts(&ECHO), (None, None), "the echo");
    let noise =
        Heard { voices: [0.08, 0.12], outputs: [-1.0, 0.0], full: -2.0, above: 3.0, excess: 4.0, realigning: false };
    assert_eq!(verdicts(&noise).1, None, "a noise");
    let other = Heard { voices: [0.002, 0.94], outputs: [-33.0, 0.0], full: -28.0, realigning: true, ..ECHO };
    assert_eq!(verdicts(&other), (None, None), "a canceller that has found another delay");
}
