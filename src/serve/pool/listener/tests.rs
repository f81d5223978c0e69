//! Recordings in pieces and at their limits, and listeners that go on after a panic.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::unbounded;
use futures_util::FutureExt as _;

use super::*;
use crate::serve::figures::Endpoint;
use crate::serve::live::event::LiveInput;
use crate::serve::pool::recogniser::RecogniserOpener;
use crate::serve::sessions::Sessions;

/// A voice detector that breaks at sound beyond 1, and hears no voice in any other.
struct BrittleVad;

impl Vad for BrittleVad {
    fn reset(&mut self) {}

    fn probability(&mut self, frame: &[f32; FRAME]) -> Result<f32, EngineError> {
        if frame.iter().any(|sample| *sample > 1.0) {
            resume_unwind(Box::new("too loud"));
        }
        Ok(0.0)
    }
}

/// A single listener with a voice detector that breaks, for many clients.
struct Trial {
    listeners: Listeners,
    threads: Vec<JoinHandle<()>>,
    sessions: Sessions,
    /// Voice detectors opened so far.
    opened: Arc<AtomicUsize>,
}

impl Trial {
    fn new() -> Self {
        let (rule, opened) = (RestRule::new(0), Arc::<AtomicUsize>::default());
        let none: Arc<RecogniserOpener> = Arc::new(|| Err(EngineError::Refused("there is none".into())));
        let (recognisers, mut threads) = Recognisers::start(&none, 1, &rule, &unbounded().0).unwrap();
        let count = Arc::clone(&opened);
        let open: DetectorOpener = Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(BrittleVad))
        });
        let (listeners, more) =
            Listeners::start(&Config::default(), open, recognisers, PauseLimit::Windows, 1, &rule).unwrap();
        threads.extend(more);
        Self { listeners, threads, sessions: Sessions::new(8, Duration::from_mins(5)), opened }
    }

    fn place(&self) -> SessionPlace {
        self.sessions.admit(Endpoint::Transcription).unwrap()
    }

    /// The only event of a recording of a frame at this level.
    fn hear(&self, level: f32) -> Option<HeardEvent> {
        let (sender, pieces) = unbounded();
        sender.send(vec![level; FRAME]).unwrap();
        drop(sender);
        let request = ListenRequest { sound: RecordingSound::Live(pieces), options: AsrOptions::default() };
        self.listeners.hear(request, self.place()).events.blocking_recv()
    }

    fn live(&self) -> LiveSession {
        let vad = Config::default().vad;
        let settings = LiveSettings { vad, pace: PauseLimit::Windows, options: AsrOptions::default() };
        self.listeners.live(settings, self.place())
    }

    /// Ends the threads, none of which may have panicked.
    fn end(self) {
        drop(self.listeners);
        for thread in self.threads {
            thread.join().unwrap();
        }
    }
}

#[test]
fn a_panic_costs_one_recording_and_the_next_has_a_fresh_detector() {
    let trial = Trial::new();
    for opened in [1, 2] {
        let failed = trial.hear(2.0);
        assert!(
            matches!(&failed, Some(HeardEvent::Fault(ListenFault::Failed(reason))) if reason == LISTENER_FAILED),
            "{failed:?}"
        );
        assert_eq!((trial.opened.load(Ordering::Relaxed), trial.sessions.count()), (opened, 0));
    }
    for _ in 0..2 {
        assert!(matches!(trial.hear(0.5), Some(HeardEvent::End(_))));
    }
    assert_eq!(trial.opened.load(Ordering::Relaxed), 3);
    trial.end();
}

#[test]
fn a_panic_costs_one_live_session() {
    let trial = Trial::new();
    let mut session = trial.live();
    session.sound(&[2.0; FRAME], RATE).now_or_never().unwrap();
    let failed = session.events.blocking_recv();
    assert!(matches!(&failed, Some(LiveEvent::Failed(reason)) if reason == LISTENER_FAILED), "{failed:?}");
    assert!(session.events.blocking_recv().is_none());
    let mut session = trial.live();
    session.sound(&[0.5; FRAME], RATE).now_or_never().unwrap();
    session.give(LiveInput::End).now_or_never().unwrap();
    assert!(matches!(session.events.blocking_recv(), Some(LiveEvent::Ended)));
    trial.end();
}

fn frames(recording: &mut LimitedRecording) -> usize {
    std::iter::from_fn(|| recording.next_frame()).count()
}

fn live(lengths: &[usize]) -> RecordingSound {
    let (sender, pieces) = unbounded();
    for length in lengths {
        sender.send(vec![0.5; *length]).unwrap();
    }
    RecordingSound::Live(pieces)
}

#[test]
fn live_sound_comes_in_pieces_of_any_size_and_ends_with_its_sender_or_at_the_limit() {
    for (lengths, limit, (count, over)) in [
        (&[1, 3 * FRAME, 0, FRAME - 1, 7][..], 1_000, (5, false)),
        (&[3 * FRAME + 1], 1_000, (4, false)),
        (&[3 * FRAME + 1], 64, (2, true)),
        (&[], 1, (0, false)),
    ] {
        let sound = live(lengths);
        let mut recording = LimitedRecording::open(&sound, Duration::from_millis(limit)).unwrap();
        assert_eq!((frames(&mut recording), recording.too_long()), (count, over), "{lengths:?}");
        assert_eq!(recording.duration(), None);
        if !over {
            assert_eq!(recording.position(), time(lengths.iter().sum()), "{lengths:?}");
        }
    }
}

#[test]
fn a_file_that_is_no_sound_is_told_without_its_place_on_the_disk() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, b"these are only words, not sound, and many of them").unwrap();
    let path = file.path().display().to_string();
    let sound = RecordingSound::File(file.into_temp_path());
    let Err(ListenFault::Unreadable(reason)) = LimitedRecording::open(&sound, Duration::MAX) else {
        panic!("it is read")
    };
    assert!(reason.contains("not a sound file") && !reason.contains(&path), "{reason}");
}
