//! The voice beside a command's work, with voices that wait for their permission and without a loudspeaker.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::*;
use crate::engine::fake::ToneVoice;
use crate::engine::{EngineError, Speech, Synthesizer};
use crate::turn::Ticket;

/// Longest wait for a thread.
const LIMIT: Duration = Duration::from_secs(20);

/// A voice that reports each clause and speaks it when that is allowed. It cannot speak "bad".
#[derive(Clone)]
struct GatedVoice {
    begun: Sender<String>,
    allowed: Arc<Mutex<BTreeSet<String>>>,
}

impl Synthesizer for GatedVoice {
    fn describe(&self) -> String {
        "a gate".into()
    }

    fn runs_in_parallel(&self) -> bool {
        true
    }

    fn speak(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError> {
        self.begun.send(text.into()).unwrap();
        if text == "bad" {
            return Err(EngineError::Refused("it is bad".into()));
        }
        while !stop.stale() && !self.allowed.lock().unwrap().contains(text) {
            thread::yield_now();
        }
        ToneVoice.speak(text, stop)
    }
}

/// What a test sees and allows.
struct Scene {
    sounds: Receiver<AloudSound>,
    begun: Receiver<String>,
    allowed: Arc<Mutex<BTreeSet<String>>>,
    ended: Arc<AtomicBool>,
}

impl Scene {
    fn allow(&self, text: &str) {
        self.allowed.lock().unwrap().insert(text.into());
    }

    /// The next clauses that voices begin, in order of their names.
    fn begun(&self, count: usize) -> Vec<String> {
        let mut begun: Vec<_> = (0..count).map(|_| self.begun.recv_timeout(LIMIT).unwrap()).collect();
        begun.sort();
        begun
    }

    /// Orders to the loudspeaker up to the end of the text `turn`, or of the channel.
    fn sounds(&self, turn: u64) -> Vec<String> {
        let mut names = Vec::new();
        let end = format!("end {turn}");
        while names.last() != Some(&end) {
            names.push(match self.sounds.recv_timeout(LIMIT) {
                Ok(AloudSound::Begin(turn)) => format!("begin {turn}"),
                Ok(AloudSound::Clause { turn, clause, speech }) => {
                    format!("clause {turn}.{clause} of {} words", speech.timing.words.len())
                }
                Ok(AloudSound::End(turn)) => format!("end {turn}"),
                Err(error) => {
                    assert!(error.is_disconnected(), "{names:?}");
                    break;
                }
            });
        }
        names
    }
}

/// Runs `act` with three voices and without a loudspeaker, and waits for their threads.
fn scene(act: impl FnOnce(Aloud, &Scene)) {
    let (begins, begun) = unbounded();
    let allowed = Arc::default();
    let voice = GatedVoice { begun: begins, allowed: Arc::clone(&allowed) };
    let ended = Arc::default();
    thread::scope(|scope| {
        let open = move || Ok(Box::new(voice.clone()) as Box<dyn Synthesizer>);
        let (aloud, sounds) = Aloud::with_voices(scope, Arc::new(open), 3, Arc::clone(&ended)).unwrap();
        act(aloud, &Scene { sounds, begun, allowed, ended });
    });
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

#[test]
fn the_next_three_are_made_side_by_side_after_the_first_clause_of_the_present_one() {
    scene(|aloud, scene| {
        aloud.say("**now** it is");
        aloud.ahead(texts(&["one", "two", "three"]));
        assert_eq!(scene.begun(1), ["now it is"]);
        assert!(aloud.busy() && scene.begun.is_empty(), "nothing is made beside the first clause");
        scene.allow("now it is");
        assert_eq!(scene.sounds(1), ["begin 1", "clause 1.0 of 3 words", "end 1"]);
        assert_eq!(scene.begun(3), ["one", "three", "two"]);
    });
}

#[test]
fn a_jump_frees_the_voices_for_the_present_text() {
    scene(|aloud, scene| {
        scene.allow("now");
        aloud.say("now");
        aloud.ahead(texts(&["one", "two", "three"]));
        assert_eq!(scene.begun(4), ["now", "one", "three", "two"]);
        aloud.say("zero");
        aloud.ahead(texts(&["now", "one"]));
        assert_eq!(scene.begun(1), ["zero"]);
        scene.allow("zero");
        assert_eq!(scene.sounds(2)[3..], ["begin 2", "clause 2.0 of 1 words", "end 2"]);
        assert_eq!(scene.begun(2), ["now", "one"]);
    });
}

#[test]
fn a_text_that_cannot_be_spoken_ends_without_sound() {
    scene(|aloud, scene| {
        scene.allow("good");
        aloud.say("bad");
        aloud.ahead(texts(&["bad", "good"]));
        assert_eq!(scene.sounds(1), ["begin 1", "end 1"]);
        aloud.say("good");
        assert_eq!(scene.sounds(2), ["begin 2", "clause 2.0 of 1 words", "end 2"]);
    });
}

#[test]
fn what_is_spoken_goes_on_after_the_handle_is_dropped_unless_the_command_is_interrupted() {
    for interrupted in [false, true] {
        scene(|aloud, scene| {
            aloud.say("last");
            aloud.ahead(texts(&["later"]));
            assert_eq!(scene.begun(1), ["last"]);
            scene.ended.store(interrupted, Ordering::SeqCst);
            drop(aloud);
            let wanted: &[&str] =
                if interrupted { &["begin 1"] } else { &["begin 1", "clause 1.0 of 1 words", "end 1"] };
            if !interrupted {
                scene.allow("last");
            }
            assert_eq!(scene.sounds(1), wanted);
        });
    }
}

#[test]
fn without_a_voice_or_a_loudspeaker_all_threads_end() {
    let state = thread::scope(|scope| {
        let open = || Err(EngineError::Refused("there is no voice".into()));
        let (aloud, sounds) = Aloud::with_voices(scope, Arc::new(open), 3, Arc::default()).unwrap();
        aloud.say("one");
        drop(sounds);
        aloud.say("two");
        Arc::clone(&aloud.state)
    });
    assert!(state.gone.load(Ordering::SeqCst));
}
