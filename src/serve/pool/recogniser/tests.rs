//! Recognisers that go on after a panic, and the count of those that work.

use std::panic::resume_unwind;
use std::sync::atomic::AtomicBool;

use super::*;

/// Longest wait for an answer.
const LIMIT: Duration = Duration::from_mins(1);

/// A recogniser that breaks at sound beyond 1, and hears the same word in any other.
struct BrittleEars;

impl Transcriber for BrittleEars {
    fn describe(&self) -> String {
        "brittle ears".into()
    }

    fn streams(&self) -> bool {
        false
    }

    fn start(&mut self) -> Result<(), EngineError> {
        Ok(())
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        if audio.iter().any(|sample| *sample > 1.0) {
            resume_unwind(Box::new("too loud"));
        }
        Ok(None)
    }

    fn finish(&mut self, _: &Ticket) -> WrittenDown {
        Ok(Transcript { text: "well".into(), ..Transcript::default() })
    }
}

/// A single recogniser, whose engine can be opened while it is installed.
struct Trial {
    recognisers: Recognisers,
    threads: Vec<JoinHandle<()>>,
    reports: Receiver<LoadReport>,
    installed: Arc<AtomicBool>,
    /// Engines opened so far, or tried.
    opened: Arc<AtomicUsize>,
}

impl Trial {
    fn new(installed: bool) -> Self {
        let (installed, opened) = (Arc::new(AtomicBool::new(installed)), Arc::<AtomicUsize>::default());
        let (there, count) = (Arc::clone(&installed), Arc::clone(&opened));
        let open: Arc<RecogniserOpener> = Arc::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
            if !there.load(Ordering::Relaxed) {
                resume_unwind(Box::new("no memory"));
            }
            Ok(ChosenEngine { engine: Box::new(BrittleEars), why: "there are no others".into() })
        });
        let (sender, reports) = unbounded();
        let (recognisers, threads) = Recognisers::start(&open, 1, &RestRule::new(0), &sender).unwrap();
        Self { recognisers, threads, reports, installed, opened }
    }

    /// The words of some sound at this level, or why there are none.
    fn read(&self, level: f32) -> Result<String, String> {
        let audio = Arc::new(vec![level; 1_600]);
        let written = self.recognisers.write_down(audio, AsrOptions::default(), Ticket::standing());
        written.recv_timeout(LIMIT).unwrap().map(|transcript| transcript.text).map_err(|error| error.to_string())
    }

    /// Ends the threads, none of which may have panicked.
    fn end(self) {
        drop(self.recognisers);
        for thread in self.threads {
            thread.join().unwrap();
        }
    }
}

#[test]
fn a_panic_costs_one_job_and_the_next_has_a_fresh_engine() {
    let trial = Trial::new(true);
    assert_eq!(trial.reports.recv_timeout(LIMIT).unwrap(), Ok("brittle ears (there are no others)".into()));
    assert_eq!(trial.read(2.0), Err(broken().to_string()));
    for _ in 0..2 {
        assert_eq!(trial.read(0.5), Ok("well".into()));
    }
    assert_eq!((trial.opened.load(Ordering::Relaxed), trial.recognisers.working()), (2, 1));
    trial.end();
}

#[test]
fn a_panic_costs_one_reading_of_an_open_utterance() {
    let trial = Trial::new(true);
    let wanted = Arc::default();
    let loud = Arc::new(vec![2.0; 1_600]);
    let written = trial.recognisers.write_so_far(loud, AsrOptions::default(), String::new(), &wanted);
    assert!(written.recv_timeout(LIMIT).unwrap().is_err());
    assert_eq!(trial.read(0.5), Ok("well".into()));
    trial.end();
}

#[test]
fn a_recogniser_whose_engine_cannot_be_opened_works_again_when_it_can() {
    let trial = Trial::new(false);
    assert_eq!(trial.reports.recv_timeout(LIMIT).unwrap(), Err(broken().to_string()));
    assert_eq!(trial.recognisers.working(), 0);
    trial.installed.store(true, Ordering::Relaxed);
    assert_eq!((trial.read(0.5), trial.recognisers.working()), (Ok("well".into()), 1));
    trial.installed.store(false, Ordering::Relaxed);
    for level in [2.0, 0.5] {
        assert_eq!((trial.read(level), trial.recognisers.working()), (Err(broken().to_string()), 0));
    }
    trial.installed.store(true, Ordering::Relaxed);
    assert_eq!((trial.read(0.5), trial.recognisers.working()), (Ok("well".into()), 1));
    trial.end();
}
