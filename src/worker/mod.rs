//! The workers: each owns one engine or device and turns jobs into events.
//!
//! A worker's one iteration is a plain function, so that a test or the replay can step it without a thread.
//! [`Handle`] closes the job channel when dropped and joins the thread.

pub mod asr;
pub mod baton;
pub mod carry_out;
pub mod clerk;
pub mod commands;
pub mod convergence;
pub mod double_talk;
pub mod echo;
pub mod echo_alignment;
pub mod echo_frame;
pub mod echo_lag;
pub mod exporter;
pub mod held_clips;
pub mod historian;
pub mod llm;
pub mod loudspeaker;
pub mod meter;
mod near_end;
mod patience;
pub mod pauses;
pub mod playback;
pub mod queue;
pub mod recorder;
pub mod reference;
mod residue;
pub mod speaker;
pub mod switching;
pub mod takeover;
pub mod tts;
pub mod turn;
pub mod understander;
pub mod vad;

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

/// Jobs that may wait for a worker: a minute of audio for speech to text.
pub const JOBS: usize = 2048;

/// A running worker: the sending end of its jobs and its thread.
#[derive(Debug)]
pub struct Handle<Job> {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl<Job: Send + 'static> Handle<Job> {
    /// Starts a named thread that runs `work` until its job channel closes.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn spawn(name: &str, jobs: Sender<Job>, work: impl FnOnce() + Send + 'static) -> std::io::Result<Self> {
        let thread = std::thread::Builder::new().name(name.into()).spawn(work)?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Starts a named thread with a queue of at most [`JOBS`] jobs. It runs `work` until the queue closes.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn with_queue(name: &str, work: impl FnOnce(Receiver<Job>) + Send + 'static) -> std::io::Result<Self> {
        let (jobs_in, jobs) = bounded(JOBS);
        Self::spawn(name, jobs_in, move || work(jobs))
    }

    /// Hands a job over without waiting. False when the worker is gone or its queue is full.
    pub fn send(&self, job: Job) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }
}

impl<Job> Drop for Handle<Job> {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // Ignore the result: a worker's panic was logged.
            let _ = thread.join();
        }
    }
}
