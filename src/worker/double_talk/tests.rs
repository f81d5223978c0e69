//! Tests of double talk: signs, and the probabilities that the network gives them.

use super::*;
use crate::engine::EngineError;
use crate::engine::echo::BLOCK;

/// A voice detector that always gives the same probability.
struct FixedVad(f32);

impl Vad for FixedVad {
    fn probability(&mut self, _: &[f32; FRAME]) -> Result<f32, EngineError> {
        Ok(self.0)
    }

    fn reset(&mut self) {}
}

/// The signs of a frame of a canceller that leaves `left` of a noise, with an echo that it finds after `delay_ms`.
fn signs(both: &mut DoubleTalk, left: f32, delay_ms: u32, random: &mut fastrand::Rng) -> NearEndSigns {
    let mut noise = |level: f32| -> [f32; BLOCK] { std::array::from_fn(|_| level * (random.f32() - 0.5)) };
    for _ in 0..3 {
        let (reference, microphone, linear) = (noise(0.3), noise(0.1), noise(0.1 * left));
        let block = CancelledBlock { reference: &reference, microphone: &microphone, linear: &linear, clean: &linear };
        both.block(block, Some(delay_ms));
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
    let fitted = [0.01837, 0.04447, 0.01175, 0.02201, 0.04797];
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
fn signs_follow_the_outputs_and_another_delay_is_one_for_two_seconds() {
    let (mut both, mut random) = (DoubleTalk::new(Box::new(FixedVad(0.5))), fastrand::Rng::with_seed(1));
    let mut frames = |left: f32, delay_ms: u32, count: usize| -> Vec<NearEndSigns> {
        (0..count).map(|_| signs(&mut both, left, delay_ms, &mut random)).collect()
    };
    let known = frames(0.01, 16, 100);
    let (cancelled, realigning) = (known[99][2], |signs: &NearEndSigns| signs[10] > 0.5);
    assert!((cancelled - -40.0 / 15.0).abs() < 0.01, "40 dB are taken away: {cancelled}");
    assert!(!known.iter().any(realigning));
    let other = frames(1.0, 8, 80);
    assert_eq!(other.iter().filter(|signs| realigning(signs)).count(), 66);
    assert!(other[0][2].abs() < 0.01 && other[0][5] > known[99][5], "as loud as the microphone");
    assert!(known.iter().chain(&other).flatten().all(|sign| sign.abs() < 4.0));
}

#[test]
fn silence_and_broken_sound_have_signs_too() {
    let mut both = DoubleTalk::new(Box::new(FixedVad(0.0)));
    for level in [0.0, 1.0, f32::MAX] {
        let block = [level; BLOCK];
        both.block(CancelledBlock { reference: &block, microphone: &block, linear: &block, clean: &block }, None);
    }
    let frame = [0.0; FRAME];
    let echo = EchoState::Learning;
    let silent = CancelledFrame { microphone: &frame, linear: &frame, clean: &frame, echo, slips: true };
    let signs = both.frame(silent);
    assert!((0.0..=1.0).contains(&both.weigh(signs.as_ref(), 0.3)));
}
