//! Utterances on a virtual clock: the order of their events, and the same words as in a single reading.

use proptest::prelude::{Strategy, any, prop};
use proptest::{prop_assert, prop_assert_eq, proptest};

use super::*;
use crate::config::VadConfig;
use crate::transcribe::segment::PauseLimit;

fn settings(pace: PauseLimit) -> LiveSettings {
    let options = AsrOptions { language: Some("en".into()), ..AsrOptions::default() };
    LiveSettings { vad: VadConfig::default(), pace, options }
}

/// A transcript with a word for each ten frames of sound.
fn words(audio: &[f32]) -> Transcript {
    let text = (0..audio.len() / FRAME / 10).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ");
    Transcript { text, ..Transcript::default() }
}

/// A session whose recognisers need a given number of frames for each job.
struct Trial {
    desk: UtteranceQueue,
    slowness: usize,
    job: Option<(ReadJob, usize)>,
    events: Vec<LiveEvent>,
}

impl Trial {
    fn new(slowness: usize) -> Self {
        let desk = UtteranceQueue::new(settings(PauseLimit::After(20)), Time::from_millis(200));
        Self { desk, slowness, job: None, events: Vec::new() }
    }

    /// So many frames of a voice, or of silence.
    fn sound(&mut self, frames: usize, probability: f32) {
        for _ in 0..frames {
            self.desk.push(Box::new([0.1; FRAME]), probability, true);
            self.recognise();
        }
    }

    /// The recognisers work for the time of a frame.
    fn recognise(&mut self) {
        if self.desk.give_up() {
            self.job = None;
        }
        if self.job.is_none() {
            self.job = self.desk.next_job().map(|job| (job, self.slowness));
        }
        if let Some((job, left)) = self.job.take() {
            if left == 0 {
                self.desk.read(Ok(words(&job.audio)));
            } else {
                self.job = Some((job, left - 1));
            }
        }
        self.events.extend(self.desk.events());
    }

    /// Ends the session and completes all readings.
    fn end(&mut self) {
        self.desk.end();
        while !self.desk.is_settled() {
            self.recognise();
        }
        self.events.extend(self.desk.events());
    }

    /// Events in short: `b`egan, `p`artial, `o`ver, `f`inal with its count of words, `c`ommitted, `x` cleared.
    fn shown(&self) -> String {
        let shown = self.events.iter().filter_map(|event| match event {
            LiveEvent::Began(_) => Some("b".into()),
            LiveEvent::Over(..) => Some("o".into()),
            LiveEvent::Final(part) => Some(format!("f{}", count(part.as_ref().map(|part| &part.transcript.text)))),
            LiveEvent::Failed(_) => Some("!".into()),
            LiveEvent::Committed => Some("c".into()),
            LiveEvent::Cleared(open) => Some(if *open { "X".into() } else { "x".into() }),
            LiveEvent::Partial(_) | LiveEvent::Ended => None,
        });
        shown.collect::<Vec<String>>().join(" ")
    }
}

fn count(text: Option<&String>) -> usize {
    text.map_or(0, |text| text.split_whitespace().count())
}

#[test]
fn a_reading_of_an_open_utterance_begins_with_the_words_that_stay() {
    let mut desk = UtteranceQueue::new(settings(PauseLimit::After(20)), Time::from_millis(200));
    let mut extents = Vec::new();
    for _ in 0..80 {
        desk.push(Box::new([0.1; FRAME]), 0.9, true);
        if let Some(job) = desk.next_job() {
            desk.read(Ok(words(&job.audio)));
            extents.push(job.extent);
        }
    }
    desk.end();
    extents.extend(desk.next_job().map(|job| job.extent));
    let so_far = |words: &str| ReadingExtent::SoFar(words.into());
    assert_eq!(extents, [so_far(""), so_far(""), so_far("w0"), so_far("w0 w1"), ReadingExtent::Whole]);
}

#[test]
fn an_utterance_begins_is_read_while_it_is_said_and_ends_with_all_of_its_words() {
    let mut trial = Trial::new(2);
    trial.sound(20, 0.0);
    trial.sound(60, 0.9);
    trial.sound(40, 0.0);
    trial.end();
    assert_eq!(trial.shown(), "b o f8");
    let partials: Vec<String> = trial
        .events
        .iter()
        .filter_map(|event| if let LiveEvent::Partial(caption) = event { Some(caption.text()) } else { None })
        .collect();
    assert!(partials.len() >= 2 && partials.windows(2).all(|pair| pair[1].starts_with(&pair[0])), "{partials:?}");
    let LiveEvent::Began(start) = trial.events[0] else { panic!("{:?}", trial.events[0]) };
    assert_eq!(start, time(20 * FRAME as u64));
}

#[test]
fn the_next_utterance_may_begin_before_the_words_of_the_one_before_have_come() {
    let mut trial = Trial::new(100);
    for _ in 0..3 {
        trial.sound(40, 0.9);
        trial.sound(30, 0.0);
    }
    trial.end();
    let shown = trial.shown();
    assert!(shown.starts_with("b o b"), "{shown}");
    assert_eq!(shown.matches('f').count(), 3, "{shown}");
}

#[test]
fn a_click_has_no_words_and_what_is_forgotten_has_no_events() {
    let mut trial = Trial::new(0);
    trial.sound(20, 0.0);
    trial.sound(4, 0.9);
    trial.sound(40, 0.0);
    trial.sound(30, 0.9);
    trial.desk.clear();
    trial.sound(1, 0.0);
    trial.desk.clear();
    trial.desk.commit();
    trial.end();
    assert_eq!(trial.shown(), "b o f0 b X x c");
}

#[test]
fn a_commit_ends_an_utterance_and_is_done_when_its_words_have_come() {
    let mut trial = Trial::new(5);
    trial.sound(40, 0.9);
    trial.desk.commit();
    trial.sound(40, 0.9);
    trial.end();
    assert_eq!(trial.shown(), "b o b f4 c o f4");
}

#[test]
fn ears_that_fail_lose_one_utterance_and_no_other() {
    let mut desk = UtteranceQueue::new(settings(PauseLimit::After(10)), Time::ZERO);
    let fault = || Err(EngineError::Refused("no such language".into()));
    let mut said = String::new();
    for round in 0..2 {
        for frame in 0..60 {
            desk.push(Box::new([0.1; FRAME]), if frame < 30 { 0.9 } else { 0.0 }, true);
            if let Some(job) = desk.next_job() {
                desk.read(if round == 0 { fault() } else { Ok(words(&job.audio)) });
            }
        }
        for event in desk.events() {
            match event {
                LiveEvent::Failed(reason) => said.push_str(&reason),
                LiveEvent::Final(part) => {
                    said.push_str("; ");
                    said.push_str(&count(part.as_ref().map(|part| &part.transcript.text)).to_string());
                }
                _ => {}
            }
        }
    }
    assert_eq!(said, "no such language; 5");
}

#[test]
fn no_more_sound_is_taken_while_too_much_waits_to_be_read() {
    let mut desk = UtteranceQueue::new(settings(PauseLimit::After(5)), Time::ZERO);
    let mut taken = 0;
    while !desk.is_full() && taken < 10_000 {
        desk.push(Box::new([0.1; FRAME]), if taken % 40 < 20 { 0.9 } else { 0.0 }, true);
        taken += 1;
    }
    assert!(taken < 40 * (MOST_OWED + 2), "{taken}");
}

/// Runs of voice and silence in frames.
fn runs() -> impl Strategy<Value = Vec<(usize, bool)>> {
    prop::collection::vec((1_usize..120, any::<bool>()), 1..12)
}

proptest! {
    #[test]
    fn whole_utterances_are_those_of_a_session_that_was_read_only_once(runs in runs(), slowness in 0_usize..200) {
        let hear = |slowness: usize, partials: bool| {
            let mut trial = Trial::new(slowness);
            for (frames, voice) in &runs {
                for _ in 0..*frames {
                    trial.desk.push(Box::new([0.1; FRAME]), if *voice { 0.9 } else { 0.0 }, partials);
                    trial.recognise();
                }
            }
            trial.end();
            let finals = trial.events.iter().filter_map(|event| match event {
                LiveEvent::Final(part) => Some(part.as_ref().map(|part| part.transcript.text.clone())),
                _ => None,
            });
            (finals.collect::<Vec<_>>(), trial.shown())
        };
        let ((live, shown), (once, _)) = (hear(slowness, true), hear(0, false));
        prop_assert_eq!(live, once);
        let counts = |letter: &str| shown.split(' ').filter(|event| event.starts_with(letter)).count();
        prop_assert!(counts("b") == counts("o") && counts("o") == counts("f"), "{}", shown);
    }
}
