//! The place of a working engine, and its change: never in the middle of a turn, and for good only once the new engine
//! has shown that it works.

use crate::worker::Handle;

use super::factory::LoadedEngine;

/// The description of an engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownEngine {
    /// The name under which it is offered.
    pub name: String,
    /// Name and model in a few words.
    pub what: String,
    /// Whether a recogniser decodes while a person speaks.
    pub streams: bool,
    /// Address of the server that does the work, if there is one.
    pub at: Option<String>,
}

/// An engine that is being made.
struct PendingEngine<Job> {
    number: u64,
    name: String,
    handle: Handle<Job>,
}

/// The outcome of making an engine.
#[derive(Debug, PartialEq, Eq)]
pub enum LoadOutcome {
    /// It is ready, and waits for the end of the turn.
    Whole,
    /// It cannot be made, for this reason.
    Not(String),
    /// The seat no longer waits for it.
    Stale,
}

/// The place of the recogniser or the language model. The owner keeps the working thread, since it gives it jobs all
/// the time.
pub struct EngineSlot<Job> {
    current: KnownEngine,
    making: Option<PendingEngine<Job>>,
    whole: Option<(KnownEngine, Handle<Job>)>,
    /// The previous engine, kept until the current one has shown that it works.
    before: Option<(KnownEngine, Handle<Job>)>,
    /// Jobs since the last one that begins something new: the previous engine does them again if the current one fails.
    jobs: Vec<Job>,
    begins: fn(&Job) -> bool,
    /// Names that could not be made, or failed: golem does not try them again by itself.
    failed: Vec<String>,
    number: u64,
}

impl<Job: Clone + Send + 'static> EngineSlot<Job> {
    /// A seat with the engine `current`. `begins` says whether a job begins something new.
    pub fn new(current: KnownEngine, begins: fn(&Job) -> bool) -> Self {
        let (making, whole, before) = (None, None, None);
        Self { current, making, whole, before, jobs: Vec::new(), begins, failed: Vec::new(), number: 0 }
    }

    /// The engine that works now.
    pub fn current(&self) -> &KnownEngine {
        &self.current
    }

    /// Whether golem may take up this engine by itself.
    pub fn welcomes(&self, name: &str) -> bool {
        self.making.is_none() && name != self.current.name && !self.failed.iter().any(|failed| failed == name)
    }

    /// Whether another engine is on its way.
    pub fn busy(&self) -> bool {
        self.making.is_some() || self.whole.is_some()
    }

    /// The number of the next engine.
    pub fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// An engine is being made.
    pub fn make(&mut self, number: u64, name: String, handle: Handle<Job>) {
        self.making = Some(PendingEngine { number, name, handle });
    }

    /// Engine `number` is ready, or cannot be made.
    pub fn made(&mut self, number: u64, outcome: Result<LoadedEngine, String>) -> LoadOutcome {
        let Some(making) = self.making.take_if(|making| making.number == number) else { return LoadOutcome::Stale };
        match outcome {
            Ok(LoadedEngine { what, streams, at, .. }) => {
                self.whole = Some((KnownEngine { name: making.name, what, streams, at }, making.handle));
                LoadOutcome::Whole
            }
            Err(reason) => {
                self.failed.push(making.name);
                LoadOutcome::Not(reason)
            }
        }
    }

    /// Between two turns: an engine that is ready takes the seat, and `worker` becomes its thread. True if one did.
    pub fn change(&mut self, worker: &mut Handle<Job>) -> bool {
        let Some((known, handle)) = self.whole.take() else { return false };
        let old = std::mem::replace(worker, handle);
        let replaced = (std::mem::replace(&mut self.current, known), old);
        part_with(self.before.replace(replaced).map(|(_, handle)| handle));
        self.jobs.clear();
        true
    }

    /// Notes a job that the working thread is given.
    pub fn given(&mut self, job: &Job) {
        if self.before.is_some() {
            if (self.begins)(job) {
                self.jobs.clear();
            }
            self.jobs.push(job.clone());
        }
    }

    /// The current engine has shown that it works.
    pub fn proven(&mut self) {
        self.jobs = Vec::new();
        part_with(self.before.take().map(|(_, handle)| handle));
    }

    /// The current engine has failed: the previous one takes the seat again, with the work that was under way. Returns
    /// the engine that failed; `None` if there is no previous one.
    pub fn back(&mut self, worker: &mut Handle<Job>) -> Option<KnownEngine> {
        let (known, handle) = self.before.take()?;
        part_with(Some(std::mem::replace(worker, handle)));
        for job in self.jobs.drain(..) {
            worker.send(job);
        }
        let failed = std::mem::replace(&mut self.current, known);
        self.failed.push(failed.name.clone());
        Some(failed)
    }
}

/// Ends a thread without waiting for it: freeing a model takes a while.
fn part_with<Job: Send + 'static>(handle: Option<Handle<Job>>) {
    let Some(handle) = handle else { return };
    if let Err(error) = std::thread::Builder::new().name("golem-parting".into()).spawn(move || drop(handle)) {
        tracing::debug!(%error, "an engine is freed at once");
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::{Receiver, bounded};

    use super::*;

    /// A seat whose jobs are numbers; zero begins something new.
    fn seat() -> EngineSlot<u8> {
        EngineSlot::new(KnownEngine { name: "old".into(), ..KnownEngine::default() }, |job| *job == 0)
    }

    fn worker() -> (Handle<u8>, Receiver<u8>) {
        let (jobs_in, jobs) = bounded(16);
        (Handle::spawn("worker", jobs_in, || {}).unwrap(), jobs)
    }

    fn fresh(what: &str) -> LoadedEngine {
        LoadedEngine { what: what.into(), ..LoadedEngine::default() }
    }

    #[test]
    fn whoever_is_whole_takes_the_seat_between_two_turns() {
        let (mut seat, (mut old, _jobs), (new, taken)) = (seat(), worker(), worker());
        assert!(!seat.change(&mut old), "nobody is there");
        let number = seat.next_number();
        seat.make(number, "new".into(), new);
        assert!(!seat.change(&mut old), "it is not whole yet");
        assert_eq!(seat.made(number + 1, Ok(fresh("another"))), LoadOutcome::Stale);
        assert_eq!(seat.made(number, Ok(fresh("the new one"))), LoadOutcome::Whole);
        assert!(seat.change(&mut old) && !seat.busy());
        assert_eq!((seat.current().name.as_str(), seat.current().what.as_str()), ("new", "the new one"));
        old.send(7);
        assert_eq!(taken.try_recv(), Ok(7));
    }

    #[test]
    fn one_that_fails_at_first_use_gives_the_seat_and_the_work_back() {
        let (mut seat, (mut worker, jobs), (new, _taken)) = (seat(), worker(), worker());
        seat.given(&1);
        seat.make(1, "new".into(), new);
        seat.made(1, Ok(fresh("the new one")));
        seat.change(&mut worker);
        for job in [0, 4, 0, 5] {
            seat.given(&job);
        }
        assert_eq!(seat.back(&mut worker).map(|failed| failed.what).as_deref(), Some("the new one"));
        assert_eq!(jobs.try_iter().collect::<Vec<_>>(), [0, 5], "what was under way, from its beginning");
        assert_eq!(seat.current().name, "old");
        assert!(!seat.welcomes("new") && !seat.welcomes("old") && seat.welcomes("other"));
        assert!(seat.back(&mut worker).is_none());
    }

    #[test]
    fn one_that_works_stays() {
        let (mut seat, (mut worker, _jobs), (new, _taken)) = (seat(), worker(), worker());
        seat.make(1, "new".into(), new);
        seat.made(1, Ok(fresh("the new one")));
        seat.change(&mut worker);
        seat.proven();
        assert!(seat.back(&mut worker).is_none());
        assert_eq!(seat.current().name, "new");
    }

    #[test]
    fn one_that_cannot_be_had_is_not_tried_again_by_itself() {
        let (mut seat, (new, _taken)) = (seat(), worker());
        seat.make(1, "new".into(), new);
        assert!(!seat.welcomes("other"), "one at a time");
        assert_eq!(seat.made(1, Err("it is cut short".into())), LoadOutcome::Not("it is cut short".into()));
        assert!(!seat.welcomes("new") && seat.welcomes("other"));
    }
}
