//! Texts of slow readers, of readers that leave, and after a panic.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::engine::fake::ToneVoice;
use crate::engine::{EngineError, Speech};
use crate::message::Timing;
use crate::serve::figures::Endpoint;
use crate::serve::sessions::Sessions;

/// Samples of a word of the voice, which is a fifth of a second.
const WORD: usize = 3_200;
/// A clause of ten words, which are two seconds.
const LONG: &str = "long and long and long and long and long again";

/// A voice that hums, and breaks at the word "crash".
struct BrittleHum {
    /// Long clauses spoken so far.
    long: Arc<AtomicUsize>,
}

impl Synthesizer for BrittleHum {
    fn describe(&self) -> String {
        "a brittle hum".into()
    }

    fn speak(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError> {
        if text.contains("crash") {
            resume_unwind(Box::new("it broke"));
        }
        if text == LONG {
            self.long.fetch_add(1, Ordering::Relaxed);
        }
        ToneVoice.speak(text, stop)
    }
}

/// A text for the voice of the settings.
fn request(clauses: Vec<String>, speaker: Option<&str>) -> SpeakRequest {
    SpeakRequest { clauses, voice: String::new(), speaker: speaker.map(str::to_owned), speed: 1.0, rate: None }
}

/// A voice of two speakers: a clause takes the first one 100 samples, and the second one 300.
struct DuoVoice {
    second: bool,
}

impl Synthesizer for DuoVoice {
    fn describe(&self) -> String {
        "a duo".into()
    }

    fn set_speaker(&mut self, speaker: Option<&str>) -> Result<(), EngineError> {
        self.second = match speaker {
            None | Some("first") => false,
            Some("second") => true,
            Some(other) => return Err(EngineError::Refused(format!("no {other} here"))),
        };
        Ok(())
    }

    fn speak(&mut self, _: &str, _: &Ticket) -> Result<Speech, EngineError> {
        let samples = vec![0.1; if self.second { 300 } else { 100 }];
        let timing = Timing { samples: samples.len() as u64, rate: 16_000, words: Vec::new() };
        Ok(Speech { samples, timing })
    }
}

struct Trial {
    voice: ServedVoice,
    thread: JoinHandle<()>,
    /// Voices opened so far, and long clauses spoken.
    opened: Arc<AtomicUsize>,
    long: Arc<AtomicUsize>,
}

impl Trial {
    fn new() -> Self {
        let (opened, long) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (count, spoken) = (Arc::clone(&opened), Arc::clone(&long));
        let open: NamedVoiceOpener = Box::new(move |_: &str, _: f32| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(BrittleHum { long: Arc::clone(&spoken) }))
        });
        let (reports, reported) = unbounded();
        let (voice, thread) = ServedVoice::start(open, 4, RestRule::new(0), reports).unwrap();
        assert_eq!(reported.recv().unwrap(), Ok("a brittle hum".into()));
        Self { voice, thread, opened, long }
    }

    /// A text of so many clauses.
    fn speak(&self, clauses: usize, text: &str, place: Option<SessionPlace>) -> Speaking {
        let clauses = vec![text.to_owned(); clauses];
        self.voice.speak(request(clauses, None), place)
    }

    /// Ends the thread, which may not have panicked.
    fn end(self) {
        drop(self.voice);
        self.thread.join().unwrap();
    }
}

/// Waits for something outside of a runtime.
fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// Takes all sound of a text: the number of samples, and the last event.
fn taken(mut speaking: Speaking) -> (usize, SpokenEvent) {
    let mut samples = 0;
    loop {
        match wait(speaking.events.recv()).expect("the last event comes") {
            SpokenEvent::Piece(piece, _) => samples += piece.len(),
            last => return (samples, last),
        }
    }
}

/// Has a text spoken to its end, in which other texts get as many turns as it has clauses.
fn turns(trial: &Trial, clauses: usize) {
    let (samples, last) = taken(trial.speak(clauses, "short", None));
    assert!(samples == clauses * WORD && matches!(last, SpokenEvent::End), "{samples}: {last:?}");
}

#[test]
fn a_text_is_spoken_half_a_minute_ahead_of_its_reader_while_others_go_on() {
    let trial = Trial::new();
    let slow = trial.speak(50, LONG, None);
    turns(&trial, 40);
    assert_eq!(trial.long.load(Ordering::Relaxed), 16, "30 s may wait, and a piece more was made");
    let (samples, last) = taken(slow);
    assert!(samples == 50 * 10 * WORD && matches!(last, SpokenEvent::End), "{samples}: {last:?}");
    trial.end();
}

#[test]
fn the_text_of_a_slow_reader_that_leaves_is_dropped_with_its_place() {
    let (trial, sessions) = (Trial::new(), Sessions::new(1, Duration::from_mins(5)));
    let slow = trial.speak(50, LONG, sessions.admit(Endpoint::Speech));
    turns(&trial, 40);
    assert_eq!(sessions.count(), 1);
    drop(slow);
    wait(sessions.emptied());
    assert_eq!(trial.long.load(Ordering::Relaxed), 16);
    trial.end();
}

#[test]
fn a_panic_costs_one_text_and_the_next_has_a_fresh_engine() {
    let (trial, sessions) = (Trial::new(), Sessions::new(1, Duration::from_mins(5)));
    for opened in [1, 2] {
        let (samples, last) = taken(trial.speak(2, "crash", sessions.admit(Endpoint::Speech)));
        assert!(
            matches!(&last, SpokenEvent::Fault(SpeakFault::Failed(reason)) if reason == ENGINE_BROKEN),
            "{samples}: {last:?}"
        );
        assert_eq!((trial.opened.load(Ordering::Relaxed), sessions.count()), (opened, 0));
    }
    turns(&trial, 2);
    assert_eq!(trial.opened.load(Ordering::Relaxed), 3);
    trial.end();
}

#[test]
fn texts_that_take_turns_in_one_voice_keep_their_speakers() {
    let opened = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&opened);
    let open: NamedVoiceOpener = Box::new(move |_: &str, _: f32| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(DuoVoice { second: false }))
    });
    let (voice, thread) = ServedVoice::start(open, 8, RestRule::new(0), unbounded().0).unwrap();
    let speak = |speaker: Option<&str>| voice.speak(request(vec!["a clause".into(); 20], speaker), None);
    let texts = [Some("second"), None, Some("first"), Some("second"), None].map(speak);
    let heard = texts.map(|text| taken(text).0);
    assert_eq!(heard, [6_000, 2_000, 2_000, 6_000, 2_000]);
    let (samples, last) = taken(speak(Some("third")));
    let refused = matches!(&last, SpokenEvent::Fault(SpeakFault::Speaker(reason)) if reason == "no third here");
    assert!(refused && samples == 0, "{samples}: {last:?}");
    assert_eq!((taken(speak(None)).0, opened.load(Ordering::Relaxed)), (2_000, 1));
    drop(voice);
    thread.join().unwrap();
}

#[test]
fn a_voice_of_one_speaker_refuses_others() {
    let trial = Trial::new();
    let (samples, last) = taken(trial.voice.speak(request(vec!["short".into()], Some("p225")), None));
    let reason = "a brittle hum has one speaker; leave out \"p225\"";
    let refused = matches!(&last, SpokenEvent::Fault(SpeakFault::Speaker(own)) if own == reason);
    assert!(refused && samples == 0, "{samples}: {last:?}");
    turns(&trial, 1);
    trial.end();
}

#[test]
fn a_word_without_end_is_spoken_in_pieces() {
    assert_eq!(pieces("A clause."), ["A clause."]);
    let long = pieces(&"ä".repeat(2 * LONGEST_PIECE + 1));
    assert_eq!(long.iter().map(|piece| piece.chars().count()).collect::<Vec<_>>(), [LONGEST_PIECE, LONGEST_PIECE, 1]);
}
