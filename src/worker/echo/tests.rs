//! Tests of the echo stage between the microphone and voice activity detection.

use super::*;
use crate::engine::echo::EchoCanceller;
use crate::engine::fake::LoudnessVad;
use crate::signal::echo::EchoPath;

/// A canceller that subtracts the reference, as if the echo had no delay.
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

    fn finds_lag(&self) -> bool {
        true
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
        stage.played(&[0.0; FRAME], FRAME);
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
        // The loudspeaker begins late, and rests at the end.
        if (3..40).contains(&number) {
            first.played(&frame(&echo, number)[..], FRAME);
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
        again.played(&frame(&played, number)[..], FRAME);
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
        stage.played(&frame(&echo, number)[..], FRAME);
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
fn the_network_judges_whatever_the_state_of_the_canceller_as_soon_as_its_lag_is_known() {
    let (stage, echo) = (stage(EchoFeed::Full), noise(20));
    let mut stage = stage.detecting(Box::new(LoudnessVad));
    for number in 0..20 {
        stage.played(&frame(&echo, number)[..], FRAME);
        let beside = stage.hear(frame(&echo, number)).beside;
        let most = if stage.lag_ms().is_some() { 1.0 } else { PERHAPS };
        assert!(beside.signs.is_some() && beside.most.to_bits() == most.to_bits(), "frame {number}: {}", beside.most);
        assert_eq!(beside.echo, EchoState::Settling, "frame {number}");
    }
    assert!(stage.lag_ms().unwrap().abs() < 0.1);
}

#[test]
fn an_echo_that_is_never_found_bars_no_voice_for_long() {
    let (stage, reference) = (stage(EchoFeed::Full), noise(40));
    let mut stage = stage.detecting(Box::new(LoudnessVad));
    let mut barred = 0;
    for number in 0..40 {
        stage.played(&frame(&reference, number)[..], FRAME);
        let beside = stage.hear(Box::new([0.0; FRAME])).beside;
        barred += u32::from(beside.most < 1.0);
    }
    assert!((15..=20).contains(&barred) && stage.lag_ms().is_none(), "{barred} frames");
}

#[test]
fn frames_wait_for_what_was_played_in_their_time_and_none_is_lost() {
    let (mut stage, echo) = (stage(EchoFeed::Full), noise(200));
    let (mut cleaned, mut longest, mut played) = (Vec::new(), 0, 0);
    for number in 0..200_usize {
        // Deliveries come up to two frames late.
        let until = if number % 5 > 2 { played } else { number + 1 };
        stage.played(&echo[played * FRAME..until * FRAME], FRAME);
        played = until;
        stage.take(frame(&echo, number));
        cleaned.extend(std::iter::from_fn(|| stage.ready()).map(|heard| loudest(&heard.clean[..])));
        longest = longest.max(number + 1 - cleaned.len());
    }
    assert_eq!((cleaned.len(), longest, stage.waits()), (198, 2, true));
    assert!(cleaned[1..].iter().all(|left| *left < 1e-6), "each sample meets its own: {cleaned:?}");
    stage.forget();
    assert!(stage.ready().is_none() && !stage.waits());
    stage.take(frame(&echo, 0));
    assert!(stage.ready().is_some(), "what is played next is paired anew");
}

#[test]
fn the_microphone_itself_is_there_for_speech_to_text() {
    let (mut stage, echo) = (stage(EchoFeed::Raw), noise(10));
    for number in 0..10 {
        stage.played(&frame(&echo, number)[..], FRAME);
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
    stage.played(&[0.5; FRAME], FRAME);
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
                stage.played(&played[..], FRAME);
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
        let lag = stage.lag_ms().unwrap();
        assert!((60.0..=110.0).contains(&lag), "{lag} ms");
    }
}
