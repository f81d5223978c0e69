//! The recognisers: threads with a model each, which write down one stretch of voice at a time, of any client.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::queue::ReadQueue;
use super::rest::{NextJob, Resident, RestRule};
use super::task::TaskGuard;
use crate::engine::options::AsrOptions;
use crate::engine::{EngineError, Transcriber, memory};
use crate::message::Transcript;
use crate::runtime::recordings::RecordingAsr;
use crate::transcribe::listen::{ReadingExtent, write_down};
use crate::turn::Ticket;

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

/// The recognisers. Dropping this, and all that [`Recognisers::client`] gave, ends their threads.
#[derive(Clone)]
pub struct Recognisers {
    queue: Arc<ReadQueue<SegmentJob>>,
    /// One sign for each job in the queue; dropped jobs leave surplus signs.
    signs: Sender<()>,
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
        ears: &Arc<RecordingAsr>,
        count: usize,
        rule: &RestRule,
        reports: &Sender<LoadReport>,
    ) -> std::io::Result<(Self, Vec<JoinHandle<()>>)> {
        // The queue needs no bound: each client has one job at a time.
        let ((signs, signed), queue) = (unbounded(), Arc::default());
        let mut threads = Vec::with_capacity(count);
        for number in 1..=count.max(1) {
            let (ears, signed, rule, reports) = (Arc::clone(ears), signed.clone(), rule.clone(), reports.clone());
            let jobs = RecogniserJobs(Arc::clone(&queue));
            let thread = Builder::new().name(format!("golem-serve-asr-{number}"));
            threads.push(thread.spawn(move || work(&ears, &signed, &jobs, &rule, reports))?);
        }
        Ok((Self { queue, signs }, threads))
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
}

fn work(
    ears: &RecordingAsr,
    signs: &Receiver<()>,
    jobs: &RecogniserJobs,
    rule: &RestRule,
    reports: Sender<LoadReport>,
) {
    let (mut engine, report) = match ears.open() {
        Ok(choice) => {
            let report = format!("{} ({})", choice.engine.describe(), choice.why);
            (Some(rule.resident(choice.engine)), Ok(report))
        }
        Err(error) => (None, Err(error.to_string())),
    };
    // The starter may have dropped its end.
    let _ = reports.send(report);
    drop(reports);
    let mut rested = false;
    loop {
        match rule.next(signs, rested) {
            NextJob::Job(()) => {}
            NextJob::Idle => {
                if rule.unloads() {
                    engine = None;
                }
                memory::give_back();
                rested = true;
                continue;
            }
            NextJob::End => return,
        }
        let Some(job) = jobs.0.take() else { continue };
        rested = false;
        let written = read(&mut engine, ears, rule, &job);
        // Send nothing for a reading that was given up: an empty transcript would mean silence.
        if job.extent != ReadingExtent::Whole && job.stop.stale() {
            continue;
        }
        // The client may have gone.
        let _ = job.answer.send(written);
    }
}

fn read(
    engine: &mut Option<Resident<dyn Transcriber>>,
    ears: &RecordingAsr,
    rule: &RestRule,
    job: &SegmentJob,
) -> WrittenDown {
    if job.stop.stale() {
        return Ok(Transcript::default());
    }
    let engine = match engine {
        Some(engine) => engine,
        None => engine.insert(rule.resident(ears.open()?.engine)),
    };
    engine.follow(&job.options)?;
    write_down(&mut **engine, &job.audio, &job.extent, &job.stop)
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
