//! The recognisers: threads with a model each, which write down one stretch of voice at a time, of any client.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, after, bounded, unbounded};

use super::guard::{ENGINE_BROKEN, discard, guarded};
use super::queue::ReadQueue;
use super::rest::{NextJob, Resident, RestRule};
use super::task::TaskGuard;
use crate::engine::options::AsrOptions;
use crate::engine::registry::ChosenEngine;
use crate::engine::{EngineError, Transcriber, memory};
use crate::message::Transcript;
use crate::transcribe::listen::{ReadingExtent, write_down};
use crate::turn::Ticket;

/// Time between two looks of a recogniser that does not work at whether the others do, and how many of them lie between
/// two trials to load its engine.
const LOOK: Duration = Duration::from_secs(1);
const LOOKS: u32 = 20;

/// A stretch of voice to be written down.
struct SegmentJob {
    /// 16 kHz, mono, -1..=1.
    audio: Arc<Vec<f32>>,
    options: AsrOptions,
    stop: Ticket,
    /// How much of the utterance it is. A stale reading of an open one has no answer.
    extent: ReadingExtent,
    answer: Sender<WrittenDown>,
}

/// The result of a job.
pub type WrittenDown = Result<Transcript, EngineError>;

/// The report of a thread about its engine: the engine's description, or why there is none.
pub type LoadReport = Result<String, String>;

/// Opens the engine of a recogniser, in the thread that uses it.
pub type RecogniserOpener = dyn Fn() -> Result<ChosenEngine<dyn Transcriber>, EngineError> + Send + Sync;

/// The recognisers. Dropping this, and all that [`Recognisers::client`] gave, ends their threads.
#[derive(Clone)]
pub struct Recognisers {
    queue: Arc<ReadQueue<SegmentJob>>,
    /// One sign for each job in the queue; dropped jobs leave surplus signs.
    signs: Sender<()>,
    working: Arc<AtomicUsize>,
}

/// The jobs that a recogniser takes. When it ends, the queue is cleared, so that no client waits.
struct RecogniserJobs(Arc<ReadQueue<SegmentJob>>);

impl Drop for RecogniserJobs {
    fn drop(&mut self) {
        self.0.clear();
    }
}

impl Recognisers {
    /// Starts `count` recognisers. Each reports once on `reports`.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(
        open: &Arc<RecogniserOpener>,
        count: usize,
        rule: &RestRule,
        reports: &Sender<LoadReport>,
    ) -> std::io::Result<(Self, Vec<JoinHandle<()>>)> {
        // The queue needs no bound: each client has one job at a time.
        let ((signs, signed), queue, working) = (unbounded(), Arc::default(), Arc::<AtomicUsize>::default());
        let mut threads = Vec::with_capacity(count);
        for number in 1..=count.max(1) {
            let (open, signed, rule, reports) = (Arc::clone(open), signed.clone(), rule.clone(), reports.clone());
            let works = WorkingSign { works: false, working: Arc::clone(&working) };
            let jobs = RecogniserJobs(Arc::clone(&queue));
            let thread = Builder::new().name(format!("golem-serve-asr-{number}"));
            threads.push(thread.spawn(move || {
                let mut recogniser = RecogniserThread { open, engine: None, rule, works };
                recogniser.work(&signed, &jobs, reports);
            })?);
        }
        Ok((Self { queue, signs, working }, threads))
    }

    /// A transcriber that gives its work to the recognisers.
    pub fn client(&self, options: AsrOptions) -> RemoteTranscriber {
        RemoteTranscriber { recognisers: self.clone(), options, audio: Vec::new() }
    }

    /// Transcribes `audio` (16 kHz, mono, -1..=1); gives the receiver of the result. No result comes if the server is
    /// ending.
    pub fn write_down(&self, audio: Arc<Vec<f32>>, options: AsrOptions, stop: Ticket) -> Receiver<WrittenDown> {
        let (answer, written) = bounded(1);
        self.queue.add_whole(SegmentJob { audio, options, stop, extent: ReadingExtent::Whole, answer });
        self.sign();
        written
    }

    /// Transcribes what was said so far of an utterance that is still open, whose first words are `beginning`. No result
    /// comes if the job of a whole utterance is added meanwhile, or if `wanted` is dropped.
    pub fn write_so_far(
        &self,
        audio: Arc<Vec<f32>>,
        options: AsrOptions,
        beginning: String,
        wanted: &Arc<TaskGuard>,
    ) -> Receiver<WrittenDown> {
        let (answer, written) = bounded(1);
        let job = SegmentJob { audio, options, stop: wanted.ticket(), extent: ReadingExtent::SoFar(beginning), answer };
        self.queue.add_partial(job, wanted);
        self.sign();
        written
    }

    fn sign(&self) {
        // Drop the jobs: the recognisers have ended, and nothing else would end the wait for an answer.
        if self.signs.send(()).is_err() {
            self.queue.clear();
        }
    }

    /// Whether no job waits for a recogniser.
    pub fn is_free(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many of them work: each whose engine could be loaded the last time, and has not broken since.
    pub fn working(&self) -> usize {
        self.working.load(Ordering::Relaxed)
    }
}

/// Whether a recogniser works, counted among all those that do.
struct WorkingSign {
    works: bool,
    working: Arc<AtomicUsize>,
}

impl WorkingSign {
    fn set(&mut self, works: bool) {
        if works == self.works {
            return;
        }
        self.works = works;
        if works {
            self.working.fetch_add(1, Ordering::Relaxed);
        } else {
            self.working.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for WorkingSign {
    fn drop(&mut self) {
        self.set(false);
    }
}

/// A recogniser in its thread.
struct RecogniserThread {
    open: Arc<RecogniserOpener>,
    /// `None` where it has left the memory, has broken or cannot be loaded; the next job needs it.
    engine: Option<Resident<dyn Transcriber>>,
    rule: RestRule,
    works: WorkingSign,
}

impl RecogniserThread {
    fn work(&mut self, signs: &Receiver<()>, jobs: &RecogniserJobs, reports: Sender<LoadReport>) {
        // The starter may have dropped its end.
        let _ = reports.send(self.prepare());
        drop(reports);
        let mut rested = false;
        loop {
            self.stand_aside();
            match self.rule.next(signs, rested) {
                NextJob::Job(()) => {}
                NextJob::Idle => {
                    self.rest();
                    // Try again after a while where there is still no engine.
                    rested = self.works.works;
                    continue;
                }
                NextJob::End => return,
            }
            let Some(job) = jobs.0.take() else { continue };
            rested = false;
            let written = self.read(&job);
            let broke = written.is_none();
            // Send nothing for a reading that was given up: an empty transcript would mean silence.
            if job.extent == ReadingExtent::Whole || !job.stop.stale() {
                // The client may have gone.
                let _ = job.answer.send(written.unwrap_or_else(|| Err(broken())));
            }
            drop(job);
            // Load it before the next job comes: whether it can be loaded decides whether the server is ready.
            if broke && let Err(reason) = self.prepare() {
                tracing::warn!("a recogniser broke and cannot be loaded again: {reason}");
            }
        }
    }

    /// Leaves the jobs to the recognisers that work, as long as this one does not and they do: it would fail each job at
    /// once, and be the first to take the next.
    fn stand_aside(&mut self) {
        let mut looks = 0_u32;
        while !self.works.works && self.works.working.load(Ordering::Relaxed) > 0 {
            // Ignore the moment that comes.
            let _ = after(LOOK).recv();
            looks += 1;
            if looks.is_multiple_of(LOOKS) {
                // Ignore the reason: it was reported at the first failure.
                let _ = self.prepare();
            }
        }
    }

    /// Does a job; `None` if the engine broke in it, which is dropped then.
    fn read(&mut self, job: &SegmentJob) -> Option<WrittenDown> {
        if job.stop.stale() {
            return Some(Ok(Transcript::default()));
        }
        let loaded = self.engine.take().map_or_else(|| self.load().map(|(engine, _)| engine), Ok);
        let mut engine = match loaded {
            Ok(engine) => engine,
            Err(error) => return Some(Err(error)),
        };
        let written = guarded(|| {
            engine.follow(&job.options)?;
            write_down(&mut *engine, &job.audio, &job.extent, &job.stop)
        });
        if written.is_some() {
            self.engine = Some(engine);
        } else {
            self.works.set(false);
            discard(engine);
        }
        written
    }

    /// Loads the engine; gives its description too.
    fn load(&mut self) -> Result<(Resident<dyn Transcriber>, String), EngineError> {
        let opened = guarded(|| {
            (self.open)().map(|choice| (format!("{} ({})", choice.engine.describe(), choice.why), choice.engine))
        });
        let opened = opened.unwrap_or_else(|| Err(broken()));
        self.works.set(opened.is_ok());
        opened.map(|(what, engine)| (self.rule.resident(engine), what))
    }

    /// Loads the engine before a job needs it.
    fn prepare(&mut self) -> LoadReport {
        let (engine, what) = self.load().map_err(|error| error.to_string())?;
        self.engine = Some(engine);
        Ok(what)
    }

    /// Rests, after some time without a job.
    fn rest(&mut self) {
        // Try again to load what could not be loaded: no job may come while the server is not ready.
        if !self.works.works {
            let _ = self.prepare();
        }
        if self.rule.unloads() {
            discard(self.engine.take());
        }
        memory::give_back();
    }
}

/// The error of a job whose engine panicked.
fn broken() -> EngineError {
    EngineError::Failed { engine: "serve", reason: ENGINE_BROKEN.into() }
}

/// The error of a job that has no result.
pub fn ending() -> EngineError {
    EngineError::Failed { engine: "serve", reason: "the server is ending".into() }
}

/// A transcriber whose work is done by whichever recogniser is free.
pub struct RemoteTranscriber {
    recognisers: Recognisers,
    options: AsrOptions,
    audio: Vec<f32>,
}

impl Transcriber for RemoteTranscriber {
    fn describe(&self) -> String {
        "the recognisers".into()
    }

    fn streams(&self) -> bool {
        false
    }

    fn follow(&mut self, options: &AsrOptions) -> Result<(), EngineError> {
        self.options = options.clone();
        Ok(())
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.audio.clear();
        Ok(())
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.audio.extend_from_slice(audio);
        Ok(None)
    }

    fn finish(&mut self, stop: &Ticket) -> WrittenDown {
        let audio = Arc::new(self.audio.clone());
        let written = self.recognisers.write_down(audio, self.options.clone(), stop.clone());
        written.recv().unwrap_or_else(|_| Err(ending()))
    }
}

#[cfg(test)]
mod tests;
