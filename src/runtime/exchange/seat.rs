//! The seat of an engine's thread, and its change: never in the middle of a turn, and for good only once the new engine
//! has shown that it works.

use crate::worker::Handle;

use super::shop::Fresh;

/// What is known of an engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownEngine {
    /// The name under which it is offered.
    pub name: String,
    /// What it is, in a few words.
    pub what: String,
    /// Of ears: whether they hear while a person speaks.
    pub streams: bool,
    /// Address of the server that hears or thinks, where one does.
    pub at: Option<String>,
}

/// An engine that is being made.
struct Making<Job> {
    number: u64,
    name: String,
    handle: Handle<Job>,
}

/// What came of making an engine.
#[derive(Debug, PartialEq, Eq)]
pub enum Made {
    /// It waits for the end of the turn.
    Whole,
    /// It cannot be had, for this reason.
    Not(String),
    /// The seat no longer waits for it.
    Stale,
}

/// The seat of the ears, or of the brain. The thread that works is not in here: its owner gives it jobs all the time.
pub struct Seat<Job> {
    current: KnownEngine,
    making: Option<Making<Job>>,
    whole: Option<(KnownEngine, Handle<Job>)>,
    /// The one before, until the one that works has shown that it does.
    before: Option<(KnownEngine, Handle<Job>)>,
    /// The jobs since one that begins something new, for the one before to do should the other fail.
    jobs: Vec<Job>,
    begins: fn(&Job) -> bool,
    /// Names that could not be had, or failed: golem does not try them again by itself.
    failed: Vec<String>,
    number: u64,
}

impl<Job: Clone + Send + 'static> Seat<Job> {
    /// A seat that is taken by `current`. `begins` says whether a job begins something new.
    pub fn new(current: KnownEngine, begins: fn(&Job) -> bool) -> Self {
        let (making, whole, before) = (None, None, None);
        Self { current, making, whole, before, jobs: Vec::new(), begins, failed: Vec::new(), number: 0 }
    }

    /// What works now.
    pub fn current(&self) -> &KnownEngine {
        &self.current
    }

    /// Whether it makes sense for golem to take this one up by itself.
    pub fn welcomes(&self, name: &str) -> bool {
        self.making.is_none() && name != self.current.name && !self.failed.iter().any(|failed| failed == name)
    }

    /// Whether another is on its way.
    pub fn busy(&self) -> bool {
        self.making.is_some() || self.whole.is_some()
    }

    /// The number for the next engine that is made.
    pub fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// An engine is being made.
    pub fn make(&mut self, number: u64, name: String, handle: Handle<Job>) {
        self.making = Some(Making { number, name, handle });
    }

    /// Engine `number` is whole, or will never be.
    pub fn made(&mut self, number: u64, outcome: Result<Fresh, String>) -> Made {
        let Some(making) = self.making.take_if(|making| making.number == number) else { return Made::Stale };
        match outcome {
            Ok(Fresh { what, streams, at, .. }) => {
                self.whole = Some((KnownEngine { name: making.name, what, streams, at }, making.handle));
                Made::Whole
            }
            Err(reason) => {
                self.failed.push(making.name);
                Made::Not(reason)
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

    /// A job is given to the thread that works.
    pub fn given(&mut self, job: &Job) {
        if self.before.is_some() {
            if (self.begins)(job) {
                self.jobs.clear();
            }
            self.jobs.push(job.clone());
        }
    }

    /// The thread that works has shown that it does.
    pub fn proven(&mut self) {
        self.jobs = Vec::new();
        part_with(self.before.take().map(|(_, handle)| handle));
    }

    /// The thread that works has failed: the one before takes the seat again, with the work that was under way. Gives
    /// what has failed; nothing where there is none before.
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

    /// Jobs are numbers; zero begins something new.
    fn seat() -> Seat<u8> {
        Seat::new(KnownEngine { name: "old".into(), ..KnownEngine::default() }, |job| *job == 0)
    }

    fn worker() -> (Handle<u8>, Receiver<u8>) {
        let (jobs_in, jobs) = bounded(16);
        (Handle::spawn("worker", jobs_in, || {}).unwrap(), jobs)
    }

    fn fresh(what: &str) -> Fresh {
        Fresh { what: what.into(), ..Fresh::default() }
    }

    #[test]
    fn whoever_is_whole_takes_the_seat_between_two_turns() {
        let (mut seat, (mut old, _jobs), (new, taken)) = (seat(), worker(), worker());
        assert!(!seat.change(&mut old), "nobody is there");
        let number = seat.next_number();
        seat.make(number, "new".into(), new);
        assert!(!seat.change(&mut old), "it is not whole yet");
        assert_eq!(seat.made(number + 1, Ok(fresh("another"))), Made::Stale);
        assert_eq!(seat.made(number, Ok(fresh("the new one"))), Made::Whole);
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
        assert_eq!(seat.made(1, Err("it is cut short".into())), Made::Not("it is cut short".into()));
        assert!(!seat.welcomes("new") && seat.welcomes("other"));
    }
}
