//! The recognisers: threads with a model each, which write down one stretch of voice at a time, of any client.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::rest::{NextJob, Resident, RestRule};
use crate::engine::options::AsrOptions;
use crate::engine::{EngineError, Transcriber, memory};
use crate::message::Transcript;
use crate::runtime::recordings::RecordingEars;
use crate::signal::frame::RATE;
use crate::turn::Ticket;

/// A stretch of voice to be written down.
struct SegmentJob {
    /// 16 kHz, mono, -1..=1.
    audio: Arc<Vec<f32>>,
    options: AsrOptions,
    stop: Ticket,
    answer: Sender<WrittenDown>,
}

/// What became of a stretch of voice.
pub type WrittenDown = Result<Transcript, EngineError>;

/// Reports of threads whose engines were loaded: what the engine says of itself, or why there is none.
pub type LoadReport = Result<String, String>;

/// The recognisers. Dropping this, and all that [`Recognisers::client`] gave, ends their threads.
#[derive(Clone)]
pub struct Recognisers {
    jobs: Sender<SegmentJob>,
}

impl Recognisers {
    /// Starts `count` recognisers for at most `waiting` jobs that wait. Each reports once on `reports`.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(
        ears: &Arc<RecordingEars>,
        count: usize,
        waiting: usize,
        rule: &RestRule,
        reports: &Sender<LoadReport>,
    ) -> std::io::Result<(Self, Vec<JoinHandle<()>>)> {
        let (jobs, queue) = bounded(waiting.max(1));
        let mut threads = Vec::with_capacity(count);
        for number in 1..=count.max(1) {
            let (ears, queue, rule, reports) = (Arc::clone(ears), queue.clone(), rule.clone(), reports.clone());
            let thread = Builder::new().name(format!("golem-ears-{number}"));
            threads.push(thread.spawn(move || work(&ears, &queue, &rule, reports))?);
        }
        Ok((Self { jobs }, threads))
    }

    /// A transcriber that has the recognisers do its work.
    pub fn client(&self, options: AsrOptions) -> RemoteTranscriber {
        RemoteTranscriber { recognisers: self.clone(), options, audio: Vec::new() }
    }

    /// Has `audio` (16 kHz, mono, -1..=1) written down; what comes of it. Nothing comes where the server is ending.
    pub fn write_down(&self, audio: Arc<Vec<f32>>, options: AsrOptions, stop: Ticket) -> Receiver<WrittenDown> {
        let (answer, written) = bounded(1);
        // Recognisers that have ended drop the job, and with it the other end of the answer.
        let _ = self.jobs.send(SegmentJob { audio, options, stop, answer });
        written
    }

    /// Whether no job waits for a recogniser.
    pub fn is_free(&self) -> bool {
        self.jobs.is_empty()
    }
}

fn work(ears: &RecordingEars, jobs: &Receiver<SegmentJob>, rule: &RestRule, reports: Sender<LoadReport>) {
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
        let job = match rule.next(jobs, rested) {
            NextJob::Job(job) => job,
            NextJob::Idle => {
                if rule.unloads() {
                    engine = None;
                }
                memory::give_back();
                rested = true;
                continue;
            }
            NextJob::End => return,
        };
        rested = false;
        let written = read(&mut engine, ears, rule, &job);
        // A recording whose client has gone needs no words.
        let _ = job.answer.send(written);
    }
}

fn read(
    engine: &mut Option<Resident<dyn Transcriber>>,
    ears: &RecordingEars,
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
    engine.start()?;
    // The way the dialogue hands it over: engines that stream work on it as it comes.
    for piece in job.audio.chunks(RATE as usize / 10) {
        engine.accept(piece)?;
    }
    engine.finish(&job.stop)
}

/// Why nothing came of a stretch of voice.
pub fn ending() -> EngineError {
    EngineError::Failed { engine: "serve", reason: "the server is ending".into() }
}

/// Ears elsewhere: whichever recogniser is free.
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
        let audio = Arc::new(std::mem::take(&mut self.audio));
        let written = self.recognisers.write_down(audio, self.options.clone(), stop.clone());
        written.recv().unwrap_or_else(|_| Err(ending()))
    }
}
