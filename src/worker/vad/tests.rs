//! Tests of the loop of voice activity detection.

use std::sync::atomic::AtomicUsize;

use crossbeam_channel::unbounded;

use super::*;
use crate::config::echo::EchoFeed;
use crate::engine::echo::guard::GuardedCanceller;
use crate::engine::echo::{BLOCK, EchoCanceller};

/// A detector whose probability is the first sample of a frame, and which counts its runs.
struct First(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl Vad for First {
    fn reset(&mut self) {}

    fn probability(&mut self, frame: &[f32; FRAME]) -> Result<f32, EngineError> {
        if frame[0] < 0.0 {
            return Err(EngineError::Failed { engine: "first", reason: "below zero".into() });
        }
        Ok(frame[0])
    }

    fn probabilities(&mut self, frames: &[Box<[f32; FRAME]>]) -> Result<Vec<f32>, EngineError> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        frames.iter().map(|frame| self.probability(frame)).collect()
    }
}

fn frame(first: f32) -> Box<[f32; FRAME]> {
    let mut frame = Box::new([0.0; FRAME]);
    frame[0] = first;
    frame
}

#[test]
fn frames_are_gathered_in_silence_and_judged_at_once_when_it_matters() {
    let runs = std::sync::Arc::default();
    let mut vad = VadWorker::new(Box::new(First(std::sync::Arc::clone(&runs))));
    let mut hear = |first, alert| -> Vec<f32> {
        vad.hear(frame(first), alert).unwrap().into_iter().map(|heard| heard.probability).collect()
    };
    for _ in 0..QUIET {
        assert_eq!(hear(0.05, false), [0.05]);
    }
    assert!((0..3).all(|_| hear(0.01, false).is_empty()));
    assert_eq!(hear(0.02, false), [0.01, 0.01, 0.01, 0.02], "in order, none is lost");
    assert!(hear(0.03, false).is_empty());
    assert_eq!(hear(0.04, true), [0.03, 0.04], "something is under way");
    assert!((0..3).all(|_| hear(0.5, false).is_empty()), "a voice begins");
    assert_eq!(hear(0.6, false), [0.5, 0.5, 0.5, 0.6]);
    assert_eq!(hear(0.7, false), [0.7], "from its first signs on each frame counts");
    assert_eq!(runs.load(std::sync::atomic::Ordering::Relaxed), QUIET as usize + 4);
}

#[test]
fn what_waits_is_forgotten_and_a_failure_does_not_stick() {
    let mut vad = VadWorker::new(Box::new(First(std::sync::Arc::default())));
    vad.quiet = QUIET;
    assert!(vad.hear(frame(0.5), false).unwrap().is_empty());
    vad.forget();
    assert_eq!(vad.hear(frame(0.2), true).unwrap().len(), 1);
    assert!(vad.hear(frame(-1.0), true).is_err());
    assert_eq!(vad.hear(frame(0.3), true).unwrap().len(), 1);
}

#[test]
fn losses_count_from_the_first_frame_and_are_reported_when_they_grow() {
    let mut losses = Losses { before: Some(100), ..Losses::default() };
    assert_eq!(losses.grown(100), None);
    losses.late += 512;
    assert_eq!((losses.grown(100), losses.grown(100)), (Some(512), None));
    assert_eq!(losses.grown(130), Some(542));
    assert_eq!(losses.grown(90), None, "another microphone has dropped less");
}

/// An engine of any kind that counts what it is given of the microphone's sound.
struct Counting(Arc<AtomicUsize>);

impl Counting {
    fn given(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Vad for Counting {
    fn reset(&mut self) {}

    fn probability(&mut self, _: &[f32; FRAME]) -> Result<f32, EngineError> {
        self.given();
        Ok(0.9)
    }
}

impl KeywordSpotter for Counting {
    fn reset(&mut self) {}

    fn hear(&mut self, _: &[f32; FRAME], _: f32) -> Result<f32, EngineError> {
        self.given();
        Ok(0.9)
    }
}

impl EchoCanceller for Counting {
    fn render(&mut self, _: &[f32; BLOCK]) -> Result<(), EngineError> {
        Ok(())
    }

    fn capture(&mut self, _: &mut [f32; BLOCK], _: &mut [f32; BLOCK]) -> Result<(), EngineError> {
        self.given();
        Ok(())
    }

    fn finds_lag(&self) -> bool {
        true
    }
}

#[test]
fn while_muted_no_engine_is_given_any_sound() {
    let counts: [Arc<AtomicUsize>; 3] = std::array::from_fn(|_| Arc::default());
    let [detector, spotter, canceller] = counts.clone().map(Counting);
    let count = canceller.0;
    let make = move || Ok(Box::new(Counting(Arc::clone(&count))) as Box<dyn EchoCanceller>);
    let stage = EchoStage::new(GuardedCanceller::new(Box::new(make)).unwrap(), EchoFeed::Full);
    let phrase = PhraseListener { spotter: Box::new(spotter), threshold: 0.5 };
    let mut worker = VadWorker::new(Box::new(detector)).with_echo(Some(stage)).listening_for(Some(phrase));

    let switches = Switches::default();
    switches.listening.store(true, Ordering::Release);
    let (heard, judged) = DropOldest::bounded(16);
    let mut ports = VadPorts {
        heard,
        events: unbounded().0,
        requests: unbounded().1,
        reference: None,
        switches: switches.clone(),
        dropped: Box::new(|_| {}),
    };
    let mut losses = Losses::default();
    // A turn of the loop in which a frame comes, muted or not, and the loudspeaker sounds, so that the canceller works.
    let mut turn = |muted| {
        switches.muted.store(muted, Ordering::Relaxed);
        worker.played(&[0.3; FRAME]);
        worker.take(frame(0.5), &ports.switches);
        worker.pass_on(0, &mut ports, &mut losses);
        (judged.try_iter().count(), counts.each_ref().map(|count| count.load(Ordering::Relaxed)))
    };
    for _ in 0..40 {
        assert_eq!(turn(true), (0, [0; 3]));
    }
    let (frames, given) = turn(false);
    assert!(frames == 1 && given.iter().all(|count| *count > 0), "{frames}: {given:?}");
    for _ in 0..40 {
        assert_eq!(turn(true), (0, given));
    }
    assert_eq!(turn(false).0, 1);
}
